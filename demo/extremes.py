"""Finds values that stand out, and numbers that go together.

Three functions as in `callboard.demo.trends`: `steps`, `measure`, `conclude`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import msgspec
import numpy as np

from callboard.demo import choice
from callboard.demo.results import Correlation, Extreme, Extremes, Finding, Outliers, Step
from callboard.demo.significance import LEVEL, Array, adjust, spearman
from callboard.demo.table import Table

FAR: Final = 3.5
"""Robust standard deviations from which a value counts as an outlier (Iglewicz and Hoaglin)."""
_SIGMA: Final = 1.482602218505602
"""Median absolute deviation to standard deviation, for normal values."""
_SKEWED: Final = 2.0
_SHOWN: Final = 5
_WORDS: Final = 6
_LONGEST_WORD: Final = 30
_LEAST: Final = 20


def steps(table: Table, goal: str) -> list[Step]:
    """Each number, and each pair of numbers."""
    names = [column.name for column in choice.numbers(table, goal)]
    return [
        *(["outliers", name, ""] for name in names),
        *(["correlation", *pair] for pair in combinations(names, 2)),
    ]


def measure(table: Table, step: Step) -> Finding | None:
    """The outliers of a column or the correlation of two; None where there is too little."""
    what, first, second = step
    if what == "outliers":
        return _outliers(table, first)
    a, b = (choice.values(choice.column(table, name)) for name in (first, second))
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < _LEAST:
        return None
    verdict = spearman(a[both], b[both])
    return Correlation(
        first=first, second=second, rows=int(both.sum()), effect=verdict.effect, p=verdict.p
    )


def conclude(table: Table, goal: str, found: Sequence[Finding]) -> Extremes:
    """All of it, judged together; the strongest first."""
    correlations = [finding for finding in found if isinstance(finding, Correlation)]
    judged = [
        msgspec.structs.replace(finding, q=q, significant=q < LEVEL)
        for finding, q in zip(correlations, adjust([c.p for c in correlations]), strict=True)
    ]
    untested: list[str] = []
    if not choice.numbers(table, goal):
        untested.append("No column holds numbers that vary.")
    return Extremes(
        outliers=[finding for finding in found if isinstance(finding, Outliers)],
        correlations=sorted(judged, key=lambda finding: -abs(finding.effect)),
        untested=untested,
    )


def _outliers(table: Table, name: str) -> Outliers | None:
    numbers = choice.values(choice.column(table, name))
    chosen, among = ~np.isnan(numbers), ""
    known = numbers[chosen]
    usual = choice.usual(known)
    if usual is not None:
        # The rest would all stand out from a spread of zero; so look at the rest only.
        chosen &= numbers != usual
        known, among = numbers[chosen], f"values other than {usual:,.10g}"
    if known.size < _LEAST:
        return None
    logarithmic = bool(known.min() > 0) and _skewed(known)
    scaled = np.log(known) if logarithmic else known
    middle = float(np.median(scaled))
    spread = _SIGMA * float(np.median(np.abs(scaled - middle)))
    if spread == 0:
        return None
    z = np.full(numbers.shape, np.nan)
    z[chosen] = (scaled - middle) / spread
    far = np.flatnonzero(np.abs(np.nan_to_num(z)) > FAR)
    order: list[int] = far[np.argsort(-np.abs(z[far]), kind="stable")][:_SHOWN].tolist()
    low, high = middle - FAR * spread, middle + FAR * spread
    return Outliers(
        column=name,
        tested=int(known.size),
        among=among,
        logarithmic=logarithmic,
        low=_bound(low, logarithmic=logarithmic),
        high=_bound(high, logarithmic=logarithmic),
        count=int(far.size),
        extremes=[
            Extreme(
                line=table.lines[row],
                value=float(numbers[row]),
                z=float(z[row]),
                about=_about(table, name, row),
            )
            for row in order
        ],
    )


def _skewed(values: Array) -> bool:
    """Whether the upper half spreads at least twice as far as the lower."""
    low, middle, high = np.percentile(values, [10, 50, 90]).tolist()
    return bool(high - middle > _SKEWED * (middle - low))


def _bound(value: float, *, logarithmic: bool) -> float | None:
    with np.errstate(over="ignore"):
        bound = float(np.exp(value)) if logarithmic else value
    return bound if np.isfinite(bound) else None


def _about(table: Table, name: str, row: int) -> str:
    """What else the row says, shortly: its dates, names and categories."""
    others = [
        column.cells[row]
        for column in table.columns
        if column.name != name and column.kind in ("date", "category", "identifier", "text")
    ]
    words = [cell for cell in others if isinstance(cell, str) and len(cell) <= _LONGEST_WORD]
    return ", ".join(words[:_WORDS])
