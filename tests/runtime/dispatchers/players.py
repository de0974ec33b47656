"""Actors as a dispatcher sees them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from callboard.runtime.dispatchers.line import Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import Slot


class Player:
    """An actor as a dispatcher sees it; each turn takes one message."""

    def __init__(self, name: str = "player", take: Callable[[int], None] | None = None) -> None:
        self.name = name
        self.box: SimpleQueue[int] = SimpleQueue()
        self.heard: list[int] = []
        self.turns = 0
        self._take = take
        self._at_once = threading.Lock()

    def has_messages(self) -> bool:
        return not self.box.empty()

    def turn(self) -> None:
        assert self._at_once.acquire(blocking=False), "two turns at a time"
        self.turns += 1
        try:
            message = self.box.get_nowait()
        except Empty:
            pass
        else:
            self.heard.append(message)
            if self._take is not None:
                self._take(message)
        finally:
            self._at_once.release()


def tell(pool: PoolDispatcher, player: Player) -> Callable[[], None]:
    """Say something to the actor, which is run by that pool."""
    wake = pool.attach(player).wake

    def say() -> None:
        player.box.put(1)
        wake()

    return say


def slots(line: Line, *names: str) -> list[Slot]:
    """Of actors of these names, who wait in that line when they are ready."""
    return [Slot(Player(name), line.add, line.add_late, line.promote) for name in names]
