"""When each that waits is promoted, the earliest first, in as little room as can be.

What becomes ready later is promoted later, so nearly all comes in order: that stands in
columns, which share what they hold with others. The rest is in a heap.

>>> ages = Ages[str]()
>>> for due, number, entry in ((10.0, 1, "a"), (20.0, 2, "b"), (15.0, 3, "c")):
...     ages.push(due, number, entry)
>>> ages.next, ages.pop(), ages.pop(), ages.pop(), ages.next
(10.0, (10.0, 1, 'a'), (15.0, 3, 'c'), (20.0, 2, 'b'), inf)
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E")

_Age: TypeAlias = tuple[float, int, E]
"""When it is promoted, its age as a number, and what it is."""


class Ages(Generic[E]):
    """Instants of promotion; of the same one the smaller number goes first.

    Attributes:
        next: The earliest, seconds since the epoch; infinity where there is none.
    """

    __slots__ = ("_dues", "_entries", "_heap", "_numbers", "next")

    def __init__(self) -> None:
        self._dues: deque[float] = deque()
        self._numbers: deque[int] = deque()
        self._entries: deque[E] = deque()
        self._heap: list[_Age[E]] = []
        self.next = math.inf

    def push(self, due: float, number: int, entry: E) -> None:
        """Add one."""
        dues = self._dues
        if not dues:
            self._append(due, number, entry)
        elif (last := dues[-1]) < due or (last == due and self._numbers[-1] < number):
            dues.append(last if last == due else due)  # the same object takes less
            self._numbers.append(number)
            self._entries.append(entry)
            return  # it is not the earliest
        else:
            heapq.heappush(self._heap, (due, number, entry))
        self.next = min(self.next, due)

    def _append(self, due: float, number: int, entry: E) -> None:
        self._dues.append(due)
        self._numbers.append(number)
        self._entries.append(entry)

    def pop(self) -> _Age[E]:
        """Take the earliest away.

        Raises:
            IndexError: There is none.
        """
        dues, heap = self._dues, self._heap
        if heap and not (dues and (dues[0], self._numbers[0]) < heap[0][:2]):
            age = heapq.heappop(heap)
        else:
            age = dues.popleft(), self._numbers.popleft(), self._entries.popleft()
        self._see_next()
        return age

    def _see_next(self) -> None:
        first = self._dues[0] if self._dues else math.inf
        self.next = min(first, self._heap[0][0]) if self._heap else first

    def keep(self, lives: Callable[[int, E], bool]) -> None:
        """Forget all of which that is not so."""
        found = zip(self._dues, self._numbers, self._entries, strict=True)
        kept = [age for age in found if lives(age[1], age[2])]
        self._dues = deque(age[0] for age in kept)
        self._numbers = deque(age[1] for age in kept)
        self._entries = deque(age[2] for age in kept)
        self._heap = [age for age in self._heap if lives(age[1], age[2])]
        heapq.heapify(self._heap)
        self._see_next()
