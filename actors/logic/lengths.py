"""How long the way from each subtask to the end of its plan is, by what was learnt.

Plans say what subtasks are estimated at, and the orchestrator makes upward ranks of that.
The scheduler knows better: what a kind of work usually takes, whoever does it. So it makes
ranks of its own for what is open, from one factor a kind, when

- it is told of a plan, or of all that is open;
- somebody resets what was learnt, or edits a plan;
- a kind has turned out to take so much more or less than it was taken for that it is not
  the doubt about it any more (`Scale.error`), nor less than anybody would decide by.

The last may concern everything, so it is done for all at once and no oftener than what
was learnt pays for (`SHARE`): O(1) for each attempt, whatever waits. In between ranks are
a little stale; they decide what goes first, and nothing is promised of that. Where nothing
was learnt the ranks are those of the plan, and nothing is done here.

>>> from callboard.messages.values import Plan, Subtask
>>> first = Subtask(uuid="a", name="A", estimated_duration=1)
>>> second = Subtask(uuid="b", name="B", estimated_duration=2, dependencies=("a", "gone"))
>>> upward([first, second], {"a": 600.0, "b": 60.0})
{'a': 660.0, 'b': 60.0}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.learning import BRIEF, MOST, Scale, kind_of
from callboard.messages.base import SubtaskId
from callboard.messages.values import Ready, Subtask

if TYPE_CHECKING:
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.lineup import Lineup
    from callboard.actors.logic.paces import Paces

SHARE = 4
"""Subtasks whose rank may be made anew for each attempt that was learnt from."""

FEW = 16
"""Subtasks whose rank may be made anew at any time."""

_needs_of = attrgetter("dependencies")

Length: TypeAlias = tuple[float, float]
"""Upward rank and what it takes itself, seconds."""


class Lengths:
    """What was made of what was learnt, for subtasks that nobody has queued yet.

    Args:
        paces: Who says how long work takes.

    Attributes:
        known: Of subtasks that are not ready; empty where nothing was learnt.
        stale: Whether a kind takes so much more or less than was thought.
    """

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._told: dict[str, float] = {}
        self._credit = 0
        self.known: dict[SubtaskId, Length] = {}
        self.stale = False

    def reckon(self, open_: Sequence[Ready]) -> None:
        """These are to be done, and so is all that waits for any of them."""
        factors: dict[str, float] = {}
        alike: dict[tuple[str, float], Length] = {}
        known, chained = self.known, False
        for ready in open_:
            subtask = ready.subtask
            key = kind, stated = kind_of(subtask), subtask.stated_seconds
            length = alike.get(key)
            if length is None:
                factor = factors.get(kind)
                if factor is None:
                    factor = factors[kind] = self._factor(kind, subtask)
                seconds = factor * stated
                length = alike[key] = seconds, seconds
            known[subtask.uuid] = length
            chained = chained or bool(subtask.dependencies)
        if chained:
            subtasks = [ready.subtask for ready in open_]
            own = {subtask.uuid: known[subtask.uuid][1] for subtask in subtasks}
            for uuid, rank in upward(subtasks, own).items():
                known[uuid] = rank, own[uuid]

    def _factor(self, kind: str, subtask: Subtask) -> float:
        """How many times as long as estimated it takes; that is what ranks go by from now on."""
        scale = self._paces.scale(subtask)
        told = self._told.get(kind)
        if told is not None and _matters(scale, told, subtask):
            self.stale = True  # others of that kind were told otherwise
        if len(self._told) >= MOST:
            self._told.clear()
        self._told[kind] = scale.factor
        return scale.factor

    def hear(self, subtask: Subtask, times: int = 1) -> None:
        """Something was learnt of its kind, so many times."""
        self._credit += SHARE * times
        told = self._told.get(kind_of(subtask), 1.0)
        if not self.stale and _matters(self._paces.scale(subtask), told, subtask):
            self.stale = True

    def pays(self, count: int) -> bool:
        """Whether so many may be reckoned anew."""
        return self.stale and self._credit + FEW >= count

    def begin(self) -> None:
        """All that is open is reckoned anew."""
        self._told.clear()
        self.known.clear()
        self._credit = 0
        self.stale = False

    # Asked

    def tell(self, work: Work) -> None:
        """It is ready, and knows itself how long it is from now on."""
        known = self.known.pop(work.uuid, None)
        if known is not None:
            work.rank, work.seconds = known

    def show(self, work: Work) -> None:
        """It is as good as ready."""
        known = self.known.get(work.uuid)
        if known is not None:
            work.rank, work.seconds = known

    def own(self, subtask: Subtask) -> float:
        """Seconds that what is not ready takes."""
        known = self.known.get(subtask.uuid)
        return subtask.seconds if known is None else known[1]

    def edited(self, ready: Ready, before: Ready) -> None:
        """What is not ready is to be done otherwise than was said *before*."""
        known = self.known.get(ready.subtask.uuid)
        if known is not None:
            self.known[ready.subtask.uuid] = edited(known, ready, before)
            self.stale = True


def _matters(scale: Scale, told: float, subtask: Subtask) -> bool:
    """Whether it is more than doubt, and so much that anybody would decide by it."""
    return abs(scale.factor - told) * subtask.stated_seconds >= BRIEF and scale.is_beyond(told)


def edited(known: Length, ready: Ready, before: Ready) -> Length:
    """In proportion to what the plan says now, until it is reckoned anew."""
    rank, seconds = known
    return (
        _scaled(rank, ready.rank, before.rank),
        _scaled(seconds, ready.subtask.stated_seconds, before.subtask.stated_seconds),
    )


def _scaled(value: float, new: float, old: float) -> float:
    return new if value == old or old <= 0.0 else value * (new / old)


def upward(
    subtasks: Sequence[Subtask], seconds: Mapping[SubtaskId, float]
) -> dict[SubtaskId, float]:
    """Seconds from the start of each to the end of the longest way from it.

    The same as `graph.upward_ranks` of a whole plan whose estimates these were.

    Args:
        subtasks: Of any plans, without cycles; all that is missing has ended, or does
            not matter.
        seconds: That each of them takes.
    """
    if not any(map(_needs_of, subtasks)):
        return dict(seconds)
    ranks = dict.fromkeys(seconds, 0.0)
    passed: set[SubtaskId] = set()
    for subtask in reversed(subtasks):
        uuid, needs = subtask.uuid, subtask.dependencies
        ranks[uuid] = rank = ranks[uuid] + seconds[uuid]
        if needs:
            if not passed.isdisjoint(needs):  # not each is stated after what it needs, as mostly
                return _sorted_upward(subtasks, seconds)
            for need in needs:
                if ranks.get(need, rank) < rank:
                    ranks[need] = rank
        passed.add(uuid)
    return ranks


def _sorted_upward(
    subtasks: Sequence[Subtask], seconds: Mapping[SubtaskId, float]
) -> dict[SubtaskId, float]:
    """The same, in whatever order they are."""
    ranks, waiters = dict.fromkeys(seconds, 0.0), dict.fromkeys(seconds, 0)
    for subtask in subtasks:
        for uuid in set(subtask.dependencies):
            if uuid in waiters:
                waiters[uuid] += 1
    by_uuid = {subtask.uuid: subtask for subtask in subtasks}
    last = [subtask for subtask in subtasks if not waiters[subtask.uuid]]
    for subtask in last:  # it grows while it is read
        ranks[subtask.uuid] = rank = ranks[subtask.uuid] + seconds[subtask.uuid]
        for uuid in set(subtask.dependencies):
            if uuid in waiters:
                ranks[uuid] = max(ranks[uuid], rank)
                waiters[uuid] -= 1
                if not waiters[uuid]:
                    last.append(by_uuid[uuid])
    return ranks


def renew(lineup: Lineup) -> None:
    """Reckon all that is open anew, and let it stand where that puts it."""
    lengths, works, ahead = lineup.lengths, lineup.works, lineup.foresight.all()
    lengths.begin()
    lengths.reckon([*(work.ready for work in works.values()), *ahead])
    for work in works.values():
        before = work.rank, work.seconds
        lengths.tell(work)
        if before != (work.rank, work.seconds):
            lineup.stand_elsewhere(work)
    for ready in ahead:
        lineup.outlook.renew(ready.subtask.uuid, lengths.own(ready.subtask))
