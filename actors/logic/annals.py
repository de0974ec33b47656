"""What has happened, in order, kept so that nobody goes through it again but who asks.

The garbage collector goes through every list that is alive, and looks at each thing in
it, whenever it looks at what is old: with all that has ever happened in a few lists, each
round of work took longer than the one before. It passes over a tuple of what it need not
look at, as facts and notices are, so all but the latest entries stand in tuples.

>>> annals = Annals[str](["a", "b"])
>>> annals.extend(["c"])
>>> annals.drop_first(), list(annals), len(annals), list(annals.since(1))
('a', ['b', 'c'], 2, ['c'])
"""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

ROW = 512
"""Entries that stand in a list before they are put into a tuple, about."""


class Annals(Generic[T]):
    """Entries in the order in which they came; the oldest ones can be dropped.

    Args:
        entries: The first ones.

    Attributes:
        count: How many there are.
    """

    __slots__ = ("_dropped", "_latest", "_rows", "count")

    def __init__(self, entries: Iterable[T] = ()) -> None:
        self._rows: deque[tuple[T, ...]] = deque()
        self._latest: list[T] = []
        self._dropped = 0  # of the first row
        self.count = 0
        self.extend(tuple(entries))

    def append(self, entry: T) -> None:
        """One more."""
        self.extend((entry,))

    def extend(self, entries: Sequence[T]) -> None:
        """Some more."""
        latest = self._latest
        latest += entries
        self.count += len(entries)
        if len(latest) >= ROW:
            self._rows.append(tuple(latest))
            latest.clear()

    def drop_first(self) -> T:
        """Take the oldest entry out.

        Raises:
            IndexError: There is none.
        """
        if not self._rows:
            first = self._latest.pop(0)
        else:
            row = self._rows[0]
            first = row[self._dropped]
            self._dropped += 1
            if self._dropped == len(row):
                self._rows.popleft()
                self._dropped = 0
        self.count -= 1
        return first

    def since(self, number: int) -> Iterator[T]:
        """All but the first so many."""
        skipped = self._dropped + number
        rows = iter(self._rows)
        for row in rows:
            if skipped < len(row):
                return chain(islice(row, skipped, None), *rows, self._latest)
            skipped -= len(row)
        return islice(self._latest, skipped, None)

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def __len__(self) -> int:
        return self.count
