"""Who runs an actor that has become ready, and who is woken for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from threading import get_ident

import pytest

from callboard.runtime.dispatchers import line as line_module
from callboard.runtime.dispatchers.line import PASSED, VISIT, Line
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import Slot
from callboard.runtime.making_way import URGENT
from tests.live import LONG, eventually
from tests.runtime.dispatchers.players import Player


@pytest.fixture
def pool() -> Generator[PoolDispatcher]:
    made = PoolDispatcher()
    yield made
    made.close(LONG)


class Busy:
    """Keeps the only thread of a pool in a turn until it is left alone."""

    def __init__(self, pool: PoolDispatcher) -> None:
        self.leave = threading.Event()
        player = Player("busy", lambda _: _wait(self.leave))
        tell(pool, player)()
        eventually(lambda: player.turns)


def tell(pool: PoolDispatcher, player: Player) -> Callable[[], None]:
    wake = pool.attach(player).wake

    def say() -> None:
        player.box.put(1)
        wake()

    return say


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


def slots(line: Line, *names: str) -> list[Slot]:
    return [Slot(Player(name), line.add, line.add_late, line.promote) for name in names]


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


# Threads that somebody lends


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
