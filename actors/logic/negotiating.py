"""Negotiation: agents are asked for bids before a subtask goes to one of them.

What the usual rule would give to an agent, and what asks for it (or, with
`negotiate="uncertain"`, where what is learnt does not tell who is best), is put out to
tender: some agents with a free slot are called for bids, which count for a moment. For
those without a function for bids what is learnt of them bids (`calling`). The least score
is awarded (`honesty`). Everything else goes on meanwhile.

Nothing here can be waited for in vain. Every call has a deadline; the agent whom the rule
has chosen keeps a slot until then, and gets the subtask where no bid can be awarded. A bid
binds nobody: whoever has died, left, or has no free slot at the award is passed over, and
an award is a lease like any other. Where the best bidder keeps its last slot for another
negotiation, the two exchange their stand-ins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.calling import Calling
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.given_bid import flaw
from callboard.actors.logic.negotiated import Negotiated
from callboard.actors.logic.negotiation_options import NegotiationOptions
from callboard.actors.logic.tenders import Award, Tender
from callboard.messages import facts
from callboard.messages.bids import BidSent
from callboard.messages.commands import Forgotten
from callboard.messages.facts import Offer
from callboard.messages.notices import BidRefused, BidSeen, NegotiationFellBack
from callboard.messages.values import Token

if TYPE_CHECKING:
    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.negotiation_options import Manner
    from callboard.messages.bids import BidDeclined
    from callboard.messages.commands import ForgetHonesty
    from callboard.messages.values import Lease

ROUNDS = 4
"""How many times as many as are asked at once are asked at the most, where all decline."""

_LATE = "it came too late"
_AGAIN = "it has answered before"
_STRANGER = "it was not asked"


_UNASKED: dict[Manner, frozenset[bool | None]] = {
    "never": frozenset({None, False, True}),
    "asked": frozenset({None, False}),
    "uncertain": frozenset({False}),
}


class Negotiating:
    """Puts subtasks out to tender, and awards them.

    Args:
        leasing: The subtasks and the agents.
        boot: Of the runtime; the first part of what names a call.
        manner: Which subtasks are negotiated.
        options: How.
        past: What earlier schedulers have negotiated; None for nothing.

    Attributes:
        alarms: Until when answers count.
        unasked: What a subtask's `negotiate` says where it surely is not negotiated.
    """

    def __init__(
        self,
        leasing: Leasing,
        boot: int,
        manner: Manner = "asked",
        options: NegotiationOptions | None = None,
        past: Negotiated | None = None,
    ) -> None:
        self._leasing = leasing
        self._tenders = leasing.tenders
        self._company: Company = leasing.slots.pushed
        self._boot = boot
        self.unasked = _UNASKED[manner]
        self._options = options or NegotiationOptions()
        self._calling = Calling(leasing, self._options)
        past = past or Negotiated()
        self._honesty = past.honesty
        self._tenders.awarded.update(past.awarded)
        self._counter = 0
        self.alarms: Alarms[Token] = Alarms()

    # What is put out to tender

    def asks(self, work: Work) -> bool:
        """Whether it might be negotiated before an agent gets it."""
        if work.ready.subtask.negotiate in self.unasked:
            return False
        if work.uuid in self._tenders.ruled:
            self._tenders.ruled.discard(work.uuid)
            return False
        return True

    def begin(self, work: Work, chosen: Member, now: float) -> list[Effect]:
        """Call for bids instead of giving it to whom the rule has *chosen*.

        Where nobody need be asked it is given away at once; where there is nothing to
        decide nothing happens, and it still waits in its queue.
        """
        able = self._calling.next_ones(work, [], first=chosen)
        if not self._calling.is_worthwhile(work, able):
            return []
        self._counter += 1
        counter, until = self._counter, now + self._options.seconds
        call = Token(boot=self._boot, incarnation=self._leasing.incarnation, counter=counter)
        self._leasing.queues.drop(work)
        self._company.keep(chosen)
        tender = Tender(call, work, chosen, until)
        self._tenders.add(tender)
        effects = self._calling.invite(tender, able, now)
        if tender.silent:
            self.alarms.set(call, until)
            return effects
        return [*effects, *self._decide(tender, now)]

    # Agents answer

    def answered(self, message: BidSent | BidDeclined, now: float) -> list[Effect]:
        """Take note of a bid, or that somebody would rather not, if it still counts."""
        tender = self._tenders.calls.get(message.call)
        void = self._void(tender, message)
        if tender is not None and not void and isinstance(message, BidSent):
            value = self._honesty.score(message.agent, message.bid, self._options.price)
            offer = Offer(agent=message.agent, bid=message.bid, score=value)
            tender.bids[message.agent] = offer
        self._heard(tender, message)
        return [Show(_seen(message, void, now))]

    @staticmethod
    def _void(tender: Tender | None, message: BidSent | BidDeclined) -> str:
        """Why the answer does not count; "" where it does."""
        if tender is None:
            return _LATE
        if message.agent in tender.silent:
            return flaw(message.bid) if isinstance(message, BidSent) else ""
        return _AGAIN if message.agent in tender.asked else _STRANGER

    def _heard(self, tender: Tender | None, message: BidSent | BidDeclined) -> None:
        if tender is not None and message.agent in tender.silent:
            del tender.silent[message.agent]
            if not tender.silent:
                self._tenders.ripe[tender.call] = None

    def wake(self, now: float) -> None:
        """Whoever has not answered in time does not bid."""
        for call in self.alarms.due(now):
            if call in self._tenders.calls:
                self._tenders.ripe[call] = None

    # Decided

    def settle(self, now: float) -> list[Effect]:
        """After a batch: decide what can be, and give back slots that are kept for nothing."""
        tenders, effects = self._tenders, list[Effect]()
        if tenders.left:
            for tender in tenders.left:
                self.alarms.clear(tender.call)
                effects += self._release(tender, now)
            tenders.left.clear()
        if tenders.ripe:
            for call in list(tenders.ripe):
                effects += self._ripe(tenders.calls[call], now)
        return effects

    def _ripe(self, tender: Tender, now: float) -> list[Effect]:
        most = ROUNDS * self._options.invitations
        if not tender.bids and now < tender.until and len(tender.asked) < most:
            del self._tenders.ripe[tender.call]
            more = self._calling.next_ones(
                tender.work, [asked.member for asked in tender.asked.values()]
            )
            if more:
                return self._ask_others(tender, more, now)
        return self._decide(tender, now)

    def _ask_others(self, tender: Tender, more: list[Member], now: float) -> list[Effect]:
        """All have declined; whoever keeps the slot has too, so another one does from now on."""
        self._company.keep(more[0])
        effects = self._release(tender, now)
        self._tenders.stand_in(tender, more[0])
        effects += self._calling.invite(tender, more, now)
        return effects if tender.silent else [*effects, *self._decide(tender, now)]

    def _decide(self, tender: Tender, now: float) -> list[Effect]:
        work, stand_in = tender.work, tender.stand_in
        self._tenders.end(tender)
        self.alarms.clear(tender.call)
        effects = self._release(tender, now)
        obstacle = self._obstacle(work, now)
        if obstacle:
            return [*effects, *self._put_back(tender, obstacle, now)]
        ranked = sorted(tender.bids.values(), key=_score)
        for offer in ranked:
            member = self._taker(tender, offer, stand_in)
            if member is not None:
                return [*effects, *self._award(work, member, offer, ranked, now)]
        return [*effects, *self._fall_back(tender, stand_in, now)]

    def _obstacle(self, work: Work, now: float) -> str:
        """Why nobody is given it now, whoever has bid; "" where nothing has come between."""
        if self._leasing.breakers.bar(work.needs) is not None:
            return "a skill that it needs has a rest"
        claim = self._leasing.reserving.lacking(work, now) if work.claims else None
        return "" if claim is None else f"there is not enough of {claim.resource!r} any more"

    def _taker(self, tender: Tender, offer: Offer, stand_in: Member | None) -> Member | None:
        """The bidder, if it is still the one that has bid, and has or gets a free slot."""
        asked = tender.asked[offer.agent]
        member = asked.member
        if not self._able(tender.work, member) or member.incarnation != asked.incarnation:
            return None
        if not member.free and member.up and stand_in is not None:
            self._exchange(member, stand_in)
        return member if member.free else None

    def _exchange(self, member: Member, stand_in: Member) -> None:
        """Have our former stand-in keep a slot in its place for another negotiation."""
        if not stand_in.free or member.load > member.agent.max_load:
            return
        for other in self._tenders.kept_by(member):
            if self._able(other.work, stand_in):
                self._company.keep(stand_in)
                self._company.let_go(member)
                self._tenders.stand_in(other, stand_in)
                return

    def _able(self, work: Work, member: Member) -> bool:
        """Whether it is still here, may do it, and has what it must have of its own for it."""
        company, needs = self._company, work.needs
        here = company.members.get(member.agent.id) is member
        return here and company.fits(needs, member) and not company.crowded(needs, member)

    def _award(
        self, work: Work, member: Member, award: Offer, ranked: list[Offer], now: float
    ) -> list[Effect]:
        lease, assigned = self._leasing.lease(work, member, now)
        if not award.learnt:
            self._tenders.awarded[lease.token] = Award(lease.token, award.agent, award.bid)
        others = tuple(other for other in ranked if other is not award)
        recorded, *rest = assigned
        awarded = facts.BidAwarded(at=now, lease=lease, award=award, others=others)
        return [recorded, Record(awarded), *rest]

    def _fall_back(self, tender: Tender, stand_in: Member | None, now: float) -> list[Effect]:
        """The usual rule decides: for the agent it had chosen, or whoever is free now."""
        work, reason = tender.work, _why_not(tender)
        member = stand_in
        if member is None or not member.free or not self._able(work, member):
            member = self._company.choose(work.needs)
        if member is None:
            return self._put_back(tender, reason, now)
        shown = self._fell_back(tender, reason, now, member.agent.id)
        _, assigned = self._leasing.lease(work, member, now)
        return [shown, *assigned]

    def _put_back(self, tender: Tender, reason: str, now: float) -> list[Effect]:
        """It waits in front, for it was chosen first, and is not negotiated again."""
        self._tenders.ruled.add(tender.work.uuid)
        shown = self._fell_back(tender, reason, now)
        return [shown, *self._leasing.put_back(tender.work, now)]

    @staticmethod
    def _fell_back(tender: Tender, reason: str, now: float, agent: str = "") -> Show:
        goal, subtask = tender.work.goal, tender.work.uuid
        return Show(
            NegotiationFellBack(
                at=now, goal=goal, subtask=subtask, call=tender.call, reason=reason, agent=agent
            )
        )

    def _release(self, tender: Tender, now: float) -> list[Effect]:
        """The slot that was kept is free again, for those first who have lent theirs."""
        member = tender.stand_in
        self._tenders.stand_in(tender, None)
        if member is None:
            return []
        member.let_go()  # perhaps one that is no member any more
        if self._company.members.get(member.agent.id) is not member:
            return []
        return self._leasing.resume(member, self._leasing.slots.give_back(member), now)

    # What bids were worth

    def finished(self, lease: Lease, seconds: float, now: float) -> list[Effect]:
        """An attempt was completed; if it was awarded for a bid, that is judged."""
        award = self._tenders.awarded.pop(lease.token, None)
        if award is None:
            return []
        return [Record(self._honesty.finished(award.agent, award.bid, seconds, lease, now))]

    def failed(self, lease: Lease, now: float) -> list[Effect]:
        """An attempt failed."""
        award = self._tenders.awarded.pop(lease.token, None)
        if award is None:
            return []
        return [Record(self._honesty.failed(award.agent, award.bid, lease, now))]

    def forget(self, message: ForgetHonesty, now: float) -> list[Effect]:
        """Believe them as if they had never bid."""
        forgotten = [Record(fact) for fact in self._honesty.forget(message.agent, now)]
        if not message.reply_to:
            return [*forgotten]
        return [*forgotten, Tell(message.reply_to, Forgotten(count=len(forgotten)))]


def _score(offer: Offer) -> float:
    return offer.score


def _seen(message: BidSent | BidDeclined, void: str, now: float) -> BidSeen | BidRefused:
    about: dict[str, Any] = {
        "at": now,
        "goal": message.goal,
        "subtask": message.subtask,
        "call": message.call,
        "agent": message.agent,
        "void": void,
    }
    if isinstance(message, BidSent):
        return BidSeen(**about, bid=message.bid)
    return BidRefused(**about, reason=message.reason)


def _why_not(tender: Tender) -> str:
    if tender.bids:
        return "no bidder has a free slot any more"
    answered = len(tender.asked) - len(tender.silent)
    return "nobody has bid in time" if tender.silent or not answered else "all have declined"
