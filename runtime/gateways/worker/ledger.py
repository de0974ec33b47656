"""What an agent of a worker holds: attempts that run, and ends that nobody has acknowledged.

It outlives links: on each new one the server hears of all that runs, and every end is told
again until the server says that it is kept. So nothing is lost where a link breaks, and a
token is taken once however often it comes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from callboard.messages.values import Lease, Token

F = TypeVar("F")

MOST = 10_000
"""Ends that may wait for their acknowledgement before no new work is begun."""

MOST_BYTES = 64 << 20
"""Bytes that these may have all together."""

REMEMBERED = 1_000
"""Attempts that are known again after all has been said of them."""


@dataclass(slots=True)
class _End(Generic[F]):
    lease: Lease
    frame: F
    size: int


class Ledger(Generic[F]):
    """The books of one agent; *F* is how an end is told.

    Args:
        most: Ends that may wait before no new work is begun.
        most_bytes: Bytes that they may have.
    """

    def __init__(self, *, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._running: dict[Token, Lease] = {}
        self._ends: OrderedDict[Token, _End[F]] = OrderedDict()
        self._bytes = 0
        self._past: OrderedDict[Token, None] = OrderedDict()

    @property
    def ends(self) -> list[tuple[Lease, F]]:
        """What has ended and is not acknowledged, the oldest first."""
        return [(end.lease, end.frame) for end in self._ends.values()]

    @property
    def waiting(self) -> int:
        """How many ends nobody has acknowledged."""
        return len(self._ends)

    @property
    def full(self) -> bool:
        """Whether so much waits for its acknowledgement that no more is to be begun."""
        return len(self._ends) >= self._most or self._bytes >= self._most_bytes

    def begin(self, lease: Lease) -> bool:
        """An attempt is about to begin; False where it was begun before."""
        token = lease.token
        if token in self._running or token in self._ends or token in self._past:
            return False
        self._running[token] = lease
        return True

    def end(self, token: Token, frame: F, size: int) -> None:
        """An attempt has ended; nothing where it had not been begun, or has ended before.

        Args:
            token: Names it.
            frame: Tells of it.
            size: About how many bytes that has.
        """
        lease = self._running.pop(token, None)
        if lease is not None:
            self._ends[token] = _End(lease, frame, size)
            self._bytes += size

    def drop(self, token: Token) -> None:
        """That attempt has ended without a word, and nothing is ever said of it."""
        if self._running.pop(token, None) is not None:
            self._remember(token)

    def amend(self, token: Token, frame: F, size: int) -> None:
        """The end of that attempt, which waits, is told in another way from now on."""
        end = self._ends[token]
        self._bytes += size - end.size
        end.frame, end.size = frame, size

    def acknowledged(self, token: Token) -> None:
        """The server has it and keeps it; nothing where that was known, or is none of ours."""
        end = self._ends.pop(token, None)
        if end is not None:
            self._bytes -= end.size
            self._remember(token)

    def _remember(self, token: Token) -> None:
        self._past[token] = None
        if len(self._past) > REMEMBERED:
            self._past.popitem(last=False)

    def known(self, token: Token) -> F | None:
        """How the end of that attempt is told, while it is not acknowledged."""
        end = self._ends.get(token)
        return None if end is None else end.frame
