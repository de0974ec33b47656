"""Errors of who decides about what is proposed, and of goals about which that was done."""

from __future__ import annotations

from callboard.messages.errors.base import CallboardError


class AwaitsApproval(CallboardError):
    """The goal was accepted, and has no subtasks before somebody approves its plan.

    Attributes:
        number: Of the proposal.
    """

    def __init__(self, goal: str, number: int) -> None:
        super().__init__(goal, number)
        self.goal, self.number = goal, number

    def __str__(self) -> str:
        return f"the plan of goal {self.goal!r} (number {self.number}) waits to be approved"


class NothingProposed(CallboardError):
    """There is nothing about that goal to be decided.

    Attributes:
        why: How its plan stands.
    """

    def __init__(self, goal: str, why: str) -> None:
        super().__init__(goal, why)
        self.goal, self.why = goal, why

    def __str__(self) -> str:
        return f"nothing of goal {self.goal!r} waits to be approved: {self.why}"


class ProposalChanged(CallboardError):
    """What was looked at is not what is proposed now.

    Attributes:
        given: The number of the proposal that was meant.
        number: Of the one that there is.
    """

    def __init__(self, goal: str, given: int, number: int) -> None:
        super().__init__(goal, given, number)
        self.goal, self.given, self.number = goal, given, number

    def __str__(self) -> str:
        latest = f"number {self.number} is the latest"
        return f"proposal {self.given} of goal {self.goal!r} is not what is proposed now: {latest}"


class Rejected(CallboardError):
    """Somebody has looked at what was proposed, and does not want it carried out.

    Attributes:
        reason: What was said, or "".
        by: Who has said so, or "".
        what: Was proposed: "plan", or "change of its plan".
    """

    def __init__(self, reason: str, by: str = "", what: str = "plan") -> None:
        super().__init__(reason, by, what)
        self.reason, self.by, self.what = reason, by, what

    def __str__(self) -> str:
        who = f" by {self.by}" if self.by else ""
        what = "its plan" if self.what == "plan" else f"the {self.what}"
        return f"{what} was rejected{who}" + (f": {self.reason}" if self.reason else "")


class NotApproved(CallboardError):
    """Nobody has decided about what was proposed as long as the goal could wait.

    Attributes:
        number: Of the proposal.
        seconds: That it has waited.
        what: Was proposed: "plan", or "change of its plan".
    """

    def __init__(self, number: int, seconds: float, what: str = "plan") -> None:
        super().__init__(number, seconds, what)
        self.number, self.seconds, self.what = number, seconds, what

    def __str__(self) -> str:
        hours = f"{self.seconds / 3600:g} h"
        what = "its plan" if self.what == "plan" else f"the {self.what}"
        return f"nobody has approved {what} (number {self.number}) within {hours}"
