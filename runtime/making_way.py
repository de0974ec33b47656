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
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from concurrent.futures import Future

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


class Caller:
    """Somebody who waits for the answer that a future has some time."""

    __slots__ = ("_here",)

    def __init__(self) -> None:
        self._here = False

    def answered(self, _: Future[Any]) -> None:
        """It is woken by this; called by whoever answers."""
        URGENT.add(self)
        if self._here:  # it was here before, or in this very moment
            URGENT.discard(self)

    def here(self) -> None:
        """It waits no longer."""
        self._here = True
        URGENT.discard(self)
