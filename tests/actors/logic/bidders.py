"""Agents that are asked for bids, in tests: what is said to them, and what they say."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.bids import Bid, BidDeclined, BidSent, CallForBids
from callboard.messages.facts import Offer
from callboard.messages.notices import BidRefused, BidSeen, BidsInvited, NegotiationFellBack
from callboard.messages.values import Agent, Lease, Ready, Token
from tests.actors.logic.desk import (
    Desk,
    agent,
    assigned,
    ready,
)

SECONDS = 0.25
LATER = 5.0


def bidder(name: str, *skills: str, **more: Any) -> Agent:
    return agent(name, *skills, bids=True, **more)


def asking(uuid: str, *skills: str, **more: Any) -> Ready:
    return ready(uuid, *skills, negotiate=True, **more)


A, B, C = bidder("a"), bidder("b"), bidder("c")
S1 = asking("s1")


def call(number: int = 1, incarnation: int = 1) -> Token:
    return Token(boot=1, incarnation=incarnation, counter=number)


def sent(who: str, seconds: float, uuid: str = "s1", number: int = 1, **more: float) -> BidSent:
    bid = Bid(seconds=seconds, **more)
    return BidSent(call=call(number), goal="g", subtask=uuid, agent=who, bid=bid)


def no(who: str, uuid: str = "s1", number: int = 1) -> BidDeclined:
    return BidDeclined(call=call(number), goal="g", subtask=uuid, agent=who, reason="busy")


def invited(work: Ready, *agents: str, now: float = 0.0, number: int = 1) -> list[Effect]:
    uuid, which = work.subtask.uuid, call(number)
    shown = BidsInvited(at=now, goal="g", subtask=uuid, call=which, agents=agents, seconds=SECONDS)
    word = CallForBids(call=which, ready=work, attempt=1, seconds=SECONDS)
    return [Show(shown), *(Tell(f"agent/{name}", word) for name in agents)]


def seen(message: BidSent, now: float, void: str = "") -> Effect:
    return Show(
        BidSeen(at=now, goal="g", subtask=message.subtask, call=message.call,
                agent=message.agent, bid=message.bid, void=void)
    )  # fmt: skip


def refused(message: BidDeclined, now: float, void: str = "") -> Effect:
    return Show(
        BidRefused(at=now, goal="g", subtask=message.subtask, call=message.call,
                   agent=message.agent, reason=message.reason, void=void)
    )  # fmt: skip


def offer(who: str, seconds: float, score: float | None = None, **more: Any) -> Offer:
    bid = Bid(seconds=seconds, **more)
    return Offer(agent=who, bid=bid, score=seconds if score is None else score)


def awarded(held: Lease, work: Ready, now: float, award: Offer, *others: Offer) -> list[Effect]:
    fact = facts.BidAwarded(at=now, lease=held, award=award, others=others)
    recorded, told = assigned(held, work, now)
    return [recorded, Record(fact), told]


def fell_back(uuid: str, reason: str, now: float, who: str = "", number: int = 1) -> Effect:
    return Show(
        NegotiationFellBack(
            at=now, goal="g", subtask=uuid, call=call(number), reason=reason, agent=who
        )
    )


def free_again(desk: Desk, *members: Agent) -> bool:
    """Whether no slot is kept for a negotiation that is over."""
    return all(desk.load(member.id) == 0 for member in members)
