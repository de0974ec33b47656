"""When to look at which subtask for its limits: an alarm for each that takes next to nothing.

All that becomes ready in one batch and has the same limits is due at the same instant, so
it shares one alarm, and a subtask of these takes a place in a list. What is looked at, or
needs no look any more, is not searched for: it knows itself when it is due, and whoever
comes upon it there at another instant passes it over.

>>> class Bell:
...     knock = math.inf
>>> knocks, first, second = Knocks[Bell](), Bell(), Bell()
>>> knocks.set(first, 3.0), knocks.set(second, 3.0), knocks.arm(1.0)
(None, None, [After(seconds=2.0, message=Wake())])
>>> knocks.clear(second)
>>> [one is first for one in knocks.due(3.0)], first.knock
([True], inf)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from callboard.actors.logic.alarms import Waker
from callboard.actors.logic.lines import Line

if TYPE_CHECKING:
    from collections.abc import Iterator


class Knocking(Protocol):
    """What is to be looked at."""

    knock: float
    """When; infinity for never. Written here and read by all."""


W = TypeVar("W", bound=Knocking)


_Instant: TypeAlias = tuple[float, int, list[W]]
"""Seconds since the epoch, a number that tells instants apart that are the same, and what is due
then: in the order in which it was set, some of it due at another time by now."""


_NEVER: _Instant[Any] = (-math.inf, 0, [])


class Knocks(Waker, Generic[W]):
    """At most one instant for each; O(1) to set in order, O(log n) otherwise, O(1) to clear."""

    __slots__ = ("_count", "_last", "_line", "_live", "_places")

    def __init__(self) -> None:
        super().__init__()
        self._line: Line[_Instant[W]] = Line()
        self._last: _Instant[W] = _NEVER  # that was added
        self._count = 0
        self._live = 0
        self._places = 0

    def __len__(self) -> int:
        """How many are to be looked at."""
        return self._live

    def set(self, work: W, when: float) -> None:
        """Look at it then, and not when it was said before."""
        if work.knock == math.inf:
            self._live += 1
        work.knock = when
        last = self._last
        if last[0] == when:
            last[2].append(work)
        else:
            self._count += 1
            self._last = last = when, self._count, [work]
            self._line.push(last)
            if when < self.armed:
                self.early = True
        self._places += 1
        if self._places > 2 * self._live + 64:
            self._tidy()

    def clear(self, work: W) -> None:
        """Do not look at it, if it was to be looked at."""
        if work.knock < math.inf:
            work.knock = math.inf
            self._live -= 1
            if self._places > 2 * self._live + 64:
                self._tidy()

    def due(self, now: float) -> Iterator[W]:
        """What is to be looked at, the earliest first; it is forgotten.

        What is cleared or set anew while they are gone through is left out.
        """
        self._rung(now)
        self.early = True
        found: list[_Instant[W]] = []
        while (first := self._line.first()) is not None and first[0] <= now:
            found.append(self._take_first())
        for when, _, works in found:
            for work in works:
                if work.knock == when:
                    work.knock = math.inf
                    self._live -= 1
                    yield work

    def _next(self) -> float:
        """The next instant at which anything is still due; infinity for none."""
        while (first := self._line.first()) is not None:
            when, _, works = first
            while works and works[-1].knock != when:
                works.pop()
                self._places -= 1
            if works:
                return when
            self._take_first()
        return math.inf

    def _take_first(self) -> _Instant[W]:
        first = self._line.pop()
        self._places -= len(first[2])
        if first is self._last:
            self._last = _NEVER
        return first

    def _tidy(self) -> None:
        """Forget whatever is due at another time by now."""
        for when, _, works in self._line:
            works[:] = dict.fromkeys(work for work in works if work.knock == when)
        self._line.keep(lambda instant: bool(instant[2]) or instant is self._last)
        self._places = sum(len(works) for _, _, works in self._line)
