"""Whose limits of waiting stood still, and for how long: what a rebuilt scheduler owes.

Limits are counted from an instant. For every pause that was lifted that instant is put
off by the time that the subtask stood still; for one that lasts it is known since when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callboard.actors.logic.pauses import Pauses
from callboard.messages import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callboard.actors.logic.history import History
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.values import Parent


class Standing:
    """A fold over the facts, beside that of the histories.

    Args:
        found: The histories so far, by subtask; they are changed here.
    """

    def __init__(self, found: dict[SubtaskId, History]) -> None:
        self._found = found
        self._pauses = Pauses()
        self._parents: dict[GoalId, Parent] = {}
        self._goals: dict[SubtaskId, GoalId] = {}
        self._of: dict[GoalId, set[SubtaskId]] = {}
        self._nested: set[SubtaskId] = set()

    def apply(self, fact: Fact) -> None:
        """Change the histories as *fact* says; most facts change nothing."""
        self._pauses.apply(fact)
        change = self._changes.get(type(fact))
        if change is not None:
            change(self, fact)

    def _accepted(self, fact: facts.GoalAccepted) -> None:
        if fact.goal.parent is not None:
            self._parents[fact.goal.id] = fact.goal.parent

    def _queued(self, fact: facts.SubtaskQueued) -> None:
        uuid, goal = fact.subtask, fact.goal
        self._goals[uuid] = goal
        self._of.setdefault(goal, set()).add(uuid)
        if goal in self._parents:
            self._nested.add(uuid)
        self._look([uuid], fact.at)

    def _goal(self, fact: facts.GoalPaused | facts.GoalResumed) -> None:
        self._look([*self._of.get(fact.goal, ()), *self._nested], fact.at)

    def _subtask(self, fact: facts.SubtaskPaused | facts.SubtaskResumed) -> None:
        self._look([fact.subtask, *self._nested], fact.at)

    def _runtime(self, fact: facts.RuntimePaused | facts.RuntimeResumed) -> None:
        self._look(list(self._found), fact.at)

    def _ended(
        self, fact: facts.SubtaskCompleted | facts.SubtaskFailed | facts.SubtaskCancelled
    ) -> None:
        self._nested.discard(fact.subtask)
        goal = self._goals.pop(fact.subtask, "")
        self._of.get(goal, set()).discard(fact.subtask)

    def _look(self, uuids: Iterable[SubtaskId], at: float) -> None:
        for uuid in uuids:
            past = self._found.get(uuid)
            if past is None:
                continue
            held = self._held(uuid)
            if held and past.stood is None:
                past.stood = at
            elif not held and past.stood is not None:
                put_off(past, at)
                past.stood = None

    def _held(self, uuid: SubtaskId) -> bool:
        pauses, goal = self._pauses, self._goals.get(uuid, "")
        if pauses.runtime is not None or uuid in pauses.subtasks:
            return True
        while goal not in pauses.goals:
            parent = self._parents.get(goal)
            if parent is None:
                return False
            if parent.subtask in pauses.subtasks:
                return True
            goal = parent.goal
        return True

    _changes: ClassVar[dict[type[Fact], Callable[[Standing, Any], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.SubtaskQueued: _queued,
        facts.GoalPaused: _goal,
        facts.GoalResumed: _goal,
        facts.SubtaskPaused: _subtask,
        facts.SubtaskResumed: _subtask,
        facts.RuntimePaused: _runtime,
        facts.RuntimeResumed: _runtime,
        facts.SubtaskCompleted: _ended,
        facts.SubtaskFailed: _ended,
        facts.SubtaskCancelled: _ended,
    }


def put_off(past: History, until: float) -> None:
    """It has stood still until then: what is counted begins later by as much."""
    if past.stood is None:
        return
    past.since += max(0.0, until - max(past.stood, past.since))
    if past.queued is not None:
        past.queued += max(0.0, until - max(past.stood, past.queued))
