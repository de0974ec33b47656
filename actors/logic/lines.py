"""A line of places, the least first: O(1) for what comes in order, O(log n) for the rest.

Most of what waits comes in the order in which it is to go: subtasks of a plan that
nobody prefers, or what is due a fixed time after it came. That is appended to a run;
only what goes before the last of the run is put into a heap beside it.

>>> line = Line[int]()
>>> for place in (1, 4, 2, 5, 3):
...     line.push(place)
>>> [line.pop() for _ in range(len(line))]
[1, 2, 3, 4, 5]
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = TypeVar("P", bound="_Ordered")


class _Ordered(Protocol):
    """What can be compared with its like."""

    def __lt__(self, other: Any, /) -> bool:  # noqa: ANN401 - of the same type
        """Whether it goes before the other one."""
        ...


class Line(Generic[P]):
    """Places that can be compared; no two of them are alike."""

    __slots__ = ("_heap", "_run")

    def __init__(self) -> None:
        self._run: deque[P] = deque()
        self._heap: list[P] = []

    def __len__(self) -> int:
        """How many places there are."""
        return len(self._run) + len(self._heap)

    def __iter__(self) -> Iterator[P]:
        """All places, in no order."""
        yield from self._run
        yield from self._heap

    def push(self, place: P) -> None:
        """Add a place."""
        run = self._run
        if not run or run[-1] < place:
            run.append(place)
        else:
            heapq.heappush(self._heap, place)

    def first(self) -> P | None:
        """The least place; None where there is none."""
        run, heap = self._run, self._heap
        if not heap:
            return run[0] if run else None
        return run[0] if run and run[0] < heap[0] else heap[0]

    def pop(self) -> P:
        """Take the least place away.

        Raises:
            IndexError: There is none.
        """
        run, heap = self._run, self._heap
        if not heap or (run and run[0] < heap[0]):
            return run.popleft()
        return heapq.heappop(heap)

    def keep(self, stands: Callable[[P], bool]) -> None:
        """Forget every place that does not stand any more."""
        self._run = deque(filter(stands, self._run))
        self._heap = list(filter(stands, self._heap))
        heapq.heapify(self._heap)
