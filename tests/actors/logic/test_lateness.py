"""How long a late watcher waits before it judges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.lateness import BEYOND, PUNCTUAL, owed, worst

SECONDS = st.floats(0.001, 1e6)


def judged_after(latenesses: list[float], limit: float) -> float:
    """Seconds after its limit at which one is judged who gives no sign any more."""
    now = late = 0.0
    for lateness in [*latenesses, *[0.0] * 5]:
        now += lateness
        late = worst(lateness, late, limit=limit)
        more = owed(now, late, limit=limit)
        if more == 0:
            return now
        now += more
    raise AssertionError(latenesses)


@given(st.lists(st.floats(0.0, 1e6), max_size=20), SECONDS)
def test_who_hangs_is_judged_however_late_we_are(latenesses: list[float], limit: float) -> None:
    longest = max([0.0, *latenesses])
    after = judged_after(latenesses, limit)
    assert after <= BEYOND * (longest + limit) * (1 + 1e-9) + longest


@given(st.floats(0.0, 1e6), SECONDS)
def test_after_a_sleep_of_the_machine_there_is_one_more_limit(late: float, limit: float) -> None:
    after = judged_after([late], limit) - late
    assert after <= limit + 1e-6
    assert after >= min(late, limit) - 1e-6 or late <= PUNCTUAL * limit


@given(st.floats(0.02, 100.0), st.integers(1, 20))
def test_while_we_are_late_nobody_is_judged_who_is_late_likewise(late: float, looks: int) -> None:
    known = 0.0
    for _ in range(looks):
        known = worst(late, known, limit=1.0)
        assert owed(late, known, limit=1.0) > 0.0


@given(SECONDS)
def test_a_watcher_that_is_nearly_in_time_judges_at_once(limit: float) -> None:
    assert judged_after([PUNCTUAL * limit / 2], limit) == PUNCTUAL * limit / 2
    assert judged_after([PUNCTUAL * limit * 2], limit) > PUNCTUAL * limit * 2
