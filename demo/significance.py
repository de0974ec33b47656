"""Tests of significance that need no assumption about how values are distributed.

Only ranks and counts are used, so that a few wild values decide nothing. Every function
is pure and takes arrays without missing values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

LEVEL: Final = 0.05
"""Below this (adjusted) probability a result is called significant."""
_Z95: Final = 1.959963984540054
_MOST_CORRELATED: Final = 0.9
_MOST_TERMS: Final = 1_000
_PRECISION: Final = 1e-15
_EXPECTED: Final = 5.0
_SPARSE: Final = 0.2
_CLOSE_TO_ONE: Final = 0.999999


class Line(NamedTuple):
    """A robust straight line with its test.

    Attributes:
        slope: Per unit of time.
        low: Lower end of the slope's 95 % interval.
        high: Upper end of it.
        intercept: Value at time 0.
        p: Probability of so clear a direction where there is none.
    """

    slope: float
    low: float
    high: float
    intercept: float
    p: float


class Verdict(NamedTuple):
    """A test's answer.

    Attributes:
        effect: How strong, in [0, 1] or, for a correlation, [-1, 1].
        p: Probability of so strong an effect where there is none.
    """

    effect: float
    p: float


def normal_tails(z: float) -> float:
    """Probability of a standard normal value beyond +-*z*.

    >>> round(normal_tails(1.96), 3)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_tail(value: float, degrees: int) -> float:
    """Probability that chi-square with *degrees* of freedom exceeds *value*.

    Source: Press et al., Numerical Recipes, 3rd ed., section 6.2 (incomplete gamma).

    >>> [round(chi_square_tail(v, d), 4) for v, d in ((3.841, 1), (18.307, 10), (0, 3))]
    [0.05, 0.05, 1.0]
    """
    if value <= 0:
        return 1.0
    a, x = degrees / 2, value / 2
    scale = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        return max(0.0, 1 - scale * _gamma_series(a, x))
    return min(1.0, scale * _gamma_fraction(a, x))


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, _MOST_TERMS):
        term *= x / (a + n)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h = d
    for n in range(1, _MOST_TERMS):
        step = -n * (n - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        h *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return h


def ranks(values: Array) -> Array:
    """The ranks of *values* from 1; equal values share the mean of theirs.

    >>> ranks(np.array([10.0, 30.0, 20.0, 20.0])).tolist()
    [1.0, 4.0, 2.5, 2.5]
    """
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Array = ends - (counts - 1) / 2
    return means[where]


def adjust(ps: Sequence[float]) -> list[float]:
    """The same probabilities, adjusted for the number of tests.

    Source: Benjamini and Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300.

    >>> adjust([0.01, 0.04, 0.03, 0.5])
    [0.04, 0.05333333333333333, 0.05333333333333333, 0.5]
    """
    adjusted = [0.0] * len(ps)
    least = 1.0
    for rank, i in reversed(list(enumerate(sorted(range(len(ps)), key=lambda i: ps[i]), 1))):
        least = min(least, ps[i] * (len(ps) / rank))
        adjusted[i] = least
    return adjusted


def straight_line(times: Array, values: Array, seasons: NDArray[np.int64] | None = None) -> Line:
    """The Theil-Sen line through *values* with the Mann-Kendall test of its direction.

    With *seasons* (one number for each value) only values of the same season are compared
    (Hirsch, Slack and Smith, Water Resour. Res. 18 (1982) 107-121). Where neighbouring
    values resemble each other, the variance is widened by (1 + r) / (1 - r) (Yue and Wang,
    Water Resour. Manage. 18 (2004) 201-218).

    Args:
        times: Ascending, float64[n].
        values: float64[n], n >= 2.
        seasons: int64[n], or None.
    """
    labels = np.zeros(len(values), dtype=np.int64) if seasons is None else seasons
    score, variance = 0.0, 0.0
    slopes: list[Array] = []
    for season in np.unique(labels):
        t, v = times[labels == season], values[labels == season]
        if len(v) > 1:
            early, late = np.triu_indices(len(v), k=1)
            rises = v[late] - v[early]
            score += float(np.sign(rises).sum())
            variance += _kendall_variance(v)
            slopes.append(rises / (t[late] - t[early]))
    steps = np.sort(np.concatenate(slopes)) if slopes else np.zeros(1)
    slope = float(np.median(steps))
    intercept = float(np.median(values - slope * times))
    variance *= _widening(values - slope * times, labels)
    if variance <= 0:
        return Line(slope, slope, slope, intercept, 1.0)
    spread = _Z95 * math.sqrt(variance)
    low = steps[max(0, math.floor((len(steps) - spread) / 2))]
    high = steps[min(len(steps) - 1, math.ceil((len(steps) + spread) / 2))]
    z = max(0.0, abs(score) - 1) / math.sqrt(variance)
    return Line(slope, float(low), float(high), intercept, normal_tails(z))


def _kendall_variance(values: Array) -> float:
    n = len(values)
    _, ties = np.unique(values, return_counts=True)
    tied = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return (n * (n - 1) * (2 * n + 5) - tied) / 18


def _widening(residuals: Array, labels: NDArray[np.int64]) -> float:
    """How much neighbours that resemble each other widen a variance; at least 1."""
    left = residuals.copy()
    for season in np.unique(labels):
        left[labels == season] -= np.median(left[labels == season])
    left = ranks(left)
    left -= left.mean()
    power = float(left @ left)
    if power == 0:
        return 1.0
    r = min(_MOST_CORRELATED, float(left[1:] @ left[:-1]) / power)
    return (1 + r) / (1 - r) if r > _Z95 / math.sqrt(len(left)) else 1.0


def kruskal_wallis(groups: Sequence[Array]) -> Verdict:
    """Whether values of some groups tend to be larger than those of others.

    The effect is epsilon squared: the share of the ranks' variance that the groups explain.
    Source: Kruskal and Wallis, J. Am. Stat. Assoc. 47 (1952) 583-621, corrected for ties.

    >>> kruskal_wallis([np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0, 9.0])]).p < 0.05
    True
    """
    everything = np.concatenate(groups)
    n = len(everything)
    _, ties = np.unique(everything, return_counts=True)
    correction = 1 - float((ties.astype(float) ** 3 - ties).sum()) / (n**3 - n)
    if correction <= 0 or len(groups) < len("ab"):
        return Verdict(0.0, 1.0)
    ranked = ranks(everything)
    h, start = 0.0, 0
    for group in groups:
        h += float(ranked[start : start + len(group)].sum()) ** 2 / len(group)
        start += len(group)
    h = max(0.0, (12 / (n * (n + 1)) * h - 3 * (n + 1)) / correction)
    k = len(groups)
    effect = max(0.0, (h - k + 1) / (n - k)) if n > k else 0.0
    return Verdict(min(1.0, effect), chi_square_tail(h, k - 1))


def cramers_v(table: Array) -> Verdict | None:
    """Whether rows and columns of a table of counts depend on each other.

    The effect is Cramer's V, corrected for bias (Bergsma, J. Korean Stat. Soc. 42 (2013)
    323-328). None where the counts are too small for the test (Cochran's rule).

    >>> cramers_v(np.array([[50.0, 0.0], [0.0, 50.0]])).effect > 0.97
    True
    """
    n = float(table.sum())
    rows, columns = table.shape
    if n == 0 or rows < len("ab") or columns < len("ab"):
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    if expected.min() < 1 or float((expected < _EXPECTED).mean()) > _SPARSE:
        return None
    chi = float(((table - expected) ** 2 / expected).sum())
    degrees = (rows - 1) * (columns - 1)
    phi = max(0.0, chi / n - degrees / (n - 1))
    shortest = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    effect = math.sqrt(phi / (shortest - 1)) if shortest > 1 else 0.0
    return Verdict(min(1.0, effect), chi_square_tail(chi, degrees))


def spearman(first: Array, second: Array) -> Verdict:
    """Whether large values of one go with large (or small) values of the other.

    The effect is Spearman's rank correlation; its probability by Fisher's transformation
    with the variance of Fieller, Hartley and Pearson, Biometrika 44 (1957) 470-481.

    >>> spearman(np.arange(20.0), np.arange(20.0) ** 3).effect
    1.0
    """
    a, b = ranks(first), ranks(second)
    a -= a.mean()
    b -= b.mean()
    power = math.sqrt(float(a @ a) * float(b @ b))
    if power == 0 or len(a) < len("four"):
        return Verdict(0.0, 1.0)
    r = max(-1.0, min(1.0, round(float(a @ b) / power, 12)))
    bounded = max(-_CLOSE_TO_ONE, min(_CLOSE_TO_ONE, r))
    return Verdict(r, normal_tails(math.atanh(bounded) * math.sqrt((len(a) - 3) / 1.06)))
