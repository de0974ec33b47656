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
        bits = int.from_bytes(os.urandom(16), "big") & _RANDOM | _VERSION_4
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_VERSION_4 = 4 << 76 | 0b10 << 62
"""RFC 4122, section 4.4: the version, and the variant."""
_RANDOM = ~(0xF << 76 | 0b11 << 62)
"""All other bits."""
