r"""The analyses by name, each in small steps that one agent can begin and another finish.

>>> from callboard.demo.table import parse
>>> table = parse(b"shop,sold\n" + b"north,7\nsouth,3\n" * 20, source="sales.csv")
>>> analyse("groups", table).differences[0].groups[0].name
'north'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from callboard.demo import extremes, groups, quality, trends
from callboard.demo.results import (
    Association,
    ColumnQuality,
    Comparison,
    Correlation,
    Difference,
    Duplicates,
    Extremes,
    Finding,
    NumberSummary,
    Outliers,
    Quality,
    Result,
    Season,
    Step,
    Trend,
    Trends,
)
from callboard.demo.table import Table

AnyFinding: TypeAlias = (
    Association
    | ColumnQuality
    | Correlation
    | Difference
    | Duplicates
    | NumberSummary
    | Outliers
    | Season
    | Trend
)
"""What `msgspec.convert` needs to read a finding back from JSON."""


class Analysis(NamedTuple):
    """One kind of analysis.

    Attributes:
        result: Type of what `conclude` answers.
        steps: What to look at in a table, given the goal.
        measure: Look at one of them; None where there is too little to say.
        conclude: Judge all findings together.
    """

    result: type[Result]
    steps: Callable[[Table, str], list[Step]]
    measure: Callable[[Table, Step], Finding | None]
    conclude: Callable[[Table, str, Sequence[Finding]], Result]


ANALYSES: Final = {
    "quality": Analysis(Quality, quality.steps, quality.measure, quality.conclude),
    "trends": Analysis(Trends, trends.steps, trends.measure, trends.conclude),
    "groups": Analysis(Comparison, groups.steps, groups.measure, groups.conclude),
    "extremes": Analysis(Extremes, extremes.steps, extremes.measure, extremes.conclude),
}


def analyse(name: str, table: Table, goal: str = "") -> Result:
    """All steps of one analysis at once.

    Raises:
        KeyError: There is no such analysis.
    """
    analysis = ANALYSES[name]
    found = [analysis.measure(table, step) for step in analysis.steps(table, goal)]
    return analysis.conclude(table, goal, [finding for finding in found if finding is not None])
