"""Recognises what a column of text holds: numbers, dates, categories, names.

>>> recognise("when", ["03/04/2024", "25/04/2024"], lines=[2, 3]).cells
['2024-04-03', '2024-04-25']
>>> recognise("price", ["1.234,50", "12,00"], lines=[2, 3]).cells
[1234.5, 12.0]
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import msgspec

from callboard.demo.figures import Cell, date_style, number_style

Kind: TypeAlias = Literal["number", "date", "category", "identifier", "text", "blank"]

MOST_LEVELS: Final = 500
"""A column of text with more different values than this is no category."""
SHOWN: Final = 5
"""Unreadable cells that are kept as examples."""

_MISSING: Final = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "-", "--", "?", ".", "#value!", "#div/0!"}
)
_MISSING_AMONG_FIGURES: Final = _MISSING | {"none", "nil", "unknown", "missing", "\u2013", "\u2014"}
_ID_NAME: Final = re.compile(
    r"(?:.*[_ -])?(?:id|no|nr|number|index|key|code|uuid|row)", re.IGNORECASE
)
_ENOUGH_FOR_IDS: Final = 20
_FEW_LEVELS: Final = 12
_ROWS_PER_LEVEL: Final = 5


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that does not fit its column.

    Attributes:
        line: In the file, counted from 1.
    """

    line: int
    text: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column, typed.

    Attributes:
        kind: What the cells are; "identifier" names rows and is not to be averaged.
        cells: Numbers as float, dates as "YYYY-MM-DD", all else as text; None is missing.
        unreadable: How many cells were not blank, yet do not fit; they are None.
        examples: The first few of those.
        assumed: What had to be assumed to read it, in words, or "".
    """

    name: str
    kind: Kind
    cells: list[Cell]
    unreadable: int = 0
    examples: list[Unreadable] = msgspec.field(default_factory=list[Unreadable])
    assumed: str = ""

    @property
    def missing(self) -> int:
        """How many cells have no value."""
        return self.cells.count(None)


def recognise(
    name: str, texts: Sequence[str], *, lines: Sequence[int], delimiter: str = ","
) -> Column:
    """The column *name* with its kind and its typed cells.

    Args:
        name: Helps in doubt: `year`, `id`, `date`.
        texts: One cell a row, without blanks around it.
        lines: Where each row begins in the file.
        delimiter: Of the file.
    """
    counts = Counter(texts)
    figures = {t: n for t, n in counts.items() if t.casefold() not in _MISSING_AMONG_FIGURES}
    kind: Kind = "date"
    style = date_style(name, figures) if figures else None
    if figures and style is None:
        kind = "number"
        style = number_style(name, figures, delimiter)
    if style is None:
        return _words(name, texts, counts)
    values = {text: style.read(text) for text in figures}
    strange = {text for text, value in values.items() if value is None}
    where = [i for i, text in enumerate(texts) if text in strange] if strange else []
    column = Column(
        name=name,
        kind=kind,
        cells=[values.get(text) for text in texts],
        unreadable=len(where),
        examples=[Unreadable(line=lines[i], text=texts[i]) for i in where[:SHOWN]],
        assumed=style.assumed,
    )
    return _number_kind(column) if kind == "number" else column


def _number_kind(column: Column) -> Column:
    """The same, unless its numbers are flags or names."""
    values = [cell for cell in column.cells if isinstance(cell, float)]
    different = set(values)
    if different == {0.0, 1.0} and not column.unreadable:
        flags: list[Cell] = [f"{c:.0f}" if isinstance(c, float) else None for c in column.cells]
        return Column(name=column.name, kind="category", cells=flags)
    if len(different) == len(values) >= _ENOUGH_FOR_IDS and all(v.is_integer() for v in values):
        steps = {after - before for before, after in pairwise(values)}
        if steps == {1.0} or _ID_NAME.fullmatch(column.name):
            return msgspec.structs.replace(column, kind="identifier")
    return column


def _words(name: str, texts: Sequence[str], counts: Counter[str]) -> Column:
    known = {text: n for text, n in counts.items() if text.casefold() not in _MISSING}
    total = sum(known.values())
    kind: Kind = "text"
    if not known:
        kind = "blank"
    elif len(known) == total and total >= _ENOUGH_FOR_IDS and _ID_NAME.fullmatch(name):
        kind = "identifier"
    elif len(known) <= min(MOST_LEVELS, total / 2) and (
        len(known) <= _FEW_LEVELS or total / len(known) >= _ROWS_PER_LEVEL
    ):
        kind = "category"
    return Column(name=name, kind=kind, cells=[text if text in known else None for text in texts])
