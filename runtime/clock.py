"""The real clock, and names that are unique."""

from __future__ import annotations

import os
import time


class SystemClock:
    """Wall time that never goes back: read once, then carried on monotonically.

    A host that sets its clock while we run moves no deadline.

    Args:
        not_before: Seconds since the epoch; a host whose clock was set back since an
            earlier run goes on from there.
    """

    def __init__(self, not_before: float = 0.0) -> None:
        self._offset = max(time.time(), not_before) - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._offset + time.monotonic()


class RandomIds:
    """Names that were never given out, here or anywhere (UUID version 4)."""

    def new(self) -> str:
        """A new name; as `str(uuid.uuid4())`, in half the time: every subtask gets one."""
        return self.several(1)[0]

    def several(self, count: int) -> list[str]:
        """So many of them: the system is asked for chance once."""
        digits = os.urandom(16 * count).hex()
        return [
            f"{digits[n : n + 8]}-{digits[n + 8 : n + 12]}-4{digits[n + 13 : n + 16]}"
            f"-{_VARIANT[digits[n + 16]]}{digits[n + 17 : n + 20]}-{digits[n + 20 : n + 32]}"
            for n in range(0, 32 * count, 32)
        ]


_VARIANT = {digit: "89ab"[int(digit, 16) & 0b11] for digit in "0123456789abcdef"}
"""RFC 4122, section 4.4: the first digit of the fourth group says which kind it is."""
