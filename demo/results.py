"""What the analyses find, as data: the report words it, charts draw it, agents send it.

All of it is JSON: `msgspec.to_builtins(result)` on one side, `msgspec.convert` on the other.
Shares are in [0, 1]; `p` is the probability of so clear a result by chance alone, `q` is
the same, adjusted for the number of tests of its analysis.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from callboard.demo.cells import Kind, Unreadable

Period: TypeAlias = Literal["year", "month", "week", "day"]
Measure: TypeAlias = Literal["rows", "median", "mean", "share"]
Step: TypeAlias = list[str]
"""One small piece of an analysis: what to look at."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what was found."""


class Finding(Result, frozen=True, kw_only=True, tag=True):
    """What one step of an analysis found."""


class ColumnOverview(Result, frozen=True, kw_only=True):
    """A column at a glance.

    Attributes:
        distinct: How many different values it has.
        examples: The commonest values, commonest first, with how often each occurs.
        first: The earliest date, or "".
        last: The latest date, or "".
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    examples: list[tuple[str, int]]
    first: str = ""
    last: str = ""


class NumberSummary(Finding, frozen=True, kw_only=True):
    """A column of numbers in a line.

    Attributes:
        low: A quarter of the values are below.
        high: A quarter of the values are above.
        commonest: The value that occurs most often, and
        commonest_share: in what part of the rows.
    """

    column: str
    count: int
    mean: float
    deviation: float
    smallest: float
    low: float
    median: float
    high: float
    largest: float
    commonest: float
    commonest_share: float


class ColumnQuality(Finding, frozen=True, kw_only=True):
    """How complete and consistent a column is.

    Attributes:
        unreadable: Cells that are no number (or date) in a column of such.
        constant: It has one value only.
        variants: Values that differ in case or blanks only.
        rare: Values of a category that occur at most three times, up to six of them.
    """

    overview: ColumnOverview
    unreadable: int
    examples: list[Unreadable]
    constant: bool
    variants: list[list[str]]
    rare: list[tuple[str, int]]


class Duplicates(Finding, frozen=True, kw_only=True):
    """Rows that repeat an earlier one.

    Attributes:
        rows: How many.
        lines: Where the first few are in the file.
    """

    rows: int
    lines: list[int]


class Quality(Result, frozen=True, kw_only=True):
    """What the file is like, before anything is concluded from it."""

    source: str
    rows: int
    encoding: str
    delimiter: str
    notes: list[str]
    columns: list[ColumnQuality]
    numbers: list[NumberSummary]
    duplicates: Duplicates | None


class Point(Result, frozen=True, kw_only=True):
    """A value of a series.

    Attributes:
        period: "1990", "1990-03", or a date: the day or the week's Monday.
        rows: On how many rows the value rests.
    """

    period: str
    value: float
    rows: int


class Trend(Finding, frozen=True, kw_only=True):
    """How something moved over time.

    Attributes:
        column: What; "" for the number of rows.
        level: Of which value of a category the share was taken, or "".
        measure: What each point is.
        points: In order; periods without enough rows are not there.
        per: The unit of time of the slope.
        slope: Change of the value per unit of time (Theil-Sen).
        low: Lower end of the slope's 95 % interval.
        high: Upper end of it.
        start: Of the fitted line, at the first point.
        end: Of the fitted line, at the last point.
        seasonal: Only the same months were compared with each other.
    """

    column: str
    level: str
    measure: Measure
    period: Period
    points: list[Point]
    per: Period
    slope: float
    low: float
    high: float
    start: float
    end: float
    seasonal: bool
    p: float
    q: float = 1.0
    significant: bool = False


class Season(Finding, frozen=True, kw_only=True):
    """How something moves within the year.

    Attributes:
        column: What; "" for the number of rows.
        measure: What each point is.
        points: The calendar months, "01" to "12", each averaged over the years.
        effect: Share of the variance that the month explains.
    """

    column: str
    measure: Measure
    points: list[Point]
    effect: float
    p: float
    q: float = 1.0
    significant: bool = False


class Trends(Result, frozen=True, kw_only=True):
    """What moved and what did not.

    Attributes:
        date: The column that says when, or "".
        period: Into what the time was cut, or None where it is too short.
        first: The earliest date.
        last: The latest date.
        left_out: Periods at the ends that the data cover only in part.
        untested: Why something was not tested, in words.
    """

    date: str = ""
    period: Period | None = None
    first: str = ""
    last: str = ""
    left_out: list[str] = msgspec.field(default_factory=list[str])
    trends: list[Trend] = msgspec.field(default_factory=list[Trend])
    seasons: list[Season] = msgspec.field(default_factory=list[Season])
    untested: list[str] = msgspec.field(default_factory=list[str])


class Group(Result, frozen=True, kw_only=True):
    """The rows with one value of a category.

    Attributes:
        other: Share of them whose number is not the usual one (see `Difference.usual`).
    """

    name: str
    rows: int
    mean: float
    low: float
    median: float
    high: float
    other: float = 1.0


class Difference(Finding, frozen=True, kw_only=True):
    """How a number differs between groups.

    Attributes:
        column: The number.
        by: The category.
        groups: Largest typical value first.
        usual: The value that more than half of the rows have, so that groups differ in how
            often they have another one; None where there is no such value.
        left_out: Rows of groups too small to be compared.
        effect: Share of the ranks' variance that the groups explain.
    """

    column: str
    by: str
    groups: list[Group]
    usual: float | None
    left_out: int
    effect: float
    p: float
    q: float = 1.0
    significant: bool = False


class Association(Finding, frozen=True, kw_only=True):
    """How one category depends on another.

    Attributes:
        column: The category whose shares are shown.
        by: The one that it is cut by.
        levels: Values of `column`.
        groups: Values of `by`.
        shares: For each group the shares of the levels; each row sums to 1.
        rows: For each group how many rows.
        effect: Cramer's V.
    """

    column: str
    by: str
    levels: list[str]
    groups: list[str]
    shares: list[list[float]]
    rows: list[int]
    effect: float
    p: float
    q: float = 1.0
    significant: bool = False


class Comparison(Result, frozen=True, kw_only=True):
    """What differs between groups, strongest first."""

    differences: list[Difference]
    associations: list[Association]
    untested: list[str]


class Extreme(Result, frozen=True, kw_only=True):
    """One value that stands out.

    Attributes:
        line: In the file.
        z: How many robust standard deviations from the middle.
        about: What else the row says, in words.
    """

    line: int
    value: float
    z: float
    about: str


class Outliers(Finding, frozen=True, kw_only=True):
    """Values of a column that stand out.

    Attributes:
        tested: How many values were looked at.
        among: "" for all values, else which ones.
        logarithmic: Ratios were judged, not differences.
        low: Below is an outlier; None where nothing could be.
        high: Above is an outlier; None likewise.
        count: How many there are.
        extremes: The furthest.
    """

    column: str
    tested: int
    among: str
    logarithmic: bool
    low: float | None
    high: float | None
    count: int
    extremes: list[Extreme]


class Correlation(Finding, frozen=True, kw_only=True):
    """How two columns of numbers go together.

    Attributes:
        rows: In which both have a value.
        effect: Spearman's rank correlation, in [-1, 1].
    """

    first: str
    second: str
    rows: int
    effect: float
    p: float
    q: float = 1.0
    significant: bool = False


class Extremes(Result, frozen=True, kw_only=True):
    """What stands out, and which numbers go together."""

    outliers: list[Outliers]
    correlations: list[Correlation]
    untested: list[str]
