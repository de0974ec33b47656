"""One seed: random plans, agents and faults, played to the end under the oracle."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import msgspec

from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER, agent_address
from callboard.messages.errors.base import CallboardError, described
from callboard.messages.errors.lookups import UnknownAgent
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.simulation.audit import audit
from callboard.runtime.simulation.executor import Fate
from callboard.runtime.simulation.oracle import Oracle
from callboard.runtime.simulation.scenario import (
    CONFIG,
    DEADLINE,
    HOUR,
    PROMISES,
    company,
    plan,
    sizes,
)
from callboard.runtime.simulation.simulation import Simulation

if TYPE_CHECKING:
    from callboard.actors.logic.effects import StartWork
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import Address
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent
    from callboard.runtime.handle import GoalHandle

_BLOWS = 10
_BETWEEN = 0.5 * HOUR
_PATIENCE = 30 * 24 * HOUR


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How often what goes wrong; each a probability.

    Attributes:
        fails: An attempt raises.
        crashes: An attempt takes its agent down.
        hangs: An attempt never ends.
        waits: An attempt waits for something else in the middle, and lends its slot.
        agent_dies: An agent's actor dies, at each blow.
        runtime_dies: Orchestrator, scheduler or decomposer dies, at each blow.
        cancels: A goal is cancelled, at each blow.
        leaves: An agent is unregistered and comes back, at each blow.
        resizes: An agent may run more or less at once, at each blow.
    """

    fails: float = 0.1
    crashes: float = 0.05
    hangs: float = 0.03
    waits: float = 0.1
    agent_dies: float = 0.3
    runtime_dies: float = 0.2
    cancels: float = 0.1
    leaves: float = 0.1
    resizes: float = 0.1


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


def trial(seed: int, *, subtasks: int = 50, agents: int = 5, rates: Rates | None = None) -> Report:
    """Play one seed to its end.

    Args:
        seed: Decides everything; the same one gives the same report.
        subtasks: In all plans together.
        agents: Of the company; one of them can do everything.
        rates: How often what goes wrong.

    >>> trial(7, subtasks=10).violations
    ()
    """
    return Trial(seed, subtasks=subtasks, agents=agents, rates=rates).play()


class Trial:
    """The same, for who wants to look on; the arguments are those of `trial`.

    Attributes:
        story: Every fact and notice so far, if it was asked for.
    """

    def __init__(
        self,
        seed: int,
        *,
        subtasks: int = 50,
        agents: int = 5,
        rates: Rates | None = None,
        keep_story: bool = False,
    ) -> None:
        self.story: list[Fact | Notice] = []
        self._seed = seed
        self._subtasks = subtasks
        self._rates = rates or Rates()
        self._keep_story = keep_story
        self._simulation = Simulation(seed, decide=self._fate, config=CONFIG, witness=self._see)
        self._oracle = Oracle(_equivalences(), PROMISES, self._simulation.lent)
        self._random = self._simulation.random
        # Apart from the others, so that these faults changed no earlier seed.
        self._more = Random(f"{seed}/more")  # noqa: S311 - reproducible, not secret
        self._company = company(agents, self._random)
        self._goals: list[GoalHandle] = []

    def play(self) -> Report:
        """Submit the goals, strike, wait until nothing is left to happen, and check."""
        with self._simulation:
            try:
                self._run()
            except CallboardError as error:
                self._oracle.violations.append(f"a call was in vain: {described(error)}")
            ends = Counter(goal.status.value for goal in self._goals)
        return Report(
            seed=self._seed,
            violations=tuple(self._oracle.violations),
            events=self._oracle.events,
            deliveries=self._simulation.stepper.deliveries,
            ends=dict(ends),
            seconds=self._simulation.elapsed,
        )

    def _run(self) -> None:
        simulation = self._simulation
        for agent in self._company:
            simulation.register(agent)
        for number, size in enumerate(sizes(self._subtasks, self._random)):
            self._submit(number, size)
        for _ in range(_BLOWS):
            simulation.advance(self._random.expovariate(1 / _BETWEEN))
            self._strike()
        simulation.advance(_PATIENCE)
        self._oracle.finish()
        audit(simulation.runtime, self._oracle)

    def _see(self, event: Fact | Notice) -> None:
        self._oracle.see(event)
        if self._keep_story:
            self.story.append(event)

    def _submit(self, number: int, size: int) -> None:
        stated = plan(number, size, self._random)
        deadline = self._random.choice([None, None, DEADLINE])
        runtime = self._simulation.runtime
        self._goals.append(runtime.submit(f"goal {number}", plan=stated, deadline=deadline))

    def _fate(self, agent: Agent, effect: StartWork) -> Fate:
        del agent
        draw, rates = self._random.random(), self._rates
        seconds = effect.ready.subtask.seconds * self._random.uniform(0.5, 2.0)
        signs = self._random.randint(0, 2)
        if (draw := draw - rates.fails) < 0:
            return Fate(seconds=seconds, ends="failed", signs=signs)
        if (draw := draw - rates.crashes) < 0:
            return Fate(seconds=seconds, ends="crashed", signs=signs)
        if (draw := draw - rates.hangs) < 0:
            self._oracle.hanging.add(effect.lease.token)
            return Fate(seconds=seconds, ends="hangs", signs=signs)
        if draw >= rates.waits:
            return Fate(seconds=seconds, signs=signs)
        self._oracle.lending.add(effect.lease.token)
        return Fate(seconds=seconds, signs=signs, waits=seconds / 4)

    # Faults

    def _strike(self) -> None:
        rates, random = self._rates, self._random
        if random.random() < rates.agent_dies:
            self._kill(agent_address(random.choice(self._company).id))
        if random.random() < rates.runtime_dies:
            self._kill(random.choice([ORCHESTRATOR, SCHEDULER, DECOMPOSER]))
        if random.random() < rates.cancels:
            self._cancel()
        if random.random() < rates.leaves:
            self._leave(random.choice(self._company))
        if self._more.random() < rates.resizes:
            self._resize(self._more.choice(self._company))

    def _kill(self, address: Address) -> None:
        stepper = self._simulation.stepper
        for _ in range(self._random.randint(0, 20)):  # also in the middle of things
            stepper.step(stepper.now())
        try:
            self._simulation.crash(address)
        except UnknownAgent:
            return  # it is dead already, and about to be started again

    def _cancel(self) -> None:
        runtime = self._simulation.runtime
        goals = list(runtime.hub.board.goals)
        runtime.goal(self._random.choice(goals)).cancel("by the seed")

    def _leave(self, agent: Agent) -> None:
        runtime = self._simulation.runtime
        if agent.id in runtime.agents():
            drain = self._random.random() < 1 / 2
            runtime.unregister(agent.id, drain=drain, timeout=HOUR)
        self._simulation.register(agent)

    def _resize(self, agent: Agent) -> None:
        if agent.id in self._simulation.runtime.agents():
            self._simulation.runtime.resize(agent.id, self._more.randint(1, 4))


@cache
def _equivalences() -> Equivalences:
    return load_equivalences()
