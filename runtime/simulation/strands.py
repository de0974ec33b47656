"""Runs users' plain functions in virtual time: one thread at a time, handed to and fro.

A handler may wait in the middle of itself, and others go on meanwhile, so it cannot
simply be called: each gets a thread, as in the real world, but that thread runs only
while the simulation stands still for it. When the handler waits (`ctx.sleep`, `ctx.ask`,
`ctx.wait`, ...) it hands the turn back, and gets it again when its virtual time has
come. So nothing runs beside anything else, and the same seed gives the same run.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callboard.messages.errors.running import BlockingCall
from callboard.runtime.executors.cancellation import wait_by
from callboard.runtime.executors.threads import Job, WorkerThreads

if TYPE_CHECKING:
    from collections.abc import Callable

    import structlog

    from callboard.runtime.simulation.world import Stepper

REAL_SECONDS = 30.0
"""How long, in real time, a handler may keep its turn: it must not block by other means."""

_ROUNDS = 100


class Strand:
    """A thread that runs only while somebody waits for it.

    Args:
        what: Names what it runs.
        limit: Seconds, in real time, after which it must have handed its turn back.

    Attributes:
        ended: Whether its work is done.
    """

    def __init__(self, what: str, limit: float) -> None:
        self.ended = False
        self._what = what
        self._limit = limit
        self._its_turn = threading.Semaphore(0)
        self._our_turn = threading.Semaphore(0)

    def run(self, work: Callable[[], object]) -> None:
        """Do the work, in turns; for the thread itself."""
        self._its_turn.acquire()
        try:
            work()
        finally:
            self.ended = True
            self._our_turn.release()

    def pause(self) -> None:
        """Hand the turn back, until it comes again; for the thread itself."""
        self._our_turn.release()
        self._its_turn.acquire()

    def resume(self) -> None:
        """Let the thread run until it pauses or ends.

        Raises:
            BlockingCall: It does neither; it blocks by means that know no virtual time.
        """
        if self.ended:
            return
        self._its_turn.release()
        if not self._our_turn.acquire(timeout=self._limit):
            raise BlockingCall(f"what {self._what} does", "ctx.sleep() and the other waits of ctx")


class Pause:
    """One wait of a strand: until it is set, or its time is over (as `threading.Event`)."""

    def __init__(self, strand: Strand, stepper: Stepper) -> None:
        self._strand = strand
        self._stepper = stepper
        self._set = False
        self._waits = False

    def set(self) -> None:
        """Let the strand go on, as soon as it is its turn."""
        if not self._set:
            self._set = True
            if self._waits:
                self._stepper.after(0.0, self._wake)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for that; False where it was not set in so many virtual seconds."""
        if not self._set:
            self._waits = True
            if timeout is not None:
                self._stepper.after(timeout, self._wake)
            self._strand.pause()
        return self._set

    def _wake(self) -> None:
        if self._waits:
            self._waits = False
            self._strand.resume()


class _InTurns(Job):
    """A job that is done on a strand."""

    __slots__ = ("_job", "_stepper", "strand")

    def __init__(self, job: Job, strand: Strand, stepper: Stepper) -> None:
        super().__init__()
        self.strand = strand
        self._job = job
        self._stepper = stepper

    @property
    def what(self) -> str:
        return self._job.what

    def do(self) -> None:
        with wait_by(lambda: Pause(self.strand, self._stepper)):
            self.strand.run(self._job.do)


class SimulatedThreads(WorkerThreads):
    """The worker threads of a simulation.

    Args:
        log: As for `WorkerThreads`.
        stepper: Gives out the turns.

    Attributes:
        limit: Seconds, in real time, that a turn may take.
    """

    def __init__(
        self,
        log: structlog.stdlib.BoundLogger,
        stepper: Stepper,
        *,
        limit: float = REAL_SECONDS,
    ) -> None:
        super().__init__(log, name="callboard-simulated")
        self._stepper = stepper
        self.limit = limit
        self._jobs_in_turns: dict[Job, _InTurns] = {}

    def run(self, job: Job) -> None:
        """Have the job done, in turns with everything else."""
        strand = Strand(job.what, self.limit)
        turns = _InTurns(job, strand, self._stepper)
        super().run(turns)
        self._jobs_in_turns = {
            other: turns for other, turns in self._jobs_in_turns.items() if not turns.strand.ended
        }
        self._jobs_in_turns[job] = turns
        self._stepper.after(0.0, strand.resume)

    def abandon(self, job: Job) -> threading.Thread | None:
        """Give up the thread; it may still get turns, and is not heard."""
        turns = self._jobs_in_turns.get(job)
        return None if turns is None else super().abandon(turns)

    def close(self, seconds: float) -> tuple[str, ...]:
        """Let what waits find out that it is over, and end the threads."""
        for turns in self._jobs_in_turns.values():
            for _ in range(_ROUNDS):
                turns.strand.resume()
        return super().close(seconds)
