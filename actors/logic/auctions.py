"""Why an agent got a subtask for its bid, as the subtask's story tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages import facts
from callboard.messages.reasons import WonByBid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.base import Message


def auction(story: Iterable[Message]) -> tuple[WonByBid, ...]:
    """The bids for its latest attempt; nothing where that was given away by the rule."""
    found: tuple[WonByBid, ...] = ()
    for event in story:
        if isinstance(event, facts.SubtaskAssigned):
            found = ()
        elif isinstance(event, facts.BidAwarded):
            found = (WonByBid(award=event.award, others=event.others),)
    return found
