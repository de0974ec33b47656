"""What learning is worth: recorded workflows, agents of unequal speed, rough estimates.

Each of the agents takes a factor of its own of what was recorded, between a half and
twice, log-uniform from a seed that is the workflow's name. Of each kind of work people
state a power of ten of seconds, the one nearest to its mean, and nothing of who is fast.
History is the same workflow run before, each time with other inputs: every duration then
was a log-normal factor (sigma 0.5) away from the recorded one.

without   nobody learns
fresh     learns while the workflow runs
history   has seen it run so many times (RUNS)
HEFT      a timetable made beforehand by one who knows all durations
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import fmean

from heft import heft
from instances import Instance
from online import Office, scheduler

from callboard.actors.logic.bounds import gap
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.paces import Stated
from callboard.messages.facts import Fact
from callboard.runtime.timetables.limits import least_seconds
from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.timetable import Timetable, faults

RUNS = 5
"""Before the one that counts."""

SPEEDS = 5
"""Companies, each with speeds of its own, of which the mean is taken."""

SIGMA = 0.5
"""Of the logarithm of the factor by which runs differ."""

WAYS = ("without", "fresh", "history", "HEFT")


def learning(family: Sequence[Instance], *, quick: bool) -> Iterator[tuple[str, dict[str, float]]]:
    """For each way the gaps above a lower bound, by instance and company."""
    gaps: dict[str, dict[str, float]] = {way: {} for way in WAYS}
    for recorded in family:
        for company in range(1 if quick else SPEEDS):
            one = unequal(recorded, company)
            least = least_seconds(one.project).seconds
            for way, decide in _ways(one).items():
                made = decide()
                gaps[way][f"{one.name} {company}"] = gap(_sound(one, made), least)
    yield from gaps.items()


def unequal(one: Instance, company: int) -> Instance:
    """The same, done by agents that are not equally fast."""
    random, agents = Random(f"{one.name} speeds {company}"), one.project.agents
    factors = [2.0 ** random.uniform(-1.0, 1.0) for _ in range(agents)]
    options = [{agent: own[agent] * factors[agent] for agent in own} for own in one.project.options]
    return one._replace(project=Project(options, one.project.before, agents))


def estimates(one: Instance) -> list[float]:
    """Seconds that people state: of each kind a power of ten, the nearest to its mean."""
    seconds: dict[str, list[float]] = {}
    for kind, mean in zip(one.kinds, one.project.means, strict=True):
        seconds.setdefault(kind, []).append(mean)
    stated = {
        kind: 10.0 ** round(math.log10(max(1.0, fmean(own)))) for kind, own in seconds.items()
    }
    return [stated[kind] for kind in one.kinds]


def _ways(one: Instance) -> dict[str, Callable[[], Timetable]]:
    said = estimates(one)
    alike = {str(agent): 1.0 for agent in range(one.project.agents)}
    nobody = Stated(dict.fromkeys(one.kinds, alike))
    return {
        "without": lambda: Office(one, decider=scheduler(nobody), estimates=said).run(),
        "fresh": lambda: Office(one, decider=scheduler(), estimates=said).run(),
        "history": lambda: Office(one, decider=scheduler(None, history(one)), estimates=said).run(),
        "HEFT": lambda: heft(one.project),
    }


def history(one: Instance) -> list[Fact]:
    """What earlier runs have taught, each of which knew what those before it had."""
    taught: list[Fact] = []
    for run in range(RUNS):
        random = Random(f"{one.name} run {run}")
        factors = [math.exp(random.gauss(0.0, SIGMA)) for _ in range(len(one.project))]
        office = Office(one, factors, decider=scheduler(None, taught), estimates=estimates(one))
        office.run()
        lessons = Lessons()
        for fact in (*taught, *office.facts):
            lessons.apply(fact)
        taught = lessons.kept(0.0)
    return taught


def _sound(one: Instance, made: Timetable) -> float:
    found = faults(one.project, made)
    assert not found, (one.name, found[:3])
    return made.makespan
