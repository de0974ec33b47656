"""What no timetable of a project can beat, and what an agent more would change about it.

>>> project = Project([{0: 3.0}, {0: 3.0}, {0: 3.0, 1: 3.0}], [(), (), ()], agents=2)
>>> least_seconds(project).seconds, bottleneck(project)
(6.0, Bottleneck(seconds=6.0, agents=frozenset({0}), saving=3.0))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from callboard.actors.logic.bounds import Bounds, Work, bounds
from callboard.runtime.timetables.project import Project


class Bottleneck(NamedTuple):
    """Whose work takes longest, whatever is decided.

    Attributes:
        seconds: The lower bound of all.
        agents: Those of whom there are too few; none where the longest chain decides.
        saving: Seconds by which the bound would be lower if there were one more of them.
    """

    seconds: float
    agents: frozenset[int]
    saving: float


def least_seconds(project: Project) -> Bounds:
    """The lower bounds, if the fastest agent that may do it does each task.

    Agents are named by their numbers, as text.
    """
    return _bounds(project, {})


def bottleneck(project: Project) -> Bottleneck:
    """Which agents there are too few of, and what one more of them would save.

    The agent more is as good as any of the group: it may do all that the group alone
    may do, and what any other may do that all of the group may do as well.
    """
    found = least_seconds(project)
    group = frozenset(map(int, found.narrowest))
    if found.reason == "path" or not group:
        return Bottleneck(found.seconds, frozenset(), 0.0)
    helped = {n: "new" for n, circle in enumerate(project.circles) if _helps(group, circle)}
    eased = _bounds(project, helped)
    return Bottleneck(found.seconds, group, found.seconds - eased.seconds)


def _helps(group: frozenset[int], circle: tuple[int, ...]) -> bool:
    return group.issuperset(circle) or group.issubset(circle)


def _bounds(project: Project, helped: Mapping[int, str]) -> Bounds:
    works = [
        Work(str(n), project.shortest[n], project.circle[n], tuple(map(str, project.before[n])))
        for n in range(len(project))
    ]
    eligible = {
        number: {*map(str, circle), *([helped[number]] if number in helped else [])}
        for number, circle in enumerate(project.circles)
    }
    slots = {agent: 1 for agents in eligible.values() for agent in agents}
    return bounds(works, slots, eligible)
