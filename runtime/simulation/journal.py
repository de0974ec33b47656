"""A journal in memory that takes its time, as a disk does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.facts import RuntimeStarted, SubtaskAssigned
from callboard.runtime.journal.memory import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact

_TIE = 1e-6
"""Seconds between two answers, so that they come in order."""


class SlowJournal(MemoryJournal):
    """Says only after a while that facts are kept, in the order in which they came.

    Args:
        clock: Tells the time.
        later: Calls back in so many seconds.
        lag: Seconds that it takes; 0 answers at once.
        past: Facts of earlier runs, in order; where there are any, it was opened again.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], None],
        lag: float,
        past: Sequence[Fact] = (),
    ) -> None:
        super().__init__()
        super().append(past, None)
        self.boot = _boot(past)
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

    # Of earlier runs the hub keeps no stories, as those of a file are read from there.

    def story(self, goal: GoalId) -> Sequence[Fact]:
        """All facts about a goal, in order."""
        return tuple(fact for fact in self.replay() if fact.goal_id == goal)

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:
        """All facts about a subtask, in order."""
        return tuple(fact for fact in self.replay() if fact.subtask_id == subtask)


def _boot(past: Sequence[Fact]) -> int:
    """How many times it has been opened, this one included; tokens grow with it."""
    if not past:
        return 1
    boots = {fact.boot for fact in past if isinstance(fact, RuntimeStarted)}
    boots |= {fact.lease.token.boot for fact in past if isinstance(fact, SubtaskAssigned)}
    return max(boots, default=1) + 1
