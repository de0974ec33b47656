"""Runs users' coroutines in virtual time, on an event loop that the simulation steps."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any, TypeVarTuple

from callboard.messages.errors.running import RuntimeClosed
from callboard.runtime.executors.coroutine import EventLoop
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.runs import Carrier, Raised, Stopped
from callboard.runtime.simulation.strands import REAL_SECONDS, Strand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import structlog

    from callboard.actors.ports import Timers
    from callboard.runtime.executors.runs import Answer, Run
    from callboard.runtime.simulation.world import Stepper

Ts = TypeVarTuple("Ts")

_ROUNDS = 100


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the simulation's.

    Args:
        stepper: Has the time.
        pump: Is to be called whenever the loop has something to do.
    """

    def __init__(self, stepper: Stepper, pump: Callable[[], None]) -> None:
        self._stepper = stepper
        self._pump = pump
        super().__init__()
        # What is due within this is run. The usual one, a nanosecond, is less than the last
        # digit of a time since the epoch, and what is due now would never be run.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the epoch."""
        return self._stepper.now()

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As every loop's; the simulation lets it happen."""
        handle = super().call_soon(callback, *args, context=context)
        self._pump()
        return handle

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As `call_soon`."""
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self._pump()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As every loop's, in virtual time."""
        handle = super().call_at(when, callback, *args, context=context)
        self._stepper.after(max(0.0, when - self._stepper.now()), self._pump)
        return handle

    def turn(self) -> None:
        """Do what is to be done now, and no more."""
        super().call_soon(self.stop)
        self.run_forever()


class SimulatedLoop(EventLoop, Carrier):
    """The event loop of a simulation, in a thread that gets turns (see `strands`).

    A thread of its own, because a test that is a coroutine has a loop in its own thread.

    Args:
        log: Hears of errors that no coroutine awaited.
        timers: As for `EventLoop`.
        stepper: Gives out the turns.
        limit: Seconds, in real time, that a turn may take.
    """

    def __init__(
        self,
        log: structlog.stdlib.BoundLogger,
        timers: Timers,
        stepper: Stepper,
        *,
        limit: float = REAL_SECONDS,
    ) -> None:
        super().__init__(log, timers)
        self._stepper = stepper
        self._limit = limit
        self._strand: Strand | None = None
        self._virtual: VirtualLoop | None = None
        self._pumped = False
        self._over = False
        self._tasks: dict[Run, asyncio.Task[None]] = {}

    @property
    def abandoned(self) -> tuple[str, ...]:
        """What has not ended when the simulation was closed."""
        return tuple(run.what for run in self._tasks) if self._over else ()

    def run(self, run: Run, call: Callable[[], Awaitable[Any]]) -> None:
        """Have *run* execute the call on the loop, soon."""
        if self._over:
            run.leave(Raised(problem_from(RuntimeClosed())))
            return
        loop = self._started()
        run.carrier = self
        context = contextvars.Context()  # nothing of who registered the agent
        loop.call_soon(lambda: self._begin(loop, run, call), context=context)

    def close(self, seconds: float) -> tuple[str, ...]:
        """Cancel all coroutines, let them find out, and end the loop."""
        del seconds  # they get turns, not time
        strand, loop = self._strand, self._virtual
        if strand is None or loop is None or self._over:
            self._over = True
            return ()
        loop.call_soon(self._cancel_all)
        for _ in range(_ROUNDS):
            strand.resume()
        self._over = True
        strand.resume()
        return self.abandoned

    # Turns

    def _started(self) -> VirtualLoop:
        if self._virtual is None:
            strand = self._strand = Strand("an event loop", self._limit)
            loop = self._virtual = VirtualLoop(self._stepper, self._pump)
            thread = threading.Thread(
                target=strand.run, args=(lambda: self._main(strand, loop),), daemon=True,
                name="callboard-simulated-loop",
            )  # fmt: skip
            thread.start()
        return self._virtual

    def _main(self, strand: Strand, loop: VirtualLoop) -> None:
        try:
            while not self._over:
                loop.turn()
                strand.pause()
        finally:
            loop.close()

    def _pump(self) -> None:
        """Let the loop have a turn, soon and once."""
        if not self._pumped and not self._over:
            self._pumped = True
            self._stepper.after(0.0, self._turn)

    def _turn(self) -> None:
        self._pumped = False
        if self._strand is not None:
            self._strand.resume()

    # Coroutines

    def _begin(self, loop: VirtualLoop, run: Run, call: Callable[[], Awaitable[Any]]) -> None:
        task = loop.create_task(run.execute_async(call), context=contextvars.Context())
        self._tasks[run] = task
        task.add_done_callback(lambda _: self._ended(run))

    def _ended(self, run: Run) -> None:
        del self._tasks[run]
        if not run.left:  # cancelled before its first step
            run.leave(Stopped())

    def interrupt(self, run: Run) -> None:
        """Cancel it, once it has its turn."""
        if self._virtual is not None and not self._over:
            self._virtual.call_soon(lambda: self._cancel(run))

    def probe(self, run: Run, answer: Answer) -> None:
        """It is in our hands while it waits, and takes no time while it runs: it is alive."""
        answer(None if run.left else 0.0)

    def _cancel(self, run: Run) -> None:
        task = self._tasks.get(run)
        if task is not None:
            task.cancel()

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self._virtual):
            task.cancel()
