"""Why a subtask waits, or who has it: agents bid for it."""

from __future__ import annotations

from callboard.messages.base import AgentId
from callboard.messages.facts.bids import Offer
from callboard.messages.reasons.base import Reason
from callboard.messages.words import ahead, duration, listed


class AwaitsBids(Reason):
    """Agents are asked what they would do it for.

    Attributes:
        silent: Who has not answered.
        offers: That there are so far.
        until: When answers count no longer, seconds since the epoch.
    """

    silent: tuple[AgentId, ...]
    offers: tuple[Offer, ...]
    until: float

    def said(self, at: float) -> str:
        """Whom, and until when."""
        bids = f", {listed([_said(one) for one in self.offers])}" if self.offers else ""
        over = ahead(self.until, at)
        return f"bids of {listed(self.silent)} are awaited{bids}; it is decided {over}"


class WonByBid(Reason):
    """An agent got it for its bid.

    Attributes:
        award: The bid, and what it was taken for.
        others: The other bids, the best first.
    """

    award: Offer
    others: tuple[Offer, ...] = ()

    def said(self, at: float) -> str:
        """Who, and against whom."""
        del at
        others = f", against {listed([_said(one) for one in self.others])}" if self.others else ""
        return f"{self.award.agent} got it for its bid: {_said(self.award)}{others}"


def _said(offer: Offer) -> str:
    """A bid and its score, in words."""
    bid = offer.bid
    cost = f", cost {bid.cost:g}" if bid.cost else ""
    sure = f", {bid.confidence:.0%} sure" if bid.confidence < 1 else ""
    whose = "by what is learnt" if offer.learnt else "by its bid"
    worth = f"taken for {duration(offer.score)}"
    return f"{offer.agent} {duration(bid.seconds)}{cost}{sure} ({whose}, {worth})"
