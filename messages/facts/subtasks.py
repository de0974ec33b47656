"""What happens to subtasks outside of their attempts, and how they end."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.facts.base import Fact
from callboard.messages.values import Lease, Payload, Problem, Setback, Subtask


class SubtaskQueued(Fact):
    """A subtask has become ready and waits for an agent."""

    level: ClassVar[str] = "debug"
    goal: GoalId
    subtask: SubtaskId


class SubtaskRequeued(Fact):
    """A subtask went back to the front of its class without losing an attempt."""

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str


class SubtaskPaused(Fact):
    """No new attempt at the subtask, or at a sub-goal of it, is started.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    reason: str = ""
    interrupt: bool = False


class SubtaskResumed(Fact):
    """The subtask goes on, unless something else holds it."""

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId


class SubtaskDraining(Fact):
    """If an attempt at the subtask runs, it is the last one; else the subtask is cancelled."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str = ""


class SubtaskEdited(Fact):
    """Somebody wants a subtask done otherwise than its plan said.

    Attributes:
        spec: What holds from now on, in place of what the plan says.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    spec: Subtask


class SubtaskParked(Fact):
    """A subtask is kept aside until somebody decides, or until it fails.

    Attributes:
        until: When it fails, seconds since the epoch.
        setbacks: What speaks against it, oldest first.
        attempts: That have failed.
        lease: The attempt whose failure is the reason; None where an agent's end is.
    """

    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    problem: Problem
    until: float
    setbacks: tuple[Setback, ...] = ()
    attempts: int = 0
    lease: Lease | None = None


class SubtaskUnparked(Fact):
    """Somebody has put a parked subtask back into the queue."""

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId


class ResultSubmitted(Fact):
    """An attempt has brought a result, which has to be verified before it counts.

    Attributes:
        lease: The attempt; None where nobody held it.
        seconds: That the agent worked.
        number: Which result of the subtask it is, from 1.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    lease: Lease | None
    result: Payload
    seconds: float
    number: int


class ResultRejected(Fact):
    """Who verified a result has not found it good: that attempt has failed.

    Attributes:
        problem: With the reasons.
        lease: The attempt; None where nobody held it.
        number: Of the result.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    lease: Lease | None
    problem: Problem
    number: int


class SubtaskCompleted(Fact):
    """The accepted completion of a subtask; there is exactly one.

    Attributes:
        lease: The attempt; None where nobody held it.
        seconds: That the agent worked.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    subtask: SubtaskId
    lease: Lease | None
    result: Payload
    seconds: float


class SubtaskFailed(Fact):
    """A subtask has failed for good.

    Attributes:
        lease: The attempt whose failure is the reason; None where it is not an attempt's.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    problem: Problem
    lease: Lease | None = None


class SubtaskCancelled(Fact):
    """A subtask is not wanted any more."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    reason: str
