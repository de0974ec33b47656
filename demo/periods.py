"""Cuts time into years, months, weeks or days, and finds those that are complete.

>>> dates = [f"{year}-{month:02}-15" for year in range(2001, 2010) for month in range(1, 13)]
>>> cut = cut_time(dates)
>>> cut.period, cut.label(cut.first), cut.label(cut.last), cut.left_out
('year', '2001', '2009', [])
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from callboard.demo.results import Period

LEAST_PERIODS: Final = 8
"""Fewer points make no trend."""
TWO_YEARS: Final = 24
_SLACK: Final = 0.05
_GAPS: Final = 3
_DAYS: Final = {"year": 365, "month": 30, "week": 7, "day": 1}


class Cut(NamedTuple):
    """Time, cut into periods that are numbered without gaps.

    Attributes:
        period: Their length.
        first: Number of the first complete one.
        last: Number of the last complete one.
        left_out: Labels of those at the ends that the data cover only in part.
    """

    period: Period
    first: int
    last: int
    left_out: list[str]

    @property
    def length(self) -> int:
        """How many complete periods there are."""
        return max(0, self.last - self.first + 1)

    def label(self, number: int) -> str:
        """How a person names the period: "1990", "1990-03", or the day it begins with."""
        return label(number, self.period)


def number(date: str, period: Period) -> int:
    """The number of the period that holds the date "YYYY-MM-DD".

    >>> number("1990-03-31", "month") - number("1989-12-01", "month")
    3
    """
    year, month = int(date[:4]), int(date[5:7])
    if period == "year":
        return year
    if period == "month":
        return year * 12 + month - 1
    day = dt.date(year, month, int(date[8:10])).toordinal()
    return (day - 1) // 7 if period == "week" else day


def label(number: int, period: Period) -> str:
    """The name of the period with that number.

    >>> label(number("1990-03-31", "month"), "month")
    '1990-03'
    """
    if period == "year":
        return f"{number:04}"
    if period == "month":
        return f"{number // 12:04}-{number % 12 + 1:02}"
    return _begin(number, period).isoformat()


def cut_time(dates: Sequence[str]) -> Cut | None:
    """The longest periods of which *dates* fill enough; None where nothing does.

    Args:
        dates: "YYYY-MM-DD" in any order; all on the first of a month (or of a year) are
            taken to stand for the whole of it.
    """
    days = sorted(set(dates))
    periods: list[Period] = ["year", "month", "week", "day"]
    if all(day.endswith("-01") for day in days):
        # Stamps, not days.
        periods = ["year"] if all(day.endswith("-01-01") for day in days) else ["year", "month"]
    for period in periods:
        cut = _complete(days, period, stamp=periods[-1]) if days else None
        if cut and cut.length >= LEAST_PERIODS:
            return cut
    return None


def _complete(days: list[str], period: Period, stamp: Period) -> Cut:
    begins = dt.date.fromisoformat(days[0])
    ends = _end(number(days[-1], stamp), stamp)
    first, last = number(days[0], period), number(days[-1], period)
    ordinals = np.array([dt.date.fromisoformat(day).toordinal() for day in days])
    gap = float(np.median(np.diff(ordinals))) if len(ordinals) > 1 else 1.0
    # The gap between two stamps is their own length, which the end already counts.
    slack = max(_SLACK * _DAYS[period], 0.0 if stamp != "day" else _GAPS * gap)
    left_out: list[str] = []
    if (begins - _begin(first, period)).days > slack:
        left_out.append(label(first, period))
        first += 1
    if (_end(last, period) - ends).days > slack and last >= first:
        left_out.append(label(last, period))
        last -= 1
    return Cut(period, first, last, left_out)


def _begin(number: int, period: Period) -> dt.date:
    if period == "year":
        return dt.date(number, 1, 1)
    if period == "month":
        return dt.date(number // 12, number % 12 + 1, 1)
    return dt.date.fromordinal(number * 7 + 1 if period == "week" else number)


def _end(number: int, period: Period) -> dt.date:
    return _begin(number + 1, period) - dt.timedelta(days=1)
