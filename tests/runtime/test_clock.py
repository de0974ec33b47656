"""Time never goes back, and no name is given out twice."""

from __future__ import annotations

import time
import uuid

import pytest

from callboard.runtime.clock import RandomIds, SystemClock


def test_the_clock_tells_the_seconds_since_the_epoch() -> None:
    assert SystemClock().now() == pytest.approx(time.time(), abs=1.0)


def test_the_clock_never_goes_back() -> None:
    clock = SystemClock()

    told = [clock.now() for _ in range(1000)]

    assert told == sorted(told)


def test_a_host_that_sets_its_clock_moves_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before = clock.now()

    monkeypatch.setattr(time, "time", lambda: before - 3600.0)

    assert clock.now() >= before


def test_no_name_is_given_out_twice() -> None:
    ids = RandomIds()

    names = [ids.new() for _ in range(1000)]

    assert len(set(names)) == 1000
    assert str(uuid.UUID(names[0])) == names[0]


def test_many_names_at_once_are_random_ones_each() -> None:
    several = RandomIds().several(1000)

    assert len(set(several)) == 1000
    assert {(uuid.UUID(name).version, uuid.UUID(name).variant) for name in several} == {
        (4, uuid.RFC_4122)
    }
    assert [str(uuid.UUID(name)) for name in several] == several
    assert RandomIds().several(0) == []
