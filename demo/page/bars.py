"""Bars and ranges beside their labels: they fold for a phone and need no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callboard.demo.page.html import Html, join, tag
from callboard.demo.page.plot import place


class Part(NamedTuple):
    """A piece of a bar.

    Attributes:
        share: Of the whole width, in [0, 1].
        style: CSS class.
        says: What to say when it is pointed at.
    """

    share: float
    style: str
    says: str = ""


class Row(NamedTuple):
    """A bar.

    Attributes:
        label: Before it.
        parts: From the left on; the rest stays empty.
        value: After it.
    """

    label: str
    parts: Sequence[Part]
    value: str


class Range(NamedTuple):
    """From where to where values go: a line, a box and a mark.

    Attributes:
        low: The box begins there; a quarter is below.
        middle: The median.
        high: The box ends there; a quarter is above.
        end: The line goes on to there; None for no line.
    """

    label: str
    low: float
    middle: float
    high: float
    value: str
    end: float | None = None


def bars(rows: Sequence[Row], title: str) -> Html:
    """Bars below each other."""
    return _listed(title, [(row.label, [_part(part) for part in row.parts], row.value)
                           for row in rows])  # fmt: skip


def ranges(rows: Sequence[Range], title: str, *, lowest: float, highest: float) -> Html:
    """Ranges below each other, on one axis from *lowest* to *highest*."""
    return _listed(
        title,
        [(row.label, _range(row, lowest, highest), row.value) for row in rows],
        style="ranges",
    )


def _listed(title: str, rows: Sequence[tuple[str, Sequence[Html], str]], style: str = "") -> Html:
    drawn = [
        join(
            tag("span", label, class_="label"),
            tag("span", parts, class_="bar"),
            tag("span", value, class_="value"),
        )
        for label, parts, value in rows
    ]
    return tag("div", drawn, class_=f"bars {style}".rstrip(), role="group", aria_label=title)


def _part(part: Part) -> Html:
    return tag("i", class_=part.style, style=f"width:{place(part.share, 0.0, 1.0)}",
               title=part.says or None)  # fmt: skip


def _range(row: Range, lowest: float, highest: float) -> list[Html]:
    def at(value: float) -> str:
        return place(min(highest, max(lowest, value)), lowest, highest)

    def width(start: float, end: float) -> str:
        return place(max(0.0, min(highest, end) - max(lowest, start)), 0.0, highest - lowest)

    parts = [tag("i", class_="box", style=f"left:{at(row.low)};width:{width(row.low, row.high)}")]
    if row.end is not None:
        wide = width(row.high, row.end)
        parts.insert(0, tag("i", class_="whisker", style=f"left:{at(row.high)};width:{wide}"))
    return [*parts, tag("i", class_="middle", style=f"left:{at(row.middle)}")]
