"""An agent's own function for bids: a call of it, and what is made of what it returns.

It is the user's code, so whatever it does is contained: what it raises, and what it does
not say in time, is a refusal that says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callboard.actors.logic.given_bid import bid_of
from callboard.messages.base import AgentId
from callboard.messages.bids import Bid, BidDeclined, BidSent, CallForBids
from callboard.messages.values import Lease, Ready, Token
from callboard.runtime.executors.handlers import Bidder
from callboard.runtime.executors.packing import settled_value
from callboard.runtime.executors.runs import Outcome, Returned, Stopped
from callboard.runtime.executors.task import Task

DECLINED = "it would rather not"
"""What a function that returns None says."""

_WHAT = "the bid"


def bidding(bidder: Bidder, agent: AgentId, call: CallForBids) -> Callable[[], Any]:
    """A call of the function that ends with a bid, or None.

    Args:
        bidder: The user's own.
        agent: Whose it is.
        call: What it is to bid for.
    """
    task = task_of(agent, call.call, call.ready, call.attempt)
    if bidder.is_async:

        async def awaited() -> Bid | None:
            return bid_of(await bidder.call(task))

        return awaited

    return lambda: bid_of(settled_value(bidder.call(task), _WHAT))


def task_of(agent: AgentId, call: Token, ready: Ready, attempt: int) -> Task:
    """The attempt that it would be; its token is nobody's."""
    goal, subtask = ready.goal, ready.subtask.uuid
    lease = Lease(goal=goal, subtask=subtask, agent=agent, token=call, attempt=attempt)
    return Task(lease, ready)


def answer(agent: AgentId, call: CallForBids, outcome: Outcome, why: str) -> BidSent | BidDeclined:
    """What the agent says to the call; *why* is what it was stopped for, if it was."""
    if isinstance(outcome, Returned) and outcome.value is not None:
        return sent(agent, call, outcome.value)
    if isinstance(outcome, Returned):
        return declined(agent, call, DECLINED)
    if isinstance(outcome, Stopped):
        return declined(agent, call, why)
    return declined(agent, call, outcome.problem.text)


def sent(agent: AgentId, call: CallForBids, bid: Bid) -> BidSent:
    """It bids."""
    goal, subtask = call.ready.goal, call.ready.subtask.uuid
    return BidSent(call=call.call, goal=goal, subtask=subtask, agent=agent, bid=bid)


def declined(agent: AgentId, call: CallForBids, reason: str) -> BidDeclined:
    """It does not bid."""
    goal, subtask = call.ready.goal, call.ready.subtask.uuid
    return BidDeclined(call=call.call, goal=goal, subtask=subtask, agent=agent, reason=reason)


BEHIND = 2
"""Bids that may still be worked on after their time; then no other is begun."""

LAGS = "earlier bids are still being worked on"
"""Why it does not bid then."""


def too_slow(seconds: float) -> str:
    """Why a bid is waited for no longer."""
    return f"took more than {seconds:g} s to bid"
