"""How somebody outside asks the runtime and gets an answer, or an error, in time."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from callboard.messages.commands import Done, Refused
from callboard.messages.errors.base import error_of
from callboard.messages.errors.running import CallTimedOut, RuntimeClosed
from callboard.runtime.doors import Visitor
from callboard.runtime.executors.waiting import not_negative, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from callboard.actors.ports import Dispatcher
    from callboard.actors.post import Post
    from callboard.messages.base import Address, Message
    from callboard.runtime.doors import Door

T = TypeVar("T")
R = TypeVar("R", bound="Message")


class Call(Generic[T]):
    """A question that was asked; there are two ways to wait for its answer.

    Args:
        future: Has the answer or the error, some time.
        what: How a timeout names it.
        seconds: How long it is waited for; None where its end is certain.
        dispatcher: Knows how to wait.
        visitor: The call at the door, if it went through one.
    """

    def __init__(
        self,
        future: Future[T],
        what: str,
        seconds: float | None,
        dispatcher: Dispatcher,
        visitor: Visitor | None = None,
    ) -> None:
        self.future = future
        self._what = what
        self._seconds = seconds
        self._dispatcher = dispatcher
        self._visitor = visitor

    def now(self) -> T:
        """The answer; blocks until it is there.

        Raises:
            CallTimedOut: There is none in time; what was asked may still happen.
            Overloaded: It was not even let in within that time, and has not happened.
        """
        try:
            return self._dispatcher.wait(self.future, self._seconds)
        except TimeoutError:  # of the wait, or the answer itself
            return self._late()

    def __await__(self) -> Generator[Any, None, T]:
        """The same as `now`, without blocking the event loop."""
        return self._awaited().__await__()

    async def _awaited(self) -> T:
        try:
            await settled(self.future, self._seconds)
        except asyncio.CancelledError:
            self.future.cancel()
            raise
        return self._late()

    def _late(self) -> T:
        # Nobody can cancel what others wait for too, nor what has come in this very moment.
        if not self.future.cancel() and self.future.done():
            return self.future.result()
        # Cancelled, then looked: who is not inside now will never be.
        outside = None if self._visitor is None else self._visitor.why
        if outside is not None:
            raise outside
        raise CallTimedOut(self._what, math.inf if self._seconds is None else self._seconds)


class Calls:
    """Commands with an answer; every wait for one has an end.

    Args:
        post: Brings them.
        dispatcher: Knows how to wait.
        seconds: How long an answer is waited for, unless a call says otherwise.
    """

    def __init__(self, post: Post, dispatcher: Dispatcher, seconds: float) -> None:
        self._post = post
        self._dispatcher = dispatcher
        self._seconds = seconds

    def limit(self, timeout: float | None) -> float:
        """Seconds that a call may take: *timeout*, or the usual ones for None.

        Raises:
            InvalidCall: It is no number of seconds.
        """
        return self._seconds if timeout is None else not_negative("timeout", timeout)

    def begin(
        self,
        to: Address,
        make: Callable[[Address], Message],
        answer: type[R],
        convert: Callable[[R], T],
    ) -> Future[T]:
        """Send a command; the future has what *convert* makes of its *answer*.

        Args:
            to: Who is asked.
            make: Makes the command from the address that its answer goes to.
            answer: What is expected.
            convert: Makes of it what the caller gets.

        The future raises the error of a refusal, or what *convert* raises. Cancelled, it
        leaves what was asked as it is, and its answer becomes a dead letter.
        """
        result: Future[T] = Future()
        self._send(result, to, make, answer, convert)
        return result

    def _send(
        self,
        result: Future[T],
        to: Address,
        make: Callable[[Address], Message],
        answer: type[R],
        convert: Callable[[R], T],
    ) -> None:
        here = self._post.expect_for(_Reply(result, answer, convert))
        # Mostly there is nothing left to forget; to ask whether it was given up takes longer.
        result.add_done_callback(lambda _: self._post.forget(here))
        self._post.tell(to, make(here))

    def visit(  # noqa: PLR0913 - what `begin` takes, and where it waits
        self,
        what: str,
        to: Address,
        make: Callable[[Address], Message],
        answer: type[R],
        convert: Callable[[R], T],
        *,
        door: Door,
        subtasks: int = 0,
    ) -> Call[T]:
        """Send a command as soon as the door lets it in.

        Args:
            what: How a timeout or a refusal names it.
            to: As for `begin`.
            make: As for `begin`.
            answer: As for `begin`.
            convert: As for `begin`.
            door: Lets it in, now or later, or refuses it.
            subtasks: That the command brings.
        """
        result: Future[T] = Future()
        send = partial(self._send, result, to, make, answer, convert)
        visitor = Visitor(what, result, send, subtasks)
        door.admit(visitor)
        return Call(result, what, self._seconds, self._dispatcher, visitor)

    def call(self, future: Future[T], what: str, seconds: float | None) -> Call[T]:
        """A future as something that can be waited for, for so many seconds or to its end."""
        return Call(future, what, seconds, self._dispatcher)

    def answered(self, value: T) -> Call[T]:
        """A question whose answer was known."""
        future: Future[T] = Future()
        future.set_result(value)
        return self.call(future, "", None)

    def ask(  # noqa: PLR0913, PLR0917 - what `begin` takes and how it is waited for
        self,
        what: str,
        to: Address,
        make: Callable[[Address], Message],
        answer: type[R],
        convert: Callable[[R], T],
        seconds: float | None = None,
    ) -> Call[T]:
        """Send a command, to be waited for; see `begin` and `Call`."""
        limit = self._seconds if seconds is None else seconds
        return self.call(self.begin(to, make, answer, convert), what, limit)

    def command(
        self,
        what: str,
        to: Address,
        make: Callable[[Address], Message],
        seconds: float | None = None,
    ) -> Call[None]:
        """Send a command whose answer is that it is done."""
        return self.ask(what, to, make, Done, lambda _: None, seconds)


class _Reply(Generic[R, T]):
    """Where the post puts an answer: what is made of it goes into the caller's future."""

    __slots__ = ("_answer", "_convert", "_result")

    def __init__(self, result: Future[T], answer: type[R], convert: Callable[[R], T]) -> None:
        self._result = result
        self._answer = answer
        self._convert = convert

    def set_result(self, reply: Message, /) -> None:
        """Pass the answer on.

        Raises:
            InvalidStateError: The caller has given up.
        """
        result = self._result
        if not result.set_running_or_notify_cancel():
            raise InvalidStateError
        try:
            value = self._convert(_checked(reply, self._answer))
        except BaseException as error:  # noqa: BLE001 - the caller's, wherever it is
            result.set_exception(error)
        else:
            result.set_result(value)


def _checked(reply: Message, answer: type[R]) -> R:
    if isinstance(reply, answer):
        return reply
    if isinstance(reply, Refused):
        raise error_of(reply.problem)
    raise RuntimeClosed
