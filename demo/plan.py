"""The demo's plan: collect, look at the data from four sides at once, report.

The default rules would make a chain of three subtasks of such a goal; a plan built in
Python says what can be done side by side.
"""

from __future__ import annotations

from typing import Final

from callboard import Plan, subtask

COLLECTION: Final = "Data Collection"
QUALITY: Final = "Data Quality"
TRENDS: Final = "Trends"
GROUPS: Final = "Group Comparison"
EXTREMES: Final = "Outliers and Correlations"
REPORT: Final = "Report Generation"

ANALYSIS_OF: Final = {
    TRENDS: "trends",
    GROUPS: "groups",
    QUALITY: "quality",
    EXTREMES: "extremes",
}
"""Which of `callboard.demo.analysis` each subtask is; the longest first."""


def plan_for(goal: str, *, seconds: float) -> Plan:
    """A plan for *goal*.

    Args:
        goal: Stands in each description.
        seconds: That each subtask is expected to take.
    """
    minutes = seconds / 60
    collection = subtask(
        COLLECTION,
        description=f"Read the table for: {goal}",
        priority="HIGH",
        estimated_duration=minutes,
        required_skills=["data_collection"],
    )
    analyses = [
        subtask(
            name,
            description=f"{name} for: {goal}",
            priority="HIGH",
            estimated_duration=minutes,
            required_skills=["data_analysis", "statistics"],
            dependencies=[collection],
        )
        for name in ANALYSIS_OF
    ]
    report = subtask(
        REPORT,
        description=f"Write the report on: {goal}",
        priority="MEDIUM",
        estimated_duration=minutes,
        required_skills=["report_writing"],
        dependencies=analyses,
    )
    return Plan(subtasks=(collection, *analyses, report))
