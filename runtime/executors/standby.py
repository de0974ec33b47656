"""What stands in line at one agent, and begins as soon as there is room for it.

Brief work may be given to an agent before it has a slot for it. What runs its work then
begins the next one by itself when one has ended, and nobody need be asked in between.
How many may run at once is said with each that comes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import StartWork
    from callboard.messages.values import Token


class Standby:
    """The line of one incarnation of an agent; may be used from any thread.

    Args:
        take: Told of what is about to begin, before anybody else could ask for it; quick.
    """

    __slots__ = ("_line", "_lock", "_room", "_running", "_take")

    def __init__(self, take: Callable[[StartWork], None]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._line: OrderedDict[Token, StartWork] | None = None  # made when there is one
        self._running = 0
        self._room = 1

    def begin(self, work: StartWork) -> bool:
        """Whether it begins now; else it stands in line."""
        with self._lock:
            if work.room:
                self._room = work.room
                if self._running >= work.room:
                    if self._line is None:
                        self._line = OrderedDict()
                    self._line[work.lease.token] = work
                    return False
            self._running += 1
            self._take(work)
            return True

    def ended(self, *, goes_on: bool) -> StartWork | None:
        """One has ended; the next one begins in its place, if there is one.

        Args:
            goes_on: The agent lives; else what stands in line is left to whoever asks for it.
        """
        with self._lock:
            self._running -= 1
            if not (goes_on and self._line) or self._running >= self._room:
                return None
            _, work = self._line.popitem(last=False)
            self._running += 1
            self._take(work)
            return work

    def leave(self, token: Token) -> bool:
        """It is not to begin any more; False where it does not stand in line."""
        with self._lock:
            return self._line is not None and self._line.pop(token, None) is not None

    def clear(self) -> tuple[Token, ...]:
        """All that stood in line, and begins no more."""
        with self._lock:
            tokens = tuple(self._line or ())
            self._line = None
            return tokens
