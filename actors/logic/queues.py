"""Ready subtasks, in the order in which they should be done.

One queue for each set of required skills, so that a free agent looks at the heads of
the queues it can serve and at nothing else. Within a queue: the priority class with
ageing, then requeued work, then the least slack to a deadline, then the longest way
to the end of the plan (upward rank), then age.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from callboard.messages.values import MINUTE, Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callboard.actors.logic.company import Needs
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Ready

C = TypeVar("C")

AGEING = 10 * MINUTE
"""Seconds of waiting that promote a subtask by one class (tau)."""


_CLASSES = len(Priority)


class Rank(NamedTuple):
    """Where a subtask stands within its class; the least goes first.

    Attributes:
        group: 0 for requeued work, 1 for what has waited itself to the top, 2 else.
        slack: Latest start that keeps the deadline, infinity without one; for group 1
            the time since when it has waited.
        rank: Minus the upward rank.
        number: Age.
    """

    group: int
    slack: float
    rank: float
    number: int


class Entry:
    """A subtask in a queue.

    Attributes:
        needs: The skills that it requires.
        urgency: Its class now, which ageing lowers.
        since: When it became ready.
        live: False once it was taken or withdrawn.
    """

    __slots__ = ("live", "needs", "rank", "since", "urgency", "uuid")

    def __init__(self, ready: Ready, needs: Needs, rank: Rank) -> None:
        self.uuid: SubtaskId = ready.subtask.uuid
        self.needs = needs
        self.urgency: int = ready.urgency
        self.rank = rank
        self.since = ready.since
        self.live = True


class ReadyQueue:
    """The ready subtasks of one set of required skills.

    Args:
        tau: Seconds of waiting that promote by one class; infinity keeps priorities
            strict. So a LOW subtask ranks with CRITICAL after 3 tau, and whoever has
            waited to the top goes by age from then on.
    """

    def __init__(self, tau: float = AGEING) -> None:
        self._tau = tau
        self._classes: list[list[tuple[Rank, Entry]]] = [[] for _ in range(_CLASSES)]
        self._ages: list[tuple[float, int, Entry]] = []
        self._live = 0

    def __len__(self) -> int:
        """How many wait."""
        return self._live

    def push(self, entry: Entry) -> None:
        """Queue an entry in its class."""
        self._live += 1
        self._place(entry)
        self._age(entry, entry.since + self._tau)

    def drop(self, entry: Entry) -> None:
        """The entry is taken or withdrawn; its places in the heaps are skipped later."""
        entry.live = False
        self._live -= 1
        if len(self._ages) + sum(map(len, self._classes)) > 4 * self._live + 64:
            self._compact()

    def head(self, now: float) -> Entry | None:
        """The one that should go next; None where nothing waits."""
        if not self._live:
            return None
        self._promote(now)
        for urgency, heap in enumerate(self._classes):
            while heap:
                if _stands(heap[0], urgency):
                    return heap[0][1]
                heapq.heappop(heap)
        return None

    def entries(self) -> list[Entry]:
        """All that wait, in no order."""
        return [
            place[1]
            for urgency, heap in enumerate(self._classes)
            for place in heap
            if _stands(place, urgency)
        ]

    def _place(self, entry: Entry) -> None:
        heapq.heappush(self._classes[entry.urgency], (entry.rank, entry))

    def _age(self, entry: Entry, due: float) -> None:
        if due < math.inf:
            heapq.heappush(self._ages, (due, entry.rank.number, entry))

    def _promote(self, now: float) -> None:
        """Move up by one class whoever has waited for another tau."""
        while self._ages and self._ages[0][0] <= now:
            due, _, entry = heapq.heappop(self._ages)
            if not entry.live:
                continue
            entry.urgency = max(0, entry.urgency - 1)
            if entry.urgency == 0:
                entry.rank = Rank(min(1, entry.rank.group), entry.since, 0.0, entry.rank.number)
            else:
                self._age(entry, due + self._tau)
            self._place(entry)

    def _compact(self) -> None:
        for urgency, heap in enumerate(self._classes):
            heap[:] = [place for place in heap if _stands(place, urgency)]
            heapq.heapify(heap)
        self._ages = [place for place in self._ages if place[2].live]
        heapq.heapify(self._ages)


def _stands(place: tuple[Rank, Entry], urgency: int) -> bool:
    rank, entry = place
    return entry.live and entry.urgency == urgency and entry.rank is rank


class Queues:
    """All ready subtasks that wait: a queue for each set of required skills.

    Args:
        tau: See `ReadyQueue`.

    Attributes:
        added: How many ever were.
    """

    def __init__(self, tau: float = AGEING) -> None:
        self._tau = tau
        self._queues: dict[Needs, ReadyQueue] = {}
        self.added = 0

    def add(self, ready: Ready, needs: Needs, *, front: bool = False) -> Entry:
        """Queue a subtask; *front* for work that was taken from an agent."""
        slack = math.inf if ready.deadline is None else ready.deadline - ready.rank
        rank = Rank(0 if front else 2, slack, -ready.rank, self.added)
        self.added += 1
        entry = Entry(ready, needs, rank)
        queue = self._queues.get(needs)
        if queue is None:
            queue = self._queues[needs] = ReadyQueue(self._tau)
        queue.push(entry)
        return entry

    def drop(self, entry: Entry) -> None:
        """The entry is taken or withdrawn."""
        self._queues[entry.needs].drop(entry)

    def needs(self) -> list[Needs]:
        """Every set of required skills that something may wait for."""
        return list(self._queues)

    def waiting(self, needs: Needs) -> list[Entry]:
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
        heads = self._heads(choose, now)
        while heads:
            entry = heapq.heappop(heads)[-1]
            chosen = choose(entry.needs)
            if chosen is None:
                continue
            yield entry, chosen
            following = self._queues[entry.needs].head(now)
            if following is not None:
                heapq.heappush(heads, (following.urgency, following.rank, following))

    def _heads(
        self, choose: Callable[[Needs], C | None], now: float
    ) -> list[tuple[int, Rank, Entry]]:
        """The head of every queue that somebody can serve, as a heap."""
        heads: list[tuple[int, Rank, Entry]] = []
        for needs, queue in list(self._queues.items()):
            entry = queue.head(now)
            if entry is None:
                del self._queues[needs]
            elif choose(needs) is not None:
                heads.append((entry.urgency, entry.rank, entry))
        heapq.heapify(heads)
        return heads
