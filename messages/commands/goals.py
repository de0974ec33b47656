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


class Approve(Message):
    """Carry out what is proposed for a goal. Answer: `Done`, also where that was said before.

    Attributes:
        number: Of the proposal that was looked at; where another one has taken its place,
            the word is refused.
        by: Who says so, for people.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    number: int
    by: str = ""
    reply_to: Address = ""


class Reject(Message):
    """Do not carry out what is proposed for a goal, which fails by that. Answer: `Done`.

    Attributes:
        number: As for `Approve`.
        by: Likewise.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    number: int
    reason: str = ""
    by: str = ""
    reply_to: Address = ""


class ProposePlan(Message):
    """Propose another plan in place of the one that is proposed. Answer: `Proposed`.

    Attributes:
        number: Of the proposal whose place it takes.
        by: As for `Approve`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    number: int
    plan: Plan
    by: str = ""
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
