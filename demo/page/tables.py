"""Tables of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callboard.demo.page.html import Child, Html, tag


class Tile(NamedTuple):
    """A number that matters.

    Attributes:
        value: The number.
        label: What it counts.
        note: A little more.
        tone: "good", "bad" or "".
    """

    value: str
    label: str
    note: str = ""
    tone: str = ""


def table(head: Sequence[Child], rows: Sequence[Sequence[Child]], *, numbers: int = 0) -> Html:
    """A table that scrolls by itself where it is too wide.

    Args:
        head: Names of the columns.
        rows: Their cells.
        numbers: So many columns at the end hold numbers.
    """
    first = len(head) - numbers
    styles = [None if n < first else "n" for n in range(len(head))]
    heads = [tag("th", cell, scope="col", class_=s) for cell, s in zip(head, styles, strict=True)]
    body = [
        tag("tr", [tag("td", cell, class_=s) for cell, s in zip(row, styles, strict=True)])
        for row in rows
    ]
    whole = tag("table", tag("thead", tag("tr", heads)), tag("tbody", body))
    return tag("div", whole, class_="scroll table", tabindex="0")


def tiles(entries: Sequence[Tile]) -> Html:
    """Numbers at a glance."""
    return tag(
        "div",
        [
            tag("div", tag("b", tile.value), tag("span", tile.label), tag("small", tile.note),
                class_=f"tile {tile.tone}".rstrip())
            for tile in entries
        ],
        class_="tiles",
    )  # fmt: skip
