"""Runs users' coroutines, all of a runtime on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import itertools
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from callboard.messages.errors.running import RuntimeClosed
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.runs import Answer, Carrier, Raised, Run, Stopped
from callboard.runtime.executors.thread import frame_of, stack_of

if TYPE_CHECKING:
    from callboard.actors.ports import Timers

_Call: TypeAlias = Callable[[], Awaitable[Any]]

BLOCKED_SECONDS = 0.5
"""A loop that does not hear of a cancellation for so long stands still."""

_TURNS = 4
"""Of a loop: within so many whatever is due has gone on."""


class EventLoop:
    """An event loop in a daemon thread, started with the first coroutine.

    A coroutine that blocks the loop would stop the others for ever. When it is given up
    and the loop still stands still, the loop is *retired*: new coroutines get another
    one, and those on the old one go on when it moves again.

    Args:
        log: Hears of errors that no coroutine awaited.
        timers: For loops that do not answer.
    """

    def __init__(self, log: structlog.stdlib.BoundLogger, timers: Timers) -> None:
        self._log = log
        self._timers = timers
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._current: _Thread | None = None
        self._threads: list[_Thread] = []
        self._closed = False

    @property
    def abandoned(self) -> tuple[str, ...]:
        """The coroutines that were given up and have not ended since."""
        with self._lock:
            return tuple(
                what for thread in self._threads for what in list(thread.given_up.values())
            )

    def run(self, run: Run, call: _Call) -> None:
        """Have *run* execute the call on the loop, soon; never blocks and never raises."""
        try:
            with self._lock:
                thread = self._running()
                thread.start(run, call)
        except Exception as error:  # noqa: BLE001 - closed, or the system has no thread
            run.leave(Raised(problem_from(error)))

    def close(self, seconds: float) -> tuple[str, ...]:
        """Cancel all coroutines, and wait so long for their end.

        Returns:
            The coroutines that have not ended; they are given up.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            self._closed = True
            threads = list(self._threads)
        for thread in threads:
            thread.wind_down(seconds)
        return tuple(what for thread in threads for what in thread.join(deadline))

    def _running(self) -> _Thread:
        if self._closed:
            raise RuntimeClosed
        if self._current is None:
            name = f"callboard-loop-{next(self._numbers)}"
            self._current = _Thread(name, self._log, self._timers, self._retire)
            self._threads.append(self._current)
        return self._current

    def _retire(self, thread: _Thread) -> None:
        with self._lock:
            if self._current is thread:
                self._current = None
        self._log.error("event_loop_blocked", thread=thread.thread.name)


class _Question:
    """Is answered once, by whoever is first."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._once = threading.Lock()

    def answer(self, quiet: float | None) -> None:
        if self._once.acquire(blocking=False):
            self._answer(quiet)


class _Thread(Carrier):
    """One loop and its thread."""

    def __init__(
        self,
        name: str,
        log: structlog.stdlib.BoundLogger,
        timers: Timers,
        retire: Callable[[_Thread], None],
    ) -> None:
        self.given_up: dict[Run, str] = {}
        self._log = log
        self._timers = timers
        self._retired = False
        self._retire = retire
        self._runs: dict[Run, asyncio.Task[None]] = {}
        self._tasks: dict[asyncio.Task[None], Run] = {}
        self._asked: dict[Run, float] = {}  # to stop, and has not heard of it
        self._notes = contextvars.Context()  # of what is done here for all of them
        self._coming: deque[tuple[Run, _Call]] = deque()
        self._told = False
        self._last: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._unheard)
        self.thread = threading.Thread(target=self._main, name=name, daemon=True)
        self.thread.start()

    def start(self, run: Run, call: _Call) -> None:
        """Begin *run*, soon."""
        run.carrier = self
        self._coming.append((run, call))
        if not self._told:  # one word for all that come until it hears: each is a system call
            self._told = True
            try:
                self._loop.call_soon_threadsafe(self._begin_all, context=contextvars.Context())
            except BaseException:
                self._told = False
                self._coming.pop()
                raise

    def wind_down(self, seconds: float) -> None:
        """Cancel everything and end the loop, within *seconds* of when it hears of it."""

        async def end() -> None:
            tasks = asyncio.all_tasks() - {self._last}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=seconds)
            self._loop.stop()

        def begin() -> None:
            self._last = self._loop.create_task(end())

        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(begin)

    def join(self, deadline: float) -> list[str]:
        if self.thread is not threading.current_thread():
            self.thread.join(max(0.0, deadline - time.monotonic()) + 0.1)
        return [run.what for run in list(self._runs)]

    def _begin_all(self) -> None:
        self._told = False  # said, then looked: what comes from now on says so anew
        coming = self._coming
        while coming:
            run, call = coming.popleft()
            try:
                self._begin(run, call)
            except Exception as error:  # noqa: BLE001 - the others shall begin all the same
                run.leave(Raised(problem_from(error)))

    def _begin(self, run: Run, call: _Call) -> None:
        task = self._loop.create_task(run.execute_async(call), context=contextvars.Context())
        self._runs[run], self._tasks[task] = task, run
        task.add_done_callback(self._ended, context=self._notes)

    def _ended(self, task: asyncio.Task[None]) -> None:
        run = self._tasks.pop(task)
        del self._runs[run]
        if not run.left:  # cancelled before its first step
            run.leave(Stopped())
        run.let_go()
        self.given_up.pop(run, None)
        self._asked.pop(run, None)

    # Ended early

    def interrupt(self, run: Run) -> None:
        """Cancel it, as soon as the loop moves."""
        self._asked[run] = time.monotonic()
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._cancel, run)

    def _cancel(self, run: Run) -> None:
        self._asked.pop(run, None)
        task = self._runs.get(run)
        if task is not None:
            task.cancel()

    def abandon(self, run: Run) -> str:
        """What it awaits; or what holds up the loop, which is retired then."""
        self.given_up[run] = run.what
        if run.left:  # in this very moment
            self.given_up.pop(run, None)
        asked = self._asked.get(run)
        if asked is not None and time.monotonic() - asked > BLOCKED_SECONDS:
            self._retired = True
            self._retire(self)
            return stack_of(self.thread)
        shown = io.StringIO()
        with contextlib.suppress(Exception):  # the loop may be changing what we read
            self._runs[run].print_stack(file=shown)
        return shown.getvalue()

    # Signs of life

    def probe(self, run: Run, answer: Answer) -> None:
        """Tell how long *run* has been quiet, once the loop has had its chance to run it."""
        question = _Question(answer)
        excused = partial(self._unanswered, run, question)
        self._timers.after(BLOCKED_SECONDS, excused)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._answered, run, question, _TURNS)

    def _answered(self, run: Run, question: _Question, turns: int) -> None:
        if turns:  # who was held up by somebody else goes on before it is looked at
            self._loop.call_soon(self._answered, run, question, turns - 1)
        else:
            question.answer(run.quiet)

    def _unanswered(self, run: Run, question: _Question) -> None:
        """The loop stands still: nobody is to blame but who holds it up, until it is retired."""
        culprit = self._running_now()
        excused = culprit not in (None, run) and not self._retired
        question.answer(0.0 if excused else run.quiet)

    def _running_now(self) -> Run | None:
        """Whose coroutine holds the loop's thread at this moment."""
        frame = frame_of(self.thread)
        while frame is not None:
            if frame.f_code is Run.execute_async.__code__:
                found: Run = frame.f_locals["self"]
                return found
            frame = frame.f_back
        return None

    def _main(self) -> None:
        try:
            while True:
                try:
                    self._loop.run_forever()
                except (SystemExit, KeyboardInterrupt) as error:
                    # A task of the user's own raised it; whoever awaits that task gets it too.
                    self._log.warning("exit_in_task", error=type(error).__name__)
                else:
                    break
        finally:
            self._loop.close()

    def _unheard(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._log.warning("unheard_in_loop", message=context.get("message", ""), error=repr(error))
