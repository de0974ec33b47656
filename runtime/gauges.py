"""How laden this machine is: what its system tells, without anything to install.

On Linux from `/proc`, elsewhere what the standard library has: the load average for the
processors, and of the memory nothing.

>>> gauge = Gauge()
>>> figures = gauge.read()
>>> figures.memory is None or 0.0 <= figures.memory <= 1.0
True
"""

from __future__ import annotations

import os
from pathlib import Path

from callboard.actors.logic.overload import Figures

_PROC = Path("/proc")
_PAGE = 4096 if not hasattr(os, "sysconf") else os.sysconf("SC_PAGE_SIZE")
_IDLE = slice(3, 5)
"""Of the times in `/proc/stat`: idle, and waiting for a disk."""
_TIMES = slice(0, 8)


class Gauge:
    """Looks at the machine; what the processors did counts from one look to the next.

    Args:
        proc: Where the system tells of itself.
    """

    def __init__(self, proc: Path = _PROC) -> None:
        self._proc = proc
        self._times = self._now()

    def read(self) -> Figures:
        """How it is now."""
        return Figures(self._cpu(), self._memory())

    def memory_of(self, pid: int) -> int | None:
        """Bytes of memory that a process has in use; None where that is not told."""
        try:
            return int((self._proc / str(pid) / "statm").read_text().split()[1]) * _PAGE
        except (OSError, ValueError, IndexError):  # it has ended, or nobody tells
            return None

    def _cpu(self) -> float | None:
        before, self._times = self._times, self._now()
        if before is None or self._times is None:
            return _by_load_average()
        passed, idle = (new - old for new, old in zip(self._times, before, strict=True))
        return None if passed <= 0 else min(1.0, max(0.0, 1.0 - idle / passed))

    def _now(self) -> tuple[int, int] | None:
        """Time of all processors so far, and how much of it they were idle."""
        try:
            times = [int(n) for n in (self._proc / "stat").read_text().split("\n")[0].split()[1:]]
        except (OSError, ValueError):
            return None
        return sum(times[_TIMES]), sum(times[_IDLE])

    def _memory(self) -> float | None:
        try:
            lines = (self._proc / "meminfo").read_text().splitlines()
            table = {name: int(rest.split()[0]) for name, _, rest in map(_split, lines)}
            return 1.0 - table["MemAvailable"] / table["MemTotal"]
        except (OSError, ValueError, IndexError, KeyError, ZeroDivisionError):
            return None


def _split(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _by_load_average() -> float | None:
    try:
        return min(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    except (AttributeError, OSError):  # there is none, or it is not told just now
        return None
