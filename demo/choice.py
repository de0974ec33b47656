"""Chooses which columns of a table deserve a look; those that the goal names come first."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import numpy as np

from callboard.demo.cells import Column
from callboard.demo.significance import Array
from callboard.demo.table import Table

MOST_NUMBERS: Final = 8
MOST_CATEGORIES: Final = 6
MOST_GROUPS: Final = 12
LEAST_VALUES: Final = 8
"""Columns with fewer values are left alone."""
ROWS_PER_GROUP: Final = 10
"""Smaller groups are left out of comparisons."""
_MOSTLY: Final = 0.5
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_MOST_CODES: Final = 12
_ROWS_PER_CODE: Final = 20


def values(column: Column) -> Array:
    """The column's numbers with NaN for what is missing, float64[n_rows]."""
    return np.array(
        [cell if isinstance(cell, float) else np.nan for cell in column.cells], dtype=np.float64
    )


def column(table: Table, name: str) -> Column:
    """The column of that name.

    Raises:
        KeyError: There is none.
    """
    for candidate in table.columns:
        if candidate.name == name:
            return candidate
    raise KeyError(name)


def numbers(table: Table, goal: str = "") -> list[Column]:
    """Columns of numbers that vary, the best first."""
    found = [
        c
        for c in table.columns
        if c.kind == "number"
        and table.rows - c.missing >= LEAST_VALUES
        and len({cell for cell in c.cells if cell is not None}) > 1
    ]
    return _best(found, goal)[:MOST_NUMBERS]


def categories(table: Table, goal: str = "") -> list[Column]:
    """Columns that cut the rows into comparable groups, the best first.

    Whole numbers with few values count too: grades, hours, numbers of doors.
    """
    found = [
        c
        for c in table.columns
        if (c.kind == "category" or (c.kind == "number" and _codes(c)))
        and len(groups(c)) >= len("ab")
    ]
    return _best(found, goal)[:MOST_CATEGORIES]


def date(table: Table, goal: str = "") -> Column | None:
    """The column that says when, if there is one."""
    found = [c for c in table.columns if c.kind == "date"]
    return _best(found, goal)[0] if found else None


def groups(column: Column) -> list[str]:
    """The values of a category that have enough rows, the commonest first."""
    counts = Counter(name for name in labels(column) if name is not None)
    return [name for name, rows in counts.most_common(MOST_GROUPS) if rows >= ROWS_PER_GROUP]


def labels(column: Column) -> list[str | None]:
    """The column's cells as names of groups."""
    return [c if c is None or isinstance(c, str) else f"{c:g}" for c in column.cells]


def usual(numbers: Array) -> float | None:
    """The value that more than half of them have, so that a median says nothing; or None.

    >>> usual(np.array([0.0, 0.0, 7.0]))
    0.0
    """
    found, counts = np.unique(numbers, return_counts=True)
    if not counts.size or counts.max() <= _MOSTLY * numbers.size:
        return None
    return float(found[counts.argmax()])


def named(name: str, goal: str) -> bool:
    """Whether the goal speaks of the column.

    >>> named("speed_knots", "Does speed matter?"), named("cost_usd", "Does speed matter?")
    (True, False)
    """
    wanted = {_stem(word) for word in _WORD.findall(goal)}
    return any(_stem(word) in wanted for word in _WORD.findall(name))


def _stem(word: str) -> str:
    return word.casefold().removesuffix("es").removesuffix("s")


def _codes(column: Column) -> bool:
    found = {cell for cell in column.cells if isinstance(cell, float)}
    return (
        len(found) <= _MOST_CODES
        and all(number.is_integer() for number in found)
        and len(column.cells) >= _ROWS_PER_CODE * len(found)
    )


def _best(columns: list[Column], goal: str) -> list[Column]:
    # Sorting is stable: in doubt the order of the file stays.
    return sorted(columns, key=lambda c: (not named(c.name, goal), 2 * c.missing > len(c.cells)))
