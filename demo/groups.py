"""Compares groups: numbers between categories, and categories with each other.

Three functions as in `callboard.demo.trends`: `steps`, `measure`, `conclude`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import msgspec
import numpy as np

from callboard.demo import choice
from callboard.demo.results import Association, Comparison, Difference, Finding, Group, Step
from callboard.demo.significance import LEVEL, adjust, cramers_v, kruskal_wallis
from callboard.demo.table import Table

_MOST_SHOWN: Final = 8


def steps(table: Table, goal: str) -> list[Step]:
    """Each number by each category, and each pair of categories."""
    numbers = [column.name for column in choice.numbers(table, goal)]
    categories = [column.name for column in choice.categories(table, goal)]
    return [
        *(["difference", number, by] for number in numbers for by in categories if by != number),
        *(["association", *_cut_by(table, goal, pair)] for pair in combinations(categories, 2)),
    ]


def measure(table: Table, step: Step) -> Finding | None:
    """One comparison; None where the groups are too small for it."""
    what, name, by = step
    return _difference(table, name, by) if what == "difference" else _association(table, name, by)


def conclude(table: Table, goal: str, found: Sequence[Finding]) -> Comparison:
    """All of it, judged together; the strongest first."""
    tested = [finding for finding in found if isinstance(finding, Difference | Association)]
    judged: list[Difference | Association] = [
        msgspec.structs.replace(finding, q=q, significant=q < LEVEL)
        for finding, q in zip(tested, adjust([finding.p for finding in tested]), strict=True)
    ]
    judged.sort(key=lambda finding: -finding.effect)
    untested: list[str] = []
    if not choice.categories(table, goal):
        untested.append("No column cuts the rows into groups that could be compared.")
    elif missing := len(steps(table, goal)) - len(tested):
        untested.append(f"{missing} of the comparisons had groups too small to judge.")
    return Comparison(
        differences=[finding for finding in judged if isinstance(finding, Difference)],
        associations=[finding for finding in judged if isinstance(finding, Association)],
        untested=untested,
    )


def _cut_by(table: Table, goal: str, pair: tuple[str, str]) -> tuple[str, str]:
    """The same two: shares of the one that the goal names, or has fewer values, by the other."""
    first, second = (
        (not choice.named(name, goal), len(choice.groups(choice.column(table, name))))
        for name in pair
    )
    return pair if first <= second else (pair[1], pair[0])


def _difference(table: Table, name: str, by: str) -> Difference | None:
    numbers = choice.values(choice.column(table, name))
    by_column = choice.column(table, by)
    labels = np.array([label or "" for label in choice.labels(by_column)])
    known = ~np.isnan(numbers)
    parts = [(group, numbers[known & (labels == group)]) for group in choice.groups(by_column)]
    parts = [(group, part) for group, part in parts if part.size >= choice.ROWS_PER_GROUP]
    if len(parts) < len("ab"):
        return None
    verdict = kruskal_wallis([part for _, part in parts])
    usual = choice.usual(numbers[known])
    groups: list[Group] = []
    for group, part in parts:
        low, median, high = np.percentile(part, [25, 50, 75]).tolist()
        groups.append(
            Group(
                name=group,
                rows=int(part.size),
                mean=float(part.mean()),
                low=low,
                median=median,
                high=high,
                other=1.0 if usual is None else float((part != usual).mean()),
            )
        )
    groups.sort(key=lambda group: -(group.median if usual is None else group.other))
    return Difference(
        column=name,
        by=by,
        groups=groups,
        usual=usual,
        left_out=int(known.sum()) - sum(group.rows for group in groups),
        effect=verdict.effect,
        p=verdict.p,
    )


def _association(table: Table, name: str, by: str) -> Association | None:
    column, by_column = choice.column(table, name), choice.column(table, by)
    levels = choice.groups(column)[:_MOST_SHOWN]
    groups = choice.groups(by_column)[:_MOST_SHOWN]
    counts = Counter(zip(choice.labels(column), choice.labels(by_column), strict=True))
    grid = np.array([[float(counts[level, group]) for level in levels] for group in groups])
    filled = grid.sum(axis=1) >= choice.ROWS_PER_GROUP if grid.size else np.zeros(0, dtype=bool)
    grid = grid[filled] if grid.size else grid
    groups = [group for group, kept in zip(groups, filled, strict=True) if kept]
    verdict = cramers_v(grid) if len(groups) > 1 else None
    if verdict is None:
        return None
    return Association(
        column=name,
        by=by,
        levels=levels,
        groups=groups,
        shares=(grid / grid.sum(axis=1, keepdims=True)).tolist(),
        rows=[int(total) for total in grid.sum(axis=1)],
        effect=verdict.effect,
        p=verdict.p,
    )
