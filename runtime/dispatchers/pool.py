"""A few threads that run the mailboxes of all actors, and others that help.

No user code runs there, so two threads serve thousands of actors, and an idle actor
costs no thread. Who runs what and when somebody is woken is in `line.py`.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from callboard.runtime.dispatchers.line import Line
from callboard.runtime.dispatchers.slots import BATCH, Slot
from callboard.runtime.dispatchers.waiting import join, wait
from callboard.runtime.unhandled import show_unhandled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from callboard.actors.ports import Help, Runnable

T = TypeVar("T")


_QUIET = 0.003
"""Seconds without an actor that is ready, until an errand is run."""

_PATIENCE = 500
"""Turns after which an errand is run although actors are ready."""


class PoolDispatcher:
    """Runs actors on *size* shared daemon threads."""

    def __init__(self, size: int = 2) -> None:
        self._line = Line()
        self._errands: deque[Callable[[], None]] = deque()
        self._passed = 0  # turns for which an errand has waited, or about as many
        self._runs: dict[threading.Thread, str] = {}
        self._threads = [
            threading.Thread(target=self._run, name=f"callboard-pool-{n}", daemon=True)
            for n in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def help(self) -> Help:
        """What a thread runs actors by that is not one of ours."""
        return self._line

    def batch(self) -> int:
        """How many messages an actor may take in one turn."""
        return BATCH

    def attach(self, actor: Runnable) -> Slot:
        """Run *actor* from now on."""
        line = self._line
        return Slot(actor, line.add, line.add_late, line.promote, line.rescue)

    def detach(self, actor: Runnable) -> None:
        """Nothing is held for an actor that has ended."""

    def later(self, call: Callable[[], None]) -> None:
        """Call once, when no actor was ready for a moment; nobody does once it is closed.

        Here is cleared up what an actor leaves behind. Others would wait for that, not
        only for the thread but also for the interpreter.
        """
        self._errands.append(call)
        self._line.ring_own()  # who sleeps without an end shall do so no longer

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """The future's result; see `Dispatcher.wait`."""
        return wait(future, timeout)

    def close(self, timeout: float) -> Sequence[str]:
        """End the threads; the answer names those that were stuck, and what they run."""
        self._line.end(len(self._threads))
        stuck = join(self._threads, timeout)
        return [f"{thread.name} ({self._runs.get(thread, '')})" for thread in stuck]

    def _run(self) -> None:
        here, bell = threading.current_thread(), threading.Lock()
        bell.acquire()
        while (slot := self._next(bell)) is not None:
            self._runs[here] = slot.actor.name
            self._line.run(slot)
            del slot  # keeps no actor alive while it waits

    def _next(self, bell: threading.Lock) -> Slot | None:
        """Whoever is ready; meanwhile errands are run, where nobody is."""
        while True:
            if self._errands:
                self._passed += 1
                if self._passed > _PATIENCE:
                    self._run_errand()
            try:
                return self._line.take()
            except IndexError:
                if not self._line.rest(bell, self._quiet):
                    self._run_errand()

    def _quiet(self) -> float:
        return _QUIET if self._errands else -1

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
