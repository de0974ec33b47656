"""A scenario: everything that decides a trial, as data that can be kept, read and cut.

A seed becomes a scenario (`drawing`), a scenario is played (`trial`), and one that
breaks a promise is cut to what it needs (`shrinking`) and kept as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages.resources import Amount
from callboard.messages.values import (
    MINUTE,
    Agent,
    Priority,
    Retry,
    Skill,
    Subtask,
    Timeouts,
    Verification,
)
from callboard.runtime.config import Config
from callboard.runtime.simulation.bidding import Answer
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.ledger import Promises

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0

PROMISES = Promises(run=4 * HOUR, attempts=4, poison=3)
CONFIG = Config(
    # Only who is forgotten waits so long for an agent, or for its end.
    timeouts=Timeouts(run=PROMISES.run, queue=240 * HOUR, total=240 * HOUR),
    retry=Retry(attempts=PROMISES.attempts, first=10.0, longest=600.0),
    poison=PROMISES.poison,
    speculation=SpeculationOptions(copies=PROMISES.copies, share=0.5, least=2),
    repairs=0,  # unless a goal says so
    retention=None,  # that would look at the clock every hour for ever
)
"""The settings of every trial."""


class Worker(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """An agent.

    Attributes:
        load: How many subtasks it runs at once.
        slow: How many times as long as others it takes.
        hooks: It does something at its start and at its end.
        stateful: An attempt that has to be given up taints it.
        pull: It works elsewhere, and comes to ask for work until the faults stop.
        offers: Resources of its own.
        bids: It has a function for bids.
        ahead: It may be given work before it has a slot for it.
    """

    id: str
    skills: tuple[str, ...] = ()
    load: int = 1
    slow: float = 1.0
    hooks: bool = False
    stateful: bool = False
    pull: bool = False
    offers: dict[str, float] = {}
    bids: bool = False
    ahead: bool = False

    def agent(self) -> Agent:
        """As the runtime knows it."""
        skills = tuple(Skill(name=name) for name in self.skills)
        return Agent(
            id=self.id,
            skills=skills,
            max_load=self.load,
            hooks=self.hooks,
            stateful=self.stateful,
            pull=self.pull,
            offers=_amounts(self.offers),
            bids=self.bids,
            ahead=self.ahead,
        )


class Job(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A subtask.

    Attributes:
        minutes: Estimated; without a fate of its own an attempt takes as long.
        after: What it depends on.
        demands: What an attempt takes of resources.
        keys: Its concurrency keys.
        speculate: An attempt that takes long may get a copy; how long attempts take is
            learnt from all jobs of which that is so.
        negotiate: Agents are asked for bids for it.
        kind: Of work; "" for one of its own.
        verify: Its result has to be found good.
        hopeless: Every attempt at it that would end well raises instead.
    """

    id: str
    minutes: float = 30.0
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    optional: bool = False
    priority: int = Priority.MEDIUM.value
    demands: dict[str, float] = {}
    keys: tuple[str, ...] = ()
    speculate: bool = False
    negotiate: bool = False
    kind: str = ""
    verify: bool = False
    hopeless: bool = False

    @property
    def seconds(self) -> float:
        """The estimate."""
        return self.minutes * MINUTE

    def subtask(self) -> Subtask:
        """As the runtime knows it."""
        return Subtask(
            uuid=self.id,
            name=self.id,
            priority=Priority(self.priority),
            estimated_duration=self.minutes,
            required_skills=tuple(Skill(name=name) for name in self.needs),
            dependencies=self.after,
            optional=self.optional,
            demands=_amounts(self.demands),
            keys=self.keys,
            speculate=self.speculate or None,
            negotiate=self.negotiate or None,
            kind=self.kind or ("may be copied" if self.speculate else ""),
            verify=Verification() if self.verify else None,
        )


def _amounts(given: dict[str, float]) -> tuple[Amount, ...]:
    return tuple(Amount(resource=name, amount=amount) for name, amount in given.items())


Manner: TypeAlias = Literal["instead", "without", "less", "nonsense", "raises"]
"""How the planner mends a plan: something new in the place of what failed, without it, without
what waits for it either; or not."""


Does: TypeAlias = Literal["approves", "edits", "is behind", "rejects", "never comes"]


class Word(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What somebody says who has to approve a plan, and changes of it.

    Attributes:
        does: "approves" it; "edits" it, which leaves out its last subtask, and approves
            that; "is behind", as that, and first approves the number of the plan before;
            "rejects" it, or "never comes".
        after: Seconds that each word takes.
    """

    does: Does = "approves"
    after: float = 0.0


class Commission(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A goal with its plan.

    Attributes:
        at: Seconds after the beginning when it is submitted.
        deadline: Seconds from then, or None.
        planned: Its plan is made by the decomposer; otherwise it comes with the goal.
        under: The subtask that it serves, which must be open then, and ends it when it
            ends; "" for a goal of its own.
        budget: What its subtasks may use of "usd"; who wants more fails. None for any.
        repairs: How often its plan may be mended.
        manners: What the planner answers each time.
        word: What is said to its plan, which has to be approved; None where nobody has to.
    """

    name: str
    jobs: tuple[Job, ...]
    at: float = 0.0
    deadline: float | None = None
    planned: bool = False
    under: str = ""
    budget: float | None = None
    repairs: int = 0
    manners: tuple[Manner, ...] = ()
    word: Word | None = None


What: TypeAlias = Literal[
    "crash",
    "cancel goal",
    "cancel subtask",
    "drain",
    "leave",
    "join",
    "resize",
    "requeue",
    "edit",
    "beat",
    "pause",
    "interrupt",
    "resume",
    "jump",
    "late",
    "advise",
    "die",
    "full",
    "slow",
]


class Blow(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Something that happens to the runtime.

    Attributes:
        at: Seconds after the beginning; later where the one before has not ended yet.
        upon: The beginning is that of the first attempt at this subtask, if it is named.
        steps: That the world takes then before it strikes: in the middle of things.
        what: "crash" an actor; "cancel goal", "cancel subtask"; an agent's "drain",
            "leave", "join" and "resize"; "requeue" what is parked; "edit" a subtask, or
            whatever is parked, which is requeued so; an agent begins to "beat", for so
            many seconds, and falls silent; "pause", "interrupt"
            (a pause that takes back what runs) and "resume"; "jump" of the clock;
            "late", from now on all timers ring so many seconds late; "advise", an
            order that such a number gives, good or bad. Where there is a
            disk: the process must "die", and is started again later; from now on the disk
            is "full" (until the amount is 0), or "slow", so many seconds a sync.
        target: An address, a goal's name, a subtask or an agent; of a pause "runtime",
            "agent/", "goal/" or "subtask/" and which.
        amount: The new load, or seconds.
        needs: The skills that a subtask requires from then on, if it is edited.
        part: Of the bytes that were not synced when the process dies, so large a part is
            found all the same.
    """

    at: float
    what: What
    upon: str = ""
    target: str = ""
    amount: float = 0.0
    needs: tuple[str, ...] = ()
    part: float = 0.0
    steps: int = 0


class Slip(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What happens to a letter on its way between an agent and the others.

    Attributes:
        copies: How many arrive; 0 loses it.
        delay: Seconds that the first one takes; those that are sent later may overtake it.
        apart: Seconds between the copies.
    """

    copies: int = 1
    delay: float = 0.0
    apart: float = 0.0


class Scenario(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """All that decides a trial.

    Attributes:
        workers: All agents; whoever is not there when the faults stop is taken in again.
        blows: In the order of their times.
        fates: Of attempts, by subtask, "/" and the number of its assignment from 1; all
            others take as long as estimated and end well.
        slips: Of letters, by agent, "/" and the number of the letter on its link from 1;
            all others arrive at once.
        answers: To calls for bids, by agent, subtask and the number of the call that it
            hears for it from 1, with "/" between; all others bid the estimate at once.
        journal_lag: Seconds until the journal says that facts are kept, at the most.
        disk: The journal is on a disk, so that the process may die.
        calm: Seconds after the beginning when faults stop.
        order: What the stepper draws, in order; then always 0, the oldest first.
        lags: Seconds that the planner takes, one time after the other, and all over again.
        together: All agents who are to come at one moment come with one call.
        broke: What it once broke, for the reader.
    """

    workers: tuple[Worker, ...]
    commissions: tuple[Commission, ...]
    blows: tuple[Blow, ...] = ()
    fates: dict[str, Fate] = {}
    slips: dict[str, Slip] = {}
    answers: dict[str, Answer] = {}
    journal_lag: float = 0.0
    disk: bool = False
    calm: float = 0.0
    order: tuple[int | float, ...] = ()
    broke: str = ""
    lags: tuple[float, ...] = ()
    together: bool = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Those of all commissions."""
        return tuple(job for commission in self.commissions for job in commission.jobs)

    @property
    def patience(self) -> float:
        """Seconds within which all must have ended once faults have stopped.

        Until what runs has reached its limit, somebody has decided about what is parked,
        and all was done that may still be open, one after the other, with all its pauses.
        """
        serial = sum(job.seconds + 4 * HOUR / 6 for job in self.jobs)
        verified = sum(job.verify for job in self.jobs)
        serial += PROMISES.attempts * verified * HOUR
        serial *= 1 + max((commission.repairs for commission in self.commissions), default=0)
        return PROMISES.run + 24 * HOUR + 2 * serial


def read(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        OSError: It cannot be read.
        msgspec.DecodeError: It holds no scenario.
    """
    return msgspec.json.decode(path.read_bytes(), type=Scenario)


def write(scenario: Scenario, path: Path) -> None:
    """Keep it in a file, for people too."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(scenario), indent=1) + b"\n")
