"""Threads that somebody lends run actors, and are rung before those of the pool."""

from __future__ import annotations

import threading

import pytest

from callboard.runtime.dispatchers.line import Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import Slot
from tests.live import LONG
from tests.runtime.dispatchers.players import Player, slots


class Bells:
    """A thread that may be lent as often as it is rung, and one of the pool's that sleeps."""

    def __init__(self, line: Line) -> None:
        self.line, self.lent, self.own = line, threading.Lock(), threading.Lock()
        for bell in (self.lent, self.own):
            bell.acquire()
        line.borrow(lambda: self.lent)
        line._asleep.append(self.own)  # pyright: ignore[reportPrivateUsage]

    @property
    def rung(self) -> str:
        """Who was, since it was asked."""
        names = {"lent": self.lent, "own": self.own}
        return " ".join(name for name, bell in names.items() if bell.acquire(blocking=False))


@pytest.fixture
def bells() -> Bells:
    return Bells(Line())


def test_a_thread_that_is_lent_is_rung_first_and_only_once_while_it_comes(bells: Bells) -> None:
    first, second = slots(bells.line, "first", "second")
    first.wake()
    assert bells.rung == "lent"
    second.wake()
    assert bells.rung == ""


def test_it_runs_who_is_ready_and_is_rung_again_afterwards(bells: Bells) -> None:
    line, threads = bells.line, list[threading.Thread]()
    after = Player("after", lambda _: threads.append(threading.current_thread()))
    before = Player("before", lambda _: later.wake())
    first, later = Slot(before, line.add), Slot(after, line.add)
    for player in (before, after):
        player.box.put(1)
    first.wake()
    assert bells.rung == "lent"

    line.come(lambda: False)
    assert threads == [threading.current_thread()]
    assert bells.rung == ""

    first.wake()
    assert bells.rung == "lent"


def test_where_nobody_lends_any_a_thread_of_the_pool_is_rung(bells: Bells) -> None:
    bells.line.borrow(lambda: None)
    bells.line.ring()
    assert bells.rung == "own"


def test_where_others_are_at_work_a_thread_of_the_pool_is_rung(bells: Bells) -> None:
    at_work = threading.Thread(target=bells.line.offer)
    at_work.start()
    at_work.join(LONG)
    bells.line.ring()
    assert bells.rung == "own"


def test_for_words_that_can_wait_it_leaves_behind_a_thread_of_the_pool_is_rung(
    bells: Bells,
) -> None:
    (patient,) = slots(bells.line, "patient")
    bells.line.offer()
    patient.nudge()
    bells.line.help(lambda: True)
    assert bells.rung == "own"


def test_only_a_thread_of_the_pool_is_told_to_end(bells: Bells) -> None:
    bells.line.end(1)
    assert bells.rung == "own"


def test_a_thread_that_was_lent_passes_on_what_tells_one_of_the_pool_to_end(bells: Bells) -> None:
    (first,) = slots(bells.line, "first")
    first.wake()
    bells.line.take()
    bells.line._ready.append(None)  # pyright: ignore[reportPrivateUsage]
    assert bells.rung == "lent"

    bells.line.come(lambda: False)

    assert bells.rung == "own"


def test_errands_are_run_although_threads_are_lent(pool: PoolDispatcher) -> None:
    bell, done = threading.Lock(), threading.Event()
    bell.acquire()
    pool.help.borrow(lambda: bell)
    pool.later(done.set)
    assert done.wait(LONG)
    pool.help.borrow(lambda: None)  # nobody comes by that bell
