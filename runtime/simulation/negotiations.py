"""Negotiations as the oracle sees them: who has bid, and who is awarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from callboard.messages import facts, notices
from callboard.messages.base import AgentId
from callboard.runtime.simulation.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable


class Negotiations(Ledger):
    """Who is awarded has bid, or what is learnt has bid for it; else the rule decides."""

    def _invited(self, notice: notices.BidsInvited) -> None:
        known = self._calls.get(notice.subtask)
        if known is None or known[0] != notice.call:
            known = self._calls[notice.subtask] = notice.call, dict[AgentId, bool]()
        known[1].update(dict.fromkeys(notice.agents, False))

    def _bid(self, notice: notices.BidSeen) -> None:
        if notice.void:
            return
        call, answered = self._calls.get(notice.subtask, (None, dict[AgentId, bool]()))
        known = notice.call == call and answered.get(notice.agent) is False
        self.check(known, lambda: f"{notice.agent} bids for {notice.subtask} without being asked")
        answered[notice.agent] = True

    def _fell_back(self, notice: notices.NegotiationFellBack) -> None:
        self._calls.pop(notice.subtask, None)

    def _awarded(self, fact: facts.BidAwarded) -> None:
        uuid, award = fact.lease.subtask, fact.award
        _, answered = self._calls.pop(uuid, (None, dict[AgentId, bool]()))
        bidder = award.learnt or answered.get(award.agent, False)
        self.check(bidder, lambda: f"{fact.lease} is awarded to one who has not bid")
        same = award.agent == fact.lease.agent
        self.check(same, lambda: f"{fact.lease} is awarded to {award.agent}")
        current = any(held.lease == fact.lease for held in self._held.get(uuid, ()))
        self.check(current, lambda: f"{fact.lease} is awarded without being assigned")
        for other in fact.others:
            bid = other.learnt or answered.get(other.agent, False)
            self.check(bid, lambda name=other.agent: f"{name} has not bid for {uuid}")  # type: ignore[misc]

    negotiations: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        notices.BidsInvited: _invited,
        notices.BidSeen: _bid,
        notices.NegotiationFellBack: _fell_back,
        facts.BidAwarded: _awarded,
    }
