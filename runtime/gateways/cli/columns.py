"""Tables on a terminal: columns as wide as what stands in them, the last one as there is room."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import repeat
from typing import TypeAlias

from callboard.runtime.gateways.cli.screen import Stream
from callboard.runtime.gateways.cli.text import fit, one_line, pad, width

Row: TypeAlias = Sequence[str]

_GAP = "  "
_LEAST = 20
_LINE = 80


def table(out: Stream, titles: Row, rows: Sequence[Row], *, wrap: bool = False) -> None:
    """Write it.

    Args:
        out: A terminal keeps its width; elsewhere nothing is cut.
        titles: Of the columns.
        rows: As many cells as there are titles; each becomes one line.
        wrap: What is too long in the last column goes on below, in place of being cut.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(titles, *cells, strict=True)][:-1]
    room = max(_LEAST, (out.columns or _LINE) - sum(widths) - len(_GAP) * len(widths))
    out.line(_line(titles, widths), "bold")
    for *before, last in cells:
        parts = textwrap.wrap(last, room) if wrap else [fit(last, room) if out.columns else last]
        out.line(_line([*before, *(parts[:1] or [""])], widths))
        for part in parts[1:]:
            out.line(_line([*repeat("", len(widths)), part], widths))


def _line(row: Row, widths: Sequence[int]) -> str:
    return _GAP.join([*map(pad, row[:-1], widths), row[-1]]).rstrip()
