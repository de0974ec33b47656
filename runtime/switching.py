"""How often the interpreter lets another thread run: process-wide, and only when asked for.

Python gives the interpreter to another thread every 5 ms at the soonest
(`sys.getswitchinterval`). Where many threads compute at once each of our own waits its
turn, so a shorter interval makes control answer sooner and work a little slower. The
setting belongs to the process, so it is the embedding application's to change: it says
so with `Config.switch_interval`, and it is put back when the last runtime that asked
for one is closed.

Of several runtimes the shortest interval counts: each gets what it asked for, or better.
"""

from __future__ import annotations

import sys
import threading


class Switching:
    """Who has asked for which interval.

    What somebody else sets meanwhile stays: it is not ours to put back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[object, float] = {}
        self._before = 0.0
        self._ours = 0.0

    def ask(self, who: object, seconds: float) -> None:
        """From now on the interval is *seconds* at the most, until *who* lets go."""
        with self._lock:
            if not self._asked:
                self._before = sys.getswitchinterval()
            self._asked[who] = seconds
            self._set(min(self._asked.values()))

    def let_go(self, who: object) -> None:
        """Whoever asked needs it no longer; harmless where it asked for none."""
        with self._lock:
            if self._asked.pop(who, None) is None:
                return
            if sys.getswitchinterval() == self._ours:
                self._set(min(self._asked.values(), default=self._before))

    def _set(self, seconds: float) -> None:
        sys.setswitchinterval(seconds)
        self._ours = sys.getswitchinterval()  # as it is rounded


switching = Switching()
"""The one of this process, as the interval is."""
