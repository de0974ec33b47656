"""The budget of restarts keeps OTP's rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.budget import RestartBudget


def test_so_many_restarts_are_allowed_and_not_one_more() -> None:
    budget = RestartBudget(intensity=2, period=10.0)
    assert [budget.spend(1.0) for _ in range(4)] == [True, True, False, False]


def test_a_restart_that_is_exactly_one_period_old_still_counts() -> None:
    budget = RestartBudget(intensity=1, period=10.0)
    assert [budget.spend(now) for now in (0.0, 10.0, 10.5)] == [True, False, True]


def test_the_window_slides() -> None:
    budget = RestartBudget(intensity=2, period=10.0)
    asked = [budget.spend(now) for now in (0.0, 9.0, 10.5, 18.0, 19.5)]
    assert asked == [True, True, True, False, True]


def test_what_was_refused_does_not_count() -> None:
    budget = RestartBudget(intensity=1, period=10.0)
    assert [budget.spend(now) for now in (0.0, 9.0, 10.1)] == [True, False, True]


def test_an_intensity_of_none_allows_none() -> None:
    assert not RestartBudget(intensity=0, period=10.0).spend(0.0)


def test_used_counts_the_restarts_within_the_period() -> None:
    budget = RestartBudget(intensity=5, period=10.0)
    for now in (0.0, 1.0, 5.0):
        budget.spend(now)
    assert [budget.used(now) for now in (5.0, 10.0, 10.5, 15.0, 15.5)] == [3, 3, 2, 1, 0]


@pytest.mark.parametrize(("intensity", "period"), [(-1, 1.0), (1, 0.0), (1, -1.0)])
def test_a_budget_that_makes_no_sense_is_refused(intensity: int, period: float) -> None:
    with pytest.raises(ValueError, match=r"intensity|period"):
        RestartBudget(intensity, period)


@given(
    st.integers(0, 5),
    st.integers(1, 20),
    st.lists(st.integers(0, 10), max_size=60),
)
def test_no_window_holds_more_and_none_is_refused_without_need(
    intensity: int, period: int, gaps: list[int]
) -> None:
    budget, now = RestartBudget(intensity, float(period)), 0
    allowed: list[int] = []
    for gap in gaps:
        now += gap
        within = [then for then in allowed if now - then <= period]
        assert budget.spend(float(now)) is (len(within) + 1 <= intensity)
        if len(within) < intensity:
            allowed.append(now)
