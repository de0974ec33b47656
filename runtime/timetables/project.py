"""A project as far as its time matters: tasks, who may do each, how long, what waits for what.

Tasks and agents are numbers from 0, so that thousands of timetables can be tried in a
second. An agent does one task at a time; who runs several at once is several agents.

>>> project = Project([{0: 3.0, 1: 1.0}, {0: 2.0}], [(), (0,)], agents=2)
>>> project.means, project.ranks, project.after
((2.0, 2.0), (4.0, 2.0), ((1,), ()))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

Floats: TypeAlias = tuple[float, ...]


class ImpossibleProject(ValueError):
    """Nobody may do a task, or tasks wait for each other."""


class Project:
    """Tasks with their options and what comes before them.

    Args:
        options: For each task the agents that may do it, with the seconds that each needs.
        before: For each task those that must end before it begins.
        agents: How many there are.
        begun: Tasks that run already, each with its one agent and the seconds that are left;
            no two with the same agent, and none of them waits for anything.
        classes: For each task how urgent it is, the least first; None where all are alike.

    Raises:
        ImpossibleProject: Not all of it could ever be done.
    """

    def __init__(
        self,
        options: Sequence[Mapping[int, float]],
        before: Sequence[Sequence[int]],
        agents: int,
        begun: Sequence[int] = (),
        classes: Sequence[int] | None = None,
    ) -> None:
        self.options = tuple({agent: float(s) for agent, s in own.items()} for own in options)
        self.before = tuple(tuple(dict.fromkeys(tasks)) for tasks in before)
        self.agents = agents
        self.begun = tuple(begun)
        self.classes = (0,) * len(self.options) if classes is None else tuple(classes)
        if not all(self.options):
            raise ImpossibleProject(f"nobody may do task {self.options.index({})}")
        if len(self.order) < len(self.options):
            raise ImpossibleProject("tasks wait for each other")

    def __len__(self) -> int:
        """How many tasks there are."""
        return len(self.options)

    @cached_property
    def after(self) -> tuple[tuple[int, ...], ...]:
        """For each task those that wait for it."""
        found: list[list[int]] = [[] for _ in self.options]
        for task, needed in enumerate(self.before):
            for other in needed:
                found[other].append(task)
        return tuple(map(tuple, found))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Every task after all that it waits for (Kahn); those of a cycle are left out."""
        missing = list(map(len, self.before))
        order = [task for task, count in enumerate(missing) if not count]
        for task in order:  # it grows while it is read
            for other in self.after[task]:
                missing[other] -= 1
                if not missing[other]:
                    order.append(other)
        return tuple(order)

    @cached_property
    def circles(self) -> tuple[tuple[int, ...], ...]:
        """Every set of agents that may do some task, once."""
        return tuple(dict.fromkeys(tuple(sorted(own)) for own in self.options))

    @cached_property
    def circle(self) -> tuple[int, ...]:
        """For each task the number of its set of agents in `circles`."""
        numbers = {agents: number for number, agents in enumerate(self.circles)}
        return tuple(numbers[tuple(sorted(own))] for own in self.options)

    @cached_property
    def alike(self) -> tuple[bool, ...]:
        """For each task whether all who may do it need equally long."""
        return tuple(len(set(own.values())) == 1 for own in self.options)

    @cached_property
    def means(self) -> Floats:
        """Seconds of each task, as the mean of its options."""
        return tuple(sum(own.values()) / len(own) for own in self.options)

    @cached_property
    def shortest(self) -> Floats:
        """Seconds of each task at the fastest of its agents."""
        return tuple(min(own.values()) for own in self.options)

    @cached_property
    def ranks(self) -> Floats:
        """Upward ranks of mean durations: seconds from each task's start to the end of all."""
        return self.upward(self.means)

    @cached_property
    def tails(self) -> Floats:
        """Seconds from each task's end to the end of all that waits for it, at the least."""
        ranks = self.upward(self.shortest)
        return tuple(rank - own for rank, own in zip(ranks, self.shortest, strict=True))

    def upward(self, seconds: Sequence[float]) -> Floats:
        """The longest way from the start of each task to the end, if they take so long."""
        ranks = list(seconds)
        for task in reversed(self.order):
            ranks[task] += max((ranks[other] for other in self.after[task]), default=0.0)
        return tuple(ranks)
