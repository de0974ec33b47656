"""What came of negotiations, and how honest bids turned out to be."""

from __future__ import annotations

from callboard.messages.base import AgentId, Value
from callboard.messages.bids import Bid
from callboard.messages.facts.base import Fact
from callboard.messages.values import Lease


class Offer(Value):
    """A bid and what it was taken for.

    Attributes:
        score: Seconds until the subtask would be done, all told: the least is awarded.
        learnt: The agent was not asked; what is learnt of it has bid for it.
    """

    agent: AgentId
    bid: Bid
    score: float
    learnt: bool = False


class BidAwarded(Fact):
    """A subtask goes to an agent for its bid; follows `SubtaskAssigned`.

    Attributes:
        award: The bid.
        others: The other bids, the best first.
    """

    lease: Lease
    award: Offer
    others: tuple[Offer, ...] = ()


class HonestyLearnt(Fact):
    """How far past bids of an agent were from the truth, from now on; see `Honesty`.

    Attributes:
        lease: The attempt that shows it; None where somebody had it forgotten, or where
            that attempt's goal is not kept any more.
        weight: Of the attempts by which its seconds are judged; 0 where all is forgotten.
        ratio: Mean of log(seconds it took / seconds it bid).
        trials: Weight of the attempts by which its confidence is judged.
        surplus: Mean of what came of them, 1 or 0, less the confidence that was bid.
    """

    agent: AgentId
    lease: Lease | None = None
    weight: float = 0.0
    ratio: float = 0.0
    trials: float = 0.0
    surplus: float = 0.0
