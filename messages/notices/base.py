"""What every notice is: what was seen, when, and about whom."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, Message, SubtaskId
from callboard.messages.facts import goal_of, subtask_of


class Notice(Message):
    """Something that was seen.

    Attributes:
        at: When, seconds since the epoch.
    """

    level: ClassVar[str] = "info"
    at: float

    @property
    def goal_id(self) -> GoalId:
        """The goal that this is about; "" for none."""
        return goal_of(self)

    @property
    def subtask_id(self) -> SubtaskId:
        """The subtask that this is about; "" for none."""
        return subtask_of(self)
