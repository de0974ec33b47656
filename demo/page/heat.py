"""A heat map: how much there is in each cell of a table, as shades of one colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from callboard.demo.page.html import Html, join, number, tag
from callboard.demo.page.plot import canvas

SHADES: Final = 7
_ROW: Final = 18
_CELL: Final = 10.0


class HeatMap(NamedTuple):
    """What to draw.

    Attributes:
        title: For those who can not see the drawing: what it shows, in a sentence.
        rows: Names of the rows.
        groups: Names of neighbouring columns, and how many they are.
        values: A list for each row with a number for each column; none below 0.
        unit: What the numbers count.
    """

    title: str
    rows: Sequence[str]
    groups: Sequence[tuple[str, int]]
    values: Sequence[Sequence[float]]
    unit: str


def heat_map(heat: HeatMap) -> Html:
    """The map, with what its shades mean."""
    columns = sum(count for _, count in heat.groups)
    largest = max((max(row, default=0.0) for row in heat.values), default=0.0)
    tall = _ROW * len(heat.rows)
    shapes = [*_cells(heat, largest), _edges(heat, tall)]
    drawing = canvas(heat.title, *shapes, width=columns * _CELL, height=tall, class_="rows")
    above = tag("div", _heads(heat, columns), class_="heads")
    body = tag("div", above, tag("div", drawing, style=f"height:{tall}px"), class_="wide roomy")
    line = f"height:{_ROW}px;line-height:{_ROW}px"
    names = tag("div", [tag("span", row, style=line) for row in heat.rows], class_="names low")
    chart = tag("div", names, tag("div", body, class_="scroll", tabindex="0"), class_="lanes")
    return join(_scale(largest, heat.unit), chart)


def shade(value: float, largest: float) -> int:
    """Which of the shades a value has, from 1; 0 for nothing at all.

    >>> [shade(value, 70.0) for value in (0.0, 0.1, 10.0, 10.1, 70.0)]
    [0, 1, 1, 2, 7]
    """
    if value <= 0 or largest <= 0:
        return 0
    return max(1, min(SHADES, -int(-value / largest * SHADES // 1)))


def _cells(heat: HeatMap, largest: float) -> list[Html]:
    paths: dict[int, list[str]] = {}
    for y, row in enumerate(heat.values):
        for x, value in enumerate(row):
            level = shade(value, largest)
            if level:
                cell = f"M{number(x * _CELL)} {number(y * _ROW + 1)}h{number(_CELL)}"
                paths.setdefault(level, []).append(f"{cell}v{_ROW - 1}h-{number(_CELL)}z")
    return [tag("path", d="".join(paths[n]), class_=f"heat{n}") for n in sorted(paths)]


def _edges(heat: HeatMap, tall: float) -> Html:
    """Lines between the groups of columns."""
    x, path = 0, ""
    for _, count in heat.groups[:-1]:
        x += count
        path += f"M{number(x * _CELL)} 0v{number(tall)}"
    return tag("path", d=path, class_="edge")


def _heads(heat: HeatMap, columns: int) -> list[Html]:
    return [
        tag("span", name, title=name, style=f"width:{number(100 * count / columns)}%")
        for name, count in heat.groups
    ]


def _scale(largest: float, unit: str) -> Html:
    shades = [tag("i", class_=f"heat{n}") for n in range(1, SHADES + 1)]
    return tag("p", tag("span", "0 ", *shades, f" {largest:.3g} {unit}"), class_="legend scale")
