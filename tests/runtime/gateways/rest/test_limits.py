"""How much is let in, decided without any server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.messages.errors import InvalidCall
from callboard.runtime.gateways.rest.limits import Limits, Rates


@given(
    rate=st.floats(0.1, 1000.0),
    burst=st.integers(1, 50),
    pauses=st.lists(st.floats(0.0, 2.0), max_size=200),
)
def test_in_any_time_no_more_are_let_in_than_the_rate_and_the_burst(
    rate: float, burst: int, pauses: list[float]
) -> None:
    rates = Rates(rate, burst)
    now, let_in = 0.0, list[float]()
    for pause in pauses:
        now += pause
        if not rates.take("ann", now):
            let_in.append(now)

    for index, first in enumerate(let_in):
        for count, last in enumerate(let_in[index:], start=1):
            assert count <= burst + rate * (last - first) + 1e-6


@given(rate=st.floats(0.1, 1000.0), burst=st.integers(1, 50), now=st.floats(0.0, 1e6))
def test_whoever_waits_as_long_as_was_said_is_let_in(rate: float, burst: int, now: float) -> None:
    rates = Rates(rate, burst)
    while not (seconds := rates.take("ann", now)):
        pass

    assert rates.take("ann", now + seconds) == 0.0


def test_one_who_asks_too_often_does_not_slow_others_down() -> None:
    rates = Rates(1.0, 1)

    assert [rates.take(who, 0.0) for who in ("ann", "ann", "bob")] == [0.0, 1.0, 0.0]


def test_a_flood_of_names_is_forgotten_the_oldest_first() -> None:
    rates = Rates(1.0, 1, most=2)

    assert [rates.take(who, 0.0) for who in ("a", "b", "c", "c", "a")] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("given_", [{"body_bytes": 0}, {"rate": -1.0}, {"idle_seconds": "1"}])
def test_limits_that_make_no_sense_are_named(given_: dict[str, object]) -> None:
    with pytest.raises(InvalidCall, match=next(iter(given_))):
        Limits(**given_)  # type: ignore[arg-type]
