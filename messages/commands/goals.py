"""What is asked about a goal."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, GoalId, Lane, Message
from callboard.messages.values import Goal, Plan


class SubmitGoal(Message):
    """Take on a goal; with a plan it is not decomposed. Answer: `GoalTaken`."""

    goal: Goal
    plan: Plan | None = None
    reply_to: Address = ""


class CancelGoal(Message):
    """End a goal, its queued and its running work, and its sub-goals. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    reply_to: Address = ""


class PauseGoal(Message):
    """Start no new attempt at a goal, nor at its sub-goals, until `ResumeGoal`. Answer: `Done`.

    Attributes:
        interrupt: What runs is taken back, to the front, and loses no attempt by it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeGoal(Message):
    """Undo `PauseGoal`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reply_to: Address = ""


class DrainGoal(Message):
    """Let a goal's running attempts end, and cancel the rest of it. Answer: `Done`, at once."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    reason: str = ""
    reply_to: Address = ""
