"""One call of a user's code: it ends once, or is given up once.

Where it runs, on a thread or on the event loop, is `thread.py`'s and `coroutine.py`'s.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from callboard.messages.errors.data import NotEncodable
from callboard.messages.errors.endings import AgentLost, AttemptCancelled
from callboard.messages.values import Problem
from callboard.runtime.executors.cancellation import Cancellation
from callboard.runtime.executors.problems import as_cause, problem_from

if TYPE_CHECKING:
    import structlog


@dataclass(frozen=True, slots=True)
class Returned:
    """The code has returned."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The code has raised an `Exception`."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Crashed:
    """The code has raised what is not an `Exception`."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Stopped:
    """The code has ended, somehow, after it was told to."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The code has not ended in time; what it does from now on is not heard."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Killed:
    """The code has not ended in time after it was told to; its process was killed."""

    problem: Problem


Answer: TypeAlias = Callable[[float | None], None]
"""Told for how many seconds the code was quiet, or None."""

Outcome: TypeAlias = Returned | Raised | Crashed | Stopped | GivenUp | Killed


class Run:
    """One call of a user's code.

    Args:
        agent: Whose code it is.
        what: Names the call in log lines and in the list of abandoned threads.
        settle: Told the outcome, once, on any thread; quick, and never raises.
        log: Hears of an end that comes after the run was given up.

    Attributes:
        cancellation: Tells the code to stop.
        done: Set when there is an outcome.
        left: Whether the code has ended, heard or not.
        pulse: When the code gave a sign of life.
    """

    def __init__(
        self,
        *,
        agent: str,
        what: str,
        settle: Callable[[Outcome], None],
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self.agent, self.what = agent, what
        self.cancellation = Cancellation()
        self.done = threading.Event()
        self.left = False
        self.pulse = self.cancellation.pulse
        self.interrupt: Callable[[], None] = _nothing  # set by who carries the run
        self.probe: Callable[[Answer], None] = self._answer
        self.returned: Callable[[], None] = _nothing  # told when it ends after it was given up
        self.abandon: Callable[[], str] = _no_trace
        self._settle = settle
        self._log = log
        self._once = threading.Lock()

    @property
    def quiet(self) -> float | None:
        """Seconds since the code's last sign of life; None where it has ended."""
        return None if self.left else self.pulse.quiet

    def look(self, answer: Answer) -> None:
        """Tell how quiet the code has been; soon, on any thread."""
        self.probe(answer)

    def execute(self, call: Callable[[], Any]) -> None:
        """Call the code, and settle what comes of it."""
        if self.cancellation:
            self.leave(Stopped())
            return
        try:
            outcome = self._returned(settled_value(call(), self.what))
        except BaseException as error:  # noqa: BLE001 - nothing of the user's goes further
            outcome = self._raised(error)
        self.leave(outcome)

    async def execute_async(self, call: Callable[[], Awaitable[Any]]) -> None:
        """Await the code, and settle what comes of it."""
        try:
            outcome = self._returned(await call())
        except BaseException as error:  # noqa: BLE001 - nothing of the user's goes further
            outcome = self._raised(error)
        self.leave(outcome)

    def leave(self, outcome: Outcome) -> None:
        """The code has ended; only a line tells of it where the run was given up before."""
        self.left = True
        if not self._end(outcome):
            self.done.wait()  # until whoever gave it up has said so
            self._log.warning("late_end", what=self.what, outcome=type(outcome).__name__)
            self.returned()

    def stop(self, reason: str) -> None:
        """Tell the code to stop."""
        self.cancellation.set(reason)
        self.interrupt()

    def give_up(self, why: str) -> bool:
        """Wait for the code no longer; False where it has ended before."""
        if not self._once.acquire(blocking=False):
            return False
        where = Problem(error="", text="", traceback=self.abandon())
        self._settle(GivenUp(as_cause(AgentLost(self.agent, why), where)))
        self.done.set()
        return True

    def _answer(self, answer: Answer) -> None:
        answer(self.quiet)

    def _end(self, outcome: Outcome) -> bool:
        if not self._once.acquire(blocking=False):
            return False
        self._settle(outcome)
        self.done.set()
        return True

    def _returned(self, value: object) -> Outcome:
        return Stopped() if self.cancellation else Returned(value)

    def _raised(self, error: BaseException) -> Outcome:
        expected = isinstance(error, AttemptCancelled) or _is_asyncios(error)
        if expected and self.cancellation:
            return Stopped()
        problem = problem_from(error)
        if not isinstance(error, Exception) and not expected:
            return Crashed(problem)
        if self.cancellation:
            self._log.warning("failed_after_stop", what=self.what, problem=problem.text)
            return Stopped()
        return Raised(problem)


def _is_asyncios(error: BaseException) -> bool:
    """Whether it is asyncio's way to cancel; not loaded, it can have raised nothing."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)


def settled_value(value: object, what: str) -> object:
    """The value that code which is not async returned.

    Raises:
        NotEncodable: It is a coroutine that nobody would await.
    """
    if inspect.iscoroutine(value):
        value.close()
        raise NotEncodable(what, "it is a coroutine; declare the handler with `async def`")
    return value


def _nothing() -> None:
    pass


def _no_trace() -> str:
    return ""
