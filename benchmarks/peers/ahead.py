"""What peers share that see to the order themselves: all is handed in ahead."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Any

from contestants import Results, parents_of


class Ahead:
    """A peer says how one no-op is handed in, and how results are had."""

    def submitted(self, *after: Any) -> Any:  # noqa: ANN401 - its futures
        """Hand in a no-op that waits for those *after* which it comes."""
        raise NotImplementedError  # each in its own way

    def results(self, futures: Sequence[Any]) -> Results:
        """Wait for all of them."""
        raise NotImplementedError  # each in its own way

    def independent(self, count: int) -> Results:
        """Hand in all, then collect."""
        return self.results([self.submitted() for _ in range(count)])

    def chain(self, count: int) -> Results:
        """Each takes the future of the one before."""
        futures = [self.submitted()]
        while len(futures) < count:
            futures.append(self.submitted(futures[-1]))
        return self.results(futures)

    def layers(self, count: int) -> Results:
        """Each takes three futures of the layer before."""
        width = isqrt(count)
        futures = [self.submitted() for _ in range(width)]
        for _ in range(width - 1):
            above = futures[-width:]
            futures += [self.submitted(*parents_of(number, above)) for number in range(width)]
        return self.results(futures)

    def fan(self, count: int) -> Results:
        """The last one takes all futures but the first."""
        first = self.submitted()
        middle = [self.submitted(first) for _ in range(count - 2)]
        return self.results([first, *middle, self.submitted(*middle)])
