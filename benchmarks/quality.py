"""How good the assignments are: how much longer all takes than it must, and what deciding costs.

FOLDER has projects in any of three public formats (`instances.py --help` is its text:
iMOPSE, flexible job shops, workflow runs); for each set of them, and each way to decide,
the table says how far the makespan is above the best known one on average and at worst,
per cent; where nobody has said one, above a lower bound.

FIFO      what was stated first goes first, to whoever is free and ends it first
path      the longest way to the end goes first (critical path)
HEFT      a timetable made beforehand by one who knows all durations
rule      the scheduler's rule in the event model: what an online scheduler could know
runtime   the orchestrator's and the scheduler's own logic over virtual time
rollouts  a search over disturbed orders, so many seconds a project (--seconds)
optimal   the best that CP-SAT finds in as long, if OR-Tools is installed

Where agents differ in speed, the runtime is told beforehand how long each takes for each
kind of work, as the others are; what it would learn by itself is another question.
With noise, durations are really a log-normal factor (sigma 0.5, median 1) away from what
all believe; gaps are above the lower bound of the true durations.

Without, fresh, history: what learning is worth; see `history.py`.

cost      microseconds of processor time of the scheduler for one completion with the
          assignment that follows, as the median of several rounds

Every timetable is checked by something that knows no scheduler.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeAlias

from decisions import costs
from heft import heft
from history import learning
from instances import Instance, instances
from measure import describe, machine, publish, table
from online import Office

from callboard.actors.logic.bounds import gap
from callboard.runtime.methods import has_planning
from callboard.runtime.timetables.job import job_of
from callboard.runtime.timetables.limits import least_seconds
from callboard.runtime.timetables.play import Rule, by_arrival, by_load, by_path, play
from callboard.runtime.timetables.project import Project
from callboard.runtime.timetables.rollouts import search, until
from callboard.runtime.timetables.searching import search as search_for
from callboard.runtime.timetables.timetable import Timetable, faults

SIGMA = 0.5
"""Of the logarithm of the factor by which durations are really other than believed."""


class Options(NamedTuple):
    """What is measured, and where it goes."""

    folder: Path
    quick: bool
    json: Path | None
    seconds: float


class Figure(NamedTuple):
    """Gaps of one way to decide on one set, as parts: 0.1 is ten per cent."""

    family: str
    way: str
    noise: bool
    gaps: dict[str, float]

    @property
    def mean(self) -> float:
        """The mean of all."""
        return statistics.fmean(self.gaps.values())

    @property
    def worst(self) -> float:
        """The largest."""
        return max(self.gaps.values())


Way: TypeAlias = Callable[[Instance], Timetable]


def main() -> None:
    """Measure, print, write."""
    given = _options()
    found = machine()
    families = _families(given)
    figures = [figure for family in families.values() for figure in _compare(family, given)]
    noisy = list(_noise(families.get("imopse", []), given))
    workflows = families.get("wfinstances", [])
    learnt = [
        Figure("wfinstances, unequal speeds", way, noise=False, gaps=gaps)
        for way, gaps in (learning(workflows, quick=given.quick) if workflows else ())
    ]
    decided = costs(quick=given.quick)
    report = {
        "benchmark": "quality",
        "machine": found,
        "settings": {"quick": given.quick, "seconds": given.seconds, "sigma": SIGMA},
        "figures": [
            {**figure._asdict(), "mean": figure.mean, "worst": figure.worst}
            for figure in [*figures, *noisy, *learnt]
        ],
        "costs": [cost._asdict() for cost in decided],
    }
    lines = [
        *("Gaps above the best known makespans, per cent: mean (worst)", describe(found), ""),
        *_rows([figure for figure in figures if figure.way != "optimal"]),
        *_solved([figure for figure in figures if figure.way == "optimal"]),
        *("", f"Log-normal noise (sigma {SIGMA:g}), above the true lower bound", ""),
        *_rows(noisy),
        *("", "Agents of unequal speed, estimates to a power of ten, above a lower bound", ""),
        *_rows(learnt),
        *("", "Cost of a decision, microseconds", ""),
        *table(
            ("waiting", "agents", "skills", "median", "low", "high"),
            [
                (
                    f"{c.waiting:,}",
                    f"{c.agents:,}",
                    f"{c.skills:,}",
                    f"{c.median:.1f}",
                    f"{c.low:.1f}",
                    f"{c.high:.1f}",
                )
                for c in decided
            ],
        ),
    ]
    publish(report, lines, [NOTE], given.json)


NOTE = (
    "Where best known makespans come from is said in the folder (best_known.csv). No figure in "
    "the scheduler was chosen for these instances: its rule has no parameter."
)


def _options() -> Options:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="with the projects")
    parser.add_argument("--quick", action="store_true", help="two projects of each set")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--seconds", type=float, default=10.0, help="of rollouts, for each project")
    given = parser.parse_args()
    seconds = min(given.seconds, 0.2) if given.quick else given.seconds
    return Options(given.folder, given.quick, given.json, seconds)


def _families(given: Options) -> dict[str, list[Instance]]:
    families: dict[str, list[Instance]] = {}
    for instance in instances(given.folder):
        families.setdefault(instance.family, []).append(instance)
    return {name: found[:2] if given.quick else found for name, found in families.items()}


def _compare(family: Sequence[Instance], given: Options) -> Iterator[Figure]:
    """Each way to decide that makes sense for the set."""
    for way, decide in _ways(given).items():
        gaps = {one.name: gap(_sound(one, decide(one)), _least(one)) for one in family}
        yield Figure(family[0].family, way, noise=False, gaps=gaps)


def _ways(given: Options) -> dict[str, Way]:
    ways: dict[str, Way] = {
        "FIFO": lambda one: play(one.project, by_arrival(one.project)),
        "path": lambda one: play(one.project, by_path(one.project)),
        "HEFT": lambda one: heft(one.project),
        "rule": lambda one: play(one.project, by_load(one.project)),
        "runtime": lambda one: Office(one).run(),
    }
    ways["rollouts"] = lambda one: _rollouts(one.project, given.seconds)
    if has_planning("optimal"):
        ways["optimal"] = lambda one: _optimal(one.project, given.seconds)
    return ways


def _rollouts(project: Project, seconds: float) -> Timetable:
    enough = until(time.process_time() + seconds, time.process_time)
    return search(project, Random(0), enough).table


def _optimal(project: Project, seconds: float) -> Timetable:
    return search_for(job_of(project, method="optimal", seconds=seconds)).table


def _least(one: Instance) -> float:
    return least_seconds(one.project).seconds if one.best is None else one.best


def _sound(one: Instance, made: Timetable, seconds: Sequence[float] | None = None) -> float:
    """The makespan of a timetable that could be carried out."""
    found = faults(one.project, made, seconds)
    assert not found, (one.name, found[:3])
    return made.makespan


# Noise


def _noise(family: Sequence[Instance], given: Options) -> Iterator[Figure]:
    draws = range(1 if given.quick else 3)
    rules: dict[str, Callable[[Project], Rule]] = {
        "FIFO": by_arrival,
        "path": by_path,
        "rule": by_load,
    }
    ways: dict[str, Callable[[Instance, list[float]], Timetable]] = {
        way: lambda one, factors, rule=rule: play(one.project, rule(one.project), factors)  # type: ignore[misc]
        for way, rule in rules.items()
    }
    ways["runtime"] = lambda one, factors: Office(one, factors).run()
    for way, decide in ways.items() if family else ():
        gaps: dict[str, float] = {}
        for one in family:
            for draw in draws:
                factors = _factors(one, draw)
                seconds = [m * f for m, f in zip(one.project.means, factors, strict=True)]
                makespan = _sound(one, decide(one, factors), seconds)
                gaps[f"{one.name} {draw}"] = gap(makespan, _true_bound(one.project, factors))
        yield Figure("imopse", way, noise=True, gaps=gaps)


def _factors(one: Instance, draw: int) -> list[float]:
    random = Random(f"{one.name} {draw}")
    return [math.exp(random.gauss(0.0, SIGMA)) for _ in range(len(one.project))]


def _true_bound(project: Project, factors: Sequence[float]) -> float:
    options = [
        {agent: seconds * factor for agent, seconds in own.items()}
        for own, factor in zip(project.options, factors, strict=True)
    ]
    return least_seconds(Project(options, project.before, project.agents)).seconds


# Shown


def _solved(figures: Sequence[Figure]) -> list[str]:
    """By themselves, for another column would be too many."""
    return ["", "With OR-Tools", "", *_rows(figures)] if figures else []


def _rows(figures: Sequence[Figure]) -> list[str]:
    """A line for each set, a column for each way."""
    ways = list(dict.fromkeys(figure.way for figure in figures))
    rows: dict[str, dict[str, str]] = {}
    for figure in figures:
        name = f"{figure.family} ({len(figure.gaps)})"
        shown = f"{100 * figure.mean:.1f} ({100 * figure.worst:.0f})"
        rows.setdefault(name, {})[figure.way] = shown
    return table(("", *ways), [(n, *(row.get(way, "") for way in ways)) for n, row in rows.items()])


if __name__ == "__main__":
    main()
