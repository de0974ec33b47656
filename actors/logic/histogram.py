"""How often something took how long: counts in classes, as Prometheus reads them.

>>> waits = Histogram((0.1, 1.0))
>>> for seconds in (0.05, 0.1, 0.5, 30.0):
...     waits.add(seconds)
>>> waits.count, waits.total, waits.cumulative()
(4, 30.65, [(0.1, 2), (1.0, 3), (inf, 4)])
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = (
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0,
    1_000.0, 3_000.0, 10_000.0,
)  # fmt: skip
"""Bounds for what may take a tenth of a millisecond or hours."""


class Histogram:
    """Counts values by class; written by one thread at a time, read by any.

    A reader may see a value in its class and not yet in the total.

    Args:
        bounds: Upper ends of the classes, growing; what is above the last has a class too.

    Attributes:
        total: The sum of all values.
    """

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._counts)

    def cumulative(self) -> list[tuple[float, int]]:
        """Each bound, infinity the last, with how many values are not above it."""
        return list(zip((*self._bounds, math.inf), accumulate(self._counts), strict=True))
