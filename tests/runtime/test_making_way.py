"""Who computes in a thread, and looks up now and then, makes way for whoever was woken."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from callboard import Context, GoalCancelled, Runtime, Task, agent, subtask
from callboard.runtime import making_way
from callboard.runtime.dispatchers.waiting import wait
from callboard.runtime.executors.pulse import Pulse
from callboard.runtime.making_way import AGAIN, MOMENT, URGENT, Callers, make_way
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


@pytest.fixture(name="naps")
def taken_naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long somebody slept, each time that they made way."""
    naps: list[float] = []
    monkeypatch.setattr(making_way, "time", SimpleNamespace(sleep=naps.append))
    return naps


@pytest.fixture(name="somebody")
def somebody_woken() -> Generator[None]:
    """Somebody has been woken, and is not here yet."""
    callers = Callers()
    callers.come()
    callers.answered(None)
    yield
    callers.go()


def in_a_thread(work: Callable[..., None], *given: float) -> None:
    """Have a new one do that."""
    thread = threading.Thread(target=work, args=given)
    thread.start()
    thread.join(LONG)


def callers() -> list[object]:
    """Those who are urgent."""
    return [one for one in URGENT if isinstance(one, Callers)]


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


def test_nobody_makes_way_where_nobody_was_woken(naps: list[float]) -> None:
    URGENT.clear()
    Pulse().look_up()
    assert naps == []


@pytest.mark.usefixtures("somebody")
def test_who_only_hears_that_it_is_alive_makes_no_way(naps: list[float]) -> None:
    Pulse().beat()
    assert naps == []


@pytest.mark.usefixtures("somebody")
def test_of_all_that_runs_on_a_thread_somebody_makes_way_now_and_then(naps: list[float]) -> None:
    def looks() -> None:
        for pulse in [Pulse() for _ in range(2_000)]:
            pulse.look_up()

    began = time.monotonic()
    in_a_thread(looks)
    most = (time.monotonic() - began) / AGAIN
    assert 1 <= len(naps) <= 1 + most
    assert set(naps) == {MOMENT}


def test_each_thread_makes_way_once_in_a_while(naps: list[float]) -> None:
    def at(*moments: float) -> None:
        for now in moments:
            make_way(now)

    in_a_thread(at, 100.0, 100.0 + AGAIN / 2, 100.0 + 2 * AGAIN)
    assert len(naps) == 2
    in_a_thread(at, 100.0)
    assert len(naps) == 3


def test_who_waits_in_vain_is_waited_for_by_nobody() -> None:
    future: Future[int] = Future()
    with pytest.raises(TimeoutError):
        wait(future, 0.0)
    future.set_result(1)
    assert not callers()


def test_to_ask_again_and_again_leaves_nothing_behind() -> None:
    noted: list[object] = []

    class Watched(Future[int]):
        def add_done_callback(self, fn: Callable[[Future[int]], object]) -> None:
            noted.append(fn)
            super().add_done_callback(fn)

    future = Watched()
    for _ in range(10):
        with pytest.raises(TimeoutError):
            wait(future, 0.0)
    assert len(noted) == 1


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
