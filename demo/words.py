"""Puts numbers and findings into words, so that a person reads them at a glance.

Names of columns and texts of the file are marked in the sentences; see `callboard.demo.ink`.

>>> [human(x) for x in (0, 3, 0.01764, 154.0431, 12345.6, 7043545.0, -2.5)]
['0', '3', '0.0176', '154', '12,346', '7.04 million', '-2.5']
>>> percent(0.0042), percent(0.416), chance(0.00001), chance(0.0312)
('0.42 %', '42 %', 'p < 0.001', 'p = 0.031')
"""

from __future__ import annotations

from typing import Final

from callboard.demo.ink import name, text
from callboard.demo.results import (
    Association,
    Correlation,
    Difference,
    Outliers,
    Season,
    Trend,
)

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEAK_DIFFERENCE: Final = 0.01
WEAK_ASSOCIATION: Final = 0.1
WEAK_CORRELATION: Final = 0.2
"""Weaker effects are mentioned in tables only (Cohen's conventions, with eta squared)."""

_DIFFERENCES: Final = (WEAK_DIFFERENCE, 0.06, 0.14)
_ASSOCIATIONS: Final = (WEAK_ASSOCIATION, 0.3, 0.5)
_CORRELATIONS: Final = (WEAK_CORRELATION, 0.4, 0.7)
_SCALES: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_LARGEST_PLAIN: Final = 1e15
_SMALLEST_PLAIN: Final = 1e-4
_LONG_TAIL: Final = 0.03


def human(number: float) -> str:
    """The number with three digits that matter and separators for thousands."""
    size = abs(number)
    if number == 0:
        return "0"
    if size >= _LARGEST_PLAIN or size < _SMALLEST_PLAIN:
        return f"{number:.2e}"
    for scale, word in _SCALES:
        if size >= scale:
            return f"{_digits(number / scale)} {word}"
    return _digits(number)


def signed(number: float) -> str:
    """The same with its sign, also where it is positive.

    >>> signed(3.25), signed(-0.5)
    ('+3.25', '-0.5')
    """
    return f"+{human(number)}" if number > 0 else human(number)


def _digits(number: float) -> str:
    decimals = 0
    for bound, more in ((100, 0), (10, 1), (1, 2), (0.1, 3), (0.01, 4), (0.001, 5), (0, 6)):
        if abs(number) >= bound:
            decimals = more
            break
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """The share as a percentage with two digits that matter."""
    size = abs(share) * 100
    if size == 0:
        return "0 %"
    if size < 0.01:  # noqa: PLR2004 - a hundredth of a percent
        return "under 0.01 %"
    decimals = 0 if size >= 10 else 1 if size >= 1 else 2  # noqa: PLR2004
    text = f"{share * 100:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def chance(p: float) -> str:
    """The probability as readers of statistics know it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"  # noqa: PLR2004


def count(number: int, thing: str) -> str:
    """The number with its noun.

    >>> count(1, "row"), count(2300, "row"), count(2, "category")
    ('1 row', '2,300 rows', '2 categories')
    """
    if number != 1:
        thing = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {thing}"


def repeated(rows: int) -> str:
    """So many rows say what was said before.

    >>> repeated(1), repeated(2)
    ('1 row repeats an earlier row', '2 rows repeat an earlier row')
    """
    return f"{count(rows, 'row')} {'repeats' if rows == 1 else 'repeat'} an earlier row"


def listed(words: list[str]) -> str:
    """The words as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', '')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def month(period: str) -> str:
    """The name of the month "01" to "12"."""
    return MONTHS[int(period) - 1]


def subject(trend: Trend) -> str:
    """What a trend is about."""
    if trend.measure == "rows":
        return "rows"
    if trend.measure == "share":
        return f"share of {name(trend.column)} = {text(trend.level)}"
    return f"{name(trend.column)} ({trend.measure})"


def amount(trend: Trend, value: float) -> str:
    """A value of the trend in its own unit."""
    if all(point.value >= 0 for point in trend.points):
        value = max(0.0, value)  # a line may go where the values can not
    return percent(min(1.0, value)) if trend.measure == "share" else human(value)


def rate(trend: Trend, slope: float) -> str:
    """A slope of the trend in its own unit, which for shares is percentage points."""
    return human(slope * 100 if trend.measure == "share" else slope)


def moved(trend: Trend) -> str:
    """A sentence on a significant trend."""
    verb = "rises" if trend.slope > 0 else "falls"
    what = {
        "rows": "The number of rows",
        "share": f"The share of {name(trend.column)} = {text(trend.level)}",
        "median": f"The median of {name(trend.column)}",
        "mean": f"The mean of {name(trend.column)}",
    }[trend.measure]
    ends = sorted(abs(end) for end in (trend.low, trend.high))
    unit = " percentage points" if trend.measure == "share" else ""
    pace = (
        f"by {rate(trend, abs(trend.slope))}{unit} a {trend.per}"
        f" (95 % sure: {rate(trend, ends[0])} to {rate(trend, ends[1])})"
    )
    if trend.seasonal:
        return f"{what} {verb} {pace}, comparing each month with the same month of other years."
    first, last = trend.points[0].period, trend.points[-1].period
    return (
        f"{what} {verb}: from about {amount(trend, trend.start)} in {first} to"
        f" {amount(trend, trend.end)} in {last}, {pace}."
    )


def seasonal(season: Season) -> str:
    """A sentence on a significant season."""
    what = {
        "rows": "The number of rows",
        "median": f"The median of {name(season.column)}",
        "mean": f"The mean of {name(season.column)}",
        "share": f"The share of {name(season.column)}",
    }[season.measure]
    high = max(season.points, key=lambda point: point.value)
    low = min(season.points, key=lambda point: point.value)
    unit = " a month" if season.measure == "rows" else ""
    return (
        f"{what} depends on the month: highest in {month(high.period)} ({human(high.value)}{unit}),"
        f" lowest in {month(low.period)} ({human(low.value)}{unit})."
    )


def differs(difference: Difference) -> str:
    """A sentence on a significant difference between groups."""
    high, low = difference.groups[0], difference.groups[-1]
    column, by = name(difference.column), name(difference.by)
    how = strength(difference.effect, _DIFFERENCES)
    if difference.usual is not None:
        return (
            f"{column} differs by {by} ({how}): it is other than {human(difference.usual)} in"
            f" {percent(high.other)} of the rows with {text(high.name)}, and in"
            f" {percent(low.other)} with {text(low.name)}."
        )
    return (
        f"{column} differs by {by} ({how}): the median is {human(high.median)} with"
        f" {text(high.name)} and {human(low.median)} with {text(low.name)}."
    )


def depends(association: Association) -> str:
    """A sentence on a significant dependence of two categories: its widest gap."""
    columns = list(zip(*association.shares, strict=True))
    level = max(range(len(columns)), key=lambda i: max(columns[i]) - min(columns[i]))
    shares = columns[level]
    high, low = shares.index(max(shares)), shares.index(min(shares))
    how = strength(association.effect, _ASSOCIATIONS)
    return (
        f"{name(association.column)} differs by {name(association.by)} ({how}):"
        f" {text(association.levels[level])} makes up {percent(shares[high])} with"
        f" {text(association.groups[high])} and {percent(shares[low])} with"
        f" {text(association.groups[low])}."
    )


def together(correlation: Correlation) -> str:
    """A sentence on a significant correlation."""
    how = strength(abs(correlation.effect), _CORRELATIONS)
    way = "larger" if correlation.effect > 0 else "smaller"
    return (
        f"The larger {name(correlation.first)}, the {way} {name(correlation.second)} ({how};"
        f" rank correlation {correlation.effect:.2f})."
    )


def outlying(outliers: Outliers) -> str:
    """A sentence on values that stand out."""
    extreme = outliers.extremes[0]
    share = outliers.count / outliers.tested
    sentence = (
        f"{count(outliers.count, 'value')} of {name(outliers.column)} ({percent(share)})"
        f" {'stands' if outliers.count == 1 else 'stand'} out; the furthest is"
        f" {human(extreme.value)} in line {extreme.line}"
    )
    about = f" ({text(extreme.about)})" if extreme.about else ""
    tail = ". So many are a long tail rather than mistakes." if share > _LONG_TAIL else "."
    return sentence + about + tail


def strength(effect: float, bounds: tuple[float, float, float]) -> str:
    """The effect in a word."""
    weak, clear, strong = bounds
    if effect >= strong:
        return "strongly"
    if effect >= clear:
        return "clearly"
    return "weakly" if effect >= weak else "hardly"
