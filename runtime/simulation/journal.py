"""A journal in memory that takes its time, as a disk does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.journal.memory import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.facts import Fact

_TIE = 1e-6
"""Seconds between two answers, so that they come in order."""


class SlowJournal(MemoryJournal):
    """Says only after a while that facts are kept, in the order in which they came.

    Args:
        clock: Tells the time.
        later: Calls back in so many seconds.
        lag: Seconds that it takes; 0 answers at once.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], None],
        lag: float,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._later = later
        self._lag = lag
        self._due = 0.0

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts*; call *kept* when they would be safe."""
        super().append(facts, None)
        if kept is None:
            return
        if not self._lag:
            kept()
            return
        now = self._clock()
        self._due = max(now + self._lag, self._due + _TIE)
        self._later(self._due - now, kept)
