"""The server's time, as a worker on another machine knows it.

Deadlines are the server's; a machine whose clock is wrong must not end its work early, or
go on with what nobody waits for any more. Every answer of the server tells its time, and
the one that came back fastest tells it best (as NTP has it: half of the way there and
back is the most that it can be wrong by).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

DRIFT = 1e-4
"""What two clocks may part by, in seconds a second: cheap quartz, and some more."""


class ServerClock:
    """The server's time; never goes back. Until it is told better, this machine's.

        clock = ServerClock(wall=lambda: 1_000.0, monotonic=lambda: 5.0)
        clock.learn(sent=4.0, received=5.0, server=2_000.0)  # so it was 2,000 at 4.5

    Args:
        wall: Seconds since the epoch, as this machine has it.
        monotonic: Seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._error = float("inf")
        self._learnt_at = monotonic()
        self._floor = float("-inf")
        self._lock = Lock()

    @property
    def error(self) -> float:
        """Seconds by which it may be wrong; infinite until the server has told its time."""
        return self._error + DRIFT * (self._monotonic() - self._learnt_at)

    def now(self) -> float:
        """Seconds since the epoch, as the server has it."""
        return max(self._floor, self._offset + self._monotonic())

    def learn(self, *, sent: float, received: float, server: float) -> None:
        """The server has told its time; it counts where it is more exact than what is known.

        Args:
            sent: When it was asked, by the monotonic clock.
            received: When the answer came, by the same.
            server: What it said.
        """
        error = (received - sent) / 2
        if error < 0 or error > self.error:
            return
        with self._lock:
            self._floor = self.now()
            self._offset = server - (sent + received) / 2
            self._error, self._learnt_at = error, received
