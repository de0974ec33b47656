"""Negotiations, until somebody is awarded (which is a fact)."""

from __future__ import annotations

from callboard.messages.base import AgentId, GoalId, SubtaskId
from callboard.messages.bids import Bid
from callboard.messages.notices.base import Notice
from callboard.messages.values import Token


class BidsInvited(Notice):
    """Agents are asked what they would do a subtask for.

    Attributes:
        agents: Who is asked; for the others that might do it what is learnt of them bids.
        seconds: That they have for an answer.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agents: tuple[AgentId, ...]
    seconds: float


class BidSeen(Notice):
    """An agent has bid.

    Attributes:
        void: Why the bid does not count; "" where it does.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agent: AgentId
    bid: Bid
    void: str = ""


class BidRefused(Notice):
    """An agent would rather not do a subtask, or its function for bids failed.

    Attributes:
        void: As for `BidSeen`: why it does not matter.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    agent: AgentId
    reason: str
    void: str = ""


class NegotiationFellBack(Notice):
    """No bid could be awarded: who does a subtask is decided by the usual rule.

    Attributes:
        agent: Who does it; "" where it waits for somebody to be free.
    """

    goal: GoalId
    subtask: SubtaskId
    call: Token
    reason: str
    agent: AgentId = ""
