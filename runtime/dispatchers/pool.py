"""A few threads that run the mailboxes of all actors.

No user code runs there, so two threads serve thousands of actors, and an idle actor
costs no thread.
"""

from __future__ import annotations

import enum
import threading
from collections import deque
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.dispatchers.joining import join
from callboard.runtime.dispatchers.slots import BATCH, Slot
from callboard.runtime.dispatchers.waiting import wait
from callboard.runtime.unhandled import show_unhandled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.actors.ports import Runnable

T = TypeVar("T")


_QUIET = 0.003
"""Seconds without an actor that is ready, until an errand is run."""

_PATIENCE = 500
"""Turns after which an errand is run although actors are ready."""


class _Sign(enum.Enum):
    LOOK = "there is an errand"


class PoolDispatcher:
    """Runs actors on *size* shared daemon threads."""

    def __init__(self, size: int = 2) -> None:
        self._ready: SimpleQueue[Slot | _Sign | None] = SimpleQueue()
        self._errands: deque[Callable[[], None]] = deque()
        self._passed = 0  # turns for which an errand has waited, or about as many
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
        """Call once, when no actor was ready for a moment; nobody does once it is closed.

        Here is cleared up what an actor leaves behind. Others would wait for that, not
        only for the thread but also for the interpreter.
        """
        self._errands.append(call)
        self._ready.put(_Sign.LOOK)  # who waits without an end shall do so no longer

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
        while (slot := self._next()) is not None:
            self._runs[here] = slot.actor.name
            slot.run()
            del slot  # keeps no actor alive while it waits

    def _next(self) -> Slot | None:
        """Whoever is ready; meanwhile errands are run, where nobody is."""
        while True:
            if self._errands:
                self._passed += 1
            if self._passed > _PATIENCE:
                self._run_errand()
            try:
                slot = self._ready.get(timeout=_QUIET if self._errands else None)
            except Empty:
                self._run_errand()
            else:
                if slot is not _Sign.LOOK:
                    return slot

    def _run_errand(self) -> None:
        self._passed = 0
        try:
            errand = self._errands.popleft()
        except IndexError:  # another thread was faster
            return
        self._runs[threading.current_thread()] = "clearing up"
        try:
            errand()
        except BaseException:  # noqa: BLE001 - a bug of ours must not take the thread along
            show_unhandled()
