"""What runs in a worker process: finds the agent's code, and works until it is told to end.

The handler has the main thread. Another one listens to the runtime, so that a handler
hears that it is to stop; when the runtime has gone, it ends the process. Little is
imported: a worker that needs neither asyncio nor logging starts in under 0.1 s.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from callboard.messages.unions import AgentMessage
from callboard.messages.values import Problem
from callboard.runtime.executors.context import Context
from callboard.runtime.executors.definition import definition_of
from callboard.runtime.executors.handlers import Handlers, Hook
from callboard.runtime.executors.packing import packing
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.processes import wire
from callboard.runtime.executors.processes.estimating import Estimating
from callboard.runtime.executors.processes.outside import (
    Questions,
    RemoteInbox,
    RemoteLog,
    RemoteServices,
)
from callboard.runtime.executors.processes.place import found
from callboard.runtime.executors.runs import (
    Carrier,
    Crashed,
    Outcome,
    Raised,
    Returned,
    Run,
    Stopped,
    ToldRun,
)
from callboard.runtime.executors.services import Facilities
from callboard.runtime.executors.slot import Slot
from callboard.runtime.executors.task import Task

if TYPE_CHECKING:
    import asyncio

    import structlog

_RESERVE = 1 << 20
"""Bytes that are given back when memory runs out, so that this can still be said."""

_DIE_WITH_PARENT = 1
"""Linux's PR_SET_PDEATHSIG."""


def main(commands: int, reports: int) -> None:
    """Work for the runtime at the other end of these pipes.

    Args:
        commands: Descriptor to read from.
        reports: Descriptor to write to.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runtime says when to stop
    commands, reports = _own_pipes(commands, reports)
    frames = wire.read_commands(commands)
    setup = next(frames, None)
    if not isinstance(setup, wire.Setup):  # the runtime has gone already
        return
    _prepare(setup)
    process = _Process(setup, wire.Writer(reports))

    def listen() -> None:
        try:
            for frame in frames:
                process.hear(frame)
        finally:
            os._exit(0)  # nobody is there any more; the main thread may be deep in C

    threading.Thread(target=listen, name="callboard-listener", daemon=True).start()
    process.run()


class _Clock:
    """The runtime's clock."""

    def __init__(self, offset: float) -> None:
        self._offset = offset

    def now(self) -> float:
        return self._offset + time.monotonic()


class _Process:
    """The jobs of this process, one after the other."""

    def __init__(self, setup: wire.Setup, writer: wire.Writer) -> None:
        self._setup = setup
        self._say = writer.say
        self._questions = Questions(writer.say)
        self._log = cast("structlog.stdlib.BoundLogger", RemoteLog(writer.say))
        self._facilities = Facilities(
            services=RemoteServices(self._questions), clock=_Clock(setup.clock), log=self._log
        )
        self._inbox = RemoteInbox(self._questions)
        self._jobs: queue.SimpleQueue[Callable[[], bool]] = queue.SimpleQueue()
        self._runs: dict[int, tuple[Run, Slot]] = {}
        self._handlers: Handlers | None = None
        self._runner: asyncio.Runner | None = None
        self._reserve: bytes | None = bytes(_RESERVE)
        self._bids = Estimating(setup.agent, writer.say)

    # On the listener's thread

    def hear(self, frame: wire.ToWorker) -> None:
        """Do what the runtime says."""
        match frame:
            case wire.DoWork():
                self._prepare(frame)
            case wire.StopJob():
                if frame.job in self._runs:
                    self._runs[frame.job][0].stop(frame.reason)
            case wire.Granted():
                if frame.job in self._runs:
                    self._runs[frame.job][1].grant()
            case wire.Answered():
                self._questions.answered(frame)
            case wire.Look():
                run = self._runs[frame.job][0] if frame.job in self._runs else None
                self._say(wire.Looked(look=frame.look, quiet=run.quiet if run else None))
            case wire.AskBid():
                self._bids.ask(frame, self._handlers)
            case wire.Leave():
                self._jobs.put(self._leave)
            case wire.Setup():
                pass  # once is enough

    def _prepare(self, work: wire.DoWork) -> None:
        """The run is there before its turn comes, so that it can be stopped."""
        token, number = work.lease.token, work.job

        def report(message: AgentMessage) -> None:
            if not run.cancellation:
                self._say(wire.Said(job=number, message=message))  # type: ignore[arg-type]

        task = Task(work.lease, work.ready)
        run = ToldRun(
            agent=self._setup.agent,
            what=f"{self._setup.agent} on {task.name!r}",
            settle=lambda outcome: self._settle(number, outcome),
            log=self._log,
        )
        slot = Slot(token, report)
        self._runs[number] = run, slot
        self._jobs.put(lambda: self._work(run, slot, task, report, work.seconds))

    # On the main thread

    def run(self) -> None:
        """Load the code, and do jobs until one says that it was the last."""
        if not self._load():
            return
        while self._jobs.get()():
            pass

    def _load(self) -> bool:
        try:
            made = definition_of(
                found(self._setup.place), id=self._setup.agent, isolation="thread", memory=None
            )
            self._handlers = made.make()
            self._call_hook(self._handlers.on_start)
        except BaseException as error:  # noqa: BLE001 - the user's, and the runtime is told
            self._say(wire.NotLoaded(problem=problem_from(error)))
            return False
        self._say(wire.Loaded())
        return True

    def _work(
        self,
        run: Run,
        slot: Slot,
        task: Task,
        report: Callable[[AgentMessage], None],
        seconds: float | None,
    ) -> bool:
        clock = self._facilities.clock
        context = Context(
            task,
            slot=slot,
            report=report,
            equipment=self._facilities,
            cancellation=run.cancellation,
            inbox=self._inbox,
            deadline=None if seconds is None else clock.now() + seconds,
        )
        handler = self._made().work
        call = packing(handler, lambda: (task, context), f"the result of {task.name!r}")
        if handler.is_async:
            self._await(run, call)
        else:
            run.execute(call)
        return True

    def _await(self, run: Run, call: Callable[[], Any]) -> None:
        import asyncio  # noqa: PLC0415 - 50 ms that only coroutines need

        async def execute() -> None:
            loop = asyncio.get_running_loop()
            task = loop.create_task(run.execute_async(call))
            run.carrier = _Awaited(loop, task)
            if run.cancellation:
                task.cancel()
            await asyncio.wait([task])
            if not run.left:  # cancelled before its first step
                run.leave(Stopped())

        if self._runner is None:
            self._runner = asyncio.Runner()
        self._runner.run(execute())
        run.let_go()

    def _settle(self, number: int, outcome: Outcome) -> None:
        self._runs.pop(number, None)
        _flush()
        match outcome:
            case Returned():
                self._say(wire.Returned(job=number, result=outcome.value))
            case Raised():
                self._say(wire.Raised(job=number, problem=self._explained(outcome.problem)))
            case Crashed():
                self._say(wire.Crashed(job=number, problem=outcome.problem))
            case Stopped():
                self._say(wire.Stopped(job=number))
            case _:
                raise TypeError(outcome)

    def _explained(self, problem: Problem) -> Problem:
        if problem.error != MemoryError.__name__ or self._setup.memory is None:
            return problem
        self._reserve = None
        text = f"MemoryError: it needed more than its {self._setup.memory:,} bytes"
        return Problem(error=problem.error, text=text, traceback=problem.traceback)

    def _made(self) -> Handlers:
        if self._handlers is None:
            raise RuntimeError("it works before it has loaded")
        return self._handlers

    def _leave(self) -> bool:
        problem = None
        try:
            self._call_hook(self._handlers.on_stop if self._handlers else None)
        except BaseException as error:  # noqa: BLE001 - the user's, and the runtime is told
            problem = problem_from(error)
        if self._runner is not None:
            self._runner.close()
        _flush()
        self._say(wire.Left(problem=problem))
        return False

    def _call_hook(self, hook: Hook | None) -> None:
        if hook is None:
            return
        result = hook.call()
        if hook.is_async:
            import asyncio  # noqa: PLC0415 - as above

            if self._runner is None:
                self._runner = asyncio.Runner()
            self._runner.run(result)


def _prepare(setup: wire.Setup) -> None:
    """Make the process what it was asked to be; before any code of the user's runs."""
    sys.argv = list(setup.argv)
    if setup.crash_file >= 0:
        # Where it was when it crashed, or when it had to be killed; these handlers are C,
        # so they work where Python does not get a word in.
        faulthandler.enable(file=setup.crash_file)
        faulthandler.register(signal.SIGTERM, file=setup.crash_file, chain=True)
    if sys.platform == "linux":
        _die_with(setup.parent)
    if setup.memory is not None:
        import resource  # noqa: PLC0415 - not everywhere, and rarely wanted

        resource.setrlimit(resource.RLIMIT_DATA, (setup.memory, setup.memory))


def _die_with(parent: int) -> None:
    """Have the system kill this process when the runtime's has gone, whatever it does."""
    import ctypes  # noqa: PLC0415 - on Linux only

    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it has gone already
        os._exit(0)


def _own_pipes(commands: int, reports: int) -> tuple[int, int]:
    """The pipes; where they are the standard streams, what is printed goes to stderr."""
    if reports != 1:
        return commands, reports
    own = os.dup(commands), os.dup(reports)
    os.dup2(2, 1)
    return own


class _Awaited(Carrier):
    """Has a coroutine in hand, which it can cancel."""

    __slots__ = ("_loop", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
        self._loop, self._task = loop, task

    def interrupt(self, run: Run) -> None:
        del run  # there is no other
        with contextlib.suppress(RuntimeError):  # it has just ended
            self._loop.call_soon_threadsafe(self._task.cancel)


def _flush() -> None:
    """What was printed is seen, even if the process is killed later."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or replaced
            stream.flush()
