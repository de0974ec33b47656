"""What a late watcher owes to whom it watches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.lateness import PUNCTUAL, owed

SECONDS = st.floats(0.001, 1e6)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20), SECONDS)
def test_however_late_and_often_no_more_than_the_limit_is_granted(
    latenesses: list[float], limit: float
) -> None:
    granted = worst = 0.0
    for late in latenesses:
        worst = max(worst, late)
        granted += owed(worst, limit, granted)
    assert granted <= limit * (1 + 1e-9)
    assert granted >= min(worst, limit) * (1 - 1e-9) or worst <= PUNCTUAL * limit


@given(st.floats(0.0, 1e6), SECONDS)
def test_who_was_given_it_once_is_given_it_no_second_time(late: float, limit: float) -> None:
    first = owed(late, limit)
    assert owed(late, limit, first) == 0.0


@given(SECONDS)
def test_a_watcher_that_is_nearly_in_time_judges_at_once(limit: float) -> None:
    assert owed(PUNCTUAL * limit / 2, limit) == 0.0
    assert owed(PUNCTUAL * limit * 2, limit) > 0.0
