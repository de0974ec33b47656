"""Reads numbers and dates in the ways in which people write them.

A style is chosen for a whole column, never cell by cell, because `03/04/2024` and `1.234`
mean nothing by themselves.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

Cell: TypeAlias = float | str | None
Read: TypeAlias = Callable[[str], Cell]
Counts: TypeAlias = Mapping[str, int]
"""The different texts of a column, each with how often it occurs."""

TOLERATED: Final = 0.05
"""Part of a column that may be unreadable before it no longer counts as numbers or dates."""
LARGEST: Final = 1e100
"""Larger numbers are taken for mistakes: their squares would overflow."""

_SYMBOLS: Final = str.maketrans("", "", "$\u20ac\u00a3\u00a5\u00a0\u202f ' \u2019_")
_POINT: Final = re.compile(r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?")
_COMMA: Final = re.compile(r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d{1,3})?")
_DIGIT: Final = re.compile("[0-9]")
_CODE: Final = re.compile(r"0\d+")
_CLOCK: Final = r"(?:[T ]+\d{1,2}:\d{2}.{0,24})?"
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _CLOCK)
_YEAR_MONTH: Final = re.compile(r"(\d{4})[-/](\d{1,2})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_DAY_WORD: Final = re.compile(r"(?:(\d{1,2})[-. ]{1,2})?([A-Za-z]{3,9})[-., ]{1,2}(\d{4})" + _CLOCK)
_WORD_DAY: Final = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})" + _CLOCK)
_YEAR_NAME: Final = re.compile(
    r"(?:.*[_ ])?(?:year|yr|jahr|ann\u00e9e|a\u00f1o|ano|anno)", re.IGNORECASE
)
_DATE_NAME: Final = re.compile(r".*(?:date|day|datum|fecha|time|stamp).*", re.IGNORECASE)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_FIRST_YEAR: Final = 1500
_LAST_YEAR: Final = 2200
_CENTURY_TURNS: Final = 69


class Style(NamedTuple):
    """How a column's figures are written.

    Attributes:
        read: The cell that a text states, or None.
        assumed: What had to be assumed, in words, or "".
    """

    read: Read
    assumed: str = ""


def is_figure(text: str) -> bool:
    """Whether *text* by itself could be a number or a date, so hardly a column's name."""
    text = text.strip()
    return _point(text) is not None or any(read(text) is not None for read in _DATES)


def number_style(name: str, counts: Counts, delimiter: str) -> Style | None:
    """How the numbers of a column are written; None where they are none.

    Args:
        name: Of the column, for what has to be said of it.
        counts: What is neither blank nor missing.
        delimiter: Of the file; beside a semicolon, a comma is a decimal one.
    """
    # 01234 is a postal code or an article, not 1234.
    if any(_CODE.fullmatch(text) for text in counts):
        return None
    points, commas = _fitting(_point, counts), _fitting(_comma, counts)
    if not points and not commas:
        return None
    if points != commas:
        return Style(_point if points > commas else _comma)
    marks = {mark for text in counts for mark in ",." if mark in text}
    first, second = (_comma, _point) if marks == {","} and delimiter == ";" else (_point, _comma)
    for text in counts:
        value = first(text)
        if value is not None and value != second(text):
            return Style(first, f"{name}: {text} was read as {value:,.10g}")
    return Style(first)


def date_style(name: str, counts: Counts) -> Style | None:
    """How the dates of a column are written; None where they are none.

    Args:
        name: Of the column: 1999 is a date only under `year`, 20240131 under `date`.
        counts: What is neither blank nor missing.
    """
    if _YEAR_NAME.fullmatch(name):
        return Style(_year) if _fitting(_year, counts) else None
    for read in (_year_first, _day_word, _word_day):
        if _fitting(read, counts):
            return Style(read)
    if _DATE_NAME.fullmatch(name) and _fitting(_compact, counts):
        return Style(_compact)
    days, months = _fitting(_day_month, counts), _fitting(_month_day, counts)
    if not days and not months:
        return None
    if days != months:
        return Style(_day_month if days > months else _month_day)
    if all(_day_month(text) == _month_day(text) for text in counts):
        return Style(_day_month)
    example = next(iter(counts))
    if "/" in example:
        return Style(_month_day, f"{name}: dates like {example} were read month first")
    return Style(_day_month, f"{name}: dates like {example} were read day first")


def _fitting(read: Read, counts: Counts) -> int:
    """How many cells can be read so; 0 where too many can not."""
    total = sum(counts.values())
    bad = 0
    for text, times in counts.items():
        if read(text) is None:
            bad += times
            if bad > TOLERATED * total:
                return 0
    return total - bad


def _point(text: str) -> float | None:
    """The number that *text* states with a decimal point, or None.

    >>> [_point(t) for t in ("1,234.5", "(3)", "-7 %", "$ 1e3", "1,2", "x")]
    [1234.5, -3.0, -7.0, 1000.0, None, None]
    """
    core = _bare(text)
    return _value(core.replace(",", "")) if core and _POINT.fullmatch(core.lstrip("-")) else None


def _comma(text: str) -> float | None:
    """The number that *text* states with a decimal comma, or None.

    >>> [_comma(t) for t in ("1.234,5", "-0,5", "1.2")]
    [1234.5, -0.5, None]
    """
    core = _bare(text)
    if not core or not _COMMA.fullmatch(core.lstrip("-")):
        return None
    return _value(core.replace(".", "").replace(",", "."))


def _bare(text: str) -> str:
    """The number without currency, per cent and blanks, with one sign at most; "" for none."""
    if not _DIGIT.search(text):
        return ""
    negative = text.startswith("(") and text.endswith(")")
    core = text[1:-1] if negative else text
    core = core.removesuffix("%").translate(_SYMBOLS).replace("\u2212", "-")
    if core[:1] in ("+", "-"):
        negative ^= core[0] == "-"
        core = core[1:]
    if not core.isascii() or core[:1] in ("+", "-"):
        return ""
    return f"-{core}" if negative else core


def _value(core: str) -> float | None:
    try:
        value = float(core)
    except ValueError:  # an exponent without a mantissa
        return None
    if not math.isfinite(value) or abs(value) > LARGEST:
        return None
    # Nor may a ratio overflow; adding zero makes one zero of two.
    return value + 0.0 if abs(value) > 1 / LARGEST else 0.0


def _iso(year: str | int, month: str | int, day: str | int) -> str | None:
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return date.isoformat() if _FIRST_YEAR <= date.year <= _LAST_YEAR else None


def _year_first(text: str) -> str | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _iso(match[1], match[3], match[4])
    if match := _YEAR_MONTH.fullmatch(text):
        return _iso(match[1], match[2], 1)
    return None


def _compact(text: str) -> str | None:
    match = _COMPACT.fullmatch(text)
    return _iso(match[1], match[2], match[3]) if match else None


def _year(text: str) -> str | None:
    text = text.removesuffix(".0")
    return _iso(text, 1, 1) if text.isdecimal() and text.isascii() else None


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > len("99"):
        return year
    return year + (1900 if year >= _CENTURY_TURNS else 2000)


def _day_month(text: str) -> str | None:
    match = _YEAR_LAST.fullmatch(text)
    return _iso(_full_year(match[4]), match[3], match[1]) if match else None


def _month_day(text: str) -> str | None:
    match = _YEAR_LAST.fullmatch(text)
    return _iso(_full_year(match[4]), match[1], match[3]) if match else None


def _month(word: str) -> int:
    short = word[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _day_word(text: str) -> str | None:
    match = _DAY_WORD.fullmatch(text)
    return _iso(match[3], _month(match[2]), match[1] or 1) if match else None


def _word_day(text: str) -> str | None:
    match = _WORD_DAY.fullmatch(text)
    return _iso(match[3], _month(match[1]), match[2]) if match else None


_DATES: Final = (_year_first, _day_word, _word_day, _day_month, _month_day)
