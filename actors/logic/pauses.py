"""What is paused or draining, as the facts say.

A goal's pause covers its sub-goals, however deep; a drain does not, for what runs may
need them to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from callboard.messages import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact


class Pause(NamedTuple):
    """How something was paused."""

    reason: str
    interrupt: bool


class Pauses:
    """A fold over the facts; goals and subtasks that have ended are not there.

    Attributes:
        goals: That were paused themselves.
        subtasks: That were paused themselves.
        runtime: How the runtime was paused, if it is.
        draining_goals: What runs of them may end, the rest is cancelled; with the reason.
        draining_subtasks: Their running attempt is the last; with the reason.
        closed: No goal is accepted but sub-goals.
        kinds: Of facts that may change anything here.
    """

    def __init__(self) -> None:
        self.goals: dict[GoalId, Pause] = {}
        self.subtasks: dict[SubtaskId, Pause] = {}
        self.runtime: Pause | None = None
        self.draining_goals: dict[GoalId, str] = {}
        self.draining_subtasks: dict[SubtaskId, str] = {}
        self.closed = False

    @property
    def any(self) -> bool:
        """Whether anything at all is paused or drains."""
        held = self.goals or self.subtasks or self.draining_goals or self.draining_subtasks
        return bool(held) or self.runtime is not None

    def apply(self, fact: Fact) -> None:
        """Change as *fact* says; most facts change nothing."""
        change = self._changes.get(type(fact))
        if change is not None:
            change(self, fact)

    def _pause_goal(self, fact: facts.GoalPaused) -> None:
        self.goals[fact.goal] = Pause(fact.reason, fact.interrupt)

    def _pause_subtask(self, fact: facts.SubtaskPaused) -> None:
        self.subtasks[fact.subtask] = Pause(fact.reason, fact.interrupt)

    def _resume_goal(self, fact: facts.GoalResumed) -> None:
        self.goals.pop(fact.goal, None)

    def _resume_subtask(self, fact: facts.SubtaskResumed) -> None:
        self.subtasks.pop(fact.subtask, None)

    def _pause_runtime(self, fact: facts.RuntimePaused) -> None:
        self.runtime = Pause(fact.reason, fact.interrupt)

    def _resume_runtime(self, fact: facts.RuntimeResumed) -> None:
        del fact
        self.runtime, self.closed = None, False

    def _drain_goal(self, fact: facts.GoalDraining) -> None:
        self.draining_goals[fact.goal] = fact.reason

    def _drain_subtask(self, fact: facts.SubtaskDraining) -> None:
        self.draining_subtasks[fact.subtask] = fact.reason

    def _drain_runtime(self, fact: facts.RuntimeDraining) -> None:
        del fact
        self.closed = True

    def _start_runtime(self, fact: facts.RuntimeStarted) -> None:
        """A process that drained has ended; the next one begins."""
        del fact
        self.closed = False

    def _end_goal(self, fact: facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled) -> None:
        self.goals.pop(fact.goal, None)
        self.draining_goals.pop(fact.goal, None)

    def _end_subtask(
        self, fact: facts.SubtaskCompleted | facts.SubtaskFailed | facts.SubtaskCancelled
    ) -> None:
        self.subtasks.pop(fact.subtask, None)
        self.draining_subtasks.pop(fact.subtask, None)

    _changes: ClassVar[dict[type[Fact], Callable[[Pauses, Any], None]]] = {
        facts.GoalPaused: _pause_goal,
        facts.GoalResumed: _resume_goal,
        facts.GoalDraining: _drain_goal,
        facts.SubtaskPaused: _pause_subtask,
        facts.SubtaskResumed: _resume_subtask,
        facts.SubtaskDraining: _drain_subtask,
        facts.RuntimePaused: _pause_runtime,
        facts.RuntimeResumed: _resume_runtime,
        facts.RuntimeDraining: _drain_runtime,
        facts.RuntimeStarted: _start_runtime,
        facts.GoalCompleted: _end_goal,
        facts.GoalFailed: _end_goal,
        facts.GoalCancelled: _end_goal,
        facts.SubtaskCompleted: _end_subtask,
        facts.SubtaskFailed: _end_subtask,
        facts.SubtaskCancelled: _end_subtask,
    }
    kinds = frozenset(_changes)
