"""A pool for most actors, and threads of their own for those that somebody named.

An actor in the pool waits where both of its threads are in long turns of others. One with
a thread of its own is at the system's mercy only, and takes 0.1 ms more for each message.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.dispatchers.slots import BATCH
from callboard.runtime.dispatchers.threads import ThreadDispatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.actors.ports import Help, Runnable
    from callboard.runtime.dispatchers.pool import PoolDispatcher
    from callboard.runtime.dispatchers.slots import Slot

T = TypeVar("T")


class MixedDispatcher:
    """Runs actors whose names fit a pattern on threads of their own, and all others in a pool.

    Args:
        pool: Runs the others, and is closed with this.
        own: Names such as "scheduler" and "agent/analyst", or patterns such as "agent/db-*".
    """

    def __init__(self, pool: PoolDispatcher, own: Sequence[str]) -> None:
        self._pool = pool
        self._own = tuple(own)
        self._threads = ThreadDispatcher()

    @property
    def help(self) -> Help:
        """As the pool's; nobody helps who has a thread of its own."""
        return self._pool.help

    def batch(self) -> int:
        """How many messages an actor may take in one turn."""
        return BATCH

    def attach(self, actor: Runnable) -> Slot:
        """Run *actor* from now on."""
        apart = any(fnmatchcase(actor.name, pattern) for pattern in self._own)
        return (self._threads if apart else self._pool).attach(actor)

    def detach(self, actor: Runnable) -> None:
        """The actor has ended; so does its thread, if it has one."""
        self._threads.detach(actor)

    def later(self, call: Callable[[], None]) -> None:
        """As the pool."""
        self._pool.later(call)

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """The future's result; see `Dispatcher.wait`."""
        return self._pool.wait(future, timeout)

    def close(self, timeout: float) -> Sequence[str]:
        """End all threads; the answer names those that were stuck."""
        return [*self._threads.close(timeout / 2), *self._pool.close(timeout / 2)]
