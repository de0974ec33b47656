"""Timelines: a row for each agent, bars for what it did, dots for what befell it.

Where a bar has something to say, it is a shape of its own and says so when it is pointed
at. Those that have not, of which there may be thousands, become one shape for each style.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from callboard.demo.page.html import Html, number, tag
from callboard.demo.page.plot import canvas, place, x_axis

WIDTH: Final = 2000.0
_GAP: Final = 0.16
_ZOOMS: Final = (1, 3, 8)
_NARROWEST: Final = 0.6
"""A bar that took no time must still be seen; in units of the drawing."""


class Bar(NamedTuple):
    """Something that took time.

    Attributes:
        row: Which row.
        start: Seconds.
        end: Likewise.
        style: CSS class.
        says: What to say of it when it is pointed at; "" for nothing.
        label: What to write on it, as far as there is room; "" for nothing.
        dot: CSS class of a dot at its start; "" for none.
        whole: It takes the height of the row, whatever else goes on there.
    """

    row: int
    start: float
    end: float
    style: str
    says: str = ""
    label: str = ""
    dot: str = ""
    whole: bool = False


class Dot(NamedTuple):
    """Something that happened.

    Attributes:
        says: What to say of it when it is pointed at; "" for nothing.
    """

    row: int
    at: float
    style: str
    says: str = ""


class Lanes(NamedTuple):
    """A timeline.

    Attributes:
        title: For those who can not see the drawing: what it shows, in a sentence.
        rows: What to write beside each row; "" where nothing fits.
        groups: What to write beside several rows at once, and how many; instead of `rows`.
        height: Of a row, in pixels.
        seconds: How long the whole took.
        times: Marks of the axis.
    """

    title: str
    rows: Sequence[str]
    groups: Sequence[tuple[str, int]]
    height: float
    seconds: float
    times: Sequence[tuple[float, str]]


class _Placed(NamedTuple):
    """A bar with its place among others of its row that ran at the same time."""

    bar: Bar
    lane: int
    lanes: int


class _Point(NamedTuple):
    """A dot, in units of the drawing."""

    x: float
    y: float
    style: str
    says: str


def lanes(frame: Lanes, bars: Sequence[Bar], dots: Sequence[Dot] = (), *, name: str) -> Html:
    """The timeline.

    Args:
        frame: What it is about.
        bars: Of one row there may be several at a time; the row is split then.
        dots: They are drawn over the bars, in the middle of their row.
        name: Of the timeline on the page; letters only.
    """
    placed = _placed(bars, len(frame.rows))
    tall = frame.height * len(frame.rows)
    points = [_start(frame, one) for one in placed if one.bar.dot] + [
        _middle(frame, d) for d in dots
    ]
    shapes = [_rules(frame), *_bars(frame, placed), *_points(points)]
    body = tag(
        "div",
        canvas(frame.title, *shapes, width=WIDTH, height=tall, class_="rows"),
        _texts(frame, placed),
        x_axis(frame.times, 0.0, frame.seconds),
        class_="track",
        style=f"height:{number(tall)}px",
    )
    wide = "wide roomy" if any(bar.label for bar in bars) else "wide"
    scroll = tag("div", tag("div", body, class_=wide), class_="scroll", tabindex="0")
    return _zoom(name, tag("div", _names(frame), scroll, class_="lanes"))


def _zoom(name: str, chart: Html) -> Html:
    """Ways to look closer, without a script."""
    choices: list[Html] = []
    for factor in _ZOOMS:
        key = f"{name}-{factor}"
        choices += [
            tag(
                "input",
                type="radio",
                name=name,
                id=key,
                class_=f"z{factor}",
                checked=factor == _ZOOMS[0],
            ),
            tag("label", f"{factor} ×", for_=key),  # noqa: RUF001 - the sign of multiplication
        ]
    return tag("div", *choices, chart, class_="zoom")


def _placed(bars: Sequence[Bar], rows: int) -> list[_Placed]:
    """Each bar goes into the first lane of its row that is free."""
    by_row: list[list[Bar]] = [[] for _ in range(rows)]
    for bar in bars:
        by_row[bar.row].append(bar)
    placed: list[_Placed] = []
    for row in by_row:
        free: list[float] = []
        chosen: list[tuple[Bar, int]] = []
        for bar in sorted(row, key=lambda bar: (not bar.whole, bar.start, bar.end)):
            if bar.whole:
                placed.append(_Placed(bar, 0, 1))
                continue
            lane = next((n for n, end in enumerate(free) if bar.start >= end), len(free))
            free[lane : lane + 1] = [bar.end]
            chosen.append((bar, lane))
        placed += [_Placed(bar, lane, len(free)) for bar, lane in chosen]
    return placed


def _box(frame: Lanes, placed: _Placed) -> tuple[float, float, float, float]:
    """Left, top, width and height, in units of the drawing."""
    scale = WIDTH / frame.seconds if frame.seconds else 0.0
    bar, room = placed.bar, frame.height * (1 - _GAP)
    high = room / placed.lanes
    top = bar.row * frame.height + frame.height * _GAP / 2 + placed.lane * high
    wide = max(_NARROWEST, (bar.end - bar.start) * scale)
    return bar.start * scale, top, wide, high


def _bars(frame: Lanes, placed: Sequence[_Placed]) -> list[Html]:
    paths: dict[str, list[str]] = {}
    spoken: list[Html] = []
    for one in placed:
        left, top, wide, high = map(number, _box(frame, one))
        path = f"M{left} {top}h{wide}v{high}h-{wide}z"
        if one.bar.says:
            spoken.append(_shape(path, one.bar.style, one.bar.says))
        else:
            paths.setdefault(one.bar.style, []).append(path)
    return [*(_shape("".join(parts), style) for style, parts in paths.items()), *spoken]


def _start(frame: Lanes, one: _Placed) -> _Point:
    left, top, _, high = _box(frame, one)
    return _Point(left, top + high / 2, one.bar.dot, one.bar.says)


def _middle(frame: Lanes, dot: Dot) -> _Point:
    scale = WIDTH / frame.seconds if frame.seconds else 0.0
    return _Point(dot.at * scale, (dot.row + 0.5) * frame.height, dot.style, dot.says)


def _points(points: Sequence[_Point]) -> list[Html]:
    """Dots that are not stretched with the rest: lines of no length with round ends."""
    paths: dict[str, list[str]] = {}
    spoken: list[Html] = []
    for point in points:
        path = f"M{number(point.x)} {number(point.y)}h0"
        paths.setdefault(f"dots {point.style}", []).append(path)
        if point.says:
            spoken.append(_shape(path, "dots feel", point.says))
    shapes = [_shape("".join(parts), style) for style, parts in paths.items()]
    # A second, smaller dot makes a ring of the first one, where the style wants that.
    shapes += [_shape("".join(parts), f"{style} heart") for style, parts in paths.items()]
    return [*shapes, *spoken]


def _shape(path: str, style: str, says: str = "") -> Html:
    return tag("path", tag("title", says) if says else None, d=path, class_=style)


def _rules(frame: Lanes) -> Html:
    """Lines through the drawing at the marks of the axis."""
    scale, tall = WIDTH / (frame.seconds or 1.0), number(frame.height * len(frame.rows))
    return tag("path", d="".join(f"M{number(at * scale)} 0v{tall}" for at, _ in frame.times),
               class_="grid")  # fmt: skip


def _texts(frame: Lanes, placed: Sequence[_Placed]) -> list[Html]:
    """What is written on the bars: beside the drawing, or it would be stretched with it."""
    texts: list[Html] = []
    for one in placed:
        _, top, _, high = _box(frame, one)
        bar = one.bar
        if bar.label:
            left = place(bar.start, 0.0, frame.seconds)
            wide = place(bar.end - bar.start, 0.0, frame.seconds)
            box = f"left:{left};width:{wide};top:{number(top)}px;line-height:{number(high)}px"
            texts.append(tag("span", bar.label, class_=f"on {bar.style}", style=box,
                             aria_hidden="true"))  # fmt: skip
    return texts


def _names(frame: Lanes) -> Html:
    tall = f"height:{number(frame.height)}px;line-height:{number(frame.height)}px"
    rows = [tag("span", row, style=tall) for row in frame.rows] if not frame.groups else []
    for label, count in frame.groups:
        high = number(frame.height * count)
        rows.append(tag("span", label, class_="group", style=f"height:{high}px"))
    return tag("div", *rows, class_="names")
