"""HEFT: the timetable that a planner makes which sees everything beforehand.

Not what Callboard does, but what it is measured against.

Source: Topcuoglu, Hariri, Wu, Performance-effective and low-complexity task scheduling
for heterogeneous computing, IEEE TPDS 13(3), 2002, with communication free of cost.
"""

from __future__ import annotations

import bisect
import math

from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.timetable import Timetable


def heft(project: Project) -> Timetable:
    """By upward rank, each task where it ends first, into gaps where it fits.

    >>> project = Project([{0: 3.0, 1: 5.0}, {0: 2.0, 1: 2.0}], [(), ()], agents=2)
    >>> heft(project)
    Timetable(agents=(0, 1), starts=(0.0, 0.0), ends=(3.0, 2.0))
    """
    count = len(project)
    agents, starts, ends = [0] * count, [0.0] * count, [0.0] * count
    taken: list[list[tuple[float, float]]] = [[] for _ in range(project.agents)]
    # A stable sort of a topological order: what takes no time still comes before its dependents.
    for task in sorted(project.order, key=lambda task: -project.ranks[task]):
        earliest = max((ends[other] for other in project.before[task]), default=0.0)
        end, agent, start = min(
            _placed(taken[agent], earliest, seconds, agent)
            for agent, seconds in project.options[task].items()
        )
        agents[task], starts[task], ends[task] = agent, start, end
        bisect.insort(taken[agent], (start, end))
    return Timetable(tuple(agents), tuple(starts), tuple(ends))


def _placed(
    taken: list[tuple[float, float]], earliest: float, seconds: float, agent: int
) -> tuple[float, int, float]:
    """End, agent and start of the first gap that is long enough."""
    start = earliest
    for begin, end in [*taken, (math.inf, math.inf)]:
        if start + seconds <= begin:
            break
        start = max(start, end)
    return start + seconds, agent, start
