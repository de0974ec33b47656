"""When a worker tries to reach its server again, in virtual time."""

from __future__ import annotations

import pytest

from callboard.runtime.gateways.worker.retrying import (
    AT_ONCE,
    FIRST,
    JITTER,
    LONGEST,
    STEADY,
    Retrying,
)


def waits(retrying: Retrying, count: int) -> list[float]:
    found = [retrying.failed(0.0) for _ in range(count)]

    assert None not in found
    return [wait for wait in found if wait is not None]


def test_waits_double_up_to_the_longest_and_part_of_each_is_by_lot() -> None:
    found = waits(Retrying("analyst"), 12)

    for number, wait in enumerate(found):
        most = min(LONGEST, FIRST * 2**number)
        assert most * (1 - JITTER) <= wait <= most


def test_a_thousand_workers_do_not_come_in_one_moment() -> None:
    found = [waits(Retrying(f"worker {n}"), 8)[-1] for n in range(1000)]

    assert len(set(found)) > 990
    assert max(found) - min(found) > LONGEST * JITTER * 0.9


def test_after_a_good_link_it_is_tried_at_once_and_then_with_short_waits() -> None:
    retrying = Retrying("analyst")
    waits(retrying, 10)
    retrying.linked(100.0)

    wait = retrying.failed(100.0 + STEADY)

    assert wait is not None
    assert wait <= AT_ONCE
    assert [bool(wait) for wait in waits(retrying, 1)] == [True]
    assert retrying.tries == 1


def test_a_server_that_takes_links_and_drops_them_is_not_asked_ever_faster() -> None:
    retrying, now, wait = Retrying("analyst"), 0.0, None
    for _ in range(10):
        retrying.linked(now)
        now += STEADY / 2
        wait = retrying.failed(now)
        assert wait is not None
        now += wait

    assert retrying.tries == 10
    assert wait is not None
    assert wait >= LONGEST * (1 - JITTER)


def test_the_server_may_say_when_it_wants_to_be_asked_again() -> None:
    assert Retrying("analyst").failed(0.0, at_least=30.0) == 30.0


def test_it_is_given_up_after_so_long_without_a_link() -> None:
    retrying, now = Retrying("analyst", limit=20.0), 0.0
    tries = 0
    while (wait := retrying.failed(now)) is not None:
        now += wait
        tries += 1

    assert now == pytest.approx(20.0)
    assert tries > 5


def test_only_the_time_without_a_link_counts() -> None:
    retrying = Retrying("analyst", limit=20.0)
    retrying.failed(0.0)
    retrying.linked(19.0)

    assert retrying.failed(1_000.0) is not None
    assert retrying.failed(1_020.0) is None
