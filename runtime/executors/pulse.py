"""Signs of life of one call of a user's code: written by who runs it, read by who doubts it.

A sign is a timestamp, not a message: it costs a fraction of a microsecond, waits in no
mailbox, and can be read while everything else is late. Whoever waits in a call of ours
gives a sign all the time: that thread is in our hands, and wakes when it is told to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

from callboard.runtime.making_way import URGENT, make_way


class Pulse:
    """When the code gave its last sign of life.

    Args:
        began: When it began, by `time.monotonic`; None for now.

    Attributes:
        last: That moment, by `time.monotonic`; its begin counts as one.
    """

    __slots__ = ("_lock", "_waits", "last")

    def __init__(self, began: float | None = None) -> None:
        self.last = time.monotonic() if began is None else began
        self._waits = 0
        self._lock = threading.Lock()

    def beat(self) -> None:
        """The code is alive."""
        self.last = time.monotonic()

    def look_up(self) -> None:
        """The code is alive, says so itself, and makes way now and then where it computes."""
        self.last = now = time.monotonic()
        if URGENT:
            make_way(now)

    @property
    def quiet(self) -> float:
        """Seconds since the last sign; 0 while the code waits in a call of ours."""
        return 0.0 if self._waits else max(0.0, time.monotonic() - self.last)

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Within it the code waits for what we bring."""
        with self._lock:  # a handler may wait in several of its own threads or tasks
            self._waits += 1
        try:
            yield
        finally:
            self.last = time.monotonic()
            with self._lock:
                self._waits -= 1
