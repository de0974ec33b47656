"""One thread, a virtual clock, and an order that is drawn."""

from __future__ import annotations

from concurrent.futures import Future
from random import Random

import pytest

from callboard.runtime.simulation.world import EPOCH, CountingIds, Restless, Stepper


class Reader:
    """An actor that takes note of its turns."""

    def __init__(self, name: str, turns: list[str], messages: int = 1) -> None:
        self.name = name
        self._turns = turns
        self._messages = messages

    def has_messages(self) -> bool:
        return self._messages > 0

    def turn(self) -> None:
        self._turns.append(self.name)
        self._messages -= 1


def stepper(seed: int = 1) -> Stepper:
    return Stepper(Random(seed))  # noqa: S311 - reproducible, not secret


def test_time_passes_from_timer_to_timer() -> None:
    world, heard = stepper(), list[float]()
    for seconds in (3.0, 1.0, 2.0):
        world.after(seconds, lambda: heard.append(world.now() - EPOCH))
    world.run(2.5)
    assert (heard, world.now() - EPOCH) == ([1.0, 2.0], 2.5)
    world.run(2.5)
    assert (heard, world.now() - EPOCH) == ([1.0, 2.0, 3.0], 5.0)


def test_who_has_something_to_do_goes_before_time_passes() -> None:
    world, turns = stepper(), list[str]()
    world.after(0.0, lambda: turns.append("timer"))
    world.attach(Reader("actor", turns, messages=2)).wake()
    world.run(0.0)
    assert (turns, world.deliveries) == (["actor", "actor", "timer"], 2)


def test_who_goes_next_is_drawn_from_the_seed() -> None:
    def order(seed: int) -> tuple[str, ...]:
        world, turns = stepper(seed), list[str]()
        for name in "abcde":
            world.attach(Reader(name, turns)).wake()
        world.run(0.0)
        return tuple(turns)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(20)}) > 10


def test_timers_that_are_due_at_once_come_in_any_order() -> None:
    def order(seed: int) -> tuple[int, ...]:
        world, heard = stepper(seed), list[int]()
        for number in range(4):
            world.after(1.0, lambda number=number: heard.append(number))  # type: ignore[misc]
        world.run(1.0)
        return tuple(heard)

    assert len({order(seed) for seed in range(20)}) > 5


def test_each_draw_is_as_likely_as_the_others() -> None:
    world = stepper()
    drawn = [world.batch() for _ in range(4000)]
    assert set(drawn) == {1, 2, 3, 4}
    assert all(900 < drawn.count(size) < 1100 for size in (1, 2, 3, 4))


def test_an_actor_that_is_woken_twice_has_one_turn() -> None:
    world, turns = stepper(), list[str]()
    wake = world.attach(Reader("actor", turns)).wake
    wake()
    wake()
    world.run(0.0)
    assert turns == ["actor"]


def test_an_actor_that_has_ended_has_no_turn() -> None:
    world, turns = stepper(), list[str]()
    actor = Reader("actor", turns)
    world.attach(actor).wake()
    world.detach(actor)
    world.detach(actor)
    world.run(0.0)
    assert turns == []


def test_who_waits_gets_the_result_when_it_is_there() -> None:
    world, future = stepper(), Future[int]()
    world.after(5.0, lambda: future.set_result(42))
    assert world.wait(future, 10.0) == 42
    assert world.now() - EPOCH == 5.0


@pytest.mark.parametrize("timeout", [3.0, None])
def test_or_is_told_that_it_will_not_come(timeout: float | None) -> None:
    world = stepper()
    with pytest.raises(TimeoutError):
        world.wait(Future[int](), timeout)
    assert world.now() - EPOCH == (timeout or 0.0)


def test_when_it_is_closed_nothing_happens_any_more() -> None:
    world, turns = stepper(), list[str]()
    world.attach(Reader("actor", turns)).wake()
    world.after(1.0, lambda: turns.append("timer"))
    assert world.close() == ()
    world.run(9.0)
    assert turns == []


def test_names_are_counted() -> None:
    ids = CountingIds()
    assert [ids.new(), ids.new()] == ["id-1", "id-2"]


def test_an_actor_that_never_comes_to_rest_is_named() -> None:
    world, turns = stepper(), list[str]()
    world.most = 50
    world.attach(Reader("calm", turns)).wake()
    world.attach(Reader("restless", turns, messages=10**9)).wake()
    with pytest.raises(Restless, match=r"after 0\.0 s: restless goes on and on"):
        world.run(1.0)
    assert (len(turns), world.idle) == (50, True)


@pytest.mark.parametrize("seconds", [0.0, 1e-6])
def test_so_is_a_timer_that_rings_and_rings_while_time_hardly_moves(seconds: float) -> None:
    world, rings = stepper(), list[float]()

    def ring() -> None:
        rings.append(world.now())
        world.after(seconds, ring)

    world.most = 50
    world.after(5.0, ring)
    with pytest.raises(Restless, match=r"time stands still after 5\.0"):
        world.run(9.0)
    assert (len(rings), world.idle) == (51, True)


def test_what_rings_again_and_again_while_time_passes_is_no_fault() -> None:
    world, rings = stepper(), list[float]()

    def ring() -> None:
        rings.append(world.now())
        world.after(0.01, ring)

    world.most = 5
    world.after(0.0, ring)
    world.run(1.0)
    assert len(rings) >= 99
