"""Says what a file is like before anything is concluded from it.

Three functions as in `callboard.demo.trends`: `steps`, `measure`, `conclude`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from callboard.demo import choice
from callboard.demo.cells import Column
from callboard.demo.results import (
    ColumnOverview,
    ColumnQuality,
    Duplicates,
    Finding,
    NumberSummary,
    Quality,
    Step,
)
from callboard.demo.table import Table

_COMMONEST: Final = 3
_SHOWN: Final = 6
_RARE: Final = 3
_ROWS_FOR_RARE: Final = 100


def steps(table: Table, goal: str) -> list[Step]:  # noqa: ARG001 - an analysis takes both
    """Each column, each column of numbers, and the repeated rows."""
    return [
        *(["column", column.name] for column in table.columns),
        *(["summary", column.name] for column in table.columns if column.kind == "number"),
        ["duplicates", ""],
    ]


def measure(table: Table, step: Step) -> Finding | None:
    """What one column is like, or which rows repeat others."""
    what, name = step
    if what == "duplicates":
        return _duplicates(table)
    column = choice.column(table, name)
    return _summary(column) if what == "summary" else _column(column)


def conclude(table: Table, goal: str, found: Sequence[Finding]) -> Quality:  # noqa: ARG001
    """All of it in one."""
    return Quality(
        source=table.source,
        rows=table.rows,
        encoding=table.encoding,
        delimiter=table.delimiter,
        notes=table.notes,
        columns=[finding for finding in found if isinstance(finding, ColumnQuality)],
        numbers=[finding for finding in found if isinstance(finding, NumberSummary)],
        duplicates=next((f for f in found if isinstance(f, Duplicates)), None),
    )


def _column(column: Column) -> ColumnQuality:
    counts = Counter(cell for cell in choice.labels(column) if cell is not None)
    dates = (
        [cell for cell in column.cells if isinstance(cell, str)] if column.kind == "date" else []
    )
    spellings: dict[str, list[str]] = defaultdict(list)
    rare: list[tuple[str, int]] = []
    if column.kind == "category":
        for value in counts:
            spellings["".join(filter(str.isalnum, value.casefold())) or value].append(value)
        if len(column.cells) >= _ROWS_FOR_RARE:
            rare = sorted((v, n) for v, n in counts.items() if n <= _RARE)
    return ColumnQuality(
        overview=ColumnOverview(
            name=column.name,
            kind=column.kind,
            rows=len(column.cells),
            missing=column.missing,
            distinct=len(counts),
            examples=counts.most_common(_COMMONEST),
            first=min(dates, default=""),
            last=max(dates, default=""),
        ),
        unreadable=column.unreadable,
        examples=column.examples,
        constant=len(counts) == 1,
        variants=[sorted(same) for same in spellings.values() if len(same) > 1][:_SHOWN],
        rare=rare[:_SHOWN],
    )


def _summary(column: Column) -> NumberSummary | None:
    numbers = choice.values(column)
    numbers = numbers[~np.isnan(numbers)]
    if not numbers.size:
        return None
    smallest, low, median, high, largest = np.percentile(numbers, [0, 25, 50, 75, 100]).tolist()
    unique, counts = np.unique(numbers, return_counts=True)
    return NumberSummary(
        column=column.name,
        count=int(numbers.size),
        mean=float(numbers.mean()),
        deviation=float(numbers.std(ddof=1)) if numbers.size > 1 else 0.0,
        smallest=smallest,
        low=low,
        median=median,
        high=high,
        largest=largest,
        commonest=float(unique[counts.argmax()]),
        commonest_share=float(counts.max() / numbers.size),
    )


def _duplicates(table: Table) -> Duplicates:
    seen: set[tuple[object, ...]] = set()
    lines: list[int] = []
    for line, *row in zip(table.lines, *(column.cells for column in table.columns), strict=True):
        cells = tuple(row)
        if cells in seen:
            lines.append(line)
        seen.add(cells)
    return Duplicates(rows=len(lines), lines=lines[:_SHOWN])
