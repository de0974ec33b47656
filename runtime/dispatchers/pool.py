"""A few threads that run the mailboxes of all actors.

No user code runs there, so two threads serve thousands of actors, and an idle actor
costs no thread.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.dispatchers.joining import join
from callboard.runtime.dispatchers.slots import BATCH, Slot
from callboard.runtime.dispatchers.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.actors.ports import Runnable

T = TypeVar("T")


class _Errand:
    """Something that stands in line with the actors, once."""

    name = "clearing up"

    def __init__(self, call: Callable[[], None]) -> None:
        self.turn = call

    def has_messages(self) -> bool:
        """It is done."""
        return False


class PoolDispatcher:
    """Runs actors on *size* shared daemon threads."""

    def __init__(self, size: int = 2) -> None:
        self._ready: SimpleQueue[Slot | None] = SimpleQueue()
        self._runs: dict[threading.Thread, str] = {}
        self._threads = [
            threading.Thread(target=self._run, name=f"callboard-pool-{n}", daemon=True)
            for n in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def batch(self) -> int:
        """How many messages an actor may take in one turn."""
        return BATCH

    def attach(self, actor: Runnable) -> Callable[[], None]:
        """Run *actor* from now on."""
        return Slot(actor, self._ready.put).wake

    def detach(self, actor: Runnable) -> None:
        """Nothing is held for an actor that has ended."""

    def later(self, call: Callable[[], None]) -> None:
        """Call once, behind the actors that are ready; nobody does once it is closed."""
        self.attach(_Errand(call))()

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """The future's result; see `Dispatcher.wait`."""
        return wait(future, timeout)

    def close(self, timeout: float) -> Sequence[str]:
        """End the threads; the answer names those that were stuck, and what they run."""
        for _ in self._threads:
            self._ready.put(None)
        stuck = join(self._threads, timeout)
        return [f"{thread.name} ({self._runs.get(thread, '')})" for thread in stuck]

    def _run(self) -> None:
        here = threading.current_thread()
        while (slot := self._ready.get()) is not None:
            self._runs[here] = slot.actor.name
            slot.run()
            del slot  # keeps no actor alive while it waits
