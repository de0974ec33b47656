"""Threads that work, or are idle, as a test wants them; and the dispatcher that they help."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from callboard.runtime.executors.threads import Errand, Worker, WorkerThreads
from tests.runtime.executors.lab import until


def idle(threads: WorkerThreads) -> int:
    """How many wait for a job."""
    return len(threads._idle)  # pyright: ignore[reportPrivateUsage]


def not_started(_: threading.Thread) -> None:
    """In the place of `Thread.start`: the test plays the thread."""


def at_rest(_: Worker) -> bool:
    """In the place of `_rest`: it is idle, and the test plays what it does next."""
    return False


def begun(threads: WorkerThreads, work: Callable[[], object], what: str = "") -> Errand:
    """A job that a thread does by now."""
    job = Errand(work, what)
    threads.run(job)
    until(lambda: job.worker)
    return job


class Helper:
    """The `Help` of a dispatcher, as a test plays it.

    Attributes:
        ready: What is to be run, first the first.
        notes: What was asked of it, and how much was left each time that it was run.
        lend: How it gets a thread that is idle.
    """

    def __init__(self) -> None:
        self.ready: list[Callable[[], object]] = []
        self.notes: list[str] = []
        self.lend: Callable[[], threading.Lock | None] = lambda: None

    def borrow(self, lend: Callable[[], threading.Lock | None]) -> None:
        self.lend = lend

    def come(self, wanted: Callable[[], object]) -> None:
        self.notes.append("came")
        self.help(wanted)

    def offer(self) -> None:
        self.notes.append("offer")

    def leave(self) -> None:
        self.help(lambda: True)

    def help(self, wanted: Callable[[], object]) -> None:
        while self.ready and not wanted():
            self.ready.pop(0)()
        self.notes.append(f"{len(self.ready)} left")


def idle_pair(threads: WorkerThreads, monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Two threads that the test plays; they have done a job each, and are idle."""
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", not_started)
        patch.setattr(threads, "_rest", at_rest)
        for _ in range(2):
            threads.run(Errand(lambda: None))
        workers = list(threads._all)  # pyright: ignore[reportPrivateUsage]
        for worker in [*workers, *workers]:
            threads.next(worker)
    return workers
