"""The state of the runtime as everybody sees it: a fold over facts and a few notices.

The live runtime shows its events to a board as they happen; a replayed journal gives
the same board, up to any instant. Facts of different actors interleave, so some come
late: none of them brings back what has ended, and a lease is freed exactly once.

>>> from callboard.messages.facts import GoalAccepted
>>> from callboard.messages.values import Goal
>>> board = Board()
>>> board.apply(GoalAccepted(at=1.0, goal=Goal(id="g1", text="analyze sales")))
>>> board.goals["g1"].status
<GoalStatus.ACCEPTED: 'accepted'>
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from callboard.actors.logic.folds import (
    agents,
    attempts,
    goals,
    resources,
    runtime,
    skills,
    subtasks,
)
from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.actors.logic.records import Quarantined
from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice


class Board(BoardState):
    """Goals, subtasks and agents as they stand; nothing else writes what it shows.

    Nothing that names an unknown goal, subtask or agent raises: compaction may have
    removed it.
    """

    __slots__ = ()

    # A table, because a match that long would cost more than the fold itself.
    _folds: ClassVar[Folds] = {
        **goals.FOLDS,
        **subtasks.FOLDS,
        **attempts.FOLDS,
        **agents.FOLDS,
        **skills.FOLDS,
        **resources.FOLDS,
        **runtime.FOLDS,
    }

    def apply(self, event: Fact | Notice) -> None:
        """Take note of *event*; notices that change nothing here are passed over."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(self, event)

    def apply_all(self, events: Iterable[Fact | Notice]) -> list[tuple[Fact | Notice, Exception]]:
        """As `apply` of each, in order; the answer is what could not be noted, and why."""
        folds = self._folds
        faults: list[tuple[Fact | Notice, Exception]] = []
        for event in events:
            fold = folds.get(type(event))
            if fold is not None:
                try:
                    fold(self, event)
                except Exception as error:  # noqa: BLE001 - one that goes wrong stops no other
                    faults.append((event, error))
        return faults

    def forget(self, goal: GoalId) -> tuple[SubtaskId, ...]:
        """Remove a goal that has ended; the answer names its subtasks.

        A goal that is open, or not there, is left alone.
        """
        return goals.forget(self, goal)

    def quarantine(self) -> tuple[Quarantined, ...]:
        """Every parked subtask, the one that was parked first at the front."""
        return tuple(
            Quarantined(
                subtask=self.subtasks[uuid].subtask,
                goal=fact.goal,
                problem=fact.problem,
                setbacks=fact.setbacks,
                attempts=fact.attempts,
                since=fact.at,
                until=fact.until,
            )
            for uuid, fact in self.parked.items()
        )
