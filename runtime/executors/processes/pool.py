"""All worker processes of one runtime, so that its end can be theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from callboard.messages.errors.running import RuntimeClosed
from callboard.runtime.executors.processes.wire import FromWorker, Place
from callboard.runtime.executors.processes.worker import Death, Worker


class WorkerProcesses:
    """Starts worker processes, and knows those that live.

    Args:
        log: Hears of errors of ours.
    """

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._all: dict[Worker, None] = {}
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of those that live."""
        with self._lock:
            return tuple(worker.pid for worker in self._all if worker.pid)

    def start(  # noqa: PLR0913 - what `Worker` takes
        self,
        agent: str,
        place: Place,
        memory: int | None,
        *,
        clock: float,
        hear: Callable[[FromWorker], None],
        ended: Callable[[Death], None],
    ) -> Worker:
        """Start one; see `Worker`.

        Raises:
            RuntimeClosed: No more is started.
            RuntimeError: The system has no thread left.
        """

        def gone(death: Death) -> None:
            with self._lock:
                self._all.pop(worker, None)
            ended(death)

        worker = Worker(agent, place, memory, clock=clock, hear=hear, ended=gone, log=self._log)
        with self._lock:
            if self._closed:
                raise RuntimeClosed
            self._all[worker] = None
            worker.start()
        return worker

    def close(self, seconds: float) -> tuple[str, ...]:
        """Start no more, end all, and kill what has not ended within *seconds*.

        Returns:
            What the system could not even kill in as long again.
        """
        with self._lock:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            worker.close()
        left = _left(workers, seconds / 2)
        for worker in left:
            worker.kill()
        return tuple(str(worker) for worker in _left(left, seconds / 2))


def _left(workers: list[Worker], seconds: float) -> list[Worker]:
    deadline = time.monotonic() + seconds
    return [w for w in workers if not w.wait(max(0.0, deadline - time.monotonic()))]
