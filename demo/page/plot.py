"""Courses over time: lines and stacked areas in a frame that fits any width.

The drawing is stretched to the page, the words beside it are not: they are placed in
per cent, so they stay readable on a phone and need no script.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from callboard.demo.page.axes import ticks
from callboard.demo.page.html import Html, Value, join, number, tag

WIDTH: Final = 1000.0
HEIGHT: Final = 200.0
_FIRST, _LAST = 0.001, 0.94
"""A mark further to the left is written to the right of its place, and the other way round."""


class Series(NamedTuple):
    """One course.

    Attributes:
        name: For the legend; "" for none.
        style: CSS class.
        points: x and y.
        kind: "line", "dots", "bars" or "area"; areas are stacked in their order.
    """

    name: str
    style: str
    points: Sequence[tuple[float, float]]
    kind: str = "line"


class Frame(NamedTuple):
    """The axes.

    Attributes:
        title: For those who can not see the drawing: what it shows, in a sentence.
        x: From where to where.
        y: Likewise.
        x_ticks: Places on the x axis, and what they say.
        y_label: What a number on the y axis is written as.
    """

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    x_ticks: Sequence[tuple[float, str]]
    y_label: Callable[[float], str]


def plot(frame: Frame, series: Sequence[Series]) -> Html:
    """The drawing with its axes and, where series have names, a legend."""
    drawn: list[Html] = []
    floor = [0.0] * max((len(s.points) for s in series), default=0)
    for one in series:
        if one.kind == "area":
            top = [low + y for low, (_, y) in zip(floor, one.points, strict=False)]
            drawn.append(_area(frame, one, floor, top))
            floor = top
        else:
            drawn.append(_course(frame, one))
    return join(legend([(s.name, s.style) for s in series if s.name]), _framed(frame, drawn))


def legend(entries: Sequence[tuple[str, str]]) -> Html | None:
    """What the colours mean."""
    if not entries:
        return None
    items = [tag("span", tag("i", class_=style), name) for name, style in entries]
    return tag("p", *items, class_="legend")


def canvas(title: str, *shapes: Html, width: float, height: float, **attributes: Value) -> Html:
    """A drawing that is stretched to the place where it stands."""
    return tag(
        "svg",
        tag("title", title),
        *shapes,
        viewBox=f"0 0 {number(width)} {number(height)}",
        preserveAspectRatio="none",
        role="img",
        **attributes,
    )


def place(x: float, low: float, high: float) -> str:
    """Where x is between low and high, in per cent."""
    part = (x - low) / (high - low) if high > low else 0.0
    return f"{number(100 * part)}%"


def x_axis(places: Sequence[tuple[float, str]], low: float, high: float) -> list[Html]:
    """The words below a drawing."""
    return [
        tag("span", label, class_=_side(x, low, high), style=f"left:{place(x, low, high)}")
        for x, label in places
    ]


def _side(x: float, low: float, high: float) -> str:
    part = (x - low) / (high - low) if high > low else 0.5
    return "x start" if part < _FIRST else "x end" if part > _LAST else "x"


def _framed(frame: Frame, drawn: Sequence[Html]) -> Html:
    low, high = frame.y
    places = ticks(low, high)
    lines = "".join(f"M0 {number(_y(frame, y))}H{number(WIDTH)}" for y in places)
    grid = tag("path", d=lines, class_="grid")
    return tag(
        "div",
        canvas(frame.title, grid, *drawn, width=WIDTH, height=HEIGHT),
        [
            tag("span", frame.y_label(y), class_="y", style=f"bottom:{place(y, low, high)}")
            for y in places
        ],
        x_axis(frame.x_ticks, *frame.x),
        class_="plot",
    )


def _x(frame: Frame, x: float) -> float:
    low, high = frame.x
    return WIDTH * (x - low) / (high - low) if high > low else WIDTH / 2


def _y(frame: Frame, y: float) -> float:
    low, high = frame.y
    return HEIGHT * (1 - (y - low) / (high - low)) if high > low else HEIGHT / 2


def _area(frame: Frame, series: Series, floor: Sequence[float], top: Sequence[float]) -> Html:
    xs = [_x(frame, x) for x, _ in series.points]
    upper = [(x, _y(frame, y)) for x, y in zip(xs, top, strict=True)]
    lower = [(x, _y(frame, y)) for x, y in zip(xs, floor, strict=False)]
    return tag("path", d=f"{_line([*upper, *reversed(lower)])}Z", class_=f"area {series.style}")


def _course(frame: Frame, series: Series) -> Html:
    points = [(_x(frame, x), _y(frame, y)) for x, y in series.points]
    if series.kind == "dots":
        # A line of no length with round ends: a dot that is not stretched with the rest.
        path = "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
        return tag("path", d=path, class_=f"dots {series.style}")
    if series.kind == "bars":
        wide = WIDTH / max(1, len(points)) * 0.7
        base = _y(frame, max(frame.y[0], 0.0))
        path = "".join(
            f"M{number(x - wide / 2)} {number(base)}V{number(y)}h{number(wide)}V{number(base)}Z"
            for x, y in points
        )
        return tag("path", d=path, class_=f"area {series.style}")
    return tag("path", d=_line(points), class_=f"line {series.style}")


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) if points else ""
