"""What simulated agents answer to calls for bids: drawn by lot, or as it was noted before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from callboard.messages.bids import Bid, BidDeclined, BidSent

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from callboard.messages.bids import CallForBids
    from callboard.messages.values import Agent

    Answering: TypeAlias = "Callable[[Agent, CallForBids], Answer]"


class Answer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What an agent's function for bids comes to.

    Attributes:
        after: Seconds until it has; most often in time, else too late for anybody.
        factor: It bids so many times the estimate; far from 1 it lies.
        ends: "bids", "declines", or "fails" (it raises).
        cost: Of the bid.
        confidence: Of the bid.
    """

    after: float = 0.0
    factor: float = 1.0
    ends: Literal["bids", "declines", "fails"] = "bids"
    cost: float = 0.0
    confidence: float = 1.0


HONEST = Answer()
"""At once, and what was estimated."""

_LATE = 0.1
_LONGEST = 600.0
_LIAR = 20.0


def as_estimated(agent: Agent, call: CallForBids) -> Answer:
    """Every agent bids what was estimated."""
    del agent, call
    return HONEST


def drawn(random: Random) -> Answer:
    """One of an agent of which nothing is known: honest, a liar, unwilling, slow or broken."""
    late = random.random() < _LATE
    return Answer(
        after=_LONGEST * random.random() ** 4 if late else 0.2 * random.random() ** 3,
        factor=_LIAR ** random.uniform(-1.0, 1.0) if random.random() < 1 / 3 else 1.0,
        ends=random.choices(("bids", "declines", "fails"), (0.7, 0.2, 0.1))[0],
        cost=float(random.randint(0, 3)),
        confidence=random.random() ** 0.5,
    )


def said(agent: Agent, call: CallForBids, answer: Answer) -> BidSent | BidDeclined:
    """What the agent says to the call, when its answer is there."""
    us, goal, subtask = agent.id, call.ready.goal, call.ready.subtask
    if answer.ends != "bids":
        why = "it would rather not" if answer.ends == "declines" else "ValueError: no rates"
        return BidDeclined(call=call.call, goal=goal, subtask=subtask.uuid, agent=us, reason=why)
    seconds = subtask.seconds * answer.factor
    bid = Bid(seconds=seconds, cost=answer.cost, confidence=answer.confidence)
    return BidSent(call=call.call, goal=goal, subtask=subtask.uuid, agent=us, bid=bid)
