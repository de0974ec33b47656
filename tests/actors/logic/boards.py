"""Boards on which something has happened, and what stands on them."""

from __future__ import annotations

from callboard.actors.logic.board import Board
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from tests.actors.logic.happenings import accepted, adopted, lease, registered, started_up, subtask

BEFORE = (registered("a1"), started_up("a1"), accepted(), adopted(subtask("s1")))
"""One agent, one goal, one subtask that waits for an agent."""

L1 = lease("s1", "a1")
"""That agent's, of that subtask."""


def board_of(*events: Fact | Notice) -> Board:
    """One that was told of these, in that order."""
    board = Board()
    for event in events:
        board.apply(event)
    return board


def state(board: Board) -> object:
    """All that stands on it."""
    return board.goals, board.subtasks, board.agents, board.counts, board.actor_restarts
