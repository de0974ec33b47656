"""The tables of the report, cell by cell, for Markdown and for the page alike.

Cells are sentences with marks of `callboard.demo.ink`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from callboard.demo import ink, words
from callboard.demo.results import (
    Association,
    Correlation,
    Difference,
    Extreme,
    Quality,
    Trend,
)
from callboard.demo.significance import LEVEL

_LONGEST_CELL: Final = 40
_NAMED: Final = 5


class Rows(NamedTuple):
    """A table."""

    head: list[str]
    rows: list[list[str]]


def trends(found: list[Trend]) -> Rows:
    """What moved and what did not; there is at least one."""
    per = found[0].per
    head = ["what", "from", "to", f"change a {per} (95 %)", "verdict"]
    return Rows(head, [_trend(trend) for trend in found])


def _trend(trend: Trend) -> list[str]:
    start = end = ""
    if trend.significant:
        start, end = words.amount(trend, trend.start), words.amount(trend, trend.end)
    unit = " points" if trend.measure == "share" else ""
    low, high = words.rate(trend, trend.low), words.rate(trend, trend.high)
    return [
        words.subject(trend),
        start,
        end,
        f"{words.rate(trend, trend.slope)}{unit} ({low} to {high})",
        f"{verdict(trend)}, {words.chance(trend.q)}",
    ]


def verdict(trend: Trend) -> str:
    """Whether it moves."""
    if trend.significant:
        return ink.strong("rises" if trend.slope > 0 else "falls")
    return "too small to say" if trend.q < LEVEL else "no trend shown"


def differences(found: list[Difference]) -> Rows:
    """How numbers differ between groups."""
    head = ["number", "by", "highest", "lowest", "explains", "verdict"]
    return Rows(
        head,
        [
            [
                ink.name(d.column),
                ink.name(d.by),
                _extreme_group(d, 0),
                _extreme_group(d, -1),
                words.percent(d.effect),
                f"{'differs' if d.significant else 'no difference shown'}, {words.chance(d.q)}",
            ]
            for d in found
        ],
    )


def _extreme_group(difference: Difference, which: int) -> str:
    group = difference.groups[which]
    value = (
        words.human(group.median)
        if difference.usual is None
        else f"{words.percent(group.other)} not {words.human(difference.usual)}"
    )
    return f"{ink.text(group.name)}: {value}"


def associations(found: list[Association]) -> Rows:
    """How categories depend on each other."""
    return Rows(
        ["what", "V", "widest gap", "verdict"],
        [
            [
                f"{ink.name(a.column)} by {ink.name(a.by)}",
                f"{a.effect:.2f}",
                words.depends(a).partition(": ")[2].rstrip("."),
                f"{'depends' if a.significant else 'no dependence shown'}, {words.chance(a.q)}",
            ]
            for a in found
        ],
    )


def extremes(found: list[Extreme]) -> Rows:
    """Values that stand out."""
    return Rows(
        ["line", "value", "deviations from the middle", "row"],
        [[str(e.line), words.human(e.value), words.signed(e.z), ink.text(e.about)] for e in found],
    )


def correlations(found: list[Correlation]) -> Rows:
    """Numbers that go together."""
    return Rows(
        ["pair", "rank correlation", "rows", "verdict"],
        [
            [
                f"{ink.name(c.first)}, {ink.name(c.second)}",
                correlation(c),
                f"{c.rows:,}",
                f"{'related' if c.significant else 'no relation shown'}, {words.chance(c.q)}",
            ]
            for c in found
        ],
    )


def correlation(found: Correlation) -> str:
    """How closely two numbers go together, with its sign."""
    return f"{found.effect:+.2f}".replace("-0.00", "+0.00")


def columns(quality: Quality) -> Rows:
    """What the file is like, column by column."""
    return Rows(
        ["column", "holds", "missing", "different values", "commonest, or range"],
        [
            [
                ink.name(c.overview.name),
                c.overview.kind,
                words.percent(c.overview.missing / c.overview.rows) if c.overview.rows else "",
                f"{c.overview.distinct:,}",
                f"{c.overview.first} to {c.overview.last}"
                if c.overview.first
                else ", ".join(
                    f"{ink.text(v[:_LONGEST_CELL])} ({n:,})" for v, n in c.overview.examples
                ),
            ]
            for c in quality.columns
        ],
    )


def numbers(quality: Quality) -> Rows:
    """Its columns of numbers."""
    return Rows(
        ["number", "values", "smallest", "low quarter", "median", "high quarter", "largest",
         "mean"],
        [
            [
                ink.name(n.column),
                f"{n.count:,}",
                *(words.human(v) for v in (n.smallest, n.low, n.median, n.high, n.largest, n.mean)),
            ]
            for n in quality.numbers
        ],
    )  # fmt: skip


def doubts(quality: Quality) -> list[str]:
    """What to keep in mind about the file, a sentence each."""
    found = [ink.text(note[:1].upper() + note[1:]) + "." for note in quality.notes]
    found += [
        f"{words.percent(number.commonest_share)} of {ink.name(number.column)} is"
        f" {words.human(number.commonest)}: its mean says little about a usual row."
        for number in quality.numbers
        if number.commonest_share > 0.5 and number.count > 1  # noqa: PLR2004 - more than half
    ]
    for column in quality.columns:
        name = ink.name(column.overview.name)
        if column.unreadable:
            examples = ", ".join(
                f"{ink.text(e.text[:_LONGEST_CELL])} (line {e.line})" for e in column.examples
            )
            found.append(
                f"{words.count(column.unreadable, 'cell')} of {name} could not be read as a"
                f" {column.overview.kind}: {examples}."
            )
        if column.constant and quality.rows > 1:
            found.append(f"{name} has one value only and says nothing.")
        found += [
            f"{name} spells what may be one value differently:"
            f" {words.listed([ink.text(v) for v in same[:_NAMED]])}."
            for same in column.variants
        ]
        if column.rare:
            rare = ", ".join(f"{ink.text(v)} ({n})" for v, n in column.rare)
            found.append(f"Rare values of {name}, perhaps mistakes: {rare}.")
    if (same := quality.duplicates) is not None:
        where = ", ".join(map(str, same.lines)) + (" ..." if len(same.lines) < same.rows else "")
        found.append(
            f"{words.repeated(same.rows)} (line {where})."
            if same.rows
            else "No row repeats another."
        )
    return found
