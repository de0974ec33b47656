"""A search for a better order, as data: what is to be searched, and what came of it.

So that it can be done in another process, which nobody waits for: see `searching`.

>>> project = Project([{1: 1.0}, {0: 1.0}, {0: 2.0, 1: 4.0}], [(), (), (0,)], agents=2)
>>> job = job_of(project, seconds=1.0, seed=7)
>>> project_of(job).options == project.options
True
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Literal, TypeAlias

import msgspec

from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.rollouts import Enough, Found, search
from callboard.runtime.timetables.timetable import Timetable

Method: TypeAlias = Literal["rollout", "optimal"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be searched, and how.

    Attributes:
        kinds: Options of tasks, each once: the seconds of each agent that may do it.
        options: Which of these each task has.
        seconds: That the search may take.
        weights: Of the best order that was found before, for each task; 1 for one that is
            new. () for none.
    """

    kinds: tuple[dict[int, float], ...]
    options: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]
    agents: int
    begun: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()
    method: Method = "rollout"
    seconds: float = 1.0
    seed: int = 0
    weights: tuple[float, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: a timetable, seconds from the moment of the job.

    Attributes:
        first: When all would be done by the rule.
        bound: When it cannot be done by any order.
        weights: To go on with.
        problem: Why it could not be searched, or "".
    """

    agents: tuple[int, ...] = ()
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()
    first: float = 0.0
    bound: float = 0.0
    weights: tuple[float, ...] = ()
    problem: str = ""

    @property
    def table(self) -> Timetable:
        """Who does what when."""
        return Timetable(self.agents, self.starts, self.ends)

    @property
    def gain(self) -> float:
        """Seconds by which all is done sooner than by the rule."""
        return max(0.0, self.first - self.table.makespan)

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.table.makespan <= self.bound * (1.0 + 1e-9)


def job_of(
    project: Project,
    *,
    method: Method = "rollout",
    seconds: float,
    seed: int = 0,
    weights: Sequence[float] = (),
) -> Job:
    """The job to search for a better order of that project."""
    numbers: dict[tuple[tuple[int, float], ...], int] = {}
    options = [numbers.setdefault(tuple(own.items()), len(numbers)) for own in project.options]
    return Job(
        kinds=tuple(dict(pairs) for pairs in numbers),
        options=tuple(options),
        before=project.before,
        agents=project.agents,
        begun=project.begun,
        classes=project.classes,
        method=method,
        seconds=seconds,
        seed=seed,
        weights=tuple(weights),
    )


def project_of(job: Job) -> Project:
    """What is to be searched."""
    own = [job.kinds[number] for number in job.options]
    return Project(own, job.before, job.agents, begun=job.begun, classes=job.classes)


def solve(job: Job, enough: Enough) -> Answer:
    """Search until it is enough, by rollouts.

    Args:
        job: Whatever its method: rollouts are also where an optimal search begins.
        enough: Asked before each try.
    """
    project = project_of(job)
    weights = job.weights if len(job.weights) == len(project) else None
    random = Random(job.seed)  # noqa: S311 - to be repeated, not secret
    return answer_of(search(project, random, enough, weights))


def answer_of(found: Found) -> Answer:
    """What a search has found, as data."""
    table = found.table
    finite = all(map(math.isfinite, found.weights))
    return Answer(
        agents=table.agents,
        starts=table.starts,
        ends=table.ends,
        first=found.first,
        bound=found.bound,
        weights=found.weights if finite else (),
    )
