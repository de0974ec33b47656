"""How long a child waits for its next start: longer with each failure in a row.

>>> waits = Waits(Pace(first=1.0, longest=8.0, jitter=0.0, reset_after=60.0))
>>> [waits.failed(now, "agent/a") for now in (0.0, 1.0, 3.0)]
[1.0, 2.0, 4.0]
>>> waits.runs(7.0)
>>> waits.failed(67.0, "agent/a")
1.0
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from callboard.actors.logic.backoff import backoff, jittered


class Patience(Protocol):
    """What says how long to wait; `Pace` tells what the figures mean."""

    @property
    def first(self) -> float:
        """Seconds."""
        ...

    @property
    def longest(self) -> float:
        """Seconds."""
        ...

    @property
    def jitter(self) -> float:
        """Part in [0, 1]."""
        ...

    @property
    def reset_after(self) -> float:
        """Seconds."""
        ...


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait before a restart.

    Attributes:
        first: Seconds before the first one; the wait doubles with each failure in a row.
        longest: Seconds that no wait exceeds.
        jitter: Part of each wait, in [0, 1], that is drawn by lot, so that children which
            fell together do not rise together.
        reset_after: Seconds a child must run for its waits to begin with `first` anew.
    """

    first: float = 0.1
    longest: float = 30.0
    jitter: float = 0.5
    reset_after: float = 60.0


class Waits(msgspec.Struct, gc=False):
    """The waits of one child.

    Attributes:
        pace: How long they are.
        since: Since when it runs; None where it does not.
        failures: In a row.
    """

    pace: Patience
    since: float | None = None
    failures: int = 0

    def runs(self, now: float) -> None:
        """It has started."""
        self.since = now

    def failed(self, now: float, seed: str) -> float:
        """It has failed: seconds until it may be started again.

        Args:
            now: Seconds since the epoch.
            seed: Of the lot, see `jittered`; best the child's address.
        """
        pace = self.pace
        if self.since is not None and now - self.since >= pace.reset_after:
            self.failures = 0
        self.since = None
        self.failures += 1
        wait = backoff(self.failures, first=pace.first, longest=pace.longest)
        return jittered(wait, pace.jitter, seed)
