"""One call of a user's code: it ends once, or is given up once.

Where it runs, on a thread or on the event loop, is `thread.py`'s and `coroutine.py`'s.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from callboard.messages.errors.endings import AgentLost, AttemptCancelled
from callboard.messages.values import Problem
from callboard.runtime.executors.cancellation import Cancellation
from callboard.runtime.executors.problems import as_cause, problem_from
from callboard.runtime.executors.pulse import Pulse

if TYPE_CHECKING:
    import structlog


class Returned(msgspec.Struct, frozen=True):
    """The code has returned."""

    value: Any


class Raised(msgspec.Struct, frozen=True):
    """The code has raised an `Exception`."""

    problem: Problem


class Crashed(msgspec.Struct, frozen=True):
    """The code has raised what is not an `Exception`."""

    problem: Problem


class Stopped(msgspec.Struct, frozen=True):
    """The code has ended, somehow, after it was told to."""


class GivenUp(msgspec.Struct, frozen=True):
    """The code has not ended in time; what it does from now on is not heard."""

    problem: Problem


class Killed(msgspec.Struct, frozen=True):
    """The code has not ended in time after it was told to; its process was killed."""

    problem: Problem


Answer: TypeAlias = Callable[[float | None], None]
"""Told for how many seconds the code was quiet, or None."""

Outcome: TypeAlias = Returned | Raised | Crashed | Stopped | GivenUp | Killed


_making = threading.Lock()


class Carrier:
    """Who has runs in hand, as far as it can do something about them: this one cannot."""

    __slots__ = ()

    def interrupt(self, run: Run) -> None:
        """Have the code hear that it is to stop; quick, on any thread."""

    def abandon(self, run: Run) -> str:
        """Nobody waits for the code any more; what it does at this moment, if that is known."""
        del run
        return ""

    def probe(self, run: Run, answer: Answer) -> None:
        """Tell how quiet the code has been; soon, on any thread."""
        answer(run.quiet)


_NOBODY = Carrier()


class Run:
    """One call of a user's code; its subclasses say of which.

    Args:
        agent: Whose code it is.
        log: Hears of an end that comes after the run was given up.

    Attributes:
        begun: Whether its turn has come; who has it wait in a line of ours says so.
        left: Whether the code has ended, heard or not.
        carrier: Who has it in hand, where that one can do something about it.
    """

    begun = True
    carrier: Carrier = _NOBODY

    def __init__(self, agent: str, log: structlog.stdlib.BoundLogger) -> None:
        self.agent = agent
        self.left = False
        self._log = log
        self._began = time.monotonic()
        self._cancellation: Cancellation | None = None
        self._once = threading.Lock()
        self._told = False
        self._awaited: threading.Event | None = None  # only where somebody waits for the end

    @property
    def what(self) -> str:
        """Names the call in log lines and in the list of abandoned threads."""
        raise NotImplementedError

    def settle(self, outcome: Outcome) -> None:
        """Hear the outcome, once, on any thread; quick, and never raises."""
        raise NotImplementedError

    def returned(self) -> None:
        """Hear that the code has ended after it was given up."""

    @property
    def over(self) -> bool:
        """Whether it has ended, or was given up."""
        return self._once.locked()

    @property
    def cancellation(self) -> Cancellation:
        """Tells the code to stop; made when somebody asks for it."""
        made = self._cancellation
        if made is None:
            with _making:
                made = self._cancellation = self._cancellation or Cancellation(self._began)
        return made

    @property
    def stopped(self) -> bool:
        """Whether the code was told to stop."""
        made = self._cancellation
        return made is not None and bool(made)

    @property
    def pulse(self) -> Pulse:
        """When the code gave a sign of life."""
        return self.cancellation.pulse

    @property
    def silence(self) -> float:
        """Seconds since the code's last sign of life; 0 before it has begun: it waits for us."""
        return min(self.pulse.quiet, time.monotonic() - self._began) if self.begun else 0.0

    @property
    def quiet(self) -> float | None:
        """The same; None where it has ended."""
        return None if self.left else self.silence

    def look(self, answer: Answer) -> None:
        """Tell how quiet the code has been; soon, on any thread."""
        self.carrier.probe(self, answer)

    def begin(self) -> None:
        """It has waited in line until now, and that was not the code's doing."""
        self._began = time.monotonic()
        self.begun = True

    def execute(self, call: Callable[[], Any]) -> None:
        """Call the code, and settle what comes of it."""
        self.leave(self.outcome(call))

    def outcome(self, call: Callable[[], Any]) -> Outcome:
        """Call the code; what comes of it is not settled yet."""
        if self._cancellation is not None and self.stopped:
            return Stopped()
        try:
            return self._returned(call())
        except BaseException as error:  # noqa: BLE001 - nothing of the user's goes further
            return self._raised(error)

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
        if self._once.acquire(False):  # noqa: FBT003 - by its name it takes twice as long
            self._settled(outcome)
            return
        self.wait(None)  # until whoever gave it up has said so
        self._log.warning("late_end", what=self.what, outcome=type(outcome).__name__)
        self.returned()

    def let_go(self) -> None:
        """Nobody carries it any more; else it and who did would keep each other alive."""
        self.carrier = _NOBODY

    def stop(self, reason: str) -> None:
        """Tell the code to stop."""
        self.cancellation.set(reason)
        self.carrier.interrupt(self)

    def give_up(self, why: str) -> bool:
        """Wait for the code no longer; False where it has ended before."""
        if not self._once.acquire(blocking=False):
            return False
        where = Problem(error="", text="", traceback=self.carrier.abandon(self))
        self._settled(GivenUp(as_cause(AgentLost(self.agent, why), where)))
        return True

    def wait(self, seconds: float | None) -> None:
        """Wait until there is an outcome, or so long."""
        with _making:
            awaited = self._awaited = self._awaited or threading.Event()
        if not self._told:  # noted, then looked: whoever settles it now sees us
            awaited.wait(seconds)

    def _settled(self, outcome: Outcome) -> None:
        self.settle(outcome)
        self._told = True
        if self._awaited is not None:
            self._awaited.set()

    def _returned(self, value: object) -> Outcome:
        told = self._cancellation is not None and self.stopped
        return Stopped() if told else Returned(value)

    def _raised(self, error: BaseException) -> Outcome:
        expected = isinstance(error, AttemptCancelled) or _is_asyncios(error)
        if expected and self.stopped:
            return Stopped()
        problem = problem_from(error)
        if not isinstance(error, Exception) and not expected:
            return Crashed(problem)
        if self.stopped:
            self._log.warning("failed_after_stop", what=self.what, problem=problem.text)
            return Stopped()
        return Raised(problem)


class ToldRun(Run):
    """A run that tells somebody what comes of it.

    Args:
        what: Names the call.
        settle: Told the outcome, once, on any thread; quick, and never raises.
    """

    def __init__(
        self,
        *,
        agent: str,
        what: str,
        settle: Callable[[Outcome], None],
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        super().__init__(agent, log)
        self._what = what
        self._settle = settle

    @property
    def what(self) -> str:
        """As it was given."""
        return self._what

    def settle(self, outcome: Outcome) -> None:
        """Tell it."""
        self._settle(outcome)


def _is_asyncios(error: BaseException) -> bool:
    """Whether it is asyncio's way to cancel; not loaded, it can have raised nothing."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)
