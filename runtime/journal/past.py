"""A goal as a journal remembers it, also when the runtime has forgotten it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import GoalRecord, GoalStatus
from callboard.messages.values import Goal, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.facts import Fact
    from callboard.runtime.journal.ledger import Entry


def record_of(entry: Entry, facts: Sequence[Fact]) -> GoalRecord:
    """The goal as it stands, or as it ended.

    Args:
        entry: Its row in the ledger.
        facts: What is kept of it, in order; without any, its subtasks and results are
            not known any more.
    """
    board = Board()
    for fact in facts:
        board.apply(fact)
    return board.goals.get(entry.id) or summary_of(entry)


def summary_of(entry: Entry) -> GoalRecord:
    """What its row in the ledger says of a goal."""
    failed = entry.status == GoalStatus.FAILED
    whys = entry.reason.splitlines() if failed else []
    return GoalRecord(
        goal=Goal(id=entry.id, text=entry.text, key=entry.key or ""),
        accepted_at=entry.accepted,
        status=GoalStatus(entry.status),
        ended_at=entry.ended,
        problems=tuple(Problem(error="GoalFailed", text=why) for why in whys),
        reason="" if failed else entry.reason,
    )
