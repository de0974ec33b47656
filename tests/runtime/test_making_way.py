"""Who computes in a thread, and looks up now and then, makes way for whoever was woken."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future

import pytest

from callboard import Context, GoalCancelled, Runtime, Task, agent, subtask
from callboard.runtime.dispatchers.waiting import wait
from callboard.runtime.executors import pulse
from callboard.runtime.executors.pulse import Pulse
from callboard.runtime.making_way import AGAIN, URGENT, Caller
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK

SWITCH = 0.5
"""Seconds after which Python takes its lock from who computes."""

COMMANDS = 20
"""All of them would take longer than `COMPUTING`, with `SWITCH` for each thread of each."""

COMPUTING = 4.0
"""Seconds after which the handler has done."""


@pytest.fixture(name="stubborn")
def stubborn_interpreter() -> Generator[None]:
    """Whoever computes keeps the interpreter until it lets go itself."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.fixture(name="ways")
def counted_ways(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """An entry for each time that somebody made way."""
    ways: list[None] = []
    monkeypatch.setattr(pulse, "make_way", lambda: ways.append(None))
    return ways


@pytest.fixture(name="somebody")
def somebody_woken() -> Generator[Caller]:
    """Somebody who has been woken, until it is here."""
    caller = Caller()
    caller.answered(Future())
    yield caller
    caller.here()


def callers() -> list[object]:
    """Those who are urgent."""
    return [one for one in URGENT if isinstance(one, Caller)]


@pytest.mark.usefixtures("stubborn")
def test_commands_overtake_a_handler_that_computes() -> None:
    begun, computing, told = threading.Event(), threading.Event(), threading.Event()

    @agent(skills=["general"])
    def computes(_: Task, ctx: Context) -> bool:
        begun.set()
        time.sleep(0.05)  # who waits for that is no caller of ours
        end = time.monotonic() + COMPUTING
        computing.set()
        while not told.is_set() and time.monotonic() < end:
            ctx.heartbeat()
        return told.is_set()

    with Runtime(QUICK) as runtime:
        runtime.register(computes)
        goal = runtime.submit([subtask("compute")])
        assert begun.wait(LONG)
        while not computing.is_set():
            runtime.health()
        for _ in range(COMMANDS):
            runtime.health()
        waiting = runtime.submit([subtask("wait")])
        waiting.cancel("not needed")
        with pytest.raises(GoalCancelled):
            waiting.result(LONG)
        told.set()
        assert goal.result(LONG) == {"compute": True}, "it had done before the commands"


@pytest.mark.usefixtures("stubborn")
def test_a_caller_is_urgent_from_the_answer_until_it_has_it() -> None:
    asked = threading.Event()

    class Watched(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            asked.set()
            return super().result(timeout)

    future = Watched()
    caller = threading.Thread(target=wait, args=[future, LONG])
    caller.start()
    assert asked.wait(LONG)
    assert not callers()
    future.set_result(1)
    assert len(callers()) == 1
    caller.join()
    assert not callers()


def test_nobody_makes_way_where_nobody_was_woken(ways: list[None]) -> None:
    URGENT.clear()
    Pulse(0.0).look_up()
    assert ways == []


@pytest.mark.usefixtures("somebody")
def test_an_attempt_makes_way_for_who_was_woken_and_not_again_at_once(
    ways: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    one, other = Pulse(0.0), Pulse(0.0)
    for looks, later in ((1, 0.0), (1, AGAIN / 2), (2, AGAIN)):
        now += later
        one.look_up()
        assert (len(ways), one.last) == (looks, now)
    other.look_up()
    assert len(ways) == 3, "each attempt has a turn of its own"


@pytest.mark.usefixtures("somebody")
def test_who_only_hears_that_it_is_alive_makes_no_way(ways: list[None]) -> None:
    Pulse(0.0).beat()
    assert ways == []


def test_who_waits_in_vain_is_waited_for_by_nobody() -> None:
    future: Future[int] = Future()
    with pytest.raises(TimeoutError):
        wait(future, 0.0)
    future.set_result(1)
    assert not callers()


def test_who_has_its_answer_is_waited_for_no_longer() -> None:
    future: Future[int] = Future()
    threading.Timer(0.01, future.set_result, [1]).start()
    assert wait(future, LONG) == 1
    assert wait(future, LONG) == 1
    assert not callers()


def test_a_runtime_leaves_nobody_behind() -> None:
    @agent(skills=["general"])
    def quick(task: Task) -> str:
        return task.name

    before = set(URGENT)
    with Runtime(QUICK) as runtime:
        runtime.register(quick)
        for _ in range(20):
            runtime.submit([subtask("a"), subtask("b")]).result(LONG)
    eventually(lambda: before >= URGENT)
