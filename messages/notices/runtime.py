"""The runtime itself: its actors, its mailboxes, its doors and its journal."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address
from callboard.messages.notices.base import Notice
from callboard.messages.values import Problem


class ActorEnded(Notice):
    """A supervised actor has ended by itself and does not come back.

    Attributes:
        end: "normal", "shutdown" or "failed".
        problem: What it failed by; None for another end.
    """

    address: Address
    end: str
    problem: Problem | None = None


class ActorAbandoned(Notice):
    """An actor was told to stop and did not; its thread is given up and runs on unheard.

    Attributes:
        seconds: That it had.
    """

    level: ClassVar[str] = "error"
    address: Address
    seconds: float


class DeadLetter(Notice):
    """A message that could not be delivered.

    Attributes:
        what: Kind of the message.
        reason: Why not.
    """

    level: ClassVar[str] = "warning"
    to: Address
    what: str
    reason: str


class BackpressureBegan(Notice):
    """Calls from outside stand in line: no more is let in for now.

    Attributes:
        to: What they want to get into: an actor's mailbox, or the "runtime".
        reason: What there is too much of.
    """

    level: ClassVar[str] = "warning"
    to: Address
    reason: str


class BackpressureEnded(Notice):
    """Nobody stands in line there any more."""

    to: Address


class CallRefused(Notice):
    """A call from outside was not let in, or stood in line until its time was over.

    Attributes:
        what: The call.
        reason: What there is too much of.
    """

    level: ClassVar[str] = "warning"
    to: Address
    what: str
    reason: str


class JournalBlocked(Notice):
    """Facts cannot be written now; what waits for them waits, and new goals are refused."""

    level: ClassVar[str] = "error"
    problem: Problem


class JournalWrites(Notice):
    """Facts can be written again, and all that waited was."""


class EventsLost(Notice):
    """A watcher read too slowly; so many events were dropped for it, progress first."""

    level: ClassVar[str] = "warning"
    count: int


class RuntimeFailed(Notice):
    """The runtime itself cannot go on; every waiter gets the reason."""

    level: ClassVar[str] = "critical"
    problem: Problem
