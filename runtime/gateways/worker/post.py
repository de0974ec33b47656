"""From any thread to an event loop: one wake-up for all that comes until it is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Post(Generic[T]):
    """Hands things over in order.

    Args:
        loop: Where they are heard.
        hear: Called there with each; contains its own errors.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, hear: Callable[[T], None]) -> None:
        self._loop = loop
        self._hear = hear
        self._things: deque[T] = deque()
        self._told = False

    def put(self, thing: T) -> None:
        """Hand it over; never blocks, and never raises."""
        self._things.append(thing)
        if not self._told:
            self._told = True
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody listens
                self._loop.call_soon_threadsafe(self._hear_all)

    def _hear_all(self) -> None:
        self._told = False  # said, then looked: what comes from now on says so anew
        while self._things:
            self._hear(self._things.popleft())
