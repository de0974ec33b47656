"""One turn at a time for each actor, no lost wake-up, and an end within bounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial

import pytest

from callboard.actors.ports import Dispatcher
from callboard.runtime.dispatchers.mixed import MixedDispatcher
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.slots import BATCH, Slot
from callboard.runtime.dispatchers.threads import ThreadDispatcher
from callboard.runtime.dispatchers.waiting import join
from tests.live import LONG, eventually, together, unhandled
from tests.runtime.dispatchers.players import Player

Strays = Callable[[], set[threading.Thread]]


def mixed(*own: str) -> MixedDispatcher:
    return MixedDispatcher(PoolDispatcher(2), own)


DISPATCHERS: dict[str, Callable[[], Dispatcher]] = {
    "pool": lambda: PoolDispatcher(4),
    "threads": ThreadDispatcher,
    "mixed, pool": lambda: mixed("nobody"),
    "mixed, threads": lambda: mixed("*"),
}


@pytest.fixture(params=DISPATCHERS.values(), ids=list(DISPATCHERS))
def dispatcher(request: pytest.FixtureRequest, strays: Strays) -> Generator[Dispatcher]:
    assert not strays()  # it looks before any thread is made
    made: Dispatcher = request.param()
    yield made
    made.close(LONG)


def test_each_actor_has_one_turn_at_a_time_and_hears_all(dispatcher: Dispatcher) -> None:
    players = [Player(f"{n}") for n in range(5)]
    wakes = [dispatcher.attach(player).wake for player in players]
    senders, each = 6, 300

    def send(_: int) -> None:
        for number in range(each):
            for player, wake in zip(players, wakes, strict=True):
                player.box.put(number)
                wake()

    together(senders, send)

    for player in players:
        eventually(partial(_heard, player, senders * each))
        assert sorted(player.heard) == sorted(list(range(each)) * senders)


def test_no_wake_up_is_lost_when_messages_come_one_by_one(dispatcher: Dispatcher) -> None:
    """Each message comes in the very moment in which the actor is about to rest."""
    heard = threading.Semaphore(0)
    player = Player(take=lambda _: heard.release())
    wake = dispatcher.attach(player).wake

    for number in range(5000):
        player.box.put(number)
        wake()
        assert heard.acquire(timeout=LONG), f"message {number} was not heard"

    assert player.heard == list(range(5000))


def test_an_actor_is_woken_by_what_it_tells_itself(dispatcher: Dispatcher) -> None:
    done = threading.Event()

    def take(message: int) -> None:
        if message == 1000:
            done.set()
        player.box.put(message + 1)

    player = Player(take=take)
    player.box.put(0)
    dispatcher.attach(player).wake()

    assert done.wait(LONG)
    dispatcher.detach(player)


def test_a_slow_actor_holds_up_no_other(dispatcher: Dispatcher) -> None:
    go_on = threading.Event()
    slow, quick = Player("slow", lambda _: _wait(go_on)), Player("quick")
    for player in (slow, quick):
        player.box.put(1)
        dispatcher.attach(player).wake()

    eventually(lambda: quick.heard)
    go_on.set()

    eventually(lambda: slow.heard)


def test_a_turn_that_raises_is_shown_and_takes_nobody_along(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = unhandled(monkeypatch)
    error = SystemExit("a bug of ours")

    def take(message: int) -> None:
        if message < 10:
            raise error

    player = Player(take=take)
    wake = dispatcher.attach(player).wake
    for number in range(11):
        player.box.put(number)
        wake()

    eventually(lambda: len(player.heard) == 11)
    assert shown == [error] * 10


def test_a_turn_takes_no_more_than_a_batch(dispatcher: Dispatcher) -> None:
    assert dispatcher.batch() == BATCH


def test_a_caller_outside_gets_the_result(dispatcher: Dispatcher) -> None:
    future: Future[int] = Future()
    threading.Thread(target=lambda: future.set_result(1), daemon=True).start()

    assert dispatcher.wait(future, LONG) == 1
    assert dispatcher.wait(future, None) == 1


def test_a_caller_outside_waits_no_longer_than_it_wants(dispatcher: Dispatcher) -> None:
    with pytest.raises(TimeoutError):
        dispatcher.wait(Future[int](), 0.0)


def test_an_answer_that_is_a_timeout_itself_is_raised_as_it_is(dispatcher: Dispatcher) -> None:
    future: Future[int] = Future()
    answer = TimeoutError("of somebody else")
    future.set_exception(answer)

    with pytest.raises(TimeoutError) as caught:
        dispatcher.wait(future, LONG)

    assert caught.value is answer


def test_an_answer_that_comes_with_the_timeout_is_an_answer(dispatcher: Dispatcher) -> None:
    class Late(Future[int]):
        def result(self, timeout: float | None = None) -> int:
            if not self.done():
                self.set_result(1)
                raise TimeoutError
            return super().result(timeout)

    assert dispatcher.wait(Late(), 0.0) == 1


def test_closing_ends_all_threads(dispatcher: Dispatcher, strays: Strays) -> None:
    player = Player()
    player.box.put(1)
    dispatcher.attach(player).wake()
    eventually(lambda: player.heard)

    stuck = dispatcher.close(LONG)

    assert (stuck, strays()) == ([], set())


def test_closing_is_bounded_and_says_who_is_stuck(dispatcher: Dispatcher, strays: Strays) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def take(_: int) -> None:
        reached.set()
        go_on.wait(LONG)

    player = Player("agent/a", take)
    player.box.put(1)
    dispatcher.attach(player).wake()
    assert reached.wait(LONG)

    began = time.monotonic()
    stuck = dispatcher.close(0.05)

    assert time.monotonic() - began < LONG / 4
    assert len(stuck) == 1
    assert "agent/a" in stuck[0]
    go_on.set()
    eventually(lambda: not strays())


def test_closing_from_within_a_turn_does_not_wait_for_itself(dispatcher: Dispatcher) -> None:
    closed: Future[object] = Future()
    player = Player(take=lambda _: closed.set_result(dispatcher.close(LONG)))
    player.box.put(1)

    dispatcher.attach(player).wake()

    assert closed.result(LONG / 2) == []


def test_closing_twice_does_no_harm(dispatcher: Dispatcher) -> None:
    assert [dispatcher.close(LONG), dispatcher.close(LONG)] == [[], []]


def test_a_thread_of_its_own_ends_with_its_actor(strays: Strays) -> None:
    dispatcher = ThreadDispatcher()
    player = Player()
    dispatcher.attach(player)
    before = {thread.name for thread in strays()}

    dispatcher.detach(player)
    dispatcher.detach(player)

    assert before == {"callboard-player"}
    eventually(lambda: not strays())


def test_an_actor_that_was_detached_and_is_stuck_is_reported_all_the_same(strays: Strays) -> None:
    dispatcher = ThreadDispatcher()
    reached, go_on = threading.Event(), threading.Event()

    def take(_: int) -> None:
        reached.set()
        go_on.wait(LONG)

    player = Player("agent/a", take)
    player.box.put(1)
    dispatcher.attach(player).wake()
    assert reached.wait(LONG)
    dispatcher.detach(player)

    assert dispatcher.close(0.05) == ["callboard-agent/a"]
    go_on.set()
    eventually(lambda: not strays())


def test_a_pool_has_as_many_threads_as_it_was_given(strays: Strays) -> None:
    dispatcher = PoolDispatcher(3)

    names = sorted(thread.name for thread in strays())

    dispatcher.close(LONG)
    assert names == ["callboard-pool-0", "callboard-pool-1", "callboard-pool-2"]


def test_a_slot_is_handed_out_once_until_it_was_run() -> None:
    handed: list[Slot] = []
    slot = Slot(Player(), handed.append)

    slot.wake()
    slot.wake()
    handed.pop().run()
    slot.wake()

    assert handed == [slot]


def test_joining_is_done_within_one_common_limit() -> None:
    go_on = threading.Event()
    threads = [threading.Thread(target=go_on.wait, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    began = time.monotonic()

    alive = join([*threads, threading.current_thread()], 0.1)

    assert (alive, time.monotonic() - began < 0.4) == (threads, True)
    go_on.set()
    assert join(threads, LONG) == []


def _wait(event: threading.Event) -> None:
    assert event.wait(LONG)


def _heard(player: Player, count: int) -> bool:
    return len(player.heard) == count


def test_what_is_to_be_done_later_is_done_once(dispatcher: Dispatcher) -> None:
    done: list[int] = []
    for number in range(3):
        dispatcher.later(partial(done.append, number))

    eventually(lambda: len(done) == 3)
    dispatcher.close(LONG)
    assert sorted(done) == [0, 1, 2]


def test_in_a_pool_actors_that_are_ready_go_first() -> None:
    pool, order = PoolDispatcher(1), list[str]()
    go_on = threading.Event()
    busy, next_one = Player("busy", lambda _: _wait(go_on)), Player("next")
    for player in (busy, next_one):
        player.box.put(1)
        pool.attach(player).wake()
    pool.later(lambda: order.append("later" if next_one.heard else "too early"))
    go_on.set()

    eventually(lambda: order)
    pool.close(LONG)
    assert order == ["later"]


def test_in_a_pool_it_is_done_in_the_end_although_an_actor_is_always_ready() -> None:
    pool, done = PoolDispatcher(1), threading.Event()
    restless = Player("restless", lambda _: None if done.is_set() else restless.box.put(1))
    restless.box.put(1)
    pool.attach(restless).wake()
    pool.later(done.set)

    eventually(done.is_set)
    pool.close(LONG)


def test_who_was_named_has_a_thread_of_its_own_and_nobody_else(strays: Strays) -> None:
    dispatcher, go_on = mixed("scheduler", "agent/db-*"), threading.Event()
    names = ["scheduler", "agent/db-1", "agent/a", "agent/b"]
    held = [Player(name, lambda _: _wait(go_on)) for name in names[2:]]
    players = [*(Player(name) for name in names[:2]), *held]
    for player in reversed(players):  # both threads of the pool are held up first
        player.box.put(1)
        dispatcher.attach(player).wake()

    eventually(lambda: [player.heard for player in players[:2]] == [[1], [1]])
    own = {thread.name for thread in strays()} - {"callboard-pool-0", "callboard-pool-1"}
    assert own == {"callboard-scheduler", "callboard-agent/db-1"}
    go_on.set()
    dispatcher.detach(players[0])
    eventually(lambda: "callboard-scheduler" not in {thread.name for thread in strays()})
    assert dispatcher.close(LONG) == []
