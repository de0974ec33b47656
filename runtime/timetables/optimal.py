"""The best order that there is, or one that is proved to be close to it: CP-SAT.

Needs OR-Tools (`pip install callboard[optimal]`), which is imported when it is used. The
search begins with what rollouts have found, and ends when nothing better exists or its
time is over; then the bound says how far from the best it can be at the most. For some
thousands of subtasks; what is larger does not fit.

Agents who could stand in for each other, as slots of one agent can, are one resource
with a capacity. Times are whole numbers there: durations are rounded up, and the real
timetable is made of the order that was found.
"""

from __future__ import annotations

import heapq
import importlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from callboard.runtime.timetables.timetable import Timetable

if TYPE_CHECKING:
    from callboard.runtime.timetables.project import Project
    from callboard.runtime.timetables.rollouts import Found

FINEST = 100_000
"""Units of time that the first makespan is divided into where durations are no multiples."""

LARGEST = 10_000_000
"""Units that it may have where they are."""

THOUSANDTHS = 1000
"""Of a second: what is finer is no multiple of anything."""


class OptimalMissing(ImportError):
    """OR-Tools is not installed."""

    def __init__(self) -> None:
        super().__init__(
            'planning="optimal" needs OR-Tools, which is not installed: pip install '
            '"callboard[optimal]"'
        )


def solver() -> Any:  # noqa: ANN401 - a module that may not be there
    """OR-Tools' module for CP-SAT.

    Raises:
        OptimalMissing: It is not installed.
    """
    try:
        return importlib.import_module("ortools.sat.python.cp_model")  # takes half a second
    except ImportError:
        raise OptimalMissing from None


def optimal(project: Project, begin: Found, seconds: float, *, seed: int = 0) -> Found:
    """The best timetable that is found in time, and a bound that says how good it is.

    Args:
        project: With the durations that are expected.
        begin: What to begin with: what is found is never worse.
        seconds: That it may take.
        seed: Of the solver.

    Raises:
        OptimalMissing: OR-Tools is not installed.
    """
    cp_model = solver()
    if begin.proved or seconds <= 0.0:
        return begin
    model = _Model(project, begin, cp_model)
    search = cp_model.CpSolver()
    search.parameters.max_time_in_seconds = seconds
    search.parameters.num_workers = 1  # beside whatever the machine is there for
    search.parameters.random_seed = seed
    status = search.Solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return begin
    bound = max(begin.bound, model.least(search.BestObjectiveBound()))
    table = model.table(search)
    better = begin if begin.table.makespan <= table.makespan else begin._replace(table=table)
    return better._replace(bound=min(bound, better.table.makespan))


class _Choice(NamedTuple):
    """That a group of agents does a task, if it is so."""

    group: int
    chosen: Any


class _Model:
    """A project as CP-SAT sees it."""

    def __init__(self, project: Project, begin: Found, cp_model: Any) -> None:  # noqa: ANN401 - as above
        self._project = project
        self._unit = _unit(project, begin.table.makespan)
        self._groups = _groups(project)
        self._numbers = {slot: n for n, group in enumerate(self._groups) for slot in group}
        self._begun = frozenset(project.begun)
        self.model = cp_model.CpModel()
        self._horizon = sum(self._whole(max(own.values())) for own in project.options)
        self._intervals: list[list[Any]] = [[] for _ in self._groups]
        self._starts: list[Any] = []
        self._ends: list[Any] = []
        self._choices: list[list[_Choice]] = []
        for task in range(len(project)):
            self._add(task)
        for task, needed in enumerate(project.before):
            for other in needed:
                self.model.Add(self._starts[task] >= self._ends[other])
        for group, intervals in zip(self._groups, self._intervals, strict=True):
            if len(group) == 1:
                self.model.AddNoOverlap(intervals)
            else:
                self.model.AddCumulative(intervals, [1] * len(intervals), len(group))
        self._aim()
        self._hint(begin.table)

    def _whole(self, seconds: float) -> int:
        return math.ceil(seconds / self._unit - 1e-9)

    def _add(self, task: int) -> None:
        model, own = self.model, self._project.options[task]
        start = model.NewIntVar(0, self._horizon, f"start {task}")
        end = model.NewIntVar(0, self._horizon, f"end {task}")
        choices: list[_Choice] = []
        for group in dict.fromkeys(self._numbers[slot] for slot in own):
            takes = self._whole(own[self._groups[group][0]])
            chosen = model.NewBoolVar(f"{task} by {group}")
            name = f"{task} at {group}"
            self._intervals[group].append(
                model.NewOptionalIntervalVar(start, takes, end, chosen, name)
            )
            choices.append(_Choice(group, chosen))
        model.AddExactlyOne(choice.chosen for choice in choices)
        if task in self._begun:
            model.Add(start == 0)
        self._starts.append(start)
        self._ends.append(end)
        self._choices.append(choices)

    def _aim(self) -> None:
        """The end of all; and of each more urgent class, which counts as much."""
        urgencies = sorted(set(self._project.classes))
        ends: list[Any] = []
        for urgency in urgencies:
            last = self.model.NewIntVar(0, self._horizon, f"class {urgency}")
            for task, own in enumerate(self._project.classes):
                if own <= urgency:
                    self.model.Add(last >= self._ends[task])
            ends.append(last)
        self._whole_end = ends[-1] if ends else 0
        self._single = len(urgencies) <= 1
        self.model.Minimize(sum(ends))

    def _hint(self, table: Timetable) -> None:
        for task, (slot, start) in enumerate(zip(table.agents, table.starts, strict=True)):
            self.model.AddHint(self._starts[task], round(start / self._unit))
            for choice in self._choices[task]:
                self.model.AddHint(choice.chosen, int(choice.group == self._numbers[slot]))

    # What came of it

    def least(self, objective: float) -> float:
        """What no timetable can beat, seconds; roundings can only have made it longer."""
        if not self._single:
            return 0.0
        exact = all(
            math.isclose(self._whole(s) * self._unit, s, rel_tol=1e-9, abs_tol=1e-12)
            for own in self._project.options
            for s in own.values()
        )
        found = math.ceil(objective - 1e-6) * self._unit
        return found if exact else found - len(self._project) * self._unit

    def table(self, search: Any) -> Timetable:  # noqa: ANN401 - as above
        """The timetable of the order that was found, with the real durations."""
        count = len(self._project)
        order = sorted(self._project.order, key=lambda task: search.Value(self._starts[task]))
        free = [[(0.0, slot) for slot in group] for group in self._groups]
        agents, starts, ends = [0] * count, [0.0] * count, [0.0] * count
        for task in self._begun:
            [slot] = self._project.options[task]
            group = self._numbers[slot]
            free[group] = [one for one in free[group] if one[1] != slot]
            agents[task], ends[task] = slot, self._project.options[task][slot]
            free[group].append((ends[task], slot))
        for slots in free:
            heapq.heapify(slots)
        for task in order:
            if task in self._begun:
                continue
            [group] = [c.group for c in self._choices[task] if search.Value(c.chosen)]
            since, slot = heapq.heappop(free[group])
            start = max([since, *(ends[other] for other in self._project.before[task])])
            agents[task], starts[task] = slot, start
            ends[task] = start + self._project.options[task][slot]
            heapq.heappush(free[group], (ends[task], slot))
        return Timetable(tuple(agents), tuple(starts), tuple(ends))


def _groups(project: Project) -> list[list[int]]:
    """Agents who could stand in for each other: alike in all that each may do.

    Whoever runs something already stands alone.
    """
    columns: list[list[tuple[int, float]]] = [[] for _ in range(project.agents)]
    for task, own in enumerate(project.options):
        for slot, seconds in own.items():
            columns[slot].append((task, seconds))
    found: dict[tuple[tuple[int, float], ...], list[int]] = {}
    for slot, column in enumerate(columns):
        found.setdefault(tuple(column), []).append(slot)
    return [group for column, group in found.items() if column]


def _unit(project: Project, makespan: float) -> float:
    """Seconds of a whole number: the largest one that all durations are made of, if any.

    >>> from callboard.runtime.timetables.project import Project
    >>> _unit(Project([{0: 7.5, 1: 5.0}], [()], 2), 7.5)
    2.5
    """
    every = {seconds for own in project.options for seconds in own.values() if seconds}
    exact = [Fraction(seconds).limit_denominator(THOUSANDTHS) for seconds in every]
    scale = math.lcm(1, *(one.denominator for one in exact))
    unit = math.gcd(*(int(one * scale) for one in exact)) / scale
    if unit and makespan / unit <= LARGEST and all(map(_same, exact, every)):
        return unit
    return max(makespan, 1e-9) / FINEST


def _same(one: Fraction, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9)
