"""What is parked, as people look at it to decide what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.records import Quarantined

if TYPE_CHECKING:
    from callboard.actors.logic.board import Board


def quarantine(board: Board) -> tuple[Quarantined, ...]:
    """Every parked subtask that is on *board*, the one that was parked first at the front."""
    return tuple(
        Quarantined(
            subtask=board.subtasks[uuid].subtask,
            goal=fact.goal,
            problem=fact.problem,
            setbacks=fact.setbacks,
            attempts=fact.attempts,
            since=fact.at,
            until=fact.until,
        )
        for uuid, fact in board.parked.items()
    )
