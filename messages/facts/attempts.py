"""What happens to one attempt at a subtask: each of these names its lease."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.facts.base import Fact
from callboard.messages.values import Lease, Payload, Problem


class SubtaskAssigned(Fact):
    """A subtask was leased to an agent."""

    lease: Lease


class SubtaskStarted(Fact):
    """The agent runs it."""

    level: ClassVar[str] = "debug"
    lease: Lease


class LeaseAdopted(Fact):
    """A scheduler that was restarted lets an attempt go on that its agent holds.

    All other leases of earlier schedulers have ended with them.
    """

    lease: Lease


class CheckpointSaved(Fact):
    """The next attempt at that subtask receives this.

    Attributes:
        number: Which checkpoint of its attempt it is, from 1; 0 where nobody counted.
    """

    durable: ClassVar[bool] = True
    lease: Lease
    checkpoint: Payload
    number: int = 0


class LeaseRevoked(Fact):
    """An attempt was ended from our side, or its agent would not take it.

    Attributes:
        blamed: Its agent went down while it ran; that counts against the subtask.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    reason: str
    blamed: bool = False


class RetryScheduled(Fact):
    """An attempt failed and there will be another one.

    Attributes:
        delay: Seconds until it is queued again.
        rule: Of the retry policy's rules that which counts it, by its errors; empty where
            the policy itself does.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    problem: Problem
    delay: float
    rule: tuple[str, ...] = ()
