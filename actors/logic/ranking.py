"""What should be done first: the longest way to the end, and how much its agents have to do.

A subtask's score is its upward rank (`graph.upward_ranks`) plus the backlog of the
least laden agent that may do it, both in seconds, so there is nothing to weigh. The
rank looks along the plan, the backlog across it: work that only busy specialists can
do goes first even where its chain is short.

The backlog of an agent is its part of all work that is open and has not begun, whether
it is ready or not: each subtask counts for every agent that may do it, by the seconds that
this one takes divided by their number. Agents who may do the same things form a group and share one
figure, and nothing is added up before somebody asks: a change costs O(1), a question as
many steps as there are groups that what has changed since may concern, however many
agents and subtasks there are.

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
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

N = TypeVar("N", bound=Hashable)
G = TypeVar("G", bound=Hashable)

COMPACT = 4096
"""Sums after which all are made anew, so that roundings do not add up."""


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
            pair as long as there is anything to do that has them.
        pace: How many times as long agents of a group take for it; asked now and then.
            None where all are equally fast.
    """

    def __init__(
        self, covers: Callable[[N, G], bool], pace: Callable[[N, G], float] | None = None
    ) -> None:
        self._covers = covers
        self._pace = pace
        self._sizes: dict[G, int] = {}
        self._loads: dict[G, float] = {}
        self._demands: dict[N, _Demand[G]] = {}
        self._changed: dict[N, _Demand[G]] = {}
        self._sums = 0

    # Agents

    def join(self, group: G, slots: int = 1) -> None:
        """One agent more; one that runs several at once counts as several."""
        self._resize(group, slots)

    def leave(self, group: G, slots: int = 1) -> None:
        """One agent less, which ran so many at once."""
        self._resize(group, -slots)

    def _resize(self, group: G, more: int) -> None:
        if not more:
            return  # who may run nothing at all is not there
        self._add_up()
        before = self._sizes.get(group, 0)
        self._sizes[group] = before + more
        for needs, demand in self._demands.items():
            if self._covers(needs, group):
                demand.agents += more
                if not before:
                    demand.groups.append(group)
                elif not self._sizes[group]:
                    demand.groups.remove(group)
        if not self._sizes[group]:
            del self._sizes[group]
        self._add_all_up()

    # Work

    def add(self, needs: N, seconds: float) -> None:
        """There is more to do: it requires that, and takes so many seconds, at least 0."""
        demand = self._demands.get(needs)
        if demand is None:
            demand = self._demands[needs] = self._demand(needs)
        demand.count += 1
        demand.seconds += seconds
        self._changed[needs] = demand

    def remove(self, needs: N, seconds: float) -> None:
        """What was added with these words has begun, or will not be done."""
        demand = self._demands[needs]
        demand.count -= 1
        # What roundings would leave is forgotten with the last of it.
        demand.seconds = demand.seconds - seconds if demand.count else 0.0
        self._changed[needs] = demand

    def _demand(self, needs: N) -> _Demand[G]:
        groups = [group for group in self._sizes if self._covers(needs, group)]
        agents = sum(self._sizes[group] for group in groups)
        return _Demand(groups, agents, self._paces(needs, groups))

    def _paces(self, needs: N, groups: list[G]) -> dict[G, float]:
        """Of those who are not as fast as is usual."""
        if self._pace is None:
            return {}
        found = {group: self._pace(needs, group) for group in groups}
        return {group: pace for group, pace in found.items() if pace != 1.0}

    # Added up

    def _add_up(self) -> None:
        """Let the loads say what has changed."""
        for needs, demand in self._changed.items():
            if demand.agents:
                more = (demand.seconds - demand.counted) / demand.agents
                for group in demand.groups:
                    self._loads[group] += more * demand.paces.get(group, 1.0)
            demand.counted = demand.seconds
            if not demand.count:
                del self._demands[needs]
        self._changed.clear()
        self._sums += 1
        if self._sums >= COMPACT:
            self._add_all_up()

    def _add_all_up(self) -> None:
        self._sums = 0
        shares: dict[G, list[float]] = {group: [] for group in self._sizes}
        for needs, demand in self._demands.items():
            demand.paces = self._paces(needs, demand.groups)
            for group in demand.groups:
                share = demand.seconds / demand.agents
                shares[group].append(share * demand.paces.get(group, 1.0))
        self._loads = {group: math.fsum(parts) for group, parts in shares.items()}

    # Asked

    def of(self, group: G) -> float:
        """Seconds of open work for one agent of that group; 0 where there is none."""
        if self._changed:
            self._add_up()
        return max(0.0, self._loads.get(group, 0.0))

    def least(self, needs: N) -> float:
        """The smallest backlog among those who may do it; 0 where nobody may."""
        if self._changed:
            self._add_up()
        demand = self._demands.get(needs)
        groups = (self._demand(needs) if demand is None else demand).groups
        return max(0.0, min([self._loads[group] for group in groups], default=0.0))


class _Demand(Generic[G]):
    """The open work of one kind of needs.

    Attributes:
        groups: Who may do it.
        agents: How many there are of all these groups.
        paces: How many times as long some of them take.
        count: Subtasks.
        seconds: That they take.
        counted: What of that the loads of the groups say already.
    """

    __slots__ = ("agents", "count", "counted", "groups", "paces", "seconds")

    def __init__(self, groups: list[G], agents: int, paces: dict[G, float]) -> None:
        self.groups = groups
        self.agents = agents
        self.paces = paces
        self.count = 0
        self.seconds = 0.0
        self.counted = 0.0
