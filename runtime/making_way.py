"""Who computes makes way for those whom others wait for.

Python hands its lock to whoever happens to be first of all that wait for it, after a
switch interval each. A command needs it twice that way, for the thread that runs the
actors and for the caller who waits for the answer, and once more for each line that is
logged. So it is noted here who was woken and has not had it since, and who runs actors.
A handler that gives a sign of life meanwhile sleeps for a moment: that lets go of the
lock, and whoever has it next gives a sign soon, too.

There is one lock in a process, so this is the process's as well.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from threading import get_ident
from typing import Any, Final
from weakref import WeakKeyDictionary

MOMENT: Final = 50e-6
"""Seconds to sleep: as long as a thread takes to wake."""

AGAIN: Final = 0.001
"""Seconds after which a thread may do so again: what it runs, thousands of coroutines perhaps,
loses a tenth of its time at the most."""

URGENT: Final[set[object]] = set()
"""Whoever it is that others wait for. To add and to discard are atomic: no lock is needed."""


class _Thread(threading.local):
    last = -AGAIN


_this = _Thread()


def make_way(now: float) -> None:
    """Have them go first, unless this thread did so just before.

    Args:
        now: By `time.monotonic`.
    """
    if now - _this.last > AGAIN:
        _this.last = now
        time.sleep(MOMENT)


class Callers:
    """Those who wait for one and the same answer."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[int] = set()  # their threads

    def come(self) -> None:
        """The calling thread waits from now on."""
        self._waiting.add(get_ident())

    def answered(self, _: object) -> None:
        """They are woken by this; called by whoever answers."""
        if self._waiting:
            URGENT.add(self)
            if not self._waiting:  # the last of them went in this very moment
                URGENT.discard(self)

    def go(self) -> None:
        """The calling thread waits no longer."""
        self._waiting.discard(get_ident())
        URGENT.discard(self)


_known: Final[WeakKeyDictionary[Future[Any], Callers]] = WeakKeyDictionary()


def callers_of(future: Future[Any]) -> Callers:
    """Those who wait for its result: the same for whoever asks, so it may be asked for ever."""
    callers = _known.get(future)
    if callers is None:
        callers = _known[future] = Callers()
        future.add_done_callback(callers.answered)
    return callers
