"""The tests of significance say what the textbooks say, and rarely cry wolf."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.demo.significance import (
    LEVEL,
    Array,
    adjust,
    chi_square_tail,
    cramers_v,
    kruskal_wallis,
    normal_tails,
    ranks,
    spearman,
    straight_line,
)


def array(*values: float) -> Array:
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("value", "degrees", "p"),
    [(6.6349, 1, 0.01), (9.4877, 4, 0.05), (29.588, 10, 0.001), (43.773, 30, 0.05), (0.1, 50, 1)],
)
def test_chi_square_agrees_with_the_tables(value: float, degrees: int, p: float) -> None:
    assert chi_square_tail(value, degrees) == pytest.approx(p, rel=1e-3)


def test_normal_tails_agree_with_the_tables() -> None:
    assert [normal_tails(z) for z in (0, 1.6449, -2.5758)] == pytest.approx(
        [1, 0.1, 0.01], rel=1e-3
    )


def test_kruskal_wallis_agrees_with_a_worked_example() -> None:
    odd, even = array(1, 3, 5, 7, 9), array(2, 4, 6, 8, 10)

    h = 3 / 11
    assert kruskal_wallis([odd, even]).p == pytest.approx(chi_square_tail(h, 1))


def test_kruskal_wallis_of_one_value_or_one_group_says_nothing() -> None:
    assert kruskal_wallis([array(1, 1), array(1, 1)]) == (0.0, 1.0)
    assert kruskal_wallis([array(1, 2)]) == (0.0, 1.0)


def test_cramers_v_needs_enough_in_each_cell() -> None:
    assert cramers_v(np.array([[3.0, 1.0], [1.0, 3.0]])) is None
    assert cramers_v(np.array([[30.0], [10.0]])) is None
    assert cramers_v(np.zeros((2, 2))) is None
    assert cramers_v(np.full((2, 3), 30.0)) == (0.0, 1.0)


def test_spearman_sees_order_and_not_shape() -> None:
    up = np.arange(30.0)

    assert spearman(up, np.exp(up / 10)).effect == 1.0
    assert spearman(up, -(up**3)).effect == -1.0
    assert spearman(up, np.ones(30)) == (0.0, 1.0)


def test_a_straight_line_is_found_through_wild_values() -> None:
    times = np.arange(12.0)
    values = 5 + 2 * times
    values[7] = 1e6

    line = straight_line(times, values)

    assert (line.slope, line.intercept) == pytest.approx((2, 5))
    assert line.low <= 2 <= line.high
    assert line.p < 0.001


def test_no_change_is_no_trend() -> None:
    assert straight_line(np.arange(10.0), np.ones(10)) == (0.0, 0.0, 0.0, 1.0, 1.0)


def test_a_season_does_not_hide_a_trend() -> None:
    months = np.arange(48)
    values = 100 * np.sin(months * np.pi / 6) + months / 12

    plain = straight_line(months / 12, values)
    seasonal = straight_line(months / 12, values, months % 12)

    assert plain.p > LEVEL
    assert seasonal.slope == pytest.approx(1)
    assert seasonal.p < 0.001


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_chance_is_rarely_called_a_trend(memory: float) -> None:
    random = np.random.default_rng(7)
    alarms = 0
    for _ in range(400):
        noise = random.normal(size=60)
        for i in range(1, noise.size):
            noise[i] += memory * noise[i - 1]
        alarms += straight_line(np.arange(60.0), noise).p < LEVEL

    assert alarms / 400 < 0.11


def test_chance_is_rarely_called_a_difference() -> None:
    random = np.random.default_rng(7)
    alarms = sum(
        kruskal_wallis(np.array_split(random.integers(0, 5, 90).astype(float), 3)).p < LEVEL
        for _ in range(400)
    )

    assert alarms / 400 < 0.08


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusting_only_makes_cautious_and_keeps_the_order(ps: list[float]) -> None:
    adjusted = adjust(ps)

    assert all(p <= q <= 1 for p, q in zip(ps, adjusted, strict=True))
    assert max(adjusted) == max(ps)
    assert [q for _, q in sorted(zip(ps, adjusted, strict=True))] == sorted(adjusted)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_ranks_sum_to_what_they_must(values: list[int]) -> None:
    found = ranks(np.array(values, dtype=np.float64))

    assert found.sum() == len(values) * (len(values) + 1) / 2
    assert [v for _, v in sorted(zip(found.tolist(), values, strict=True))] == sorted(values)
