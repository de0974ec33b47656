"""Negotiation: the scheduler calls for bids, agents bid or decline (Contract Net).

Source: Smith, The Contract Net Protocol, IEEE Transactions on Computers, 1980; FIPA
Contract Net Interaction Protocol, SC00029H, 2002. An award is an assignment like any
other, so nothing is said of it here, and whoever is not awarded hears nothing: no bid
binds anybody.
"""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import AgentId, GoalId, Lane, Message, SubtaskId, Value
from callboard.messages.values import Ready, Token


class Bid(Value):
    """What an agent expects of itself at one subtask.

    Attributes:
        seconds: That an attempt of its would take, from start to finish.
        cost: What it would cost, in a unit of your own that is the same for all agents;
            `NegotiationOptions.price` says how many seconds one of it is worth.
        confidence: How likely that attempt succeeds, in [0, 1].
    """

    seconds: float
    cost: float = 0.0
    confidence: float = 1.0


class CallForBids(Message):
    """Say what you would do this for (scheduler -> agent).

    Attributes:
        call: Names the negotiation; no lease has this token.
        attempt: Which attempt it would be, from 1.
        seconds: Within which an answer counts.
    """

    call: Token
    ready: Ready
    attempt: int
    seconds: float


class BidSent(Message):
    """I would do it for that (agent -> scheduler)."""

    # Control: an answer counts for a moment only, and must not stand behind much work.
    lane: ClassVar[Lane] = Lane.CONTROL
    call: Token
    goal: GoalId
    subtask: SubtaskId
    agent: AgentId
    bid: Bid


class BidDeclined(Message):
    """I would rather not (agent -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    call: Token
    goal: GoalId
    subtask: SubtaskId
    agent: AgentId
    reason: str
