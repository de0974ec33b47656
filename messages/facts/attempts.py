"""What happens to one attempt at a subtask: each of these names its lease."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.facts.base import Fact
from callboard.messages.values import Lease, Payload, Problem, Token


class SubtaskAssigned(Fact):
    """A subtask was leased to an agent.

    Attributes:
        ahead: Before the agent had a slot for it: it waits there, and nobody has it before
            it has started.
        after: The attempt that its agent was to go on from to this one by itself, as soon as
            it had completed that; None for none.
    """

    lease: Lease
    ahead: bool = False
    after: Token | None = None


class CopyStarted(Fact):
    """An attempt takes long, and a copy of it is made: the first to be completed counts.

    That the copy is assigned follows.

    Attributes:
        lease: The copy's.
        of: Of the attempt that takes long.
        seconds: That this one has taken so far.
        expected: Seconds within which 95 of 100 such attempts would have ended.
    """

    lease: Lease
    of: Lease
    seconds: float
    expected: float


class CopyFailed(Fact):
    """An attempt failed of which there are copies, and these go on: nothing is tried anew.

    Attributes:
        lease: What failed: the first attempt, or a copy of it.
        rule: See `RetryScheduled`.
    """

    level: ClassVar[str] = "warning"
    lease: Lease
    problem: Problem
    rule: tuple[str, ...] = ()


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


FIRST = "another copy was first"
"""Why an attempt is taken back when another one at the same subtask was completed."""


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
