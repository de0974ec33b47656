"""The report as a page: the same findings as in Markdown, with charts."""

from __future__ import annotations

from callboard.demo import findings_charts, ink, notes, rows, run_page, words
from callboard.demo.page.document import document, items, paragraph, section
from callboard.demo.page.html import Child, Html, tag
from callboard.demo.page.tables import table
from callboard.demo.report import METHOD, Findings, in_short
from callboard.demo.results import Comparison, Extremes, Quality, Trends
from callboard.demo.rows import Rows
from callboard.demo.sections import CHARTS, ROWS, TRENDS
from callboard.demo.timeline import Timeline


def report_page(findings: Findings, timeline: Timeline) -> str:
    """The whole page.

    Args:
        findings: What the analysts found.
        timeline: Who did what.
    """
    quality, trends = findings.quality, findings.trends
    period = f", {trends.first} to {trends.last}" if trends.first else ""
    size = f"{words.count(quality.rows, 'row')}, {words.count(len(quality.columns), 'column')}"
    return document(
        findings.goal,
        tag("h1", findings.goal),
        tag("p", f"{quality.source}: {size}{period}.", class_="lead"),
        section("In short", items([ink.page(sentence) for sentence in in_short(findings)])),
        section("Over time", *_over_time(trends)),
        section("Between groups", *_between_groups(findings.comparison)),
        section("What stands out", *_standing_out(findings.extremes)),
        section("The data", *_data(quality)),
        section("How this was done", items(list(METHOD))),
        section(
            "Who did what",
            paragraph("Several agents made this report, with all that went wrong in it."),
            *run_page.drawn(timeline),
        ),
    )


def _over_time(trends: Trends) -> list[Html]:
    shown = trends.trends[:TRENDS]
    parts: list[Html] = []
    if shown:
        charts = [findings_charts.trend(trend) for trend in shown]
        parts += [tag("div", charts, class_="grid2"), _table(rows.trends(shown))]
    parts += _paragraphs(notes.trends(trends, TRENDS))
    parts += [findings_charts.season(s) for s in notes.clear_seasons(trends)[:CHARTS]]
    return [*parts, *_paragraphs(notes.no_season(trends)), *_paragraphs(trends.untested)]


def _between_groups(comparison: Comparison) -> list[Html]:
    clear = notes.clear_differences(comparison)[:CHARTS]
    parts = [findings_charts.difference(found) for found in clear]
    others = [found for found in comparison.differences if found not in clear]
    if others:
        parts += [paragraph("Also compared:"), _table(rows.differences(others[:ROWS]))]
    related = [found for found in comparison.associations if found.significant][:CHARTS]
    parts += [findings_charts.association(found) for found in related]
    if comparison.associations:
        note = "Categories that depend on each other (V: 0 not at all, 1 completely):"
        parts += [paragraph(note), _table(rows.associations(comparison.associations[:ROWS]))]
    return [*parts, *_paragraphs(comparison.untested)]


def _standing_out(extremes: Extremes) -> list[Html]:
    parts: list[Html] = []
    for outliers in extremes.outliers:
        parts += _paragraphs([notes.outliers(outliers)])
        if outliers.count:
            parts.append(_table(rows.extremes(outliers.extremes)))
    if extremes.correlations:
        shown = extremes.correlations[:ROWS]
        parts += [findings_charts.correlations(shown), _table(rows.correlations(shown))]
    return [*parts, *_paragraphs(extremes.untested)]


def _data(quality: Quality) -> list[Html]:
    parts = [_table(rows.columns(quality))]
    if quality.numbers:
        parts.append(_table(rows.numbers(quality)))
    doubts: list[Child] = [ink.page(sentence) for sentence in rows.doubts(quality)]
    return [*parts, items(doubts)]


def _table(given: Rows) -> Html:
    return table(given.head, [[ink.page(cell) for cell in row] for row in given.rows])


def _paragraphs(sentences: list[str]) -> list[Html]:
    return [paragraph(ink.page(sentence)) for sentence in sentences]
