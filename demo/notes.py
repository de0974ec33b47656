"""Sentences that go with the tables and charts of the report, in Markdown and on the page."""

from __future__ import annotations

from callboard.demo import ink, words
from callboard.demo.results import Comparison, Difference, Outliers, Season, Trends


def trends(found: Trends, shown: int) -> list[str]:
    """How to read the table of trends, of which so many are shown."""
    notes: list[str] = []
    rest = found.trends[shown:]
    if rest:
        clear = sum(trend.significant for trend in rest)
        notes.append(f"{len(rest)} more were tested; {clear} of them are significant.")
    if found.trends:
        notes.append(
            f"Each {found.period} is one point; from and to are the ends of a robust line"
            " through them. A change is called real where chance alone would rarely do as much"
            " (adjusted p below 0.05)."
        )
    if found.left_out:
        notes.append(
            f"Left out because the data cover it only in part: {words.listed(found.left_out)}."
        )
    return notes


def clear_seasons(found: Trends) -> list[Season]:
    """Those that are significant."""
    return [season for season in found.seasons if season.significant]


def season(found: Season) -> str:
    """What moves within the year."""
    chance = words.chance(found.q)
    return f"{words.seasonal(found)} ({chance}; mean of the months over the years)"


def no_season(found: Trends) -> list[str]:
    """For what no season can be shown."""
    steady = [
        ink.name(season.column) if season.column else "the number of rows"
        for season in found.seasons
        if not season.significant
    ]
    return [f"No season can be shown for {words.listed(steady)}."] if steady else []


def clear_differences(comparison: Comparison) -> list[Difference]:
    """Those that are significant and not tiny."""
    return [
        d for d in comparison.differences if d.significant and d.effect >= words.WEAK_DIFFERENCE
    ]


def difference(found: Difference) -> str:
    """How a number differs between groups."""
    return f"{words.differs(found)} ({words.chance(found.q)})"


def outliers(found: Outliers) -> str:
    """What stands out of a column, and how it was judged."""
    among = f" Only {found.among} were judged." if found.among else ""
    judged = " By ratio, not by difference." if found.logarithmic else ""
    if found.count:
        return words.outlying(found) + among + judged
    tested = words.count(found.tested, "value")
    return f"Of {tested} of {ink.name(found.column)} none stands out.{among}{judged}"
