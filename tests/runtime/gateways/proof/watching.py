"""Whether a process minds what is said to it: its memory, and its own log."""

from __future__ import annotations

import gc
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


LOOKS = 50
"""How often memory is looked at."""

WARM = 50_000
"""Messages after which all that is kept once for all has been made."""

ENOUGH = 200_000
"""Messages of a run that is long enough for its memory to be judged."""

BYTES = 40.0
"""That may be added for each message. Some 25 are facts about agents that come and go, which
the journal in memory keeps; the smallest object that leaks for a message would be 48."""

OBJECTS = 0.01
"""That may be added for each message: a hundredth is far from one for each, or for each link."""


class Complaints(logging.Handler):
    """Collects what our log calls an error of ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note it."""
        fields = getattr(record, "callboard", {})
        if fields.get("event") in {"request_failed", "events_failed", "hub_fault"}:
            self.found.append(str(fields))


class Watch:
    """Looks whether memory stays as it is, and tells how far it is.

    Args:
        count: Messages in all.
        tell: Told in a line; None for nobody.
    """

    def __init__(self, count: int, tell: Callable[[str], None] | None) -> None:
        self._count, self._tell = count, tell
        self._began = time.monotonic()
        self._next = 0 if count >= ENOUGH else count  # a look takes a tenth of a second
        self._first: tuple[int, int, int] | None = None
        self._last = (0, 0, 0)

    def look(self, done: int) -> None:
        """So many have been dealt with."""
        if done < self._next:
            return
        self._next = done + self._count // LOOKS
        self._last = (done, _objects(), _resident())
        if self._first is None and done >= WARM:
            self._first = self._last
        if self._tell is not None:
            _, objects, resident = self._last
            seconds = time.monotonic() - self._began
            self._tell(f"{done:,}: {seconds:.0f} s, {resident / 1e6:.1f} MB, {objects:,} objects")

    def broken(self) -> list[str]:
        """What is not as it should be."""
        if self._first is None:
            return []
        messages, objects, resident = (b - a for a, b in zip(self._first, self._last, strict=True))
        wrong = [] if objects <= OBJECTS * messages else [f"{objects:,} objects more"]
        wrong += [] if resident <= BYTES * messages else [f"{resident:,} bytes more"]
        return [f"{what} after {messages:,} messages more" for what in wrong]


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def _resident() -> int:
    """Bytes of memory that this process has; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
