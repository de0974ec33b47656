"""Deadlines of a logic object: a heap that forgets, read by the caller's clock.

One `Wake` is enough for any number of deadlines, and a `Wake` that comes too often
or too late, even from an earlier incarnation, does no harm: it only says "look at
the clock". Where it would find nothing due, `glance` tells so beforehand.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from callboard.actors.logic.effects import After
from callboard.messages.supervision import Wake

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

K = TypeVar("K", bound="Hashable")


class Clocked(Protocol):
    """What has deadlines, and wants to be woken for them."""

    early: bool
    """Whether `arm` may have something to say."""
    armed: float
    """When we are woken next; where `arm` has nothing to say, nothing is due before that."""

    def arm(self, now: float) -> list[After]:
        """The effect that wakes us at the next deadline, unless one is under way."""
        ...

    def idle(self, now: float) -> bool:
        """Whether nothing is due."""
        ...

    def arm_again(self, now: float) -> list[After]:
        """As `arm`, after a look at the clock that was in vain."""
        ...


class Waker:
    """Has whoever knows when the first is due woken then, as `Clocked` wants it.

    Attributes:
        early: Whether `arm` may have something to say; it is asked in every turn.
        armed: As of `Clocked`.
    """

    # Each agent has some of them. Without a dictionary they take a third.
    __slots__ = ("armed", "early")

    def __init__(self) -> None:
        self.armed = math.inf
        self.early = False

    def arm(self, now: float) -> list[After]:
        """The effect that wakes us when the first is due, unless one is under way."""
        self.early = False
        due = self._next()
        if due >= self.armed:
            return []
        self.armed = due
        return [After(max(0.0, due - now), Wake())]

    def idle(self, now: float) -> bool:
        """Whether nothing is due."""
        return self._next() > now

    def arm_again(self, now: float) -> list[After]:
        """As `arm`, after a look at the clock that was in vain."""
        if self.armed <= now:
            self.armed = math.inf
        return self.arm(now)

    def _next(self) -> float:
        """When the first is due; infinity where nothing is awaited."""
        raise NotImplementedError

    def _rung(self, now: float) -> None:
        """Whoever was to wake us has, if it is time for that."""
        self.armed = self.armed if self.armed > now else math.inf


class Alarms(Waker, Generic[K]):
    """At most one deadline for each key; O(log n) to set, O(1) to clear.

    >>> alarms = Alarms[str]()
    >>> alarms.set("tea", 3.0)
    >>> alarms.arm(1.0)
    [After(seconds=2.0, message=Wake())]
    >>> list(alarms.due(3.0)), list(alarms.due(3.0))
    (['tea'], [])
    """

    __slots__ = ("_count", "_heap", "_when")

    def __init__(self) -> None:
        super().__init__()
        self._when: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._count = 0

    def __contains__(self, key: K) -> bool:
        """Whether a deadline is set for *key*."""
        return key in self._when

    def __len__(self) -> int:
        """How many deadlines are set."""
        return len(self._when)

    def when(self, key: K) -> float | None:
        """The deadline of *key*; None where there is none."""
        return self._when.get(key)

    def set(self, key: K, when: float) -> None:
        """Set the deadline of *key*, in place of an earlier one."""
        self._when[key] = when
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, key))
        if when < self.armed:
            self.early = True
        if len(self._heap) > 2 * len(self._when) + 64:
            self._compact()

    def clear(self, key: K) -> None:
        """Forget the deadline of *key*, if there is one."""
        self._when.pop(key, None)
        if len(self._heap) > 2 * len(self._when) + 64:  # what is left there keeps its key
            self._compact()

    def due(self, now: float) -> Iterator[K]:
        """The keys whose deadline has come, earliest first; they are forgotten.

        What is cleared or set anew while they are gone through is left out.
        """
        for key, _ in self.overdue(now):
            yield key

    def overdue(self, now: float, ahead: float = 0.0) -> Iterator[tuple[K, float]]:
        """As `due`, each with its deadline.

        Args:
            now: The time.
            ahead: Where anything is due, what would be so many seconds later is too.
        """
        until = now + ahead if ahead and not self.idle(now) else now
        self._rung(now)
        self.early = True
        found: list[tuple[float, int, K]] = []
        while self._heap and self._heap[0][0] <= until:
            found.append(heapq.heappop(self._heap))
        for when, _, key in found:
            if self._when.get(key) == when:
                del self._when[key]
                yield key, when

    def _next(self) -> float:
        heap = self._heap
        while heap:
            when, _, key = heap[0]
            if self._when.get(key) == when:
                return when
            heapq.heappop(heap)  # cleared, or set anew
        return math.inf

    def _compact(self) -> None:
        self._heap = [entry for entry in self._heap if self._when.get(entry[2]) == entry[0]]
        heapq.heapify(self._heap)


def arm(alarms: Iterable[Clocked], now: float) -> list[After]:
    """The effects that wake us at the next deadline of each of *alarms*."""
    effects: list[After] = []
    for each in alarms:
        if each.early:
            effects += each.arm(now)
    return effects


def glance(alarms: Iterable[Clocked], now: float) -> list[After] | None:
    """What a `Wake` comes to where none of *alarms* is due: the next look at the clock.

    None where something is due: only a turn can deal with that.

    >>> alarms = Alarms[str]()
    >>> alarms.set("tea", 3.0), alarms.arm(1.0)
    (None, [After(seconds=2.0, message=Wake())])
    >>> alarms.set("tea", 9.0)  # it has been put off since
    >>> glance([alarms], 3.0), glance([alarms], 9.0)
    ([After(seconds=6.0, message=Wake())], None)
    """
    rung: list[Clocked] = []
    for each in alarms:
        if each.armed <= now or each.early:  # the others are under way, and have nothing to say
            if not each.idle(now):
                return None
            rung.append(each)
    looks: list[After] = []
    for each in rung:
        looks += each.arm_again(now)
    return looks
