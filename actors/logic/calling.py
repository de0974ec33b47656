"""Who is called for bids, and what is learnt of those who have no function for them.

Who is called among a thousand agents? Those to whom the usual rule would give the subtask
one after the other, `invitations` of them: each is found in O(log n).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.doubt import doubtful
from callboard.actors.logic.effects import Effect, Show, Tell
from callboard.actors.logic.honesty import score
from callboard.actors.logic.learning import sample_of
from callboard.actors.logic.tenders import Asked
from callboard.messages.bids import Bid, CallForBids
from callboard.messages.facts import Offer
from callboard.messages.notices import BidsInvited

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.company import Company
    from callboard.actors.logic.learning import Expected
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.negotiation_options import NegotiationOptions
    from callboard.actors.logic.tenders import Tender


class Calling:
    """Calls agents for bids.

    Args:
        leasing: The subtasks and the agents.
        options: How many are called at once, and what costs are worth.
    """

    def __init__(self, leasing: Leasing, options: NegotiationOptions) -> None:
        self._leasing = leasing
        self._company: Company = leasing.slots.pushed
        self._options = options

    def is_worthwhile(self, work: Work, able: list[Member]) -> bool:
        """Whether there is anything to decide between these."""
        some_bid = any(member.agent.bids for member in able)
        if work.ready.subtask.negotiate:
            return some_bid or len(able) > 1
        return some_bid and doubtful([self._expect(work, member) for member in able])

    def next_ones(
        self, work: Work, asked: Iterable[Member], *, first: Member | None = None
    ) -> list[Member]:
        """To whom the rule would give it one after the other, without those asked before.

        Each is thought to be full for the moment, so that the rule goes on to the next.
        """
        company = self._company
        found: list[Member] = []
        here = [m for m in asked if m.free and company.members.get(m.agent.id) is m]
        filled = [(member, _fill(company, member)) for member in here]
        member = first
        while len(found) < self._options.invitations:
            member = member or company.choose(work.needs)
            if member is None:
                break
            found.append(member)
            filled.append((member, _fill(company, member)))
            member = None
        for full, slots in filled:
            _fill(company, full, -slots)
        return found

    def invite(self, tender: Tender, able: list[Member], now: float) -> list[Effect]:
        """Ask those who have a function for it; what is learnt bids for the others."""
        asked: list[Member] = []
        for member in able:
            tender.asked[member.agent.id] = Asked(member, member.incarnation)
            if member.agent.bids:
                asked.append(member)
                tender.silent[member.agent.id] = None
            else:
                tender.bids[member.agent.id] = self.learnt(tender.work, member)
        if not asked:
            return []
        work, seconds = tender.work, tender.until - now
        word = CallForBids(
            call=tender.call, ready=work.ready, attempt=work.attempts + 1, seconds=seconds
        )
        shown = BidsInvited(
            at=now,
            goal=work.goal,
            subtask=work.uuid,
            call=tender.call,
            agents=tuple(member.agent.id for member in asked),
            seconds=seconds,
        )
        return [Show(shown), *(Tell(member.address, word) for member in asked)]

    def learnt(self, work: Work, member: Member) -> Offer:
        """What is learnt of it, as a bid."""
        sample = sample_of(work.ready.subtask, member.agent.id)
        confidence = self._leasing.learning.success(sample)
        bid = Bid(seconds=self._expect(work, member).seconds, confidence=confidence)
        value = score(bid, self._options.price)
        return Offer(agent=member.agent.id, bid=bid, score=value, learnt=True)

    def _expect(self, work: Work, member: Member) -> Expected:
        subtask = work.ready.subtask
        sample = sample_of(subtask, member.agent.id)
        return self._leasing.learning.expect(sample, subtask.stated_seconds)


def _fill(company: Company, member: Member, slots: int = 0) -> int:
    """Think of it as full; how many slots it takes, which are given back below 0."""
    slots = slots or max(1, member.agent.max_load - member.due)
    member.kept += slots
    company.changed(member)
    return slots
