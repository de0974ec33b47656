"""What the board takes note of about resources: who has what, and what is used up."""

from __future__ import annotations

from callboard.actors.logic.folds.state import BoardState, Folds
from callboard.messages import facts, notices
from callboard.messages.base import Message


def _note(state: BoardState, fact: Message) -> None:
    state.ledger.apply(fact)


def _nothing(state: BoardState, event: Message) -> None:
    """What this says is not on the board."""


FOLDS: Folds = {
    facts.ResourcesSupplied: _note,
    facts.ResourcesReserved: _note,
    facts.ResourcesSpent: _note,
    facts.ResourcesReturned: _note,
    facts.BudgetCharged: _note,
    facts.BudgetGranted: _note,
    notices.ResourceAwaited: _nothing,
    notices.BudgetExhausted: _nothing,
}
