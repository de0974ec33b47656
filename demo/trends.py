"""Finds what moved over time and within the year, and says what did not.

An analysis is three functions, so that an agent can do it step by step, save what it
has, and let another go on: `steps` says what to look at, `measure` looks at one of
them, `conclude` judges all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from callboard.demo import choice
from callboard.demo.cells import Column
from callboard.demo.periods import LEAST_PERIODS, TWO_YEARS, Cut, cut_time, number
from callboard.demo.results import Finding, Measure, Period, Point, Season, Step, Trend, Trends
from callboard.demo.significance import LEVEL, Array, adjust, kruskal_wallis, straight_line
from callboard.demo.table import Table

_LEAST_ROWS: Final = {"rows": 0, "median": 3, "mean": 3, "share": 10}
_MOST_SHARED: Final = 3
_MOST_LEVELS: Final = 8
_LEAST_SHARE: Final = 0.025
_LEAST_LEVEL_ROWS: Final = 50
_STEADY: Final = 0.1
_MONTHS: Final = 12


class _Series(NamedTuple):
    numbers: list[int]
    points: list[Point]


def steps(table: Table, goal: str) -> list[Step]:
    """What to look at: the number of rows, each number, the shares of each category."""
    date = choice.date(table, goal)
    if date is None or cut_time(_dates(date)) is None:
        return []
    columns = choice.numbers(table, goal)
    looks = [["rows"], *(["typical", column.name] for column in columns)]
    for column in _shared(table, goal):
        looks += [["share", column.name, level] for level in _levels(column)]
    if _whole_years(_dates(date)):
        looks += [["season", ""], *(["season", column.name] for column in columns)]
    return [[*look, *[""] * (3 - len(look)), date.name] for look in looks]


def measure(table: Table, step: Step) -> Finding | None:
    """The trend or the season of one thing; None where there is too little to go by."""
    return _season(table, step) if step[0] == "season" else _trend(table, step)


def conclude(table: Table, goal: str, found: Sequence[Finding]) -> Trends:
    """All of it, judged together; the clearest first."""
    date = choice.date(table, goal)
    if date is None:
        return Trends(untested=["No column holds dates, so nothing can be said about time."])
    days = sorted(_dates(date))
    cut = cut_time(days)
    if cut is None:
        return Trends(
            date=date.name,
            first=days[0],
            last=days[-1],
            untested=[
                (
                    f"{days[0]} to {days[-1]} is too short or too thin for a trend: at least"
                    f" {LEAST_PERIODS} complete days, weeks, months or years are needed."
                )
            ],
        )
    tested = [finding for finding in found if isinstance(finding, Trend | Season)]
    judged: list[Trend | Season] = [
        msgspec.structs.replace(finding, q=q, significant=q < LEVEL and _moves(finding))
        for finding, q in zip(tested, adjust([finding.p for finding in tested]), strict=True)
    ]
    judged.sort(key=lambda finding: finding.q)
    untested: list[str] = []
    if not _whole_years(days):
        untested.append("Seasons need two complete years.")
    return Trends(
        date=date.name,
        period=cut.period,
        first=days[0],
        last=days[-1],
        left_out=cut.left_out,
        trends=[finding for finding in judged if isinstance(finding, Trend)],
        seasons=[finding for finding in judged if isinstance(finding, Season)],
        untested=untested,
    )


def _moves(finding: Trend | Season) -> bool:
    return isinstance(finding, Season) or finding.slope != 0


def _dates(column: Column) -> list[str]:
    return [cell for cell in column.cells if isinstance(cell, str)]


def _shared(table: Table, goal: str) -> list[Column]:
    return [
        column
        for column in choice.categories(table, goal)
        if column.kind == "category" and len(choice.groups(column)) <= _MOST_LEVELS
    ][:_MOST_SHARED]


def _levels(column: Column) -> list[str]:
    """The values of a category whose share is worth following."""
    least = max(_LEAST_LEVEL_ROWS, _LEAST_SHARE * (len(column.cells) - column.missing))
    names = [name for name in choice.groups(column) if column.cells.count(name) >= least]
    # Of two values, the share of one says it all.
    return names[1:] if len(names) == len("ab") else names


def _trend(table: Table, step: Step) -> Trend | None:
    what, name, level, date = step
    dates = choice.column(table, date).cells
    cut = cut_time([day for day in dates if isinstance(day, str)])
    if cut is None:
        return None
    cells, kind = _cells(table, what, name, level)
    series = _series(cells, kind, dates, cut)
    if len(series.points) < LEAST_PERIODS:
        return None
    values = np.array([point.value for point in series.points])
    if kind == "rows" and values.std() < _STEADY * values.mean():
        return None  # one row a day, or the like: that is how the data were made
    seasonal = cut.period == "month" and cut.length >= TWO_YEARS
    per: Period = "year" if seasonal else cut.period
    numbers = np.array(series.numbers)
    times = (numbers - numbers[0]) / (_MONTHS if seasonal else 1)
    line = straight_line(times, values, numbers % _MONTHS if seasonal else None)
    return Trend(
        column=name,
        level=level,
        measure=kind,
        period=cut.period,
        points=series.points,
        per=per,
        slope=line.slope,
        low=line.low,
        high=line.high,
        start=line.intercept,
        end=line.intercept + line.slope * float(times[-1]),
        seasonal=seasonal,
        p=line.p,
    )


def _cells(table: Table, what: str, name: str, level: str) -> tuple[Array, Measure]:
    """One number for each row (NaN where there is none), and what to make of them."""
    if what == "rows":
        return np.ones(table.rows), "rows"
    column = choice.column(table, name)
    if what == "share":
        return (
            np.array([np.nan if cell is None else float(cell == level) for cell in column.cells]),
            "share",
        )
    numbers = choice.values(column)
    alike = choice.usual(numbers[~np.isnan(numbers)]) is not None
    kind: Measure = "mean" if alike else "median"
    return numbers, kind


def _series(cells: Array, kind: Measure, dates: Sequence[object], cut: Cut) -> _Series:
    """The value of each complete period that has enough rows."""
    by_period: dict[int, list[float]] = {n: [] for n in range(cut.first, cut.last + 1)}
    for value, day in zip(cells.tolist(), dates, strict=True):
        if isinstance(day, str) and value == value:  # noqa: PLR0124 - not NaN
            bucket = by_period.get(number(day, cut.period))
            if bucket is not None:
                bucket.append(value)
    numbers: list[int] = []
    points: list[Point] = []
    for n, bucket in by_period.items():
        if len(bucket) >= _LEAST_ROWS[kind]:
            numbers.append(n)
            points.append(Point(period=cut.label(n), value=_value(bucket, kind), rows=len(bucket)))
    return _Series(numbers, points)


def _value(bucket: list[float], kind: Measure) -> float:
    if kind == "rows":
        return float(len(bucket))
    return float(np.median(bucket) if kind == "median" else np.mean(bucket))


def _whole_years(dates: Sequence[str]) -> list[int]:
    """The calendar years that the dates cover completely; none where there are under two."""
    months = {number(day, "month") for day in dates}
    if not months:
        return []
    years = [
        year
        for year in range(min(months) // _MONTHS, max(months) // _MONTHS + 1)
        if all(year * _MONTHS + month in months for month in range(_MONTHS))
    ]
    return years if len(years) > 1 else []


def _season(table: Table, step: Step) -> Season | None:
    _, name, _, date = step
    dates = choice.column(table, date).cells
    years = _whole_years([day for day in dates if isinstance(day, str)])
    if not years:
        return None
    cells, kind = _cells(table, "typical" if name else "rows", name, "")
    cut = Cut("month", years[0] * _MONTHS, years[-1] * _MONTHS + _MONTHS - 1, [])
    series = _series(cells, kind, dates, cut)
    table_of = dict(zip(series.numbers, series.points, strict=True))
    complete: list[list[Point]] = []
    for year in years:
        months = range(year * _MONTHS, (year + 1) * _MONTHS)
        if all(month in table_of for month in months):
            complete.append([table_of[month] for month in months])
    if len(complete) < len("ab"):
        return None
    values = np.array([[point.value for point in points] for points in complete])
    means = values.mean(axis=0)
    if kind == "rows" and np.ptp(means) < _STEADY * means.mean():
        return None
    # A good year must not pass for a good month: each is seen against its own year.
    middles = values.mean(axis=1, keepdims=True)
    verdict = kruskal_wallis(list(((values / middles) if kind == "rows" else values - middles).T))
    return Season(
        column=name,
        measure=kind,
        points=[
            Point(
                period=f"{month + 1:02}",
                value=float(mean),
                rows=sum(points[month].rows for points in complete),
            )
            for month, mean in enumerate(means)
        ],
        effect=verdict.effect,
        p=verdict.p,
    )
