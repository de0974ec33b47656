"""Ready subtasks, in the order in which they should be done.

One queue for each set of required skills, so that a free agent looks at the heads of
the queues it can serve and at nothing else. Within a queue: the priority class with
ageing, then requeued work, then the least slack to a deadline, then the longest way
to the end of the plan (upward rank), then age.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from callboard.actors.logic.lines import Line
from callboard.messages.values import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callboard.actors.logic.company import Needs
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Ready

C = TypeVar("C")

AGEING = 10 * MINUTE
"""Seconds of waiting that promote a subtask by one class (tau)."""

Rank: TypeAlias = tuple[int, int, float, float, int]
"""Where a subtask stands; the least goes first, and no two are alike. In it are

- its class now, which ageing lowers;
- 0 for requeued work, 1 for what has waited itself to the top, 2 else;
- the latest start that keeps its deadline, infinity without one; for what has waited
  itself to the top the time since when it has waited;
- minus its upward rank;
- its age, as a number.
"""

_FRONT, _WAITED, _USUAL = 0, 1, 2


class Entry:
    """A subtask in a queue.

    Attributes:
        needs: The skills that it requires.
        rank: Where it stands; None once it was taken or withdrawn.
        since: When it became ready.
    """

    __slots__ = ("needs", "rank", "since", "uuid")

    def __init__(self, uuid: SubtaskId, needs: Needs, since: float, rank: Rank) -> None:
        self.uuid = uuid
        self.needs = needs
        self.since = since
        self.rank: Rank | None = rank


_Place: TypeAlias = tuple[Rank, Entry]
"""It stands while the entry has just that rank."""
_Age: TypeAlias = tuple[float, int, Entry]
"""When an entry is promoted, and its age."""


class ReadyQueue:
    """The ready subtasks of one set of required skills.

    Args:
        tau: Seconds of waiting that promote by one class; infinity keeps priorities
            strict. So a LOW subtask ranks with CRITICAL after 3 tau, and whoever has
            waited to the top goes by age from then on.
    """

    def __init__(self, tau: float = AGEING) -> None:
        self._tau = tau
        self._line = Line[_Place]()
        self._ages = Line[_Age]()
        self._next = math.inf  # no promotion before then
        self._live = 0
        self._dropped = 0  # since the lines were tidied

    def __len__(self) -> int:
        """How many wait."""
        return self._live

    def push(self, entry: Entry, rank: Rank) -> None:
        """Queue an entry where its rank puts it."""
        self._live += 1
        self._line.push((rank, entry))
        due = entry.since + self._tau
        if due < math.inf:
            self._next = min(self._next, due)
            self._ages.push((due, rank[-1], entry))

    def drop(self, entry: Entry) -> None:
        """The entry is taken or withdrawn; its places in the lines are skipped later."""
        entry.rank = None
        self._live -= 1
        self._dropped += 1
        if self._dropped > 2 * self._live + 64:
            self._tidy()

    def head(self, now: float) -> Entry | None:
        """The one that should go next; None where nothing waits."""
        if self._next <= now:
            self._promote(now)
        line = self._line
        while (place := line.first()) is not None:
            if place[1].rank is place[0]:
                return place[1]
            line.pop()
        return None

    def entries(self) -> list[Entry]:
        """All that wait, in no order."""
        return [place[1] for place in self._line if _stands(place)]

    def _promote(self, now: float) -> None:
        """Move up by one class whoever has waited for another tau."""
        ages = self._ages
        while (age := ages.first()) is not None and age[0] <= now:
            due, number, entry = ages.pop()
            if entry.rank is None:
                continue
            urgency, group, slack, length, _ = entry.rank
            if urgency > 1:
                entry.rank = (urgency - 1, group, slack, length, number)
                ages.push((due + self._tau, number, entry))
            else:
                entry.rank = (0, min(_WAITED, group), entry.since, 0.0, number)
            self._line.push((entry.rank, entry))
        self._next = math.inf if age is None else age[0]

    def _tidy(self) -> None:
        self._dropped = 0
        self._line.keep(_stands)
        self._ages.keep(_lives)


def _stands(place: _Place) -> bool:
    return place[1].rank is place[0]


def _lives(age: _Age) -> bool:
    return age[2].rank is not None


class Queues:
    """All ready subtasks that wait: a queue for each set of required skills.

    Args:
        tau: See `ReadyQueue`.

    Attributes:
        added: How many ever were.
        waiting: How many there are.
    """

    def __init__(self, tau: float = AGEING) -> None:
        self._tau = tau
        self._queues: dict[Needs, ReadyQueue] = {}
        self.added = 0
        self.waiting = 0

    def add(self, ready: Ready, needs: Needs, *, front: bool = False) -> Entry:
        """Queue a subtask; *front* for work that was taken from an agent."""
        deadline, length = ready.deadline, ready.rank
        slack = math.inf if deadline is None else deadline - length
        rank = (ready.urgency, _FRONT if front else _USUAL, slack, -length, self.added)
        self.added += 1
        self.waiting += 1
        entry = Entry(ready.subtask.uuid, needs, ready.since, rank)
        queue = self._queues.get(needs)
        if queue is None:
            queue = self._queues[needs] = ReadyQueue(self._tau)
        queue.push(entry, rank)
        return entry

    def drop(self, entry: Entry) -> None:
        """The entry is taken or withdrawn."""
        self.waiting -= 1
        self._queues[entry.needs].drop(entry)

    def needs(self) -> list[Needs]:
        """Every set of required skills that something may wait for."""
        return list(self._queues)

    def entries(self, needs: Needs) -> list[Entry]:
        """What waits for somebody who covers *needs*, in no order."""
        queue = self._queues.get(needs)
        return [] if queue is None else queue.entries()

    def in_order(
        self, choose: Callable[[Needs], C | None], now: float
    ) -> Iterator[tuple[Entry, C]]:
        """What should be done next, each with who takes it; drop it before you go on.

        Args:
            choose: Who takes the next subtask with these needs; None where nobody can.
            now: Seconds since the epoch.
        """
        heads = self._heads(now)
        while heads:
            entry = heads[0][1]
            chosen = choose(entry.needs)
            if chosen is None:
                heapq.heappop(heads)
                continue
            yield entry, chosen
            following = self._queues[entry.needs].head(now)
            if following is None or following.rank is None:
                heapq.heappop(heads)
            else:
                heapq.heapreplace(heads, (following.rank, following))

    def _heads(self, now: float) -> list[_Place]:
        """The head of every queue, as a heap."""
        heads: list[_Place] = []
        for needs, queue in list(self._queues.items()):
            entry = queue.head(now)
            if entry is None or entry.rank is None:
                del self._queues[needs]
            else:
                heads.append((entry.rank, entry))
        heapq.heapify(heads)
        return heads
