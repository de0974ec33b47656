"""A thread for every actor: the plainest dispatcher, and the dearest one."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.dispatchers.slots import BATCH, Slot
from callboard.runtime.dispatchers.waiting import join, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.actors.ports import Runnable

T = TypeVar("T")


class ThreadDispatcher:
    """Runs each actor on a daemon thread of its own."""

    def __init__(self) -> None:
        self._threads: dict[Runnable, tuple[threading.Thread, SimpleQueue[Slot | None]]] = {}
        self._ending: set[threading.Thread] = set()
        self._lock = threading.Lock()

    help = None

    def batch(self) -> int:
        """How many messages an actor may take in one turn."""
        return BATCH

    def attach(self, actor: Runnable) -> Slot:
        """Start a thread for *actor*."""
        ready: SimpleQueue[Slot | None] = SimpleQueue()
        thread = threading.Thread(
            target=_run, args=(ready,), name=f"callboard-{actor.name}", daemon=True
        )
        with self._lock:
            self._threads[actor] = (thread, ready)
        thread.start()
        return Slot(actor, ready.put)

    def detach(self, actor: Runnable) -> None:
        """End the actor's thread after its turn."""
        with self._lock:
            entry = self._threads.pop(actor, None)
            if entry is not None:
                self._ending = {thread for thread in self._ending if thread.is_alive()}
                self._ending.add(entry[0])
        if entry is not None:
            entry[1].put(None)

    def later(self, call: Callable[[], None]) -> None:
        """Call at once: whoever calls has its thread for itself."""
        call()

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """The future's result; see `Dispatcher.wait`."""
        return wait(future, timeout)

    def close(self, timeout: float) -> Sequence[str]:
        """End all threads; the answer names those that were stuck."""
        for actor in list(self._threads):
            self.detach(actor)
        return [thread.name for thread in join(self._ending, timeout)]


def _run(ready: SimpleQueue[Slot | None]) -> None:
    while (slot := ready.get()) is not None:
        slot.run()
