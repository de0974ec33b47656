"""The findings, drawn for the page."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from callboard.demo import ink, notes, rows, words
from callboard.demo.page.axes import ticks
from callboard.demo.page.bars import Part, Range, Row, bars, ranges
from callboard.demo.page.document import figure
from callboard.demo.page.html import Html, tag
from callboard.demo.page.plot import Frame, Series, legend, plot
from callboard.demo.results import Association, Correlation, Difference, Season, Trend

_STYLES: Final = 7
_MARGIN: Final = 0.08
_LABELS: Final = 4
_MONTHS: Final = 12


def trend(found: Trend) -> Html:
    """The points of a trend, and the line through them where there is one."""
    values = [point.value for point in found.points]
    last = len(values) - 1
    series = [
        Series("", "quiet", list(enumerate(values))),
        Series("", "s0", list(enumerate(values)), "dots"),
    ]
    low, high = min(values), max(values)
    if found.significant:
        line = [(0.0, found.start), (float(last), found.end)]
        series.append(Series("", "s4 fit", line))
        low, high = min(low, found.start, found.end), max(high, found.start, found.end)
    frame = Frame(
        f"{ink.plain(words.subject(found))} by {found.period}, {found.points[0].period} to"
        f" {found.points[-1].period}",
        (0.0, float(last)),
        _roomy(low, high),
        [(float(n), found.points[n].period) for n in _some(last)],
        words.percent if found.measure == "share" else words.human,
    )
    caption = [ink.page(words.subject(found)), ": ", ink.page(rows.verdict(found))]
    return figure(caption, tag("div", plot(frame, series), class_="small"))


def season(found: Season) -> Html:
    """A bar for each month."""
    values = [point.value for point in found.points]
    points = [(n + 0.5, value) for n, value in enumerate(values)]
    low = min(0.0, *values)
    frame = Frame(
        ink.plain(words.seasonal(found)),
        (0.0, float(_MONTHS)),
        (low, _roomy(low, max(values))[1]),
        [(n + 0.5, words.month(point.period)[:3]) for n, point in enumerate(found.points)],
        words.human,
    )
    return figure(ink.page(notes.season(found)), plot(frame, [Series("", "s0", points, "bars")]))


def difference(found: Difference) -> Html:
    """The groups of a difference: the middle half of each, or how often it is unusual."""
    title = ink.plain(words.differs(found))
    if found.usual is not None:
        largest = max(group.other for group in found.groups) or 1.0
        drawn = bars(
            [
                Row(
                    group.name,
                    [Part(group.other / largest, "s0")],
                    f"{words.percent(group.other)} of {group.rows:,}",
                )
                for group in found.groups
            ],
            title,
        )
        note = ""
    else:
        lowest = min(group.low for group in found.groups)
        highest = max(group.high for group in found.groups)
        drawn = ranges(
            [
                Range(g.name, g.low, g.median, g.high, f"{words.human(g.median)} ({g.rows:,})")
                for g in found.groups
            ],
            title,
            lowest=lowest,
            highest=highest,
        )
        note = (
            "The mark is the median, the box the middle half, in brackets the number of rows; from"
            f" {words.human(lowest)} to {words.human(highest)}."
        )
    if found.left_out:
        note += f" {words.count(found.left_out, 'row')} of smaller groups left out."
    small = tag("p", tag("small", note)) if note else None
    return figure(ink.page(notes.difference(found)), drawn, small)


def association(found: Association) -> Html:
    """The shares of each group, one beside the other."""
    styles = [f"s{min(n, _STYLES - 1)}" for n in range(len(found.levels))]
    drawn = [
        Row(
            group,
            [
                Part(share, style, f"{group}: {words.percent(share)} {level}")
                for share, style, level in zip(shares, styles, found.levels, strict=True)
            ],
            f"{count:,}",
        )
        for group, shares, count in zip(found.groups, found.shares, found.rows, strict=True)
    ]
    key = [*zip(found.levels[: _STYLES - 1], styles, strict=False)]
    if len(found.levels) == _STYLES:
        key.append((found.levels[-1], styles[-1]))
    elif len(found.levels) > _STYLES:
        key.append(("others", styles[-1]))
    sentence = f"{words.depends(found)} ({words.chance(found.q)})"
    return figure(ink.page(sentence), legend(key), bars(drawn, ink.plain(words.depends(found))))


def correlations(found: list[Correlation]) -> Html:
    """How closely each pair goes together, to the left or to the right of nothing."""
    drawn: list[Row] = []
    for pair in found:
        half = abs(pair.effect) / 2
        left = 0.5 - half if pair.effect < 0 else 0.5
        style = ("s0" if pair.effect > 0 else "s4") if pair.significant else "down"
        parts = [Part(left, "none"), Part(half, style)]
        drawn.append(Row(f"{pair.first}, {pair.second}", parts, rows.correlation(pair)))
    return figure(
        "Numbers that go together: rank correlation from -1 on the left to +1 on the right; grey"
        " where chance alone could do as much.",
        bars(drawn, "Rank correlations"),
    )


def _roomy(low: float, high: float) -> tuple[float, float]:
    """The axis with a little room, from 0 on where that is near."""
    if low >= 0 and low < high / 2:
        low = 0.0
    room = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
    return (low - room if low else 0.0, high + room)


def _some(last: int) -> list[int]:
    """A few places from 0 to *last*, both included, evenly spread."""
    if last <= 0:
        return [0]
    places = [round(place) for place in ticks(0.0, float(last), _LABELS)]
    step = min((b - a for a, b in pairwise(places)), default=last)
    return [place for place in places if place <= last - step * 2 / 3 or place == last] + (
        [last] if last not in places else []
    )
