"""What earlier schedulers have negotiated: how honest bids were, which awards still run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.honesty import Honesty
from callboard.actors.logic.tenders import Award
from callboard.messages import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.values import Token

_SEEN = frozenset(
    {
        facts.BidAwarded,
        facts.HonestyLearnt,
        facts.SubtaskAssigned,
        facts.SubtaskCompleted,
        facts.SubtaskFailed,
        facts.SubtaskCancelled,
        facts.RuntimeStarted,
    }
)


class Negotiated:
    """A fold over facts that others read as well.

    Attributes:
        honesty: What was learnt of past bids.
    """

    def __init__(self) -> None:
        self.honesty = Honesty()
        self._awards: dict[SubtaskId, Award] = {}

    @property
    def awarded(self) -> dict[Token, Award]:
        """Attempts that agents got for their bids, and that may still run."""
        return {award.token: award for award in self._awards.values()}

    def passing(self, recorded: Iterable[Fact]) -> Iterator[Fact]:
        """The same facts, while note is taken of them."""
        for fact in recorded:
            if type(fact) in _SEEN:  # or each would be compared with all of these
                self._see(fact)
            yield fact

    def _see(self, fact: Fact) -> None:
        awards = self._awards
        match fact:
            case facts.BidAwarded(lease=lease, award=award):
                if not award.learnt:
                    awards[lease.subtask] = Award(lease.token, lease.agent, award.bid)
            case facts.HonestyLearnt():
                self.honesty.take(fact)
                if fact.lease is not None:
                    awards.pop(fact.lease.subtask, None)
            case facts.SubtaskAssigned() if awards:
                awards.pop(fact.lease.subtask, None)
            case facts.SubtaskCompleted() | facts.SubtaskFailed() | facts.SubtaskCancelled():
                awards.pop(fact.subtask, None)
            case facts.RuntimeStarted():
                awards.clear()  # whatever ran has ended with its process
            case _:
                pass
