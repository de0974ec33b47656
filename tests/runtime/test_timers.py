"""Timers go off in order, once, and wake for nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from functools import partial

import pytest

from callboard.runtime.timers import ThreadTimers
from tests.live import LONG, eventually, unhandled

Strays = Callable[[], set[threading.Thread]]


@pytest.fixture
def timers(strays: Strays) -> Generator[ThreadTimers]:
    assert not strays()  # it looks before any thread is made
    made = ThreadTimers()
    yield made
    made.close()


def test_calls_come_in_the_order_in_which_they_are_due(timers: ThreadTimers) -> None:
    called: list[float] = []
    all_set = threading.Event()
    timers.after(-99.0, lambda: called.append(all_set.wait(LONG)))

    for number, seconds in enumerate([-10.0, -30.0, -20.0, -30.0]):
        timers.after(seconds, partial(called.append, number))
    all_set.set()

    assert eventually(lambda: called[4:] and called) == [True, 1, 3, 2, 0]


def test_no_call_comes_too_early(timers: ThreadTimers) -> None:
    done = threading.Event()
    began = time.monotonic()

    timers.after(0.02, done.set)

    assert done.wait(LONG)
    assert time.monotonic() - began >= 0.02


def test_a_call_that_is_due_earlier_does_not_wait_for_a_later_one(timers: ThreadTimers) -> None:
    done = threading.Event()

    timers.after(3600.0, lambda: None)
    timers.after(0.0, done.set)

    assert done.wait(LONG)


def test_a_call_may_ask_for_another_one(timers: ThreadTimers) -> None:
    done = threading.Event()

    timers.after(0.0, lambda: timers.after(0.0, done.set))

    assert done.wait(LONG)


def test_there_may_be_many_of_them(timers: ThreadTimers) -> None:
    called: list[int] = []
    count = 20_000

    for number in range(count):
        timers.after(number % 7 / 1000, partial(called.append, number))

    eventually(lambda: len(called) == count)
    assert sorted(called) == list(range(count))
    assert [n for n in called if n % 7 == 6] == list(range(6, count, 7))


def test_a_call_that_raises_is_shown_and_silences_no_other(
    timers: ThreadTimers, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = unhandled(monkeypatch)
    done = threading.Event()

    def bad() -> None:
        raise SystemExit

    timers.after(0.0, bad)
    timers.after(0.001, done.set)

    assert done.wait(LONG)
    assert [type(error) for error in shown] == [SystemExit]


def test_nobody_is_called_once_they_are_closed(timers: ThreadTimers, strays: Strays) -> None:
    called: list[str] = []
    timers.after(0.02, lambda: called.append("before"))

    timers.close()
    timers.after(0.0, lambda: called.append("after"))

    assert (called, strays()) == ([], set())


def test_closing_twice_or_from_within_a_call_does_no_harm(
    timers: ThreadTimers, strays: Strays
) -> None:
    done = threading.Event()

    def end() -> None:
        timers.close()
        done.set()

    timers.after(0.0, end)

    assert done.wait(LONG)
    timers.close()
    eventually(lambda: not strays())


def test_there_is_no_thread_before_the_first_call(timers: ThreadTimers, strays: Strays) -> None:
    assert strays() == set()

    timers.after(3600.0, lambda: None)

    assert [thread.name for thread in strays()] == ["callboard-timers"]


def test_the_thread_wakes_for_nothing_but_its_calls(
    timers: ThreadTimers, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float | None] = []
    wait = threading.Condition.wait

    def counted(self: threading.Condition, timeout: float | None = None) -> bool:
        if threading.current_thread().name == "callboard-timers":
            slept.append(timeout)
        return wait(self, timeout)

    monkeypatch.setattr(threading.Condition, "wait", counted)
    done = threading.Event()

    timers.after(0.01, done.set)
    timers.after(3600.0, lambda: None)  # due later: no reason to wake
    assert done.wait(LONG)
    eventually(lambda: len(slept) == 2)
    threading.Event().wait(0.05)

    assert len(slept) == 2
