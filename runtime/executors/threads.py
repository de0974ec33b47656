"""Daemon threads that run users' code, shared by one runtime, and can be given up.

A thread cannot be killed. One whose job will not end is *abandoned*: it is counted,
never used again, and ends when its job does. It keeps neither us nor the process.

Jobs wait in one queue, never for longer than a thread takes to wake: there are as many
idle threads as jobs in it. Only one thread is woken at a time, and it wakes the next one
where jobs are left: those that are done in no time are done one after the other by one
thread, and where one of them waits the others go on beside it.

A thread that has done a job and finds no other one runs the actors that the job has woken
before it rests (see `callboard.actors.ports.Help`). What these have it do next it does at
once, so a chain of short jobs stays on one thread. For the same reason an idle one is lent
to who runs actors, where another is idle for what comes from elsewhere: what its turns
bring, as the first subtask of a goal, it does without a hand-over.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING

import structlog

from callboard.messages.errors.running import RuntimeClosed

if TYPE_CHECKING:
    from callboard.actors.ports import Help

IDLE_SECONDS = 10.0
"""How long a thread waits for more work before it ends."""

STREAK = 16
"""Jobs after which a thread that helps has others go on, and rests if it can.

Who never rests keeps the interpreter for 5 ms at a time, and callers wait so long.
"""


class Job:
    """Something for a thread of the pool to do.

    Attributes:
        worker: The thread that does it now; None before and afterwards.
    """

    __slots__ = ("worker",)

    def __init__(self) -> None:
        self.worker: Worker | None = None

    @property
    def what(self) -> str:
        """Names it, should its thread have to be given up."""
        raise NotImplementedError

    def do(self) -> None:
        """Do it; contains its own errors."""
        raise NotImplementedError


class Errand(Job):
    """A job that is a function without arguments.

    Args:
        work: Contains its own errors.
        what: Names it.
    """

    __slots__ = ("_what", "_work")

    def __init__(self, work: Callable[[], object], what: str = "") -> None:
        super().__init__()
        self._work = work
        self._what = what

    @property
    def what(self) -> str:
        """As it was given."""
        return self._what

    def do(self) -> None:
        """Call the function."""
        self._work()


class Worker:
    """One thread of the pool.

    Attributes:
        job: What it does now.
        coming: It was woken or is new, and has not looked for a job yet.
        lent: It is to run actors before it looks for one.
        given_up: It is not to be used again.
        streak: Jobs that it has done since it was woken.
        bell: Released to wake it.
    """

    def __init__(self, pool: WorkerThreads, name: str) -> None:
        self.job: Job | None = None
        self.coming = False
        self.lent = False
        self.given_up = False
        self.streak = 0
        self.bell = threading.Lock()
        self.bell.acquire()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._pool = pool

    def __str__(self) -> str:
        what = self.job.what if self.job is not None else ""
        return f"{self.thread.name} ({what})" if what else self.thread.name

    def _run(self) -> None:
        try:
            while (job := self._pool.next(self)) is not None:
                self._pool.do(job)
                self._pool.visit(self)
                del job  # keeps nothing alive while it waits
        finally:
            self._pool.gone(self)


class WorkerThreads:
    """Runs jobs at once: on an idle thread, or else on a new one.

    Args:
        log: Hears of errors that a job did not contain.
        name: What the threads' names begin with.
        idle_seconds: How long an idle thread is kept.
        ahead: Idle threads that there should be beside those that work, so that the next
            work need not wait until one is started.
        helping: How threads run the actors that a job has woken; None where they do not.
    """

    def __init__(
        self,
        log: structlog.stdlib.BoundLogger,
        *,
        name: str = "callboard-worker",
        idle_seconds: float = IDLE_SECONDS,
        ahead: int = 0,
        helping: Help | None = None,
    ) -> None:
        self._log = log
        self._name = name
        self._idle_seconds = idle_seconds
        self._ahead = ahead
        self._help = helping
        self._visiting: set[int] = set()  # threads that run actors, and will look for a job
        self._numbers = itertools.count(1)
        # Whoever wakes an actor may take it, so also a signal's handler where it is held.
        self._lock = threading.RLock()
        self._all: dict[Worker, None] = {}
        self._jobs: deque[Job] = deque()
        self._idle: list[Worker] = []  # who became idle last is used first, so others may end
        self._coming = 0  # how many of the others are
        self._closed = False
        if helping is not None:
            helping.borrow(self._lend)

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

    def run(self, job: Job) -> None:
        """Have the job done at once; never blocks.

        Raises:
            RuntimeClosed: No more is taken.
            RuntimeError: The system has no thread left.
        """
        with self._lock:
            if self._closed:
                raise RuntimeClosed
            ours = get_ident() in self._visiting  # the caller itself is about to look for jobs
            if len(self._jobs) >= len(self._idle) + self._coming + ours:
                self._spawn()
            self._jobs.append(job)
            if not (self._coming or ours):
                self._wake()
            short = not ours and self._short
        if short:  # only now: the job is done while the next thread is started
            self._get_ahead()

    def abandon(self, job: Job) -> threading.Thread | None:
        """Give up the thread that does the job; None where none does, not yet or no more."""
        with self._lock:
            worker = job.worker
            if worker is None:
                return None
            worker.given_up = True
            return worker.thread

    def close(self, seconds: float) -> tuple[str, ...]:
        """Take no more jobs, and wait so long for what runs.

        Returns:
            The threads that still run, with what they run; they are given up.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            self._closed = True
            workers = list(self._all)
            while self._idle:
                self._wake()
        for worker in workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            for worker in self._all:  # who has nothing to do is about to end, if it can run
                worker.given_up = worker.given_up or self._has_work(worker)
        return self.abandoned

    def _has_work(self, worker: Worker) -> bool:
        visits = worker.thread.ident in self._visiting
        return worker.job is not None or visits or (worker.coming and bool(self._jobs))

    def offer(self) -> None:
        """The calling thread is ours and has done with the user's code: see `Help`.

        A job that it brings it does itself, so nobody is woken for that.
        """
        if self._help is not None:
            self._visiting.add(get_ident())
            self._help.offer()

    # For the threads themselves

    def visit(self, worker: Worker) -> None:
        """Run the actors that the job has woken; others do where there is more work."""
        if self._help is None:
            return
        worker.streak += 1
        me = get_ident()
        if self._jobs or worker.given_up or worker.streak > STREAK:
            self._visiting.discard(me)
            self._help.leave()
            return
        with self._lock:
            self._let_go(worker)
        self._visiting.add(me)
        self._help.help(self._jobs.__len__)
        self._visiting.discard(me)

    def next(self, worker: Worker) -> Job | None:
        """What the thread is to do now, as soon as there is something; None where it is to end."""
        while True:
            if worker.lent and self._help is not None:
                self._come(self._help, worker)
            with self._lock:
                job = self._look(worker)
                if job is not None or worker.given_up or self._closed:
                    return job
                self._idle.append(worker)
            if not self._rest(worker):
                return None

    def _come(self, help_: Help, worker: Worker) -> None:
        """It was woken to run actors; what they bring it, it does next."""
        me = get_ident()
        # Others go on after its first job: it may have come into the midst of theirs, where
        # a caller would wait for one streak after the other.
        worker.lent, worker.streak = False, STREAK - 1
        self._visiting.add(me)
        help_.come(self._jobs.__len__)
        self._visiting.discard(me)

    def do(self, job: Job) -> None:
        """Do it, and contain what it has not contained."""
        try:
            job.do()
        except BaseException:  # noqa: BLE001 - a bug of ours, and the thread goes on
            self._log.exception("worker_thread_error", thread=threading.current_thread().name)

    def gone(self, worker: Worker) -> None:
        """The thread ends, by whatever."""
        self._visiting.discard(get_ident())  # another one will have this number
        if self._help is not None:
            if worker.lent:
                self._help.come(lambda: True)
            self._help.leave()
        with self._lock:
            self._all.pop(worker, None)

    def _look(self, worker: Worker) -> Job | None:
        """The thread has done its job, or was woken: its next one, if there is one."""
        if worker.coming:
            worker.streak = 0
            worker.coming = False
            self._coming -= 1
        self._let_go(worker)
        if not self._jobs or worker.given_up:
            return None
        job = worker.job = self._jobs.popleft()
        job.worker = worker
        if self._jobs and not self._coming:
            self._wake()
        return job

    @staticmethod
    def _let_go(worker: Worker) -> None:
        """Its job is done."""
        if worker.job is not None:
            worker.job.worker = None
            worker.job = None

    def _lend(self) -> threading.Lock | None:
        """The bell of an idle thread that is to run actors; who comes with work finds others."""
        if self._spare <= self._ahead:  # as mostly: that need not wait for the lock
            return None
        with self._lock:
            if self._closed or self._spare <= self._ahead:
                return None
            try:
                worker = self._idle.pop()
            except IndexError:  # only by a signal's handler, in this very moment
                return None
            worker.lent = True
            return worker.bell

    @property
    def _short(self) -> bool:
        """Whether there should be one more thread ahead."""
        return self._spare < self._ahead

    @property
    def _spare(self) -> int:
        """How many threads have nothing to do, and no job that waits for them."""
        return len(self._idle) + self._coming - len(self._jobs)

    def _get_ahead(self) -> None:
        with self._lock:
            if self._short and not self._closed:
                with contextlib.suppress(RuntimeError):  # the system has no thread left
                    self._spawn()

    def _rest(self, worker: Worker) -> bool:
        """Wait until it is woken; False where nobody needs it for long."""
        rung, taken = worker.bell.acquire, False
        while not (rung(timeout=self._idle_seconds) and (worker.coming or worker.lent)):
            with self._lock:
                if worker not in self._idle:  # woken in this very moment; or Ctrl-C has cut it off
                    if taken:
                        return True
                    taken = True
                elif not self._needed():
                    self._idle.remove(worker)
                    return False
        return True

    def _needed(self) -> bool:
        """Whether no idle thread is to spare."""
        if len(self._jobs) >= len(self._idle) + self._coming:  # who is woken wakes the next
            return True
        works = any(worker.job is not None and not worker.given_up for worker in self._all)
        return works and len(self._idle) <= self._ahead

    def _wake(self) -> None:
        if self._idle:
            worker = self._idle.pop()
            self._comes(worker)
            worker.bell.release()

    def _spawn(self) -> None:
        worker = Worker(self, f"{self._name}-{next(self._numbers)}")
        worker.thread.start()
        self._all[worker] = None
        self._comes(worker)

    def _comes(self, worker: Worker) -> None:
        worker.coming = True
        self._coming += 1
