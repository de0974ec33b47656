"""When to try again to reach a server: pure, so that it is tried out in virtual time."""

from __future__ import annotations

from callboard.actors.logic.backoff import backoff, jittered

AT_ONCE = 0.02
"""Seconds before the first try after a good link: the server keeps an agent's work so short."""

FIRST = 0.2
"""Seconds before the second one."""

LONGEST = 15.0
"""Seconds that no wait exceeds: a server that comes back has its workers within them."""

JITTER = 0.5
"""Part of each wait that is drawn by lot: a thousand workers do not come in one moment."""

STEADY = 5.0
"""Seconds after which a link counts as good, and the next loss begins with a short wait."""


class Retrying:
    """The waits between tries of one agent.

        waits = Retrying(seed="analyst", limit=60.0)
        waits.failed(now=0.0)  # from 0.1 to 0.2: nobody was there at all

    Args:
        seed: Draws the lots; best different for everybody who tries.
        limit: Seconds without a link after which it is given up; None for never.
    """

    def __init__(self, seed: str, *, limit: float | None = None) -> None:
        self._seed = seed
        self._limit = limit
        self._tries = 0
        self._since: float | None = None  # when it was last seen to be without a link
        self._linked_at: float | None = None

    @property
    def tries(self) -> int:
        """How many have failed since the last link that was good."""
        return self._tries

    def linked(self, now: float) -> None:
        """There is a link."""
        self._linked_at, self._since = now, None

    def failed(self, now: float, *, at_least: float = 0.0) -> float | None:
        """A try has failed, or a link was lost: seconds until the next try, or None for none.

        Args:
            now: By any clock.
            at_least: Seconds before which the server wants to hear of nobody.
        """
        if self._linked_at is not None and now - self._linked_at >= STEADY:
            self._tries = -1
        self._linked_at = None
        self._since = now if self._since is None else self._since
        self._tries += 1
        wait = backoff(self._tries, first=FIRST, longest=LONGEST) if self._tries else AT_ONCE
        wait = max(at_least, jittered(wait, JITTER, f"{self._seed} {self._tries}"))
        if self._limit is None:
            return wait
        left = self._since + self._limit - now
        return None if left <= 0 else min(wait, left)
