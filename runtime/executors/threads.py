"""Daemon threads that run users' code, shared by one runtime, and can be given up.

A thread cannot be killed. One whose work will not stop is *abandoned*: it is counted,
never used again, and ends when its work does. It keeps neither us nor the process.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

import structlog

from callboard.messages.errors.running import RuntimeClosed

IDLE_SECONDS = 10.0
"""How long a thread waits for more work before it ends."""

Work: TypeAlias = Callable[[], object]


class Worker:
    """One thread of the pool, and the work that it has now."""

    def __init__(self, pool: WorkerThreads, name: str) -> None:
        self.box: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self.work: Work | None = None
        self.what = ""
        self.given_up = False
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._pool = pool

    def __str__(self) -> str:
        return f"{self.thread.name} ({self.what})" if self.what else self.thread.name

    def _run(self) -> None:
        try:
            while self._pool.serve(self):
                pass
        finally:
            self._pool.gone(self)


class WorkerThreads:
    """Runs work at once: on an idle thread, or else on a new one.

    Args:
        log: Hears of errors that the work did not contain.
        name: What the threads' names begin with.
        idle_seconds: How long an idle thread is kept.
        ahead: Idle threads that there should be beside those that work, so that the next
            work need not wait until one is started.
    """

    def __init__(
        self,
        log: structlog.stdlib.BoundLogger,
        *,
        name: str = "callboard-worker",
        idle_seconds: float = IDLE_SECONDS,
        ahead: int = 0,
    ) -> None:
        self._log = log
        self._name = name
        self._idle_seconds = idle_seconds
        self._ahead = ahead
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._all: dict[Worker, None] = {}
        self._idle: list[Worker] = []  # who became idle last is used first, so others may end
        self._closed = False

    @property
    def abandoned(self) -> tuple[str, ...]:
        """Names of the threads that were given up and still run, with what they run."""
        with self._lock:
            return tuple(str(worker) for worker in self._all if worker.given_up)

    @property
    def count(self) -> int:
        """How many threads there are, idle and abandoned ones included."""
        with self._lock:
            return len(self._all)

    def run(self, work: Work, what: str = "") -> Worker:
        """Have *work* run at once, on the thread that is returned; never blocks.

        Args:
            work: Contains its own errors.
            what: Names it, should its thread have to be given up.

        Raises:
            RuntimeClosed: No more is taken.
            RuntimeError: The system has no thread left.
        """
        with self._lock:
            if self._closed:
                raise RuntimeClosed
            worker = self._idle.pop() if self._idle else self._spawn()
            worker.work, worker.what = work, what
            ahead = len(self._idle) >= self._ahead
        worker.box.put(work)
        if not ahead:  # only now: the work runs while the next thread is started
            self._get_ahead()
        return worker

    def abandon(self, worker: Worker, work: Work) -> bool:
        """Give up the thread, unless it has done with *work* already."""
        with self._lock:
            if worker.work is not work:
                return False
            worker.given_up = True
            return True

    def close(self, seconds: float) -> tuple[str, ...]:
        """Take no more work, and wait so long for what runs.

        Returns:
            The threads that still run, with what they run; they are given up.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            worker.box.put(None)
        for worker in workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            for worker in self._all:
                worker.given_up = True
        return self.abandoned

    # For the threads themselves

    def serve(self, worker: Worker) -> bool:
        """Do the thread's next work; False where it is to end."""
        try:
            work = worker.box.get(timeout=self._idle_seconds)
        except queue.Empty:
            return not self._let_go(worker)
        if work is None:
            return False
        try:
            work()
        except BaseException:  # noqa: BLE001 - a bug of ours, and the thread goes on
            self._log.exception("worker_thread_error", thread=worker.thread.name)
        return self._reuse(worker)

    def gone(self, worker: Worker) -> None:
        """The thread ends."""
        with self._lock:
            self._all.pop(worker, None)

    def _reuse(self, worker: Worker) -> bool:
        with self._lock:
            worker.work, worker.what = None, ""
            if worker.given_up or self._closed:
                return False
            self._idle.append(worker)
            return True

    def _let_go(self, worker: Worker) -> bool:
        with self._lock:
            if worker not in self._idle:  # it was given work in this very moment
                return False
            if len(self._idle) <= self._ahead and self._works():
                return False
            self._idle.remove(worker)
            return True

    def _works(self) -> bool:
        return any(worker.work is not None and not worker.given_up for worker in self._all)

    def _get_ahead(self) -> None:
        with self._lock:
            if self._closed or len(self._idle) >= self._ahead:
                return
            with contextlib.suppress(RuntimeError):  # the system has no thread left
                self._idle.append(self._spawn())

    def _spawn(self) -> Worker:
        worker = Worker(self, f"{self._name}-{next(self._numbers)}")
        worker.thread.start()
        self._all[worker] = None
        return worker
