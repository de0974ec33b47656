"""Actors as a dispatcher sees them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue


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
