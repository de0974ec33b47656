"""Writes the report that a person reads: findings first, then charts, tables and doubts.

`Findings` is all that the analyses said; `markdown` words it. The timeline of who did what
is appended when the run is over, as nobody can know it before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from callboard.demo import ink, notes, sections, words
from callboard.demo.markup import bullets, fenced, spaced
from callboard.demo.results import Comparison, Extremes, Quality, Trends
from callboard.demo.significance import LEVEL

_LONGEST_TITLE: Final = 100
_IN_SHORT: Final = {"trends": 3, "seasons": 2, "differences": 3, "associations": 3, "pairs": 2}
_MUCH_MISSING: Final = 0.1
_NAMED: Final = 5

METHOD: Final = (
    (
        "Trends: Theil-Sen line and Mann-Kendall test, widened where neighbouring points resemble"
        " each other; by month with the same months compared (seasonal Kendall). Seasons:"
        " Kruskal-Wallis test of the months, each against its own year."
    ),
    (
        "Groups: Kruskal-Wallis test; how much a group explains is epsilon squared of the ranks."
        " Categories: chi-square test, Cramér's V corrected for bias."
    ),
    (
        "Outliers: further than 3.5 robust standard deviations (median absolute deviation) from"
        " the median. Pairs of numbers: Spearman's rank correlation."
    ),
    "Within each of these families p is adjusted for the number of tests (Benjamini-Hochberg).",
    (
        "Significant does not mean large, and neither means that one thing causes the other. A"
        " number of rows says how much was recorded, which need not be how much happened."
    ),
)


class Findings(NamedTuple):
    """What the report is made of."""

    goal: str
    quality: Quality
    trends: Trends
    comparison: Comparison
    extremes: Extremes


def markdown(findings: Findings) -> str:
    """The report, without the appendix."""
    parts = [
        _title(findings),
        "## In short",
        *bullets(in_short(findings)),
        *sections.over_time(findings.trends),
        *sections.between_groups(findings.comparison),
        *sections.standing_out(findings.extremes),
        *sections.data(findings.quality),
        "## How this was done",
        *bullets(METHOD),
    ]
    return ink.markdown(spaced(parts))


def appendix(timeline: str, story: Sequence[str]) -> str:
    """Who did what: the chart of the run and what happened in it."""
    return "\n" + spaced(
        [
            "## Appendix: who did what",
            "Several agents made this report. Their run, with all that went wrong in it:",
            "",
            *fenced(timeline.splitlines()),
            *bullets(story),
        ]
    )


def in_short(findings: Findings) -> list[str]:
    """The findings that matter most, a sentence each, with marks of `callboard.demo.ink`."""
    trends, comparison, extremes = findings.trends, findings.comparison, findings.extremes
    limits = _IN_SHORT
    found = [
        *[words.moved(t) for t in trends.trends if t.significant][: limits["trends"]],
        *[words.seasonal(s) for s in trends.seasons if s.significant][: limits["seasons"]],
        *[words.differs(d) for d in notes.clear_differences(comparison)][: limits["differences"]],
        *[
            words.depends(a)
            for a in comparison.associations
            if a.significant and a.effect >= words.WEAK_ASSOCIATION
        ][: limits["associations"]],
        *[
            words.together(c)
            for c in extremes.correlations
            if c.significant and abs(c.effect) >= words.WEAK_CORRELATION
        ][: limits["pairs"]],
    ]
    if not found:
        found.append("Nothing that was tested is clearer than chance would make it.")
    still = [words.subject(t) for t in trends.trends if t.q >= LEVEL]
    if still:
        more = f" and {len(still) - _NAMED} more" if len(still) > _NAMED else ""
        shown = ", ".join(still[:_NAMED]) if more else words.listed(still)
        found.append(f"No trend can be shown for {shown}{more}: chance alone could do as much.")
    found += _warnings(findings.quality)
    return found


def _title(findings: Findings) -> str:
    goal, quality, trends = findings.goal, findings.quality, findings.trends
    short = len(goal) <= _LONGEST_TITLE
    lines = [f"# {ink.text(goal) if short else 'Report'}", ""]
    if not short:
        lines += [f"> {ink.text(goal)}", ""]
    period = f", {trends.first} to {trends.last}" if trends.first else ""
    lines += [
        (
            f"{ink.text(quality.source)}: {words.count(quality.rows, 'row')},"
            f" {words.count(len(quality.columns), 'column')}{period}."
        ),
        "",
    ]
    return "\n".join(lines)


def _warnings(quality: Quality) -> list[str]:
    holes = [
        f"{ink.name(c.overview.name)} ({words.percent(c.overview.missing / c.overview.rows)})"
        for c in quality.columns
        if c.overview.rows and c.overview.missing > _MUCH_MISSING * c.overview.rows
    ]
    warnings: list[str] = []
    if holes:
        warnings.append(
            f"Mind what is missing: {words.listed(holes)}. What is said of these columns holds"
            " for the rows that have a value."
        )
    if quality.duplicates and quality.duplicates.rows:
        warnings.append(f"{words.repeated(quality.duplicates.rows)}.")
    return warnings
