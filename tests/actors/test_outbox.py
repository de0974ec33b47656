"""Deeds are done in order, though the journal releases them in any."""

from __future__ import annotations

import random
import threading
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.outbox import Outbox
from tests.live import together


@given(st.permutations(range(8)))
def test_the_order_of_release_does_not_matter(order: list[int]) -> None:
    outbox, done = Outbox(), list[int]()
    deeds = [outbox.hold(partial(done.append, n)) for n in range(8)]

    for number in order:
        deeds[number].release()

    assert done == list(range(8))


def test_nothing_is_done_before_all_that_was_held_before_it() -> None:
    outbox, done = Outbox(), list[str]()
    first = outbox.hold(lambda: done.append("first"))
    second = outbox.hold(lambda: done.append("second"))

    second.release()
    before = list(done)
    first.release()

    assert (before, done) == ([], ["first", "second"])


def test_a_deed_that_is_dropped_holds_nobody_up() -> None:
    outbox, done = Outbox(), list[str]()
    first = outbox.hold(lambda: done.append("first"))
    second = outbox.hold(lambda: done.append("second"))

    second.release()
    first.drop()

    assert done == ["second"]


def test_a_deed_that_holds_another_one_is_not_done_within_itself() -> None:
    outbox, done = Outbox(), list[str]()

    def first() -> None:
        outbox.hold(lambda: done.append("second")).release()
        done.append("first")

    outbox.hold(first).release()

    assert done == ["first", "second"]


def test_many_threads_release_and_each_deed_is_done_once_and_in_order() -> None:
    outbox, done = Outbox(), list[int]()
    threads, each = 8, 500
    at_once = threading.Lock()

    def do(number: int) -> None:
        assert at_once.acquire(blocking=False)
        done.append(number)
        at_once.release()

    deeds = [outbox.hold(partial(do, n)) for n in range(threads * each)]
    random.Random(1).shuffle(deeds)  # noqa: S311 - the same order each time

    def release(number: int) -> None:
        for deed in deeds[number::threads]:
            deed.release()

    together(threads, release)

    assert done == list(range(threads * each))
