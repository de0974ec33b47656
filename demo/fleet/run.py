"""Plays a fleet to its end under the virtual clock.

>>> played = play(Setting(agents=3, goals=2, crash_rate=0.0, seed=7))
>>> played.ledger.open_goals, len(played.goals), len(played.ledger.goals)
(0, 2, 2)
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from random import Random
from typing import Final, TypeAlias

import msgspec

from callboard.actors.logic.bounds import Bounds, Work, bounds
from callboard.actors.logic.skills import Equivalences, can_do
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.demo.fleet.company import company
from callboard.demo.fleet.fates import Fates
from callboard.demo.fleet.goals import Arrival, GoalMaker, Needs
from callboard.demo.fleet.ledger import Ledger
from callboard.demo.fleet.tensor import LARGEST, Heat, heat_of
from callboard.messages.base import ORCHESTRATOR, SCHEDULER
from callboard.messages.errors import CallboardError
from callboard.messages.values import Agent, Retry, Subtask
from callboard.runtime.config import Config
from callboard.runtime.planners.skills import load_equivalences
from callboard.runtime.simulation.simulation import Simulation
from callboard.runtime.simulation.world import EPOCH

FRAMES: Final = 120
"""How often a run is looked at, about."""

_DIGITS: Final = 3
_SLOWER: Final = 1.02
_HOUR: Final = 3600.0
_LONGEST: Final = 30 * 24 * _HOUR
_ATTENTION: Final = 300.0
_BLOWS: Final = ((0.4, SCHEDULER), (0.7, ORCHESTRATOR))

Watch: TypeAlias = Callable[["Fleet"], None]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What decides a run.

    Attributes:
        crash_rate: Part of the attempts that take their agent down.
    """

    agents: int
    goals: int
    crash_rate: float
    seed: int


class Fleet:
    """A run, as far as it is.

    Attributes:
        setting: What decides it.
        agents: Who is in it.
        goals: What comes.
        eligible: From what a subtask needs to the agents that may do it.
        expected: Lower bound of the time for what the plans say, in seconds.
        ledger: What has happened.
        heat: The tensor when half of the subtasks had ended; None before, or if not wanted.
        heat_ended: How many had ended by then.
        put_back: How often somebody put a subtask back that had been put aside.
        dropped: How many subtasks that somebody gave up.
        now: Virtual seconds since the run began.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        random = Random(f"{setting.seed}/fleet")  # noqa: S311 - reproducible, not secret
        equivalences = load_equivalences()
        self.agents = company(setting.agents, random)
        maker = GoalMaker(self.agents, equivalences, random)
        self.fates = Fates(setting.seed, setting.crash_rate)
        self.goals = maker.goals(setting.goals)
        subtasks = [subtask for goal in self.goals for subtask in goal.plan.subtasks]
        self.eligible = _eligible(subtasks, self.agents, equivalences)
        self.expected = self.bounds(lambda subtask: subtask.seconds).seconds
        self.ledger = Ledger(EPOCH)
        self.heat: Heat | None = None
        self.heat_ended = 0
        self.put_back = 0
        self.dropped = 0
        self.now = 0.0

    @property
    def slots(self) -> int:
        """How many subtasks all agents together run at once."""
        return sum(agent.max_load for agent in self.agents)

    @property
    def subtasks(self) -> int:
        """How many there are in all plans."""
        return sum(len(goal.plan.subtasks) for goal in self.goals)

    @property
    def over(self) -> bool:
        """Nothing is left to happen, or nothing can."""
        ledger = self.ledger
        all_came = len(ledger.goals) == len(self.goals)
        return (all_came and not ledger.open_goals) or bool(ledger.failure) or self.now >= _LONGEST

    def bounds(self, seconds: Callable[[Subtask], float | None]) -> Bounds:
        """What no schedule could beat.

        Args:
            seconds: How long a subtask takes; None leaves it out.
        """
        works: list[Work[Needs]] = []
        for goal in self.goals:
            for subtask in goal.plan.subtasks:
                length = seconds(subtask)
                if length is not None:
                    needs, after = subtask.required_skills, subtask.dependencies
                    works.append(Work(subtask.uuid, length, needs, after, goal.at))
        slots = {agent.id: agent.max_load for agent in self.agents}
        return bounds(works, slots, self.eligible)


def play(setting: Setting, watch: Watch | None = None, *, heat: bool = False) -> Fleet:
    """Play a fleet from its first goal to its last.

    Args:
        setting: The same one gives the same run.
        watch: Called between moments of the run, about `FRAMES` times; what it raises
            ends the run.
        heat: The tensor is wanted.
    """
    fleet = Fleet(setting)
    config = Config(
        call_timeout=_HOUR,
        keep_goals=None,
        retry=Retry(attempts=4, first=10.0, longest=300.0),
        supervision=SupervisionOptions(
            first=20.0, longest=300.0, period=0.5 * _HOUR, reset_after=0.5 * _HOUR
        ),
    )
    with (
        _quiet(),
        Simulation(
            setting.seed, decide=fleet.fates, config=config, witness=fleet.ledger.see
        ) as simulation,
    ):
        for agent in fleet.agents:
            simulation.register(agent)
        _Stage(fleet, simulation, heat=heat).play(watch or (lambda _: None))
    return fleet


class _Stage:
    """Lets goals come, blows fall and somebody look after what is put aside."""

    def __init__(self, fleet: Fleet, simulation: Simulation, *, heat: bool) -> None:
        self._fleet = fleet
        self._simulation = simulation
        self._heat = heat
        self._goals = list(reversed(fleet.goals))
        blows = _BLOWS if fleet.setting.crash_rate > 0 else ()
        self._blows = [
            (round(part * fleet.expected, _DIGITS), address) for part, address in reversed(blows)
        ]
        self._seen_before: set[str] = set()

    def play(self, watch: Watch) -> None:
        fleet = self._fleet
        frame = max(1.0, fleet.expected / FRAMES)
        watch(fleet)
        for number in itertools.count(1):
            # A run that takes much longer than it should need not be watched as closely.
            frames = number if number <= FRAMES else FRAMES * _SLOWER ** (number - FRAMES)
            until = round(frame * frames, _DIGITS)
            while not fleet.over and fleet.now < until:
                self._meanwhile()
                self._advance(until)
            watch(fleet)
            if fleet.over:
                self._look_at_tensor()
                return

    def _advance(self, until: float) -> None:
        fleet, nexts = self._fleet, [until]
        if self._goals:
            nexts.append(self._goals[-1].at)
        if self._blows:
            nexts.append(self._blows[-1][0])
        self._simulation.advance(max(0.0, min(nexts) - self._simulation.elapsed))
        # The clock counts from the epoch, so it misses small fractions of a second.
        fleet.now = round(self._simulation.elapsed, _DIGITS)

    def _meanwhile(self) -> None:
        fleet, now = self._fleet, self._fleet.now
        while self._goals and self._goals[-1].at <= now:
            self._submit(self._goals.pop())
        if self._blows and self._blows[-1][0] <= now:
            self._blow(self._blows.pop()[1])
        for uuid, since in list(fleet.ledger.parked.items()):
            if since + _ATTENTION <= now:
                self._look_after(uuid)
        if 2 * fleet.ledger.ended >= fleet.subtasks:
            self._look_at_tensor()

    def _submit(self, goal: Arrival) -> None:
        self._simulation.runtime.submit(goal.text, plan=goal.plan)

    def _look_at_tensor(self) -> None:
        """Once, if it is wanted and not too large."""
        fleet, subtasks = self._fleet, self._fleet.ledger.subtasks
        wanted, self._heat = self._heat, False
        if wanted and subtasks and len(subtasks) * len(fleet.agents) <= LARGEST:
            tensor = self._simulation.runtime.tensor()
            stated = {uuid: entry.subtask for uuid, entry in subtasks.items()}
            fleet.heat = heat_of(tensor, stated, fleet.agents, fleet.now)
            fleet.heat_ended = fleet.ledger.ended

    def _blow(self, address: str) -> None:
        """An actor of the runtime itself dies; the supervisor mends it."""
        try:
            self._simulation.crash(address, "as the demo would have it")
        except CallboardError:
            return  # it is dead already, and about to be started again

    def _look_after(self, uuid: str) -> None:
        """What was put aside is put back once; the second time it is given up."""
        runtime, fleet = self._simulation.runtime, self._fleet
        try:
            if uuid in self._seen_before:
                runtime.cancel_subtask(uuid, "it took down too many agents, twice")
                fleet.dropped += 1
            else:
                self._seen_before.add(uuid)
                runtime.requeue(uuid)
                fleet.put_back += 1
        except CallboardError:
            fleet.ledger.parked.pop(uuid, None)  # it has ended meanwhile


def _eligible(
    subtasks: Iterable[Subtask], agents: Sequence[Agent], equivalences: Equivalences
) -> dict[Needs, list[str]]:
    kinds = dict.fromkeys(subtask.required_skills for subtask in subtasks)
    return {
        needs: [agent.id for agent in agents if can_do(agent.skills, needs, equivalences)]
        for needs in kinds
    }


@contextmanager
def _quiet() -> Generator[None]:
    """The runtime would log each fault, and here they are what is wanted."""
    logger = logging.getLogger("callboard")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
