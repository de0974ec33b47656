"""Who runs an actor that has become ready, and who is woken for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from threading import get_ident

import pytest

from callboard.runtime.dispatchers.line import VISIT, Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import Slot
from callboard.runtime.making_way import URGENT
from tests.live import LONG, eventually
from tests.runtime.dispatchers.players import Player, tell


class Busy:
    """Keeps the only thread of a pool in a turn until it is left alone."""

    def __init__(self, pool: PoolDispatcher) -> None:
        self.leave = threading.Event()
        player = Player("busy", lambda _: _wait(self.leave))
        tell(pool, player)()
        eventually(lambda: player.turns)


def doing(*calls: Callable[[], None]) -> Callable[[int], None]:
    def take(_: int) -> None:
        for call in calls:
            call()

    return take


def test_who_is_woken_in_a_turn_is_run_by_the_same_thread(pool: PoolDispatcher) -> None:
    threads: list[tuple[str, threading.Thread]] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: threads.append((name, threading.current_thread()))

    third = tell(pool, Player("third", doing(note("third"))))
    second = tell(pool, Player("second", doing(note("second"), third)))
    # It takes its time, which would be enough for another thread.
    tell(pool, Player("first", doing(note("first"), second, lambda: time.sleep(0.02))))()

    eventually(lambda: len(threads) == 3)
    assert [name for name, _ in threads] == ["first", "second", "third"]
    assert len({thread for _, thread in threads}) == 1


def test_of_two_that_are_woken_in_a_turn_none_waits_for_the_other(pool: PoolDispatcher) -> None:
    go_on, quick = threading.Event(), Player("quick")
    tell_slow = tell(pool, Player("slow", lambda _: _wait(go_on)))
    tell_quick = tell(pool, quick)

    tell(pool, Player("first", doing(tell_slow, tell_quick)))()

    eventually(lambda: quick.heard)
    go_on.set()


def test_a_thread_that_has_offered_it_runs_whom_it_wakes() -> None:
    pool, ran = PoolDispatcher(1), list[threading.Thread]()
    busy, line = Busy(pool), pool.help
    player = Player(take=lambda _: ran.append(threading.current_thread()))

    line.offer()
    tell(pool, player)()
    line.help(lambda: False)

    assert ran == [threading.current_thread()]
    busy.leave.set()
    assert pool.close(LONG) == []


def test_whom_it_wakes_in_these_turns_it_runs_as_well(pool: PoolDispatcher) -> None:
    ran = list[threading.Thread]()
    second = tell(pool, Player("second", lambda _: ran.append(threading.current_thread())))

    pool.help.offer()
    tell(pool, Player("first", lambda _: second()))()
    pool.help.help(lambda: False)

    assert ran == [threading.current_thread()]


def test_where_it_has_something_else_to_do_others_run_them(pool: PoolDispatcher) -> None:
    ran = list[str]()
    player = Player(take=lambda _: ran.append(threading.current_thread().name))

    pool.help.offer()
    tell(pool, player)()
    pool.help.help(lambda: True)

    eventually(lambda: ran)
    assert ran[0].startswith("callboard-pool")


def test_it_helps_for_so_many_turns_and_no_longer(pool: PoolDispatcher) -> None:
    over, here = threading.Event(), threading.current_thread()
    ours = list[bool]()

    def take(_: int) -> None:
        ours.append(threading.current_thread() is here)
        if not over.is_set():
            restless.box.put(1)

    restless = Player("restless", take)
    pool.help.offer()
    tell(pool, restless)()
    pool.help.help(lambda: False)

    eventually(lambda: len(ours) > VISIT)
    over.set()
    assert ours[: VISIT + 1] == [True] * VISIT + [False]


def test_after_its_offer_has_ended_it_runs_nobody_any_more(pool: PoolDispatcher) -> None:
    ran = list[str]()
    pool.help.offer()
    pool.help.help(lambda: False)

    tell(pool, Player(take=lambda _: ran.append(threading.current_thread().name)))()

    eventually(lambda: ran)
    assert ran[0].startswith("callboard-pool")


def broken() -> bool:
    raise ZeroDivisionError


def test_whoever_helps_and_is_thrown_out_leaves_the_rest_to_others(pool: PoolDispatcher) -> None:
    ran = list[str]()
    player = Player(take=lambda _: ran.append(threading.current_thread().name))
    pool.help.offer()
    tell(pool, player)()
    with pytest.raises(ZeroDivisionError):
        pool.help.help(broken)
    eventually(lambda: len(ran) == 1)

    tell(pool, player)()  # and nobody expects it to look any more

    eventually(lambda: len(ran) == 2)


def test_who_helps_leaves_alone_what_tells_a_thread_of_the_pool_to_end() -> None:
    line = Line()
    line.end(1)

    line.offer()
    line.help(lambda: False)

    assert line.take() is None


def test_who_goes_to_sleep_finds_what_came_in_this_very_moment() -> None:
    line, bell = Line(), threading.Lock()
    bell.acquire()
    Slot(Player(), line.add).wake()  # nobody sleeps yet

    assert line.rest(bell, lambda: pytest.fail("it sleeps"))
    assert line.take() is not None


def test_who_has_slept_long_enough_says_so_and_is_not_rung_any_more() -> None:
    line, bell = Line(), threading.Lock()
    bell.acquire()

    assert not line.rest(bell, lambda: 0.0)
    line.ring()

    assert bell.locked()


def _wait(event: threading.Event) -> None:
    assert event.wait(LONG)


def test_who_runs_an_actor_is_urgent_until_it_has(pool: PoolDispatcher) -> None:
    seen, line = list[tuple[int, bool, bool]](), pool.help
    note = Player(take=lambda _: seen.append((get_ident(), get_ident() in URGENT, line in URGENT)))

    tell(pool, note)()

    thread, runs, comes = eventually(lambda: seen)[0]
    assert (runs, comes) == (True, False)
    eventually(lambda: thread not in URGENT)


def test_who_was_rung_is_urgent_until_it_comes() -> None:
    line, bell = Line(), threading.Lock()
    bell.acquire()
    line.borrow(lambda: bell)

    line.ring()
    assert line in URGENT
    line.come(lambda: True)
    assert not {line, get_ident()} & URGENT


def test_so_is_a_thread_that_helps_until_it_leaves() -> None:
    line = Line()
    line.offer()
    assert get_ident() in URGENT
    line.leave()
    assert get_ident() not in URGENT
