"""Agents who may do the same, by how fast they are at one kind of work.

Those who are about equally fast are a tier: of its members with a free slot the least
loaded counts, of those without one whose slot is free first. So a question looks at as
many as there are tiers, not at all agents. Whose load or state changes is written down
once for all kinds of work, and taken in when somebody asks for a kind: O(log n) each.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Generic, Protocol, TypeAlias, TypeVar

from callboard.messages.base import AgentId

FINENESS = 8
"""Tiers in a doubling of speed: who is within 9 % of another stands beside it."""


class _Member(Protocol):
    """What is asked of an agent here."""

    number: int
    version: int

    @property
    def load(self) -> int:
        """Slots that are taken."""
        ...

    @property
    def free(self) -> bool:
        """Whether it can be given something now."""
        ...

    @property
    def takes(self) -> bool:
        """Whether it is given anything at all."""
        ...


M = TypeVar("M", bound=_Member)

_Free: TypeAlias = tuple[int, int, int, M]
"""Load, number, version, and who."""

_Busy: TypeAlias = tuple[float, int, int, M]
"""When a slot of it is free at the earliest, number, version, and who."""


class Changes:
    """Whose load or state has changed, in order; what is old is forgotten.

    Attributes:
        end: How many there ever were.
    """

    __slots__ = ("_dropped", "_latest")

    def __init__(self) -> None:
        self._dropped = 0
        self._latest: list[AgentId] = []

    @property
    def end(self) -> int:
        """How many there ever were."""
        return self._dropped + len(self._latest)

    def note(self, agent: AgentId, members: int) -> None:
        """It has changed; there are so many *members*."""
        self._latest.append(agent)
        if len(self._latest) > 2 * members + 64:
            self._dropped += len(self._latest)
            self._latest.clear()

    def since(self, number: int) -> Collection[AgentId] | None:
        """All but the first so many, each once; None where they are forgotten."""
        if number < self._dropped:
            return None
        return dict.fromkeys(self._latest[number - self._dropped :])


class Tiers(Generic[M]):
    """How the members of one group stand at one kind of work.

    Args:
        members: Of the group.
        changes: Of them.
        factor: How many times as long as usual an agent takes for that kind.
    """

    __slots__ = ("_busy", "_changes", "_factor", "_free", "_members", "_places", "_read")

    def __init__(
        self,
        members: Mapping[AgentId, M],
        changes: Changes,
        factor: Callable[[M], float],
    ) -> None:
        self._members = members
        self._changes = changes
        self._factor = factor
        self._free: dict[int, list[_Free[M]]] = {}
        self._busy: dict[int, list[_Busy[M]]] = {}
        self._places = 0
        self._read = -1  # nothing was read yet

    def look(self, until: Callable[[M], float]) -> None:
        """Take in what has changed.

        Args:
            until: When somebody who has no free slot will have one; never earlier than
                it was said of the same member before it changed.
        """
        changed = self._changes.since(self._read)
        self._read = self._changes.end
        if changed is None or self._places > 4 * len(self._members) + 64:
            self._free.clear()
            self._busy.clear()
            self._places = 0
            changed = self._members
        for agent in changed:
            member = self._members.get(agent)
            if member is not None:  # it has not left, nor learnt something else
                self._place(member, until)

    def _place(self, member: M, until: Callable[[M], float]) -> None:
        tier = math.floor(FINENESS * math.log2(self._factor(member)) + 0.5)
        if member.free:
            free = self._free.setdefault(tier, [])
            heapq.heappush(free, (member.load, member.number, member.version, member))
        elif member.takes and (when := until(member)) < math.inf:
            busy = self._busy.setdefault(tier, [])
            heapq.heappush(busy, (when, member.number, member.version, member))
        else:
            return
        self._places += 1

    def free(self) -> Iterator[tuple[float, M]]:
        """The least loaded of each tier that have a free slot, with their factors."""
        for heap in self._free.values():
            while heap and not _stands(heap[0]):
                heapq.heappop(heap)
                self._places -= 1
            if heap:
                member = heap[0][3]
                yield self._factor(member), member

    def busy(self, until: Callable[[M], float]) -> Iterator[tuple[float, float, M]]:
        """Who of each tier has a slot first, with their factors and when that is."""
        for heap in self._busy.values():
            while heap:
                when, number, version, member = heap[0]
                later = until(member) if _stands(heap[0]) else math.inf
                if later <= when:
                    yield self._factor(member), when, member
                    break
                if later < math.inf:  # it is overdue
                    heapq.heapreplace(heap, (later, number, version, member))
                else:
                    heapq.heappop(heap)
                    self._places -= 1


def _stands(place: _Free[M] | _Busy[M]) -> bool:
    """Whether nothing has changed with that member since."""
    return place[2] == place[3].version
