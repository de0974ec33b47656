"""Whoever asks gets an answer, an error, or a timeout; and none is kept for nobody."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from typing import Any

import pytest

from callboard.actors.logic.effects import Effect, Tell
from callboard.messages.commands import Done, Ping, Pong, Refused
from callboard.messages.errors import CallTimedOut, RuntimeClosed, UnknownAgent
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.running import InvalidCall
from callboard.messages.notices import DeadLetter
from callboard.runtime.calls import Call, Calls
from tests.actors.troupe import NOW, Troupe
from tests.live import LONG, eventually


@pytest.fixture
def troupe() -> Generator[Troupe]:
    made = Troupe()
    yield made
    made.close()


@pytest.fixture
def calls(troupe: Troupe) -> Calls:
    return Calls(troupe.post, troupe.dispatcher, LONG)


def now(call: Call[Any]) -> Any:
    return call.now()


def in_a_loop(call: Call[Any]) -> Any:
    async def main() -> Any:
        return await call

    coroutine: Coroutine[Any, Any, Any] = main()
    return asyncio.run(coroutine)


both_ways = pytest.mark.parametrize("way", [now, in_a_loop])
Way = Callable[[Call[Any]], Any]


def ping(here: str) -> Ping:
    return Ping(reply_to=here)


def asked(calls: Calls, seconds: float | None = None) -> Call[int]:
    return calls.ask("ping a", "a", ping, Pong, lambda pong: pong.state["n"], seconds)


def answering(answer: Any) -> Callable[[Ping], list[Effect]]:
    return lambda message: [Tell(message.reply_to, answer)]


@both_ways
def test_an_answer_is_made_into_what_the_caller_wants(
    troupe: Troupe, calls: Calls, way: Way
) -> None:
    troupe.play("a", answering(Pong(address="a", state={"n": 7})))

    assert way(asked(calls)) == 7


@both_ways
def test_a_refusal_is_the_error_that_it_tells_of(troupe: Troupe, calls: Calls, way: Way) -> None:
    troupe.play("a", answering(Refused(problem=problem_of(UnknownAgent("x")))))

    with pytest.raises(UnknownAgent, match="unknown agent 'x'"):
        way(asked(calls))


@both_ways
def test_an_error_in_the_making_of_it_is_the_callers(
    troupe: Troupe, calls: Calls, way: Way
) -> None:
    troupe.play("a", answering(Pong(address="a", state={})))

    with pytest.raises(KeyError, match="n"):
        way(asked(calls))


@both_ways
def test_another_answer_than_was_expected_is_the_end(
    troupe: Troupe, calls: Calls, way: Way
) -> None:
    troupe.play("a", answering(Done()))

    with pytest.raises(RuntimeClosed):
        way(asked(calls))


@both_ways
def test_no_answer_is_a_timeout_that_says_what_of(troupe: Troupe, calls: Calls, way: Way) -> None:
    troupe.play("a", lambda _: [])

    with pytest.raises(CallTimedOut, match=r"ping a: no answer within 0\.01 s"):
        way(asked(calls, 0.01))


@both_ways
def test_who_has_given_up_is_forgotten_and_a_late_answer_is_a_dead_letter(
    troupe: Troupe, calls: Calls, way: Way
) -> None:
    troupe.post.open_box("a")
    with pytest.raises(CallTimedOut):
        way(asked(calls, 0.0))
    assert troupe.post._callers == {}  # pyright: ignore[reportPrivateUsage]

    troupe.play("a", answering(Done()))

    reason = "the caller does not wait any more"
    letter = DeadLetter(at=NOW, to="caller/1", what="Done", reason=reason)
    assert eventually(lambda: troupe.witness.events) == [letter]


def test_a_cancelled_task_leaves_nothing_behind(troupe: Troupe, calls: Calls) -> None:
    troupe.post.open_box("a")

    async def main() -> None:
        task = asyncio.ensure_future(_awaited(asked(calls)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert troupe.post._callers == {}  # pyright: ignore[reportPrivateUsage]


async def _awaited(call: Call[Any]) -> Any:
    return await call


@both_ways
def test_what_others_wait_for_too_is_not_cancelled_by_who_gives_up(calls: Calls, way: Way) -> None:
    shared: Future[int] = Future()
    shared.set_running_or_notify_cancel()

    with pytest.raises(CallTimedOut):
        way(calls.call(shared, "it", 0.0))
    shared.set_result(5)

    assert way(calls.call(shared, "it", None)) == 5


@both_ways
def test_an_error_that_is_a_timeout_itself_is_told_as_it_is(calls: Calls, way: Way) -> None:
    future: Future[int] = Future()
    answer = CallTimedOut("something else", 3.0)
    future.set_exception(answer)

    with pytest.raises(CallTimedOut, match="something else"):
        way(calls.call(future, "it", LONG))


def test_waiting_without_a_limit_lasts_until_the_end(calls: Calls) -> None:
    future: Future[int] = Future()
    threading.Timer(0.01, lambda: future.set_result(1)).start()

    assert calls.call(future, "it", None).now() == 1


def test_an_answer_that_comes_when_the_loop_is_closed_disturbs_nobody(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    future: Future[int] = Future()
    future.set_running_or_notify_cancel()

    async def main() -> None:
        asyncio.ensure_future(_awaited(calls.call(future, "it", None)))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(main())
    future.set_result(1)

    assert caplog.records == []


def test_a_limit_is_a_number_of_seconds(calls: Calls) -> None:
    wrong: list[Any] = [-1, math.nan, math.inf, "5", True]

    for limit in wrong:
        with pytest.raises(InvalidCall, match="timeout must be a number of seconds"):
            calls.limit(limit)
    assert (calls.limit(None), calls.limit(0), calls.limit(2.5)) == (LONG, 0.0, 2.5)
