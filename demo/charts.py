"""Draws with characters: courses, bars and ranges that need no more than a fixed font.

>>> sparkline([1, 2, 3, 8]), bar(5, 10, width=4)
('▁▂▃█', '██')
>>> spread((2, 5, 7), lowest=0, highest=10, width=11)
'  ╶──●─╴'
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeAlias

_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final = "▏▎▍▌▋▊▉█"
_PLAIN: Final = str.maketrans(
    {
        **dict(zip(_HEIGHTS, "_.,-=+*#", strict=True)),
        **dict(zip(_EIGHTHS, "    ####", strict=True)),
        "╶": "|",
        "╴": "|",
        "─": "-",
        "●": "o",
        "→": "->",
    }
)
Quartiles: TypeAlias = tuple[float, float, float]
LONGEST: Final = 48


def sparkline(values: Sequence[float], *, longest: int = LONGEST) -> str:
    """The course of the values, each a column; neighbours are averaged where they are many."""
    points = _thinned(values, longest)
    if not points:
        return ""
    low, high = min(points), max(points)
    if high == low:
        return _HEIGHTS[3] * len(points)
    steps = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[round((value - low) / (high - low) * steps)] for value in points)


def bar(value: float, largest: float, *, width: int) -> str:
    """A bar of *width* characters for *largest*; the least for anything above zero."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(min(1.0, value / largest) * width * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest - 1] if rest else "")


def spread(quartiles: Quartiles, *, lowest: float, highest: float, width: int) -> str:
    """A line from low to high with a dot at the middle, on an axis of *width* characters."""
    scale = (width - 1) / (highest - lowest) if highest > lowest else 0.0
    start, dot, end = (round((value - lowest) * scale) for value in quartiles)
    line = ["╶", *"─" * (end - start - 1), "╴"] if end > start else ["─"]
    line[dot - start] = "●"
    return " " * start + "".join(line)


def plain(text: str) -> str:
    """The same with ASCII only, for terminals that know no other characters.

    >>> plain("▁█ ██▌ ╶●╴")
    '_# ##  |o|'
    """
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


def _thinned(values: Sequence[float], longest: int) -> list[float]:
    if len(values) <= longest:
        return list(values)
    edges = [round(i * len(values) / longest) for i in range(longest + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
