"""What can be foreseen of all that is open: bounds, and when goals will end.

It looks at the board and at what the scheduler has learnt, and works on the thread of
whoever asks; no actor is asked, and nothing is worked out that nobody wants to know.
"""

from __future__ import annotations

import threading
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from callboard.actors.logic.learning import Expected, Learning, Sample
from callboard.actors.logic.records import GoalStatus
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.timetables.eta import Eta, eta
from callboard.runtime.timetables.layout import TooLarge
from callboard.runtime.timetables.prospect import Prospect, prospect
from callboard.runtime.timetables.scene import Scene, agents_of, scene, tasks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.records import AgentRecord, GoalRecord
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import Clock
    from callboard.messages.base import AgentId, GoalId
    from callboard.runtime.hub import Hub
    from callboard.runtime.timetables.scene import Task

LASTS = 1e-3
"""Seconds for each open subtask for which an answer is given again: about a tenth of the
time of one who asks all the time."""

MANY_SUBTASKS = 2_000
MANY_GOALS = 100
"""Up to which `status` tells bounds by itself; more take longer than it should."""


class Promised(NamedTuple):
    """An interval that somebody was told, of a goal that was open then."""

    record: GoalRecord
    eta: Eta


class Kept(NamedTuple):
    """Whether intervals held what they promise.

    Attributes:
        judged: Goals that were completed of which one had been told.
        held: Those that ended within the first one that was.
    """

    judged: int
    held: int

    @property
    def part(self) -> float | None:
        """0.9 is what is promised; None before the first one."""
        return self.held / self.judged if self.judged else None


class Forecaster:
    """Answers what is asked of the future; safe to use from any thread.

    Args:
        hub: Has the board.
        clock: Tells now.
        equivalences: Which skills stand in for which.
        learning: What is learnt by now.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        equivalences: Equivalences,
        learning: Callable[[], Learning],
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._equivalences = equivalences
        self._learning = learning
        self._lock = threading.Lock()
        self._known: dict[GoalId | None, Prospect] = {}
        self._promised: dict[GoalId, Promised] = {}
        self._kept = Kept(0, 0)
        self._judge_at = MANY_GOALS

    # What there is

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now()

    def scene(self, *, held: bool = False) -> Scene:
        """All that is open.

        Args:
            held: Leave out what is paused; else it counts as if it were resumed now.
        """
        goals, agents, paused = self._open()
        tasks = tasks_of(goals, paused=paused if held else None)
        return scene(tasks, agents_of(agents), self._clock.now(), self._equivalences)

    def expect(self, task: Task, agent: AgentId) -> Expected:
        """How long an attempt at it by that agent should take."""
        sample = Sample(task.kind, task.skill, agent)
        return self._learning().expect(sample, task.learnt_from)

    def _doubt(self, task: Task) -> float:
        return self._learning().doubt(Sample(task.kind, task.skill, ""))

    def _open(self) -> tuple[list[GoalRecord], list[AgentRecord], bool]:
        return self._hub.read(
            lambda board: (
                [goal for goal in board.goals.values() if goal.ended_at is None],
                list(board.agents.values()),
                board.paused,
            )
        )

    # Bounds

    def prospect(self, goal: GoalId | None = None) -> Prospect:
        """How soon all that is open, or one goal by itself, could be done at best."""
        found = self._fresh(goal)
        return self._prospect(goal, self.scene()) if found is None else found

    def bounds(self) -> dict[str, Any] | None:
        """The same over all and for each goal, as data; None where there is too much."""
        count, goals = self._hub.read(lambda board: (board.open_subtasks, board.open_goals))
        if count > MANY_SUBTASKS:
            return None
        seen = self.scene()
        ids = list(dict.fromkeys(task.goal for task in seen.tasks))[:MANY_GOALS]
        each = {goal: (self._fresh(goal) or self._prospect(goal, seen)).data() for goal in ids}
        overall = self._fresh(None) or self._prospect(None, seen)
        return {**overall.data(), "goals": each, "goals_left_out": max(0, goals - len(each))}

    def _fresh(self, goal: GoalId | None) -> Prospect | None:
        known = self._known.get(goal)
        if known is None:
            return None
        age = self._clock.now() - known.at
        return known if 0.0 <= age < LASTS * known.subtasks else None

    def _prospect(self, goal: GoalId | None, seen: Scene) -> Prospect:
        found = prospect(seen if goal is None else seen.part(goal), self.expect)
        with self._lock:
            if len(self._known) > 2 * MANY_GOALS:
                self._known.clear()
            self._known[goal] = found
        return found

    # When a goal will end

    def eta(self, goal: GoalId, *, plays: int | None = None, seed: int = 0) -> Eta:
        """When it should end, with an interval that nine goals of ten keep.

        Raises:
            InvalidCall: *plays* is no number above 0.
        """
        if plays is not None and not (type(plays) is int and plays > 0):
            raise InvalidCall("plays", plays, "a whole number above 0, or None")
        record = self._hub.goal(goal)
        if record.ended_at is not None:
            return Eta(at=record.ended_at, earliest=0.0, median=0.0, latest=0.0)
        seen = self.scene()
        left = {u: why for u, why in seen.left_out.items() if u in record.subtasks}
        if not record.subtasks:
            left = {"": "it has no plan yet"}
        found = self._played(seen, goal, plays, seed)
        if left or found.plays == 0:
            return msgspec.structs.replace(found, median=inf, latest=inf, left_out=left)
        with self._lock:
            self._promised.setdefault(goal, Promised(record, found))
            if len(self._promised) > self._judge_at:
                self._judge()
        return found

    def _played(self, seen: Scene, goal: GoalId, plays: int | None, seed: int) -> Eta:
        """Without plays only what cannot be beaten, where there is too much to play."""
        random = Random(seed)  # noqa: S311 - to be repeated, not secret
        try:
            return eta(seen, goal, self.expect, random, doubt=self._doubt, plays=plays)
        except TooLarge:
            low = self.prospect(goal).bound
            return Eta(at=seen.at, earliest=low, median=inf, latest=inf)

    def kept(self) -> Kept:
        """Whether goals have ended within the first interval that was told of them."""
        with self._lock:
            self._judge()
            return self._kept

    def _judge(self) -> None:
        """Take down who has ended; when there are many, though nobody asks."""
        over = [g for g, one in self._promised.items() if one.record.ended_at is not None]
        for goal in over:
            record, told = self._promised.pop(goal)
            if record.status is GoalStatus.COMPLETED and record.ended_at is not None:
                held = told.holds(record.ended_at)
                self._kept = Kept(self._kept.judged + 1, self._kept.held + held)
        self._judge_at = max(MANY_GOALS, 2 * len(self._promised))
