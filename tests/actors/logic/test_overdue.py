"""What is overdue is expected later and later, in few steps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.learning import Expected
from callboard.actors.logic.overdue import STEPS, expected_end

SECONDS = st.floats(0.01, 1e6)


@st.composite
def expectations(draw: st.DrawFn) -> Expected:
    seconds = draw(SECONDS)
    low = seconds * draw(st.floats(0.05, 1.0))
    return Expected(seconds, low, seconds * draw(st.floats(1.0, 20.0)))


@given(expectations(), st.lists(st.floats(0.0, 100.0), min_size=2, max_size=9), SECONDS)
def test_an_end_is_ahead_and_never_comes_nearer_to_the_beginning(
    expected: Expected, parts: list[float], begun: float
) -> None:
    times = sorted(begun + part * expected.seconds for part in parts)
    ends = [expected_end(begun, expected, now) for now in times]
    assert all(end > now for now, end in zip(times, ends, strict=True))
    assert all(later >= end * (1 - 1e-12) for end, later in pairwise(ends))


@given(expectations(), st.floats(1.1, 1000.0))
def test_who_is_overdue_is_expected_to_be_so_for_about_as_long_again(
    expected: Expected, times: float
) -> None:
    now = times * expected.seconds
    over = now - expected.seconds
    assert expected_end(0.0, expected, now) >= expected.seconds + over
    assert expected_end(0.0, Expected(*[expected.seconds] * 3), now) <= now + over * 1.001


def test_an_expectation_is_renewed_a_few_times_and_not_all_the_time() -> None:
    expected, now, renewed = Expected(60.0, 60.0, 60.0), 0.0, 0
    while now < 100 * 60.0:
        now, renewed = expected_end(0.0, expected, now), renewed + 1
    assert renewed <= 15
    assert expected_end(0.0, expected, 60.0) == 60.0 + 60.0 / STEPS


def test_those_that_differ_much_are_expected_by_the_mean_of_all_that_take_so_long() -> None:
    # exp(1.6449 * 0.5) = 2.276: a standard deviation of 0.5; mean of the upper part.
    expected = Expected(113.3, 100.0 / 2.276, 100.0 * 2.276)
    assert expected_end(0.0, expected, 113.31) == pytest.approx(169.0, abs=0.5)


def test_what_was_to_take_no_time_is_expected_nevertheless() -> None:
    nothing = Expected(0.0, 0.0, 0.0)
    assert 5.0 < expected_end(5.0, nothing, 5.0) < 5.001
    assert expected_end(0.0, nothing, 8.0) >= 8.0
