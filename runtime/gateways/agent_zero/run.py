"""One assignment that runs: from its lease to its completion, its failure or its end."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.endings import AttemptTimedOut, RunStopped
from callboard.runtime.gateways.agent_zero.host import original
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.values import Lease
    from callboard.runtime.gateways.agent_zero.ways import Way
    from callboard.runtime.handover import Instruction
    from callboard.runtime.runtime import Runtime

TRIES = 3
"""How often an ending is told, where the runtime does not answer in time."""


class Run:
    """A run, on a daemon thread of its own.

    Args:
        runtime: Is told how it ended, by its lease.
        lease: Names the attempt.
        name: Of the subtask.
        make: Makes the way in which it runs; called on the thread.
        instruction: What is to be done.
        seconds: How long it may take.
        over: Called in the end.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        runtime: Runtime,
        lease: Lease,
        name: str,
        *,
        make: Callable[[], Way],
        instruction: Instruction,
        seconds: float,
        over: Callable[[Run], None],
    ) -> None:
        self.lease = lease
        self._runtime = runtime
        self._name = name
        self._make = make
        self._instruction = instruction
        self._seconds = seconds
        self._over = over
        self._lock = threading.Lock()
        self._way: Way | None = None
        self._unwanted = False
        self.thread = threading.Thread(target=self._go, name=f"callboard-run-{name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def stop(self) -> None:
        """Nobody wants its answer any more; harmless when it is over."""
        with self._lock:
            self._unwanted, way = True, self._way
        if way is not None:
            way.stop()

    def _go(self) -> None:
        try:
            self._finish()
        finally:
            self._over(self)

    def _finish(self) -> None:
        began = time.monotonic()
        try:
            answer = self._answer(began)
        except BaseException as error:  # noqa: BLE001 - whatever a host raises, the lease ends
            self._failed(error)
        else:
            self._tell(lambda: self._runtime.complete(self.lease.subtask, answer, lease=self.lease))

    def _answer(self, began: float) -> str:
        way = self._make()
        with self._lock:
            self._way, unwanted = way, self._unwanted
        if unwanted:
            way.stop()
        try:
            return way.run(self._instruction, self._seconds)
        except TimeoutError:
            way.stop()
            if time.monotonic() - began < self._seconds:
                raise  # a time-out of its own, deep within
            raise AttemptTimedOut(self._name, "run", self._seconds) from None

    def _failed(self, error: BaseException) -> None:
        if self._unwanted:
            return
        cause = original(error)
        if isinstance(cause, CancelledError | asyncio.CancelledError):
            cause = RunStopped(self.lease.agent)
        self._tell(lambda: self._runtime.fail(self.lease, cause))

    def _tell(self, tell: Callable[[], None]) -> None:
        """Say how it ended; where that cannot be said, or comes too late, the log says so."""
        for left in reversed(range(TRIES)):
            try:
                tell()
            except TimeoutError as error:
                if left:
                    continue
                log.error("run_not_told", lease=str(self.lease.token), error=str(error))
            except CallboardError as error:
                log.warning("run_not_told", lease=str(self.lease.token), error=str(error))
            return
