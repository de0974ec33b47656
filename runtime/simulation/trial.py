"""One seed: random plans, agents and faults, played to the end under the oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER, agent_address
from callboard.messages.errors.base import CallboardError
from callboard.messages.values import Agent, Priority, Retry, Skill, Subtask, Timeouts
from callboard.runtime.config import Config
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.simulation import Simulation

if TYPE_CHECKING:
    from random import Random

    from callboard.actors.logic.effects import StartWork
    from callboard.runtime.handle import GoalHandle

_SKILLS = ("sql", "charts", "prose", "law")
_HOUR = 3600.0
_PATIENCE = 30 * 24 * _HOUR


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How often what goes wrong; each a probability.

    Attributes:
        fails: An attempt raises.
        crashes: An attempt takes its agent down.
        hangs: An attempt never ends.
        agent_dies: An agent's actor dies, at each blow.
        runtime_dies: Orchestrator, scheduler or decomposer dies, at each blow.
        cancels: A goal is cancelled at some instant.
        leaves: An agent is unregistered, and comes back.
    """

    fails: float = 0.1
    crashes: float = 0.05
    hangs: float = 0.03
    agent_dies: float = 0.3
    runtime_dies: float = 0.2
    cancels: float = 0.1
    leaves: float = 0.1


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one seed.

    Attributes:
        violations: Promises that were broken.
        events: Facts and notices.
        deliveries: Turns of actors.
        ends: How the goals ended, and how often.
        seconds: Virtual ones that passed.
    """

    seed: int
    violations: tuple[str, ...]
    events: int
    deliveries: int
    ends: dict[str, int]
    seconds: float


def trial(
    seed: int, *, subtasks: int = 50, agents: int = 5, rates: Rates | None = None
) -> Report:
    """Play one seed to its end.

    Args:
        seed: Decides everything; the same one gives the same report.
        subtasks: In all plans together.
        agents: Of the company; one of them can do everything.
        rates: How often what goes wrong.
    """
    return _Trial(seed, subtasks, agents, rates or Rates()).play()


class _Trial:
    def __init__(self, seed: int, subtasks: int, agents: int, rates: Rates) -> None:
        self._seed = seed
        self._subtasks = subtasks
        self._rates = rates
        self._oracle = Oracle(load_equivalences())
        self._simulation = Simulation(
            seed, decide=self._fate, config=_config(), witness=self._oracle.see
        )
        self._random = self._simulation.random
        self._company = [_agent(n, self._random) for n in range(agents)]

    def play(self) -> Report:
        simulation, runtime = self._simulation, self._simulation.runtime
        with simulation:
            for agent in self._company:
                simulation.register(agent)
            goals = [self._submit(n, size) for n, size in enumerate(self._sizes())]
            self._trouble()
            simulation.advance(_PATIENCE)
            self._oracle.finish(runtime)
            ends: dict[str, int] = {}
            for goal in goals:
                ends[goal.status.value] = ends.get(goal.status.value, 0) + 1
            return Report(
                seed=self._seed,
                violations=tuple(self._oracle.violations),
                events=self._oracle.events,
                deliveries=simulation.stepper.deliveries,
                ends=ends,
                seconds=simulation.elapsed,
            )

    def _submit(self, number: int, size: int) -> GoalHandle:
        plan = _plan(number, size, self._random)
        deadline = self._random.choice([None, None, 20 * _HOUR])
        return self._simulation.runtime.submit(
            f"goal {number}", plan=plan, deadline=deadline
        )

    def _sizes(self) -> list[int]:
        sizes: list[int] = []
        while sum(sizes) < self._subtasks:
            sizes.append(self._random.randint(1, min(20, self._subtasks - sum(sizes))))
        return sizes

    def _fate(self, agent: Agent, effect: StartWork) -> Fate:
        draw, rates = self._random.random(), self._rates
        seconds = effect.ready.subtask.seconds * self._random.uniform(0.5, 2.0)
        signs = self._random.randint(0, 2)
        for ends, rate in (("fails", rates.fails), ("crashes", rates.crashes),
                           ("hangs", rates.hangs)):  # fmt: skip
            draw -= rate
            if draw < 0:
                return Fate(seconds=seconds, ends=_ENDS[ends], signs=signs)
        return Fate(seconds=seconds, signs=signs)

    def _trouble(self) -> None:
        """Blow after blow at random moments of the first virtual hours."""
        rates, random = self._rates, self._random
        for _ in range(10):
            self._simulation.advance(random.expovariate(1 / (0.5 * _HOUR)))
            if random.random() < rates.agent_dies:
                self._kill(agent_address(random.choice(self._company).id))
            if random.random() < rates.runtime_dies:
                self._kill(random.choice([ORCHESTRATOR, SCHEDULER, DECOMPOSER]))
            if random.random() < rates.cancels:
                self._cancel()
            if random.random() < rates.leaves:
                self._leave(random.choice(self._company))

    def _kill(self, address: str) -> None:
        for _ in range(self._random.randint(0, 20)):  # also in the middle of things
            self._simulation.stepper.step(self._simulation.stepper.now())
        try:
            self._simulation.crash(address)
        except CallboardError:
            return  # it is dead already, and about to be started again

    def _cancel(self) -> None:
        goals = list(self._simulation.runtime.hub.board.goals)
        self._simulation.runtime.goal(self._random.choice(goals)).cancel("by the seed")

    def _leave(self, agent: Agent) -> None:
        runtime = self._simulation.runtime
        if agent.id in runtime.agents():
            runtime.unregister(agent.id, drain=self._random.random() < 0.5, timeout=_HOUR)
        self._simulation.register(agent)


_ENDS = {"fails": "failed", "crashes": "crashed", "hangs": "hangs"}


def _config() -> Config:
    return Config(
        timeouts=Timeouts(run=4 * _HOUR), retry=Retry(attempts=4, first=10.0, longest=600.0)
    )


def _agent(number: int, random: Random) -> Agent:
    able = _SKILLS if number == 0 else random.sample(_SKILLS, random.randint(1, 3))
    skills = tuple(Skill(name=name) for name in able)
    return Agent(id=f"agent-{number}", skills=skills, max_load=random.randint(1, 3))


def _plan(goal: int, size: int, random: Random) -> list[Subtask]:
    plan: list[Subtask] = []
    for number in range(size):
        before = [s.uuid for s in plan]
        plan.append(Subtask(
            uuid=f"g{goal}-s{number}",
            name=f"subtask {number}",
            priority=random.choice(list(Priority)),
            estimated_duration=random.uniform(1.0, 60.0),
            required_skills=tuple(
                Skill(name=n) for n in random.sample(_SKILLS, random.randint(0, 1))
            ),
            dependencies=tuple(random.sample(before, random.randint(0, min(3, len(before))))),
            optional=random.random() < 0.1,
        ))  # fmt: skip
    return plan
