"""What all analyses find in a table, for those who tell it."""

from __future__ import annotations

from functools import cache

from callboard.demo.analysis import analyse
from callboard.demo.report import Findings
from callboard.demo.results import Comparison, Extremes, Quality, Trends
from callboard.demo.table import SHIPPED, Table, read_table


def findings(data: Table, goal: str = "Analyze it") -> Findings:
    """What is found in it."""
    quality, trends, groups, extremes = (
        analyse(name, data, goal) for name in ("quality", "trends", "groups", "extremes")
    )
    assert isinstance(quality, Quality)
    assert isinstance(trends, Trends)
    assert isinstance(groups, Comparison)
    assert isinstance(extremes, Extremes)
    return Findings(goal, quality, trends, groups, extremes)


@cache
def shipped() -> Findings:
    """What is found in the data that the demo brings along; they are many."""
    return findings(read_table(SHIPPED), "What drives damage, cost and speed?")
