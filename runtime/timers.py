"""One thread that calls back later, for a whole runtime."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import TYPE_CHECKING

from callboard.runtime.unhandled import show_unhandled

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_SLEEP = 3600.0
_FAREWELL = 1.0
"""Seconds that `close` waits for a call that is under way."""


class ThreadTimers:
    """Calls back from a daemon thread, which sleeps until the next call is due.

    The thread is started with the first call and wakes for nothing else.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once, in *seconds*; nothing happens once the timers are closed."""
        with self._changed:
            if self._closed:
                return
            entry = (time.monotonic() + seconds, next(self._numbers), call)
            heapq.heappush(self._heap, entry)
            self._start()
            if self._heap[0] is entry:
                self._changed.notify()

    def close(self) -> None:
        """Call nobody any more."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_FAREWELL)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="callboard-timers", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            try:
                call()
            except BaseException:  # noqa: BLE001 - one bad call must not silence all others
                show_unhandled()
            del call  # keeps nothing alive while it waits

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                left = self._heap[0][0] - time.monotonic() if self._heap else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(None if left is None else min(left, _LONGEST_SLEEP))
        return None
