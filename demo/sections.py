"""The sections of the report, each a list of lines of Markdown."""

from __future__ import annotations

from typing import Final

from callboard.demo import words
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
from callboard.demo.significance import LEVEL

_LONGEST_LABEL: Final = 24
_WIDTH: Final = 40
_TRENDS: Final = 12
_CHARTS: Final = 4
_ROWS: Final = 12
_NAMED: Final = 5


def over_time(trends: Trends) -> list[str]:
    """What moved, what did not, and the seasons."""
    lines = ["", "## Over time"]
    if trends.trends:
        per = trends.trends[0].per
        lines += table(
            ["what", "course", "from", "to", f"change a {per} (95 %)", "verdict"],
            ([*_course(trend)] for trend in trends.trends[:_TRENDS]),
        )
        if len(trends.trends) > _TRENDS:
            rest = trends.trends[_TRENDS:]
            clear = sum(trend.significant for trend in rest)
            lines += [f"{len(rest)} more were tested; {clear} of them are significant.", ""]
        lines += [
            (
                f"Each {trends.period} is one point; from and to are the ends of a robust line"
                " through them. A change is called real where chance alone would rarely do as much"
                " (adjusted p below 0.05)."
            ),
            "",
        ]
    if trends.left_out:
        lines += [
            f"Left out because the data cover it only in part: {words.listed(trends.left_out)}.",
            "",
        ]
    for season in [season for season in trends.seasons if season.significant][:_CHARTS]:
        lines += _season(season)
    steady = [
        words.name(season.column) if season.column else "the number of rows"
        for season in trends.seasons
        if not season.significant
    ]
    if steady:
        lines += [f"No season can be shown for {words.listed(steady)}.", ""]
    return [*lines, *paragraphs(trends.untested)]


def _course(trend: Trend) -> list[str]:
    verdict = "no trend shown"
    start = end = ""
    if trend.significant:
        verdict = "**rises**" if trend.slope > 0 else "**falls**"
        start, end = words.amount(trend, trend.start), words.amount(trend, trend.end)
    elif trend.q < LEVEL:
        verdict = "too small to say"
    unit = " points" if trend.measure == "share" else ""
    low, high = words.rate(trend, trend.low), words.rate(trend, trend.high)
    return [
        words.subject(trend),
        sparkline([point.value for point in trend.points]),
        start,
        end,
        f"{words.rate(trend, trend.slope)}{unit} ({low} to {high})",
        f"{verdict}, {words.chance(trend.q)}",
    ]


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
        f"{words.seasonal(season)} ({words.chance(season.q)}; mean of the months over the years)",
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
    clear = clear_differences(comparison)
    for difference in clear[:_CHARTS]:
        lines += [f"{words.differs(difference)} ({words.chance(difference.q)})", ""]
        lines += fenced(_groups(difference))
    others = [d for d in comparison.differences if d not in clear[:_CHARTS]]
    if others:
        lines += ["Also compared:", ""]
        lines += table(
            ["number", "by", "highest", "lowest", "explains", "verdict"],
            (
                [
                    words.name(d.column),
                    words.name(d.by),
                    _extreme_group(d, 0),
                    _extreme_group(d, -1),
                    words.percent(d.effect),
                    f"{'differs' if d.significant else 'no difference shown'}, {words.chance(d.q)}",
                ]
                for d in others[:_ROWS]
            ),
        )
    if comparison.associations:
        lines += ["Categories that depend on each other (V: 0 not at all, 1 completely):", ""]
        lines += table(
            ["what", "V", "widest gap", "verdict"],
            (
                [
                    f"{words.name(a.column)} by {words.name(a.by)}",
                    f"{a.effect:.2f}",
                    words.depends(a).partition(": ")[2].rstrip("."),
                    f"{'depends' if a.significant else 'no dependence shown'}, {words.chance(a.q)}",
                ]
                for a in comparison.associations[:_ROWS]
            ),
        )
    return [*lines, *paragraphs(comparison.untested)]


def clear_differences(comparison: Comparison) -> list[Difference]:
    """Those that are significant and not tiny."""
    return [
        d for d in comparison.differences if d.significant and d.effect >= words.WEAK_DIFFERENCE
    ]


def _extreme_group(difference: Difference, which: int) -> str:
    group = difference.groups[which]
    value = (
        words.human(group.median)
        if difference.usual is None
        else f"{words.percent(group.other)} not {words.human(difference.usual)}"
    )
    return f"{words.text(group.name)}: {value}"


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
        among = f" Only {outliers.among} were judged." if outliers.among else ""
        judged = " By ratio, not by difference." if outliers.logarithmic else ""
        if not outliers.count:
            lines += [
                (
                    f"Of {words.count(outliers.tested, 'value')} of"
                    f" {words.name(outliers.column)} none stands out.{among}{judged}"
                ),
                "",
            ]
            continue
        lines += [words.outlying(outliers) + among + judged, ""]
        lines += table(
            ["line", "value", "deviations from the middle", "row"],
            (
                [str(e.line), words.human(e.value), words.signed(e.z), words.text(e.about)]
                for e in outliers.extremes
            ),
        )
    if extremes.correlations:
        lines += ["Numbers that go together:", ""]
        lines += table(
            ["pair", "rank correlation", "rows", "verdict"],
            (
                [
                    f"{words.name(c.first)}, {words.name(c.second)}",
                    f"{c.effect:+.2f}".replace("-0.00", "+0.00"),
                    f"{c.rows:,}",
                    f"{'related' if c.significant else 'no relation shown'}, {words.chance(c.q)}",
                ]
                for c in extremes.correlations[:_ROWS]
            ),
        )
    return [*lines, *paragraphs(extremes.untested)]


def data(quality: Quality) -> list[str]:
    """What the file is like, column by column, with all doubts."""
    lines = ["", "## The data"]
    lines += table(
        ["column", "holds", "missing", "different values", "commonest, or range"],
        (
            [
                words.name(c.overview.name),
                c.overview.kind,
                words.percent(c.overview.missing / c.overview.rows) if c.overview.rows else "",
                f"{c.overview.distinct:,}",
                f"{c.overview.first} to {c.overview.last}"
                if c.overview.first
                else ", ".join(f"{words.text(v[:40])} ({n:,})" for v, n in c.overview.examples),
            ]
            for c in quality.columns
        ),
    )
    if quality.numbers:
        lines += table(
            ["number", "values", "smallest", "low quarter", "median", "high quarter", "largest",
             "mean"],
            (
                [
                    words.name(n.column),
                    f"{n.count:,}",
                    *(
                        words.human(v)
                        for v in (n.smallest, n.low, n.median, n.high, n.largest, n.mean)
                    ),
                ]
                for n in quality.numbers
            ),
        )  # fmt: skip
    return [*lines, *bullets(_doubts(quality)), ""]


def _doubts(quality: Quality) -> list[str]:
    doubts = [words.text(note[:1].upper() + note[1:]) + "." for note in quality.notes]
    doubts += [
        f"{words.percent(number.commonest_share)} of {words.name(number.column)} is"
        f" {words.human(number.commonest)}: its mean says little about a usual row."
        for number in quality.numbers
        if number.commonest_share > 0.5 and number.count > 1  # noqa: PLR2004 - more than half
    ]
    for column in quality.columns:
        name = words.name(column.overview.name)
        if column.unreadable:
            examples = ", ".join(
                f"{words.text(e.text[:40])} (line {e.line})" for e in column.examples
            )
            doubts.append(
                f"{words.count(column.unreadable, 'cell')} of {name} could not be read as a"
                f" {column.overview.kind}: {examples}."
            )
        if column.constant and quality.rows > 1:
            doubts.append(f"{name} has one value only and says nothing.")
        doubts += [
            f"{name} spells what may be one value differently:"
            f" {words.listed([words.text(v) for v in same[:_NAMED]])}."
            for same in column.variants
        ]
        if column.rare:
            rare = ", ".join(f"{words.text(v)} ({n})" for v, n in column.rare)
            doubts.append(f"Rare values of {name}, perhaps mistakes: {rare}.")
    if (same := quality.duplicates) is not None:
        where = ", ".join(map(str, same.lines)) + (" ..." if len(same.lines) < same.rows else "")
        doubts.append(
            f"{words.count(same.rows, 'row')} repeat an earlier row (line {where})."
            if same.rows
            else "No row repeats another."
        )
    return doubts


def _short(label: str, width: int) -> str:
    return f"{label if len(label) <= width else label[: width - 1] + '~':{width}}"
