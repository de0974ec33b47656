"""When a goal will end: many plays of the event model, each with other durations.

Each play draws how long every attempt takes from what is known of it (`Span`), and the
scheduler's rule decides event by event, with all that is open around the goal. What is
not known of a kind of work is drawn once for all of it in each play, half of it for all
work together: a hundred subtasks of which nobody knows how long they take are not as
good as known because they are many.
What runs already has taken as long as it has; only longer durations are drawn for it.

>>> from callboard.actors.logic.skills import Equivalences
>>> from callboard.messages.values import Agent
>>> from callboard.runtime.timetables.layout import Plain
>>> from callboard.runtime.timetables.scene import Task, scene
>>> tasks = [Task(f"u{n}", "g", "dig", frozenset(), 60.0) for n in range(4)]
>>> seen = scene(tasks, [Agent(id="ann"), Agent(id="bob")], 0.0, Equivalences())
>>> found = eta(seen, "g", lambda task, agent: Plain(60.0, 30.0, 110.0), Random(7))
>>> found.earliest < 100.0 < found.median < 150.0 < found.latest
True
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgspec

from callboard.messages.base import GoalId, SubtaskId
from callboard.runtime.timetables.layout import Expect, Layout, Span, lay_out
from callboard.runtime.timetables.play import by_load, play
from callboard.runtime.timetables.scene import OVERDUE, Scene, Task

SHARE = 0.9
"""Of the goals so many should end within their interval."""

PLAYS = 200
LEAST_PLAYS = 40
STEPS = 40_000
"""Subtasks that are played in all, where that is between the two."""

Z90 = 1.6449
"""Standard deviations beyond which one in twenty is, on either side."""

_DRAWS = 20


class Eta(msgspec.Struct, frozen=True, kw_only=True):
    """When a goal should end; seconds from `at` on.

    Attributes:
        at: When this was worked out, seconds since the epoch.
        earliest: One goal in twenty ends sooner.
        median: Every other one does.
        latest: One in twenty ends later; infinity where something waits for a decision.
        plays: How many this comes of.
        left_out: Its subtasks that cannot be done for now, with the reason; "" for a goal
            that has no plan yet.
    """

    at: float
    earliest: float
    median: float
    latest: float
    plays: int = 0
    left_out: dict[SubtaskId, str] = {}

    def holds(self, at: float) -> bool:
        """Whether an end at that time is within the interval."""
        return self.at + self.earliest <= at <= self.at + self.latest


Doubt = Callable[[Task], float]
"""Part of the doubt about an attempt that is about its whole kind, in [0, 1]."""


def no_doubt(task: Task) -> float:
    """Attempts differ by themselves."""
    del task
    return 0.0


def eta(  # noqa: PLR0913 - each is optional
    scene: Scene,
    goal: GoalId,
    expect: Expect,
    random: Random,
    *,
    doubt: Doubt = no_doubt,
    plays: int | None = None,
) -> Eta:
    """When that goal should end.

    Args:
        scene: All that is open, for agents are shared.
        goal: One that is among it.
        expect: How long attempts should take.
        random: Its seed decides what is drawn.
        doubt: How much of that is unknown of the whole kind.
        plays: How many; None for as many as make sense for so many subtasks.

    Raises:
        TooLarge: There is too much to play.
    """
    layout = lay_out(scene, expect)
    count = plays or max(LEAST_PLAYS, min(PLAYS, STEPS // max(1, len(scene.tasks))))
    own = [number for number, task in enumerate(scene.tasks) if task.goal == goal]
    ends = sorted(_ends(layout, own, _Draw(layout, expect, doubt, random), count))
    return Eta(
        at=scene.at,
        earliest=quantile(ends, (1.0 - SHARE) / 2.0),
        median=quantile(ends, 0.5),
        latest=quantile(ends, (1.0 + SHARE) / 2.0),
        plays=count,
    )


def quantile(ascending: Sequence[float], part: float) -> float:
    """Which value so great a part does not exceed, between two of them in proportion.

    >>> quantile([1.0, 2.0, 4.0], 0.5), quantile([1.0, 2.0, 4.0], 0.75), quantile([], 0.5)
    (2.0, 3.0, 0.0)
    """
    if not ascending:
        return 0.0
    place = part * (len(ascending) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (place - low) * (ascending[high] - ascending[low])


def _ends(layout: Layout, own: list[int], draw: _Draw, count: int) -> Iterator[float]:
    rule = by_load(layout.project)
    for _ in range(count):
        table = play(layout.project, rule, draw.factors())
        yield max((table.ends[task] for task in own), default=0.0)


class _Draw:
    """Draws how many times as long as expected everything takes."""

    def __init__(self, layout: Layout, expect: Expect, doubt: Doubt, random: Random) -> None:
        self._layout = layout
        self._random = random
        scene = layout.scene
        spans = [expect(t, t.agent or scene.able[t.needs][0]) for t in scene.tasks]
        self._shapes = [_shape(span) for span in spans]
        self._totals = [span.seconds for span in spans]
        self._doubts = [math.sqrt(min(1.0, max(0.0, doubt(task)))) for task in scene.tasks]

    def factors(self) -> list[float]:
        """One for each task."""
        random = self._random
        everything = random.gauss(0.0, 1.0)
        common: dict[str, float] = {}
        found: list[float] = []
        for number, task in enumerate(self._layout.scene.tasks):
            centre, sigma = self._shapes[number]
            doubt = self._doubts[number]
            if doubt and task.kind not in common:
                common[task.kind] = (everything + random.gauss(0.0, 1.0)) * math.sqrt(0.5)
            shared = doubt * common.get(task.kind, 0.0)
            own = math.sqrt(1.0 - doubt * doubt)
            if task.agent:
                found.append(self._left(number, task, shared, own))
            else:
                found.append(centre * math.exp(sigma * (shared + own * random.gauss(0.0, 1.0))))
        return found

    def _left(self, number: int, task: Task, shared: float, own: float) -> float:
        """Of what has begun: what is left, by what is expected to be left."""
        centre, sigma = self._shapes[number]
        total, elapsed = self._totals[number], max(0.0, self._layout.scene.at - task.since)
        [expected] = self._layout.project.options[number].values()
        if expected <= 0.0:
            return 1.0
        for _ in range(_DRAWS):
            drawn = total * centre * math.exp(sigma * (shared + own * self._random.gauss(0.0, 1.0)))
            if drawn > elapsed:
                return (drawn - elapsed) / expected
        return self._random.expovariate(1.0) * max(elapsed, total) * OVERDUE / expected


def _shape(span: Span) -> tuple[float, float]:
    """Median by mean, and the standard deviation of the logarithm."""
    if span.seconds <= 0.0 or span.low <= 0.0 or span.high <= span.low:
        return 1.0, 0.0
    return math.sqrt(span.low * span.high) / span.seconds, math.log(span.high / span.low) / 2 / Z90
