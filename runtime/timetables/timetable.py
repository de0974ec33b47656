"""A timetable, and whether it could be carried out.

>>> table = Timetable(agents=(0, 0), starts=(0.0, 3.0), ends=(3.0, 5.0))
>>> table.makespan
5.0
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from callboard.runtime.timetables.project import Project

TOLERANCE = 1e-6
"""Part of the makespan by which times may differ, for they are sums of floats."""


class Timetable(NamedTuple):
    """For each task who does it, and when; seconds from the start of all."""

    agents: tuple[int, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]

    @property
    def makespan(self) -> float:
        """When the last task ends."""
        return max(self.ends, default=0.0)


def faults(project: Project, table: Timetable, seconds: Sequence[float] | None = None) -> list[str]:
    """What could not be as *table* says; nothing where it is sound.

    Args:
        project: Whose tasks they are.
        table: To be checked, by means that no scheduler shares.
        seconds: What the tasks have really taken, where that is not what was expected.
    """
    slack = TOLERANCE * (1.0 + table.makespan)
    found: list[str] = []
    by_agent: dict[int, list[int]] = {}
    for task, (agent, start, end) in enumerate(zip(*table, strict=True)):
        by_agent.setdefault(agent, []).append(task)
        if agent not in project.options[task]:
            found.append(f"agent {agent} may not do task {task}")
            continue
        takes = project.options[task][agent] if seconds is None else seconds[task]
        if abs(end - start - takes) > slack:
            found.append(f"task {task} takes {takes:g} s, not {end - start:g}")
        late = [other for other in project.before[task] if table.ends[other] > start + slack]
        found += [f"task {task} starts before {other} ends" for other in late]
    return found + [text for tasks in by_agent.values() for text in _clashes(table, tasks, slack)]


def _clashes(table: Timetable, tasks: list[int], slack: float) -> list[str]:
    ordered = sorted(tasks, key=lambda task: (table.starts[task], table.ends[task]))
    return [
        f"tasks {one} and {other} overlap"
        for one, other in pairwise(ordered)
        if table.ends[one] > table.starts[other] + slack
    ]
