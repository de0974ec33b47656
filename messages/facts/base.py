"""What every fact is: what has happened, when, and to whom."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, Message, SubtaskId
from callboard.messages.values import Goal, Lease


def goal_of(event: Message) -> GoalId:
    """The goal that a fact or a notice is about; "" for none."""
    lease: Lease | None = getattr(event, "lease", None)
    if lease is not None:
        return lease.goal
    goal: Goal | GoalId = getattr(event, "goal", "")
    return goal.id if isinstance(goal, Goal) else goal


def subtask_of(event: Message) -> SubtaskId:
    """The subtask that a fact or a notice is about; "" for none."""
    lease: Lease | None = getattr(event, "lease", None)
    subtask: SubtaskId = getattr(event, "subtask", "") if lease is None else lease.subtask
    return subtask


class Fact(Message):
    """Something that has happened.

    Attributes:
        at: When, seconds since the epoch.
    """

    durable: ClassVar[bool] = False
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
