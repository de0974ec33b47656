"""A bare prototype of a simulator over pykka's `Actor` class: messages go round, that is all.

Actors run on one thread, in an order that is drawn from a seed, as in
`callboard.runtime.simulation`; but nobody decides, records, watches or checks anything.

>>> deliver(1000, seed=7)
1000
"""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Any, NamedTuple

import pykka

ACTORS = 9
"""As many as a simulated runtime with 5 agents has."""

ON_THE_WAY = 3
"""Messages that go round at the same time."""


class Ping(NamedTuple):
    """Goes from actor to actor until it has made all of its hops."""

    hops: int


class Inbox(deque[Any]):
    """An inbox that blocks nobody, for there is only one thread."""

    put = deque[Any].append
    get = deque[Any].popleft

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self


class Player(pykka.Actor):
    """Passes each ping on to the next player, and notes who has something to do."""

    def __init__(self, number: int, table: list[pykka.ActorRef[Player]], ready: list[int]) -> None:
        super().__init__()
        self._next = (number + 1) % ACTORS
        self._table = table
        self._ready = ready

    def on_receive(self, message: Ping) -> None:
        """Pass it on."""
        if message.hops:
            self._table[self._next].tell(Ping(message.hops - 1))
            self._ready.append(self._next)

    def step(self) -> None:
        """Take one message."""
        self._handle_receive(self.actor_inbox.get().message)

    @staticmethod
    def _create_actor_inbox() -> Inbox:
        return Inbox()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return pykka.ThreadingFuture()

    def _start_actor_loop(self) -> None:
        """The one loop is below."""


def deliver(count: int, seed: int) -> int:
    """Deliver so many messages, in an order that the seed decides; how many there were."""
    random, ready = Random(seed), list[int]()
    table: list[pykka.ActorRef[Player]] = []
    players = [Player(number, table, ready) for number in range(ACTORS)]
    table.extend(player.actor_ref for player in players)
    for number in range(min(ON_THE_WAY, count)):
        hops = len(range(number, count, ON_THE_WAY)) - 1
        table[number].tell(Ping(hops))
        ready.append(number)
    delivered = 0
    while ready:
        players[ready.pop(int(random.random() * len(ready)))].step()
        delivered += 1
    return delivered
