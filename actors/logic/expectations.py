"""Answers that are awaited, all of them for equally long: no heap, O(1) each.

As `Alarms`, where every deadline is the same time ahead of the moment at which it is
set, so that they come due in the order in which they were set.

>>> awaited = Expectations[str, str](every=5.0)
>>> awaited.expect("tea", "Tea, please", 1.0), awaited.expect("cake", "Cake, please", 2.0)
(True, True)
>>> awaited.arm(2.0)
[After(seconds=4.0, message=Wake())]
>>> awaited.answered("tea")
'Tea, please'
>>> awaited.overdue(6.0), awaited.overdue(7.0), len(awaited)
([], [('cake', 'Cake, please', 7.0)], 0)
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from callboard.actors.logic.alarms import Waker

if TYPE_CHECKING:
    from collections.abc import Hashable

K = TypeVar("K", bound="Hashable")
W = TypeVar("W")


class Expectations(Waker, Generic[K, W]):
    """Words that wait for their answers, by key.

    Args:
        every: Seconds that each may take.

    Attributes:
        words: With when each is due.
    """

    def __init__(self, every: float) -> None:
        super().__init__()
        self._every = every
        # Not a plain one: that takes O(n) to find its first key after many have gone.
        self.words: OrderedDict[K, tuple[float, W]] = OrderedDict()
        self._latest = -math.inf

    def __contains__(self, key: K) -> bool:
        """Whether an answer is awaited."""
        return key in self.words

    def __len__(self) -> int:
        """How many are."""
        return len(self.words)

    def expect(self, key: K, word: W, now: float) -> bool:
        """From *now* on an answer is awaited.

        Returns:
            False where the clock was put back, and *key* is not taken.
        """
        due = now + self._every
        if self.words and due < self._latest:
            return False
        self._latest = due
        self.words[key] = (due, word)
        self.early = self.early or due < self.armed
        return True

    def answered(self, key: K) -> W | None:
        """The word that was answered; None where none was awaited."""
        found = self.words.pop(key, None)
        return None if found is None else found[1]

    def overdue(self, now: float) -> list[tuple[K, W, float]]:
        """What was not answered in time and when it was due, earliest first; it is forgotten."""
        self._rung(now)
        found: list[tuple[K, W, float]] = []
        while self._next() <= now:
            key, (due, word) = self.words.popitem(last=False)
            found.append((key, word, due))
        self.early = self._next() < self.armed
        return found

    def _next(self) -> float:
        """When the first is due; infinity where none is awaited."""
        for due, _ in self.words.values():
            return due
        return math.inf
