"""How much a server takes, how fast, and for how long it waits for slow ones.

>>> Limits(body_bytes=1_000).body_bytes
1000
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict

from callboard.messages.errors.running import InvalidCall

MIB = 2**20

_NOTHING = 1e-9
"""What is left of a sum of fractions, in seconds."""

SPARE = 256
"""Files that a process has open for other things than connections."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """What a server takes of its clients.

    Attributes:
        connections: At most, of all clients; None for as many as the process may have
            files open, less a few. When all are taken, that which has been idle for
            longest gives way to a new one.
        per_address: At most, of one address; those of the server's own machine count too
            where it is said, and not where it is None, which is 256 for all others.
        header_bytes: Of a request's line and headers together.
        header_seconds: Until they are there; also until a new connection says anything.
        body_bytes: Of a request's body, and of a message of a WebSocket.
        body_seconds: Until a body is there.
        buffered_bytes: Of all bodies that are on their way or being answered.
        idle_seconds: For which a connection is kept without a request.
        write_seconds: For which somebody may read nothing of what is sent to him.
        ping_seconds: Between two signs of life of a WebSocket, and for which an answer is
            waited for; other connections are looked at by the operating system.
        rate: Requests a second of one token, or where there is none of one address; None
            for any number from the server's own machine where no tokens are needed, and
            1,000 otherwise.
        burst: Requests that may come at once; None for those of two seconds.
        guesses: Tokens a minute of one address that may be wrong.
    """

    connections: int | None = None
    per_address: int | None = None
    header_bytes: int = 32 * 1024
    header_seconds: float = 10.0
    body_bytes: int = 16 * MIB
    body_seconds: float = 60.0
    buffered_bytes: int = 256 * MIB
    idle_seconds: float = 75.0
    write_seconds: float = 20.0
    ping_seconds: float = 10.0
    rate: float | None = None
    burst: int | None = None
    guesses: int = 30

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            given = getattr(self, field.name)
            if given is None and field.default is None:
                continue
            if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
                raise InvalidCall(field.name, given, "a number above 0")

    def room(self) -> int:
        """Connections at most."""
        if self.connections is not None:
            return self.connections
        return max(16, _files() - SPARE)


def _files() -> int:
    """Files that this process may have open."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:  # pragma: no cover - Windows, which has no such limit
        return 16_384
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 65_536 if soft == resource.RLIM_INFINITY else min(soft, 65_536)


class Rates:
    """So many requests a second for each of those who ask, and some more at once.

    A token bucket that is kept as one number, the time at which it would be full again:
    the "generic cell rate algorithm" of ATM (ITU-T I.371).

    Args:
        rate: Requests a second.
        burst: Requests that may come at once.
        most: Of those who ask to be remembered; who is forgotten may begin anew.

    >>> rates = Rates(rate=2.0, burst=2)
    >>> [rates.take("ann", now) for now in (0.0, 0.0, 0.0, 0.5)]
    [0.0, 0.0, 0.5, 0.0]
    """

    def __init__(self, rate: float, burst: int, *, most: int = 10_000) -> None:
        self.rate = rate
        self._burst = burst
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, who: str, now: float) -> float:
        """Let a request in: 0.0; or the seconds after which one would be let in.

        Args:
            who: Whoever asks.
            now: Seconds of any clock that only goes forward.
        """
        full_at = max(self._full_at.get(who, now), now)
        late = full_at + 1 / self.rate - now - self._burst / self.rate
        if late > _NOTHING:
            return late
        self._full_at[who] = full_at + 1 / self.rate
        # The one who came last is the last one to be forgotten.
        self._full_at.move_to_end(who)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0
