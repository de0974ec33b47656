"""The real clock, and names that are unique."""

from __future__ import annotations

import time
import uuid


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
        """A new name."""
        return str(uuid.uuid4())
