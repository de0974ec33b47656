"""Waits double up to a limit, and their lot is the same for the same seed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.backoff import backoff, jittered, retry_delay
from callboard.messages.values import Retry

SECONDS = st.floats(min_value=0.0, max_value=1e6)
PARTS = st.floats(min_value=0.0, max_value=1.0)


def test_a_wait_doubles_until_it_is_the_longest() -> None:
    waits = [backoff(n, first=0.5, longest=6.0) for n in range(1, 7)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 6.0, 6.0]


def test_a_very_late_attempt_waits_the_longest() -> None:
    assert backoff(10**9, first=0.1, longest=30.0) == 30.0


def test_a_first_wait_above_the_longest_is_cut() -> None:
    assert backoff(1, first=60.0, longest=30.0) == 30.0


def test_without_a_first_wait_there_is_none_ever() -> None:
    assert backoff(10**9, first=0.0, longest=30.0) == 0.0


@pytest.mark.parametrize("attempt", [0, -1])
def test_there_is_no_attempt_before_the_first(attempt: int) -> None:
    with pytest.raises(ValueError, match=f"no attempt {attempt}"):
        backoff(attempt, first=1.0, longest=2.0)


@given(st.integers(1, 2000), SECONDS, SECONDS)
def test_waits_never_shrink_and_never_exceed_the_longest(
    attempt: int, first: float, longest: float
) -> None:
    wait = backoff(attempt, first=first, longest=longest)
    assert 0.0 <= wait <= backoff(attempt + 1, first=first, longest=longest) <= longest


@given(SECONDS, PARTS, st.text())
def test_jitter_takes_off_at_most_its_part(seconds: float, jitter: float, seed: str) -> None:
    wait = jittered(seconds, jitter, seed)
    assert seconds * (1.0 - jitter) <= wait * (1 + 1e-12) <= seconds * (1 + 1e-12)
    assert wait == jittered(seconds, jitter, seed)


def test_different_seeds_spread_over_the_whole_part() -> None:
    waits = sorted(jittered(10.0, 0.5, f"agent/{n} 1") for n in range(1000))
    assert waits[0] < 5.1
    assert waits[-1] > 9.9
    assert 7.3 < sum(waits) / len(waits) < 7.7


def test_the_lot_is_the_same_in_every_version() -> None:
    assert jittered(1.0, 1.0, "123456789") == 0xCBF43926 / 2**32


@pytest.mark.parametrize("jitter", [-0.1, 1.1, float("nan")])
def test_jitter_is_a_part(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter is a part"):
        jittered(1.0, jitter, "")


def test_retries_end_with_the_last_attempt() -> None:
    retry = Retry(attempts=4, first=1.0, longest=3.0, jitter=0.0)
    delays = [retry_delay(retry, n, "s") for n in range(1, 6)]
    assert delays == [1.0, 2.0, 3.0, None, None]


def test_one_attempt_means_no_second_one() -> None:
    assert retry_delay(Retry(attempts=1), 1, "s") is None


def test_retry_delay_draws_its_part_by_lot() -> None:
    retry = Retry(first=8.0, jitter=0.5)
    assert retry_delay(retry, 1, "s") == jittered(8.0, 0.5, "s")
