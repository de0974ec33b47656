"""Which connections a server has: how many, whose, and which of them waits for nothing.

Slow and silent clients cost a server its connections, not its time. So every connection
has a moment until which it must have got on: said what it wants, sent it, or read what it
was sent. One look at all of them, a few times a second, ends those that have not. And when
all are taken, whoever has been idle for longest gives way: a thousand sockets that say
nothing do not keep anybody out.
"""

from __future__ import annotations

import contextlib
import math
import socket
from collections import Counter, OrderedDict
from collections.abc import Collection
from typing import Protocol

from callboard.runtime.gateways.nearby import is_local
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.tally import Tally

STRANGERS = 256
"""Connections of one address that is not the server's own machine, unless it is said."""

AT_ONCE = 100
"""Connections that are looked at each time, at the least."""

ROUND = 10
"""Times within which each is looked at, however many there are."""

CALM_AT_ONCE, CALM_ROUND = 10, 100
"""The same of those of which nothing is expected. A look at one costs four microseconds where
there are many: what is looked at once a second is in no cache of the processor."""

PROBES = 3
"""Questions without an answer after which the operating system gives a connection up."""


class Connection(Protocol):
    """What the gate needs of a connection.

    Attributes:
        address: Whose it is.
    """

    address: str

    @property
    def due(self) -> float:
        """Until when it must have got on; infinity for as long as it likes."""
        ...

    @property
    def why(self) -> str:
        """What it would be otherwise, in a word."""
        ...

    def drop(self) -> None:
        """End it at once."""


class Round:
    """Whose turn it is to be looked at.

    Args:
        least: So many at once, at the least.
        times: Within which each has its turn.
    """

    def __init__(self, least: int, times: int) -> None:
        self._least, self._times = least, times
        self._turn: list[Connection] = []

    def next(self, everybody: Collection[Connection]) -> list[Connection]:
        """Those that are to be looked at now; some may have left."""
        if not self._turn:
            self._turn = list(everybody)
        part = max(self._least, -(-len(everybody) // self._times))
        looked, self._turn = self._turn[-part:], self._turn[:-part]
        return looked


class Gate:
    """Lets connections in, and looks after them.

    Args:
        limits: How many, and how slow they may be.
        tally: Where it is counted what was turned away.
    """

    def __init__(self, limits: Limits, tally: Tally) -> None:
        self.limits = limits
        self.tally = tally
        self._room = limits.room()
        self._rounds = Round(AT_ONCE, ROUND), Round(CALM_AT_ONCE, CALM_ROUND)
        self._lively: dict[Connection, None] = {}
        self._calm: dict[Connection, None] = {}
        self._all: dict[Connection, None] = {}
        self._idle: OrderedDict[Connection, None] = OrderedDict()
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, connection: Connection, now: float) -> str:
        """Let a connection in: ""; or what there are too many of."""
        address = connection.address
        if self._of[address] >= self._share(address):
            self.tally.note("too_many_of_one_address", address, now)
            return "connections of one address"
        if len(self._all) >= self._room and not self._make_room(now):
            self.tally.note("too_many_connections", address, now)
            return "connections"
        self._all[connection] = self._lively[connection] = None
        self._of[address] += 1
        return ""

    def most(self, address: str) -> int:
        """How many connections an address may have."""
        return min(self._room, round(min(self._share(address), self._room)))

    def leave(self, connection: Connection) -> None:
        """It has ended, or was not let in."""
        for some in (self._idle, self._lively, self._calm):
            some.pop(connection, None)
        if connection in self._all:
            del self._all[connection]
            self._of[connection.address] -= 1
            if not self._of[connection.address]:
                del self._of[connection.address]

    def rests(self, connection: Connection) -> None:
        """It waits for its client to say what it wants; it may have to give way."""
        if connection in self._all:
            self._idle[connection] = None

    def works(self, connection: Connection) -> None:
        """It has said what it wants."""
        self._idle.pop(connection, None)

    def calms(self, connection: Connection) -> None:
        """Nothing is expected of it."""
        if connection in self._lively:
            del self._lively[connection]
            self._calm[connection] = None

    def stirs(self, connection: Connection) -> None:
        """It must get on from now on."""
        if connection in self._calm:
            del self._calm[connection]
            self._lively[connection] = None

    def sweep(self, now: float) -> None:
        """End those that have not got on in time.

        Of many a part is looked at each time, so that each has its turn within ten times;
        and of those of which nothing is expected within a hundred, as they may be ending.
        """
        lively, calm = self._rounds
        looked = [*lively.next(self._lively), *calm.next(self._calm)]
        late = [one for one in looked if one.due <= now and one in self._all]
        for connection in late:
            self.tally.note(connection.why, connection.address, now)
            connection.drop()

    def _share(self, address: str) -> float:
        given = self.limits.per_address
        if given is not None:
            return given
        return math.inf if is_local(address) else STRANGERS

    def _make_room(self, now: float) -> bool:
        if not self._idle:
            return False
        oldest, _ = self._idle.popitem(last=False)
        self.tally.note("gave_way", oldest.address, now)
        self.leave(oldest)
        oldest.drop()
        return True


def have_watched(found: socket.socket | None, seconds: float) -> None:
    """Have the operating system give a connection up whose other end is not there any more.

    Args:
        found: Its socket.
        seconds: Without a sign of the other end; of Linux, which alone says when what was
            sent is not acknowledged (`tcp(7)`, TCP_USER_TIMEOUT). Others ask when it is idle.
    """
    if found is None or found.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    wanted = {
        "TCP_KEEPIDLE": max(1, round(seconds)),
        "TCP_KEEPINTVL": max(1, round(seconds / PROBES)),
        "TCP_KEEPCNT": PROBES,
        "TCP_USER_TIMEOUT": round(seconds * 1000),
    }
    with contextlib.suppress(OSError):  # closed already
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in wanted.items():
            option = getattr(socket, name, None)
            if option is not None:
                found.setsockopt(socket.IPPROTO_TCP, option, value)
