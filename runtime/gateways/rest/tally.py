"""What a server turned away, counted; the log hears of it, but is not flooded too."""

from __future__ import annotations

from collections import Counter

from callboard.runtime.logs import log

EVERY = 1.0
"""Seconds between two lines of the log about the same reason."""


class Tally:
    """Counts by reason.

    Attributes:
        counts: How often, since the server began.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._told: dict[str, tuple[float, int]] = {}

    def note(self, reason: str, address: str, now: float) -> None:
        """Count one, and say so unless that was said a moment ago.

        Args:
            reason: In a word, as "slow_headers".
            address: Whose it was, the latest at least.
            now: Seconds of any clock that only goes forward.
        """
        self.counts[reason] += 1
        at, count = self._told.get(reason, (-EVERY, 0))
        if now - at >= EVERY:
            self._told[reason] = (now, self.counts[reason])
            since = self.counts[reason] - count
            log.warning("server_turned_away", reason=reason, client=address, times=since)
