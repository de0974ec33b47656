"""Keeps an actor's deeds in order while some of them wait for the journal."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Outbox:
    """Deeds of one actor, done in the order in which they were held.

    >>> outbox, done = Outbox(), []
    >>> first = outbox.hold(lambda: done.append("first"))
    >>> second = outbox.hold(lambda: done.append("second"))
    >>> second.release()
    >>> done
    []
    >>> first.release()
    >>> done
    ['first', 'second']
    """

    __slots__ = ("_busy", "_held", "_lock")

    def __init__(self) -> None:
        self._held: deque[Deed] = deque()
        self._lock = threading.Lock()
        self._busy = False

    def hold(self, do: Callable[[], None]) -> Deed:
        """Do it once it is released, and all that was held before is done.

        Args:
            do: Never raises: it may be called by whoever releases another deed.
        """
        deed = Deed(self, do)
        with self._lock:
            self._held.append(deed)
        return deed

    def advance(self) -> None:
        """Do what is to be done now; one thread at a time does it for all."""
        while self._held and (deed := self._next()) is not None:
            try:
                deed.do()
            finally:
                self._busy = False

    def _next(self) -> Deed | None:
        # The lock guards the queue and never a deed: a deed may run other actors.
        with self._lock:
            if self._busy or not self._held or not self._held[0].ready:
                return None
            self._busy = True
            return self._held.popleft()


class Deed:
    """Something that waits for its turn.

    Attributes:
        do: What it is.
        ready: Whether it was released.
    """

    __slots__ = ("_outbox", "do", "ready")

    def __init__(self, outbox: Outbox, do: Callable[[], None]) -> None:
        self.do = do
        self.ready = False
        self._outbox = outbox

    def release(self) -> None:
        """It may be done now."""
        self.ready = True
        self._outbox.advance()

    def drop(self) -> None:
        """It is not to be done, and nothing waits for it any more."""
        self.do = _nothing
        self.release()


def _nothing() -> None:
    pass
