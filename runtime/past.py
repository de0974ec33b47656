"""What was before, as the hub asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.records import GoalRecord
    from callboard.messages import facts
    from callboard.messages.base import GoalId, SubtaskId


class Past(Protocol):
    """What a journal in a file knows beside the hub."""

    def goal(self, goal: GoalId) -> GoalRecord | None:
        """A goal, as it stands."""
        ...

    def story(self, goal: GoalId) -> Sequence[facts.Fact]:
        """All facts about a goal, in order."""
        ...

    def subtask_story(self, subtask: SubtaskId) -> Sequence[facts.Fact]:
        """All facts about a subtask, in order."""
        ...
