"""What should be done first: the longest way to the end, and how much its agents have to do.

A subtask's score is its upward rank (`graph.upward_ranks`) plus the backlog of the
least laden agent that may do it, both in seconds, so there is nothing to weigh. The
rank looks along the plan, the backlog across it: work that only busy specialists can
do goes first even where its chain is short.

The backlog of an agent is its part of all work that is open and has not begun, whether
it is ready or not: each subtask counts for every agent that may do it, by the seconds
that this agent would need, divided by their number. Agents who may do the same things
equally fast form a group and share one figure, so that a change costs as many steps as
there are groups, however many agents and subtasks there are.

>>> skills = {"sql": {"analysts"}, "law": {"lawyers"}, "": {"analysts", "lawyers"}}
>>> backlogs = Backlogs[str, str](lambda needs, group: group in skills[needs])
>>> for group in ("analysts", "analysts", "lawyers"):
...     backlogs.join(group)
>>> backlogs.add("sql", 60.0)
>>> backlogs.add("", 30.0)
>>> backlogs.of("analysts"), backlogs.of("lawyers"), backlogs.least("")
(40.0, 10.0, 10.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

N = TypeVar("N", bound=Hashable)
G = TypeVar("G", bound=Hashable)

COMPACT = 4096
"""Changes after which all sums are made anew, so that roundings do not add up."""


def score(rank: float, backlog: float) -> float:
    """Which of several ready subtasks of one class goes first: the largest.

    Args:
        rank: Upward rank, seconds.
        backlog: Of the least laden agent that may do it, seconds.

    Measured on public multi-skill projects (`benchmarks/quality.py`); it has no parameter.
    """
    return rank + backlog


class Backlogs(Generic[N, G]):
    """How much there is to do for an agent of each group.

    Args:
        covers: Whether agents of a group may do what has such needs; asked once for each
            pair.
    """

    def __init__(self, covers: Callable[[N, G], bool]) -> None:
        self._covers = covers
        self._sizes: dict[G, int] = {}
        self._loads: dict[G, float] = {}
        self._demands: dict[N, _Demand[G]] = {}
        self._served: dict[G, dict[N, _Demand[G]]] = {}
        self._changes = 0

    # Agents

    def join(self, group: G) -> None:
        """One agent more."""
        self._resize(group, 1)

    def leave(self, group: G) -> None:
        """One agent less."""
        self._resize(group, -1)

    def _resize(self, group: G, more: int) -> None:
        if group not in self._sizes:
            self._found(group)
        served = self._served[group]
        for demand in served.values():
            self._weigh(demand, -1.0)
        self._sizes[group] += more
        for demand in served.values():
            demand.agents += more
            self._weigh(demand, 1.0)
        if not self._sizes[group]:
            self._disband(group)

    def _found(self, group: G) -> None:
        self._sizes[group], self._loads[group] = 0, 0.0
        self._served[group] = {n: d for n, d in self._demands.items() if self._covers(n, group)}
        for demand in self._served[group].values():
            demand.groups[group] = demand.plain
            # As if it had been there, since those who are share it without the new one still.
            self._loads[group] += demand.plain / demand.agents if demand.agents else 0.0

    def _disband(self, group: G) -> None:
        for demand in self._served.pop(group).values():
            del demand.groups[group]
        del self._sizes[group], self._loads[group]

    # Work

    def add(self, needs: N, seconds: float, paces: Mapping[G, float] | None = None) -> None:
        """There is more to do.

        Args:
            needs: What it requires.
            seconds: That it takes, at least 0.
            paces: Seconds for groups that need more or less than that.
        """
        self._change(needs, 1, seconds, paces)

    def remove(self, needs: N, seconds: float, paces: Mapping[G, float] | None = None) -> None:
        """What was added with these words has begun, or will not be done."""
        self._change(needs, -1, seconds, paces)

    def _change(
        self, needs: N, count: int, seconds: float, paces: Mapping[G, float] | None
    ) -> None:
        demand = self._demand(needs)
        demand.count += count
        demand.plain += count * seconds
        agents, loads = demand.agents, self._loads
        for group in demand.groups:
            taken = seconds if paces is None else paces.get(group, seconds)
            demand.groups[group] += count * taken
            loads[group] += count * taken / agents
        self._settle(needs, demand)

    def _demand(self, needs: N) -> _Demand[G]:
        demand = self._demands.get(needs)
        if demand is None:
            groups = [group for group in self._sizes if self._covers(needs, group)]
            demand = self._demands[needs] = _Demand(groups)
            demand.agents = sum(self._sizes[group] for group in groups)
            for group in groups:
                self._served[group][needs] = demand
        return demand

    def _settle(self, needs: N, demand: _Demand[G]) -> None:
        """What is over is forgotten; now and then so is what roundings have left."""
        if demand.count <= 0:
            self._weigh(demand, -1.0)
            del self._demands[needs]
            for group in demand.groups:
                del self._served[group][needs]
        self._changes += 1
        if self._changes >= COMPACT:
            self._sum_up()

    def _sum_up(self) -> None:
        self._changes = 0
        for group, served in self._served.items():
            self._loads[group] = math.fsum(d.groups[group] / d.agents for d in served.values())

    def _weigh(self, demand: _Demand[G], sign: float) -> None:
        if demand.agents:
            for group, seconds in demand.groups.items():
                self._loads[group] += sign * seconds / demand.agents

    # Asked

    def of(self, group: G) -> float:
        """Seconds of open work for one agent of that group; 0 where there is none."""
        return max(0.0, self._loads.get(group, 0.0))

    def least(self, needs: N) -> float:
        """The smallest backlog among those who may do it; 0 where nobody may."""
        demand = self._demands.get(needs)
        groups = self._sizes if demand is None else demand.groups
        asked = (g for g in groups if demand is not None or self._covers(needs, g))
        return max(0.0, min((self._loads[group] for group in asked), default=0.0))


class _Demand(Generic[G]):
    """The open work of one kind of needs.

    Attributes:
        groups: Who may do it, with the seconds that it would take one agent of them.
        agents: How many there are of all these groups.
        count: Subtasks.
        plain: Their seconds, for a group of which nothing else is known.
    """

    __slots__ = ("agents", "count", "groups", "plain")

    def __init__(self, groups: list[G]) -> None:
        self.groups: dict[G, float] = dict.fromkeys(groups, 0.0)
        self.agents = 0
        self.count = 0
        self.plain = 0.0
