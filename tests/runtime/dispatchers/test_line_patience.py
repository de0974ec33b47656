"""Whoever was only nudged lets others go first, and does not wait for ever."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from callboard.runtime.dispatchers import line as line_module
from callboard.runtime.dispatchers.line import PASSED, Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from tests.live import LONG, eventually
from tests.runtime.dispatchers.players import Player, slots


def order(line: Line, count: int) -> list[str]:
    taken = [line.take() for _ in range(count)]
    return [slot.actor.name for slot in taken if slot is not None]


def test_who_was_only_nudged_has_a_turn_when_nobody_else_waits_for_one() -> None:
    line = Line()
    patient, other, third = slots(line, "patient", "other", "third")
    patient.nudge()
    other.wake()
    third.wake()

    assert order(line, 3) == ["other", "third", "patient"]
    with pytest.raises(IndexError):
        line.take()


def test_those_who_can_wait_keep_their_order() -> None:
    line = Line()
    for slot in slots(line, "first", "second", "third"):
        slot.nudge()

    assert order(line, 3) == ["first", "second", "third"]


def test_who_was_nudged_and_is_woken_waits_no_more_and_has_one_turn() -> None:
    line = Line()
    patient, other = slots(line, "patient", "other")
    patient.nudge()
    patient.wake()
    patient.wake()
    other.wake()

    assert order(line, 2) == ["patient", "other"]
    with pytest.raises(IndexError):
        line.take()


def test_who_can_wait_does_not_wait_for_ever_where_others_are_always_ready() -> None:
    line = Line()
    patient, other = slots(line, "patient", "other")
    patient.nudge()

    def turns() -> Generator[str]:
        while True:
            other.wake()
            slot = line.take()
            assert slot is not None
            yield slot.actor.name
            slot.run()

    assert [name for name, _ in zip(turns(), range(PASSED + 1), strict=False)] == [
        *["other"] * PASSED,
        "patient",
    ]


def test_who_has_waited_long_enough_keeps_nobody_waiting_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_module, "PASSED", 0)
    line, bell = Line(), threading.Lock()
    bell.acquire()
    patient, other = slots(line, "patient", "other")
    sleeper = threading.Thread(target=line.rest, args=(bell, lambda: LONG))

    line.offer()  # so nobody is woken for these two
    sleeper.start()
    eventually(lambda: line._asleep)  # pyright: ignore[reportPrivateUsage]
    patient.nudge()
    other.wake()

    assert order(line, 1) == ["patient"]
    sleeper.join(LONG)
    assert not sleeper.is_alive()


def test_a_sleeping_thread_is_woken_for_who_can_wait(pool: PoolDispatcher) -> None:
    player = Player("patient")
    bell = pool.attach(player)
    player.box.put(1)
    bell.nudge()

    eventually(lambda: player.heard)


def test_a_thread_that_helps_runs_those_too_who_can_wait(pool: PoolDispatcher) -> None:
    ran = list[threading.Thread]()
    player = Player("patient", lambda _: ran.append(threading.current_thread()))
    pool.help.offer()
    player.box.put(1)
    pool.attach(player).nudge()
    pool.help.help(lambda: False)

    assert ran == [threading.current_thread()]
