"""The sections of the report, each a list of lines of Markdown."""

from __future__ import annotations

from typing import Final

from callboard.demo import notes, rows, words
from callboard.demo.charts import bar, sparkline, spread
from callboard.demo.markup import bullets, fenced, paragraphs, table
from callboard.demo.results import (
    Comparison,
    Difference,
    Extremes,
    Quality,
    Season,
    Trend,
    Trends,
)

_LONGEST_LABEL: Final = 24
_WIDTH: Final = 40
TRENDS: Final = 12
CHARTS: Final = 4
ROWS: Final = 12
"""How many of each are shown at the most."""


def over_time(trends: Trends) -> list[str]:
    """What moved, what did not, and the seasons."""
    lines = ["", "## Over time"]
    if trends.trends:
        lines += _trends(trends.trends[:TRENDS])
    lines += paragraphs(notes.trends(trends, TRENDS))
    for season in notes.clear_seasons(trends)[:CHARTS]:
        lines += _season(season)
    return [*lines, *paragraphs(notes.no_season(trends)), *paragraphs(trends.untested)]


def _trends(found: list[Trend]) -> list[str]:
    """The table with the course of each trend as its second column."""
    head, cells = rows.trends(found)
    courses = [sparkline([point.value for point in trend.points]) for trend in found]
    head = [head[0], "course", *head[1:]]
    return table(
        head, ([row[0], course, *row[1:]] for row, course in zip(cells, courses, strict=True))
    )


def _season(season: Season) -> list[str]:
    values = [point.value for point in season.points]
    lowest, highest = min(0.0, *values), max(values)
    drawn = [
        bar(value, highest, width=_WIDTH)
        if lowest == 0
        else spread((value, value, value), lowest=lowest, highest=highest, width=_WIDTH)
        for value in values
    ]
    return [
        notes.season(season),
        "",
        *fenced(
            f"{words.month(point.period):9} {human:>9}  {line}".rstrip()
            for point, human, line in zip(
                season.points, [words.human(v) for v in values], drawn, strict=True
            )
        ),
    ]


def between_groups(comparison: Comparison) -> list[str]:
    """What differs between groups."""
    lines = ["", "## Between groups"]
    clear = notes.clear_differences(comparison)
    for difference in clear[:CHARTS]:
        lines += [notes.difference(difference), ""]
        lines += fenced(_groups(difference))
    others = [d for d in comparison.differences if d not in clear[:CHARTS]]
    if others:
        lines += ["Also compared:", ""]
        lines += table(*rows.differences(others[:ROWS]))
    if comparison.associations:
        lines += ["Categories that depend on each other (V: 0 not at all, 1 completely):", ""]
        lines += table(*rows.associations(comparison.associations[:ROWS]))
    return [*lines, *paragraphs(comparison.untested)]


def _groups(difference: Difference) -> list[str]:
    """A line for each group: its middle half, or how often it has an unusual value."""
    label = min(_LONGEST_LABEL, max(len(group.name) for group in difference.groups))
    lines = []
    if difference.usual is not None:
        largest = max(group.other for group in difference.groups)
        lines = [
            f"{_short(group.name, label)} {words.percent(group.other):>8}"
            f" of {group.rows:>6,} rows  {bar(group.other, largest, width=_WIDTH - label // 2)}"
            for group in difference.groups
        ]
    else:
        lowest = min(group.low for group in difference.groups)
        highest = max(group.high for group in difference.groups)
        lines = [
            f"{_short(group.name, label)} {words.human(group.median):>9}"
            f" {group.rows:>6,} rows  "
            + spread(
                (group.low, group.median, group.high),
                lowest=lowest,
                highest=highest,
                width=_WIDTH - label // 2,
            )
            for group in difference.groups
        ]
        lines.append(
            f"(the dot is the median, the line the middle half; {words.human(lowest)} to"
            f" {words.human(highest)})"
        )
    if difference.left_out:
        lines.append(f"({words.count(difference.left_out, 'row')} of smaller groups left out)")
    return [line.rstrip() for line in lines]


def standing_out(extremes: Extremes) -> list[str]:
    """Outliers, and numbers that go together."""
    lines = ["", "## What stands out"]
    for outliers in extremes.outliers:
        lines += [notes.outliers(outliers), ""]
        if not outliers.count:
            continue
        lines += table(*rows.extremes(outliers.extremes))
    if extremes.correlations:
        lines += ["Numbers that go together:", ""]
        lines += table(*rows.correlations(extremes.correlations[:ROWS]))
    return [*lines, *paragraphs(extremes.untested)]


def data(quality: Quality) -> list[str]:
    """What the file is like, column by column, with all doubts."""
    lines = ["", "## The data"]
    lines += table(*rows.columns(quality))
    if quality.numbers:
        lines += table(*rows.numbers(quality))
    return [*lines, *bullets(rows.doubts(quality)), ""]


def _short(label: str, width: int) -> str:
    return f"{label if len(label) <= width else label[: width - 1] + '~':{width}}"
