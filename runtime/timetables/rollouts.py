"""Better timetables by trying: the scheduler's rule, over and over, with its scores disturbed.

Each try multiplies the scores by random factors and plays the result. Three of four
disturb a few tasks of the best order so far, so that what is good is kept; one of four
starts afresh, so that the search does not stay where it is. An equally good timetable
takes the place of the best one, which lets the search wander over plateaus.

The answer is an order, not a table of times: a scheduler that follows it still decides
event by event, and what takes longer than was thought shifts only what waits for it.

>>> options = [{1: 1.0}, {0: 1.0}, {1: 4.0}, {0: 2.0}, {0: 4.0, 1: 4.0}]
>>> project = Project(options, [(), (), (), (2,), (0,)], agents=2)
>>> found = search(project, Random(7), tries(20))
>>> found.first, found.table.makespan, found.bound, found.proved
(9.0, 7.0, 7.0, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple, TypeAlias

from callboard.runtime.timetables.limits import least_seconds
from callboard.runtime.timetables.play import Overrun, by_load, play
from callboard.runtime.timetables.project import Floats, Project
from callboard.runtime.timetables.timetable import Timetable

Enough: TypeAlias = Callable[[int], bool]
"""Whether so many tries are enough."""

AFRESH = 4
"""Of so many tries one does not start from the best so far."""

PART = 20
"""Of so many tasks one is disturbed in the others."""

SPREAD = 0.4
"""How far a score is disturbed there: the standard deviation of the factor's logarithm."""

SPREAD_AFRESH = 0.15
"""The same where all scores are."""


class Found(NamedTuple):
    """What a search has come to.

    Attributes:
        table: The best timetable.
        weights: Which it came of: `by_load(project, weights)` plays it again.
        first: The makespan of the undisturbed rule, seconds.
        bound: What no timetable can beat, seconds.
        tries: How many there were, the undisturbed rule not counted.
    """

    table: Timetable
    weights: Floats
    first: float
    bound: float
    tries: int

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.table.makespan <= self.bound * (1.0 + 1e-9)


def tries(count: int) -> Enough:
    """So many tries."""
    return lambda tried: tried >= count


def until(deadline: float, clock: Callable[[], float]) -> Enough:
    """Until the clock says so; at least one try."""
    return lambda tried: tried > 0 and clock() >= deadline


def search(project: Project, random: Random, enough: Enough, begin: Floats | None = None) -> Found:
    """The best timetable that is found before it is enough, or proved to be the best.

    Args:
        project: With the durations that are expected.
        random: Its seed decides all that is tried.
        enough: Asked before each try.
        begin: Weights to begin with, of an order that was good before; None for none.
    """
    weights = (1.0,) * len(project)
    table = play(project, by_load(project))
    found = Found(table, weights, table.makespan, least_seconds(project).seconds, 0)
    if begin is not None:
        found = _played(project, begin, found)
    while not (found.proved or enough(found.tries)):
        found = _try(project, random, found._replace(tries=found.tries + 1))
    return found


def _try(project: Project, random: Random, found: Found) -> Found:
    return _played(project, _disturbed(found, random), found)


def _played(project: Project, weights: Floats, found: Found) -> Found:
    limit = found.table.makespan
    try:
        table = play(project, by_load(project, weights), limit=limit)
    except Overrun:
        return found
    better = table.makespan <= limit
    return found._replace(table=table, weights=weights) if better else found


def _disturbed(found: Found, random: Random) -> Floats:
    weights = found.weights
    if found.tries % AFRESH == 0:
        return tuple(math.exp(random.gauss(0.0, SPREAD_AFRESH)) for _ in weights)
    changed = list(weights)
    for task in random.sample(range(len(weights)), max(1, len(weights) // PART)):
        changed[task] *= math.exp(random.gauss(0.0, SPREAD))
    return tuple(changed)
