"""The event model: what comes of a rule if it decides whenever an agent becomes free.

It knows what an online scheduler would know: a task is seen when its predecessors have
ended, durations are those that are expected, and decisions are not taken back. So it
can also be told what the durations really are, and tells what that would come to.

>>> project = Project([{0: 3.0}, {0: 2.0}, {1: 4.0}], [(), (), (1,)], agents=2)
>>> play(project, by_arrival(project)).makespan, play(project, by_load(project)).makespan
(9.0, 6.0)
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

from callboard.runtime.timetables.project import Floats, Project
from callboard.runtime.timetables.timetable import Timetable


class Rule(NamedTuple):
    """In which order ready tasks are handed out, and to whom.

    Attributes:
        ranks: For each task; the largest goes first.
        laden: The backlog of the least laden agent that may do it is added to that, and
            of agents who would end it at the same time the least laden one gets it.
        patient: A task waits for an agent that is busy if that one would end it earlier
            than all who are free; otherwise it takes the best of those who are free.
        weights: Each task's score is multiplied by its own.
    """

    ranks: Floats
    laden: bool
    patient: bool
    weights: Floats


def by_arrival(project: Project) -> Rule:
    """FIFO: what was stated first goes first, to the first agent of those that end it first."""
    firsts = tuple(-float(number) for number in range(len(project)))
    return Rule(firsts, laden=False, patient=False, weights=_ones(project))


def by_path(project: Project) -> Rule:
    """Critical path: the largest upward rank goes first."""
    return Rule(project.ranks, laden=False, patient=False, weights=_ones(project))


def by_load(project: Project, weights: Floats | None = None) -> Rule:
    """The rule of the scheduler: upward rank plus least backlog, late binding.

    Args:
        project: Whose tasks they are.
        weights: Each task's score is multiplied by its own; None for 1.
    """
    own = _ones(project) if weights is None else weights
    return Rule(project.ranks, laden=True, patient=True, weights=own)


def _ones(project: Project) -> Floats:
    return (1.0,) * len(project)


class Overrun(Exception):
    """Some task would end so late that all would take longer than was allowed."""


def play(
    project: Project,
    rule: Rule,
    factors: Sequence[float] | None = None,
    limit: float = math.inf,
) -> Timetable:
    """What comes of *rule*.

    Args:
        project: With the durations that are expected.
        rule: How it is decided.
        factors: How many times as long each task really takes.
        limit: Seconds that all may take.

    Raises:
        Overrun: It would take longer than *limit*.
    """
    return _Play(project, rule, factors, limit).run()


class _Play:
    """One run, from the first event to the last."""

    def __init__(
        self, project: Project, rule: Rule, factors: Sequence[float] | None, limit: float
    ) -> None:
        self._project = project
        self._rule = rule
        self._factors = factors
        self._limit = limit if factors is None else math.inf
        self._now = 0.0
        self._missing = list(map(len, project.before))
        self._ready = [task for task, count in enumerate(self._missing) if not count]
        self._due = [0.0] * project.agents  # when each agent is expected to be free
        self._busy = [False] * project.agents
        self._events: list[tuple[float, int]] = []
        self._doer = [-1] * len(project)
        self._starts = [0.0] * len(project)
        self._ends = [0.0] * len(project)
        self._backlog = [0.0] * project.agents
        for own in project.options:
            for agent, seconds in own.items():
                self._backlog[agent] += seconds / len(own)
        for task in project.begun:
            self._begin(task, *project.options[task])
        self._ready = [task for task in self._ready if self._doer[task] < 0]

    def run(self) -> Timetable:
        """Until all is done."""
        while True:
            self._hand_out()
            if not self._events:
                return Timetable(tuple(self._doer), tuple(self._starts), tuple(self._ends))
            self._now = self._events[0][0]
            while self._events and self._events[0][0] == self._now:
                self._over(heapq.heappop(self._events)[1])

    def _over(self, task: int) -> None:
        agent = self._doer[task]
        self._busy[agent] = False
        self._due[agent] = self._now
        for other in self._project.after[task]:
            self._missing[other] -= 1
            if not self._missing[other]:
                self._ready.append(other)

    def _hand_out(self) -> None:
        """Give out what can be, the highest score first."""
        begun = False
        for *_, task in sorted(self._candidates()):
            agent = self._choose(task)
            if agent >= 0:
                self._begin(task, agent)
                begun = True
        if begun:
            self._ready = [task for task in self._ready if self._doer[task] < 0]

    def _candidates(self) -> list[tuple[int, float, int]]:
        """What is ready and has somebody free, by its class and its score turned round."""
        ranks, laden, _, weights = self._rule
        circle, circles = self._project.circle, self._project.circles
        busy, backlog = self._busy, self._backlog
        classes = self._project.classes
        least: dict[int, float] = {}
        found: list[tuple[int, float, int]] = []
        for task in self._ready:
            number = circle[task]
            load = least.get(number)
            if load is None:
                agents = circles[number]
                if all(busy[agent] for agent in agents):
                    load = -1.0
                else:
                    load = max(0.0, min([backlog[a] for a in agents])) if laden else 0.0
                least[number] = load
            if load >= 0.0:
                found.append((classes[task], -(ranks[task] + load) * weights[task], task))
        return found

    def _choose(self, task: int) -> int:
        """Who gets it now; -1 if it must wait."""
        options, busy = self._project.options[task], self._busy
        _, laden, patient, _ = self._rule
        if not patient or self._project.alike[task]:
            # Where all are equally fast, nobody who is busy ends it before one who is free.
            options = {agent: s for agent, s in options.items() if not busy[agent]}
            if not options:
                return -1
        due, now, backlog = self._due, self._now, self._backlog
        best, best_end, best_load = -1, math.inf, math.inf
        for agent, seconds in options.items():
            end = max(now, due[agent]) + seconds
            load = backlog[agent] if laden else 0.0
            if end < best_end or (end == best_end and load < best_load):
                best, best_end, best_load = agent, end, load
        return -1 if busy[best] else best

    def _begin(self, task: int, agent: int) -> None:
        own = self._project.options[task]
        expected = own[agent]
        end = self._now + expected
        if end + self._project.tails[task] > self._limit:
            raise Overrun
        self._doer[task] = agent
        self._busy[agent] = True
        self._due[agent] = end
        if self._factors is not None:
            end = self._now + expected * self._factors[task]
        self._starts[task], self._ends[task] = self._now, end
        heapq.heappush(self._events, (end, task))
        for other, seconds in own.items():
            self._backlog[other] -= seconds / len(own)
