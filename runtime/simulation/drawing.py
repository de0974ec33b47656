"""From a seed to a scenario: random plans and agents, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER, SUPERVISOR, agent_address
from callboard.runtime.simulation.scenario import (
    HOUR,
    Blow,
    Commission,
    Job,
    Scenario,
    What,
    Worker,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Strike: TypeAlias = Callable[[Random, Scenario, float], tuple[Blow, ...]]

DEADLINE = 20 * HOUR
"""Of those goals that have one."""

_SKILLS = ("sql", "charts", "prose", "law")
_OPTIONAL = 0.1
_LARGEST_PLAN = 20
_LARGEST_SUB_GOAL = 3
_MOST_NEEDS = 3
_MOMENTS = 10
_BETWEEN = 0.5 * HOUR
_LATE_JOBS = 0.2
_PLANNED = 0.3
_HOOKS = 0.2
_STATEFUL = 0.2
_SLOW = 6.0
_STEPS = 20
_JUMP = 3 * HOUR
_LATENESS = 60.0
_LONGEST_LAG = 10.0


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How often what goes wrong; each a probability.

    Attributes:
        fails: An attempt raises.
        crashes_before: An agent dies with an assignment that it has not read.
        crashes: An attempt takes its agent down while it runs.
        crashes_after: An agent dies between its completion and the acknowledgement.
        hangs: An attempt never ends.
        waits: An attempt waits for something else in the middle, and lends its slot.
        effects: An attempt has a side effect, and asks right before whether it may.
        sub_goals: A goal is handed in that serves a subtask, at each of ten moments.
        pulls: An agent works elsewhere, and comes to ask for work.
        slow: An agent takes several times as long as others.
        slow_journal: It takes a while until facts are kept.
        agent_dies: An agent's actor dies, at each of ten moments.
        runtime_dies: Orchestrator, scheduler, decomposer or supervisor dies, likewise.
        cancels: A goal is cancelled, likewise.
        cancels_subtask: A subtask is cancelled, likewise.
        leaves: An agent is unregistered and comes back later, likewise.
        resizes: An agent may run more or less at once, likewise.
        requeues: What is parked is tried again, likewise.
        edits: What is parked is tried again with other skills, or what waits gets others,
            likewise.
        beats: An agent begins to beat, and falls silent after a while, likewise.
        pauses: A goal, a subtask, an agent or all is paused and resumed later, likewise.
        jumps: The clock leaps forward, as when a machine was asleep, likewise.
        late: Timers ring late from then on, as on a machine that starves, likewise.
        speculates: The jobs of a goal may have several attempts at once.
        loses: A letter between an agent and the others, the supervisor among them, is lost.
        doubles: It arrives twice.
        delays: It arrives later, and perhaps after some that were sent after it.
    """

    fails: float = 0.1
    crashes_before: float = 0.02
    crashes: float = 0.05
    crashes_after: float = 0.02
    hangs: float = 0.03
    waits: float = 0.1
    effects: float = 0.2
    sub_goals: float = 0.1
    pulls: float = 0.1
    slow: float = 0.1
    slow_journal: float = 0.3
    agent_dies: float = 0.3
    runtime_dies: float = 0.2
    cancels: float = 0.1
    cancels_subtask: float = 0.1
    leaves: float = 0.1
    resizes: float = 0.1
    requeues: float = 0.1
    edits: float = 0.1
    beats: float = 0.05
    pauses: float = 0.1
    jumps: float = 0.05
    late: float = 0.1
    speculates: float = 0.6
    loses: float = 0.02
    doubles: float = 0.01
    delays: float = 0.02

    def some(self, random: Random) -> Rates:
        """A random part of these faults, each at a rate of its own."""
        return Rates(**{name: _rate(rate, random) for name, rate in self.items()})

    def items(self) -> list[tuple[str, float]]:
        """Names and rates."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__]


CALM = Rates(**dict.fromkeys(Rates.__struct_fields__, 0.0))
"""Nothing goes wrong."""

_PRESENT = 0.7
_BIDDERS = 0.8


def _rate(usual: float, random: Random) -> float:
    drawn = random.random()
    if drawn >= _PRESENT:
        return 0.0
    return min(1.0, usual * (0.5 + 2.0 * drawn / _PRESENT))


def scenario(random: Random, subtasks: int, agents: int, rates: Rates) -> Scenario:
    """A random one; what is decided while it is played is drawn then (see `lots`).

    Args:
        random: Decides all of it.
        subtasks: In all plans together.
        agents: One of them can do everything.
        rates: How often what goes wrong.
    """
    workers = tuple(_worker(number, random, rates) for number in range(agents))
    sizes = _sizes(subtasks, random)
    commissions = tuple(_commission(n, size, random) for n, size in enumerate(sizes))
    lag = _LONGEST_LAG * random.random() ** 4 if random.random() < rates.slow_journal else 0.0
    drawn = Scenario(workers=workers, commissions=commissions, journal_lag=lag)
    blows, at = list[Blow](), 0.0
    for _ in range(_MOMENTS):
        at += random.expovariate(1 / _BETWEEN)
        blows += _moment(random, drawn, rates, at)
    blows.sort(key=lambda blow: blow.at)
    commissions = tuple(_in_the_middle(c, blows, random) for c in commissions)
    commissions += _sub_goals(commissions, rates, at, random)
    commissions = tuple(_with_copies(c, rates, random) for c in commissions)
    return msgspec.structs.replace(
        drawn, commissions=commissions, blows=tuple(blows), calm=at + _BETWEEN
    )


def with_bids(drawn: Scenario, random: Random) -> Scenario:
    """The same, where some subtasks are negotiated and most agents bid."""
    workers = tuple(
        msgspec.structs.replace(worker, bids=not worker.pull and random.random() < _BIDDERS)
        for worker in drawn.workers
    )
    commissions = tuple(
        msgspec.structs.replace(
            one,
            jobs=tuple(
                msgspec.structs.replace(job, negotiate=random.random() < 1 / 2) for job in one.jobs
            ),
        )
        for one in drawn.commissions
    )
    return msgspec.structs.replace(drawn, workers=workers, commissions=commissions)


def _sub_goals(
    above: tuple[Commission, ...], rates: Rates, until: float, random: Random
) -> tuple[Commission, ...]:
    found: list[Commission] = []
    for _ in range(_MOMENTS):
        if random.random() < rates.sub_goals:
            number = len(above) + len(found)
            made = _commission(number, random.randint(1, _LARGEST_SUB_GOAL), random)
            superior = random.choice(random.choice(above).jobs).id
            changes = {"at": random.uniform(0.0, until), "under": superior}
            found.append(msgspec.structs.replace(made, deadline=None, planned=False, **changes))
    return tuple(found)


def _with_copies(commission: Commission, rates: Rates, random: Random) -> Commission:
    if not rates.speculates or random.random() >= rates.speculates:
        return commission
    jobs = tuple(msgspec.structs.replace(job, speculate=True) for job in commission.jobs)
    return msgspec.structs.replace(commission, jobs=jobs)


def _in_the_middle(commission: Commission, blows: list[Blow], random: Random) -> Commission:
    """Some goals come at the moment of a blow, which strikes before all have heard of them."""
    if not blows or not commission.at or random.random() < 1 / 2:
        return commission
    return msgspec.structs.replace(commission, at=random.choice(blows).at)


def _worker(number: int, random: Random, rates: Rates) -> Worker:
    pull = number > 0 and random.random() < rates.pulls
    return Worker(
        id=f"agent-{number}",
        skills=_SKILLS if number == 0 else tuple(random.sample(_SKILLS, random.randint(1, 3))),
        load=random.randint(1, 3),
        slow=random.uniform(2.0, _SLOW) if random.random() < rates.slow else 1.0,
        hooks=random.random() < _HOOKS and not pull,
        stateful=random.random() < _STATEFUL and not pull,
        pull=pull,
    )


def _sizes(subtasks: int, random: Random) -> list[int]:
    found, left = list[int](), subtasks
    while left:
        found.append(random.randint(1, min(_LARGEST_PLAN, left)))
        left -= found[-1]
    return found


def _commission(number: int, size: int, random: Random) -> Commission:
    jobs = list[Job]()
    for index in range(size):
        jobs.append(_job(f"g{number}-s{index}", [job.id for job in jobs], random))
    late = random.random() < _LATE_JOBS
    return Commission(
        name=f"goal {number}",
        jobs=tuple(jobs),
        at=random.uniform(0.0, 3 * HOUR) if late else 0.0,
        deadline=DEADLINE if random.random() < 1 / 3 else None,
        planned=random.random() < _PLANNED,
    )


def _job(name: str, before: list[str], random: Random) -> Job:
    draw, most = random.random, min(_MOST_NEEDS, len(before))
    return Job(
        id=name,
        minutes=1.0 + 59.0 * draw(),
        after=tuple(random.sample(before, int(draw() * (most + 1)))),
        needs=(_SKILLS[int(draw() * len(_SKILLS))],) if draw() < 1 / 2 else (),
        optional=draw() < _OPTIONAL,
        priority=int(draw() * 4),
    )


def _moment(random: Random, drawn: Scenario, rates: Rates, at: float) -> list[Blow]:
    found: list[Blow] = []
    for name, strike in _STRIKES.items():
        if random.random() < getattr(rates, name):
            found += strike(random, drawn, at)
    return found


def _agent(random: Random, drawn: Scenario) -> str:
    return random.choice(drawn.workers).id


def _agent_dies(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    address = agent_address(_agent(random, drawn))
    return (Blow(at=at, what="crash", target=address, steps=random.randrange(_STEPS)),)


def _runtime_dies(random: Random, _: Scenario, at: float) -> tuple[Blow, ...]:
    address = random.choice((ORCHESTRATOR, SCHEDULER, DECOMPOSER, SUPERVISOR))
    return (Blow(at=at, what="crash", target=address, steps=random.randrange(_STEPS)),)


def _cancels(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    name = random.choice(drawn.commissions).name
    return (Blow(at=at, what="cancel goal", target=name, steps=random.randrange(_STEPS)),)


def _cancels_subtask(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    name = random.choice(random.choice(drawn.commissions).jobs).id
    return (Blow(at=at, what="cancel subtask", target=name, steps=random.randrange(_STEPS)),)


def _leaves(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    agent, steps = _agent(random, drawn), random.randrange(_STEPS)
    what: What = "drain" if random.random() < 1 / 2 else "leave"
    back = at + random.choice((0.0, 1.0, random.uniform(0.0, HOUR)))
    return (
        Blow(at=at, what=what, target=agent, amount=HOUR, steps=steps),
        Blow(at=back, what="join", target=agent),
    )


def _resizes(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    agent, steps = _agent(random, drawn), random.randrange(_STEPS)
    amount = float(random.randint(1, 4))
    return (Blow(at=at, what="resize", target=agent, amount=amount, steps=steps),)


def _requeues(random: Random, _: Scenario, at: float) -> tuple[Blow, ...]:
    return (Blow(at=at, what="requeue", steps=random.randrange(_STEPS)),)


def _edits(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    job, steps = random.choice(random.choice(drawn.commissions).jobs), random.randrange(_STEPS)
    target = job.id if random.random() < 1 / 2 else ""
    needs = (random.choice(_SKILLS),) if random.random() < 1 / 2 else ()
    return (Blow(at=at, what="edit", target=target, needs=needs, steps=steps),)


def _beats(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    agent, steps = _agent(random, drawn), random.randrange(_STEPS)
    amount = HOUR * random.random() ** 2
    return (Blow(at=at, what="beat", target=agent, amount=amount, steps=steps),)


def _pauses(random: Random, drawn: Scenario, at: float) -> tuple[Blow, ...]:
    commission = random.choice(drawn.commissions)
    job = random.choice(commission.jobs)
    named = (f"agent/{_agent(random, drawn)}", f"goal/{commission.name}", f"subtask/{job.id}")
    target = random.choice((*named, "runtime"))
    what: What = "interrupt" if random.random() < 1 / 2 else "pause"
    steps, over = random.randrange(_STEPS), at + random.uniform(0.0, HOUR)
    return (
        Blow(at=at, what=what, target=target, steps=steps),
        Blow(at=over, what="resume", target=target),
    )


def _jumps(random: Random, _: Scenario, at: float) -> tuple[Blow, ...]:
    amount, steps = random.uniform(1.0, _JUMP), random.randrange(_STEPS)
    return (Blow(at=at, what="jump", amount=amount, steps=steps),)


def _late(random: Random, _: Scenario, at: float) -> tuple[Blow, ...]:
    over = at + random.uniform(0.0, HOUR)
    return (
        Blow(at=at, what="late", amount=random.uniform(0.0, _LATENESS)),
        Blow(at=over, what="late", amount=0.0),
    )


_STRIKES: dict[str, Strike] = {
    "agent_dies": _agent_dies,
    "runtime_dies": _runtime_dies,
    "cancels": _cancels,
    "cancels_subtask": _cancels_subtask,
    "leaves": _leaves,
    "resizes": _resizes,
    "requeues": _requeues,
    "edits": _edits,
    "beats": _beats,
    "pauses": _pauses,
    "jumps": _jumps,
    "late": _late,
}
