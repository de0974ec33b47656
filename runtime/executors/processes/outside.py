"""The runtime, as a handler in a worker process reaches it: questions over the pipe."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import msgspec

from callboard.messages.base import GoalId
from callboard.messages.errors.base import error_of
from callboard.messages.execution import Deliver
from callboard.messages.user import pack
from callboard.messages.values import Input, Lease, Parent, Payload, Plan, Subtask, unpack
from callboard.runtime.executors.agent_context import ANSWER_SECONDS
from callboard.runtime.executors.inputs import Results
from callboard.runtime.executors.processes.wire import (
    Answered,
    AskOut,
    Await,
    Called,
    Check,
    CountLetters,
    Frame,
    HandIn,
    Logged,
    PutLetterBack,
    SendOut,
    TakeLetter,
    Wish,
)

if TYPE_CHECKING:
    import structlog

Say = Callable[[Frame], None]


class Questions:
    """Questions to the runtime that wait for their answers.

    Args:
        say: Sends them.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._open: dict[int, tuple[Future[Any], Callable[[Payload], Any]]] = {}

    def ask(self, wish: Wish, convert: Callable[[Payload], Any] = unpack) -> Future[Any]:
        """The answer, some time, as *convert* makes it of the data."""
        return self.numbered(wish, convert)[1]

    def numbered(
        self, wish: Wish, convert: Callable[[Payload], Any] = unpack
    ) -> tuple[int, Future[Any]]:
        """The same, with the number of the call."""
        answer: Future[Any] = Future()
        with self._lock:
            number = next(self._numbers)
            self._open[number] = answer, convert
        self._say(Called(call=number, wish=wish))
        return number, answer

    def tell(self, wish: Wish) -> None:
        """Say something that has no answer."""
        self._say(Called(call=0, wish=wish))

    def answered(self, answer: Answered) -> None:
        """An answer has come."""
        with self._lock:
            future, convert = self._open.pop(answer.call)
        try:
            if answer.problem is not None:
                future.set_exception(error_of(answer.problem))
            else:
                future.set_result(convert(answer.value))
        except Exception as error:  # noqa: BLE001 - whoever asked is to know
            future.set_exception(error)


class RemoteServices:
    """The services of the runtime, asked for over the pipe."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def send(self, delivery: Deliver) -> None:
        """Deliver a message that wants no answer.

        Raises:
            UnknownAgent: There is no such agent.
        """
        self._questions.ask(SendOut(delivery=delivery)).result(ANSWER_SECONDS)

    def ask(self, delivery: Deliver) -> Future[Any]:
        """Deliver a message; the future has its answer."""
        return self._questions.ask(AskOut(delivery=delivery))

    def check_lease(self, lease: Lease) -> Future[None]:
        """Ask whether the lease is current; the future is done if it is."""
        return self._questions.ask(Check(lease=lease))

    def submit(self, goal: object, *, parent: Parent | None, **options: object) -> Future[Any]:
        """Hand in a goal; the future has it once it is accepted.

        Raises:
            NotEncodable: It cannot be sent to the runtime as it is.
        """
        wish = HandIn(
            goal=pack(goal, what="the goal"),
            form=_form(goal),
            options=pack(options, what="what is said of the goal"),
            parent=parent,
        )
        return self._questions.ask(wish, lambda goal: RemoteGoal(unpack(goal), self._questions))


class RemoteGoal:
    """A goal that a handler in a worker process has handed in.

    Attributes:
        id: Names the goal.
    """

    def __init__(self, goal: GoalId, questions: Questions) -> None:
        self.id = goal
        self._questions = questions
        self._results = Results(())

    @cached_property
    def ending(self) -> Future[None]:
        """Done when the goal has ended; raises as `result` does."""
        return self._questions.ask(Await(goal=self.id), self._keep)

    def result(self, timeout: float | None = None) -> Mapping[str, Any]:
        """The results of its subtasks by name and uuid; at once where it has ended."""
        self.ending.result(timeout)
        return self._results

    def _keep(self, results: Payload) -> None:
        self._results = Results(_inputs(results.data))


class RemoteInbox:
    """The agent's inbox, which is the runtime's."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._taken: WeakKeyDictionary[Future[Deliver], int] = WeakKeyDictionary()

    def __len__(self) -> int:
        """How many messages wait."""
        count: int = self._questions.ask(CountLetters()).result(ANSWER_SECONDS)
        return count

    def take(self) -> Future[Deliver]:
        """The next message, as soon as there is one; to be put back if nobody reads it."""
        number, letter = self._questions.numbered(TakeLetter(), _letter)
        self._taken[letter] = number
        return letter

    def take_now(self) -> Deliver | None:
        """The next message, if there is one."""
        found: Deliver | None = self._questions.ask(TakeLetter(now=True), _letter).result(
            ANSWER_SECONDS
        )
        return found

    def put_back(self, future: Future[Deliver]) -> None:
        """The reader has given up; the runtime knows whether a letter had been sent."""
        taken = self._taken.pop(future, None)
        if taken is not None:
            self._questions.tell(PutLetterBack(taken=taken))


class RemoteLog:
    """A logger whose lines the runtime writes; structlog is loaded with the first one."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def bind(self, **ids: object) -> structlog.stdlib.BoundLogger:
        """A logger that adds the ids to every line."""
        import structlog  # noqa: PLC0415 - 100 ms that few workers need

        bound: structlog.stdlib.BoundLogger = structlog.wrap_logger(
            None,
            processors=[structlog.processors.format_exc_info, self._ship],
            wrapper_class=structlog.stdlib.BoundLogger,
            context_class=dict,
        )
        return bound.bind(**ids)

    def warning(self, event: str, **fields: object) -> None:
        """A line of ours."""
        self.bind().warning(event, **fields)

    def _ship(self, _: object, level: str, fields: Any) -> Any:  # noqa: ANN401 - structlog's
        import structlog  # noqa: PLC0415 - loaded by now

        plain = {name: _plain(value) for name, value in fields.items() if name != "event"}
        event = str(fields.get("event", ""))
        self._say(Logged(level=level, event=event, fields=pack(plain, what="a log line")))
        raise structlog.DropEvent


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


# Made here and not where they are used: see `callboard.messages.values`.
_inputs = msgspec.msgpack.Decoder(list[Input]).decode
_letters: msgspec.msgpack.Decoder[Deliver | None] = msgspec.msgpack.Decoder(Deliver | None)


def _letter(letter: Payload) -> Deliver | None:
    return _letters.decode(letter.data)


def _form(goal: object) -> str:
    if isinstance(goal, Plan):
        return "plan"
    listed = cast("list[object]", goal) if isinstance(goal, list | tuple) else []
    return "subtasks" if listed and all(isinstance(s, Subtask) for s in listed) else "data"
