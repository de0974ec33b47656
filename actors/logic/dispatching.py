"""Ready subtasks come, are handed out, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.binding import Binding
from callboard.actors.logic.chaining import CHANGED, LOST, is_unrecorded
from callboard.actors.logic.copies import single
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.following import Following
from callboard.actors.logic.inheritance import inherit
from callboard.actors.logic.lengths import renew
from callboard.actors.logic.lifecycle import Work
from callboard.actors.logic.outlook import Needs
from callboard.actors.logic.places import Seat
from callboard.actors.logic.promises import promise
from callboard.actors.logic.rationing import put_aside
from callboard.messages.base import ORCHESTRATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from callboard.actors.logic.ahead import Ahead
    from callboard.actors.logic.chaining import Chaining
    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.negotiating import Negotiating
    from callboard.actors.logic.returning import Returning
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Ready
    from callboard.messages.work import Advise, Settled


class Dispatching:
    """What the orchestrator wants done, and who gets it."""

    def __init__(
        self,
        leasing: Leasing,
        negotiating: Negotiating,
        ahead: Ahead,
        chaining: Chaining,
        returning: Returning,
    ) -> None:
        self._leasing = leasing
        self._returning = returning
        self._ahead = ahead
        self._chaining = chaining
        self._negotiating = negotiating
        self._withdrawn: set[SubtaskId] = set()
        self._served: dict[Company, tuple[int, ...]] = {}
        self._following = Following(leasing)
        self._binding = Binding(leasing)

    # They come

    def queue_all(
        self, readies: Sequence[Ready], now: float, ahead: Sequence[Ready] = ()
    ) -> list[Effect]:
        """Queue what is ready and not known yet, and count what will be."""
        effects: list[Effect] = []
        lengths = self._leasing.lengths
        if self._leasing.paces.taught:
            self._reckon([*readies, *ahead] if ahead else readies)
        if ahead:
            effects += self._foresee(ahead, readies, now)
        leasing, withdrawn, able = self._leasing, self._withdrawn, dict[Needs, bool]()
        links = leasing.links.by_uuid
        for ready in readies:
            uuid = ready.subtask.uuid
            if uuid in leasing.works or uuid in withdrawn:
                continue
            link = links.get(uuid) if links else None
            if link is not None:
                if self._chaining.stands(link, ready):
                    effects += self._chaining.adopt(link, ready, now)
                    continue
                effects += self._chaining.cut(uuid, CHANGED, now)
            work = Work(ready)
            if lengths.known:
                lengths.tell(work)
            past = leasing.histories.pop(uuid, None) if leasing.histories else None
            if ready.verifying:
                self._returning.inherit(work, past, now)
            elif past is None:
                effects += leasing.enter(work, now, able)
            elif past.rejected is not None:
                effects += self._returning.inherit_bad(work, past, past.rejected, now)
            else:
                effects += inherit(leasing, work, past, now)
        return effects

    def _reckon(self, readies: Sequence[Ready]) -> None:
        """How long it is from each to the end of its plan, if that was not known before."""
        leasing, withdrawn = self._leasing, self._withdrawn
        works, ahead = leasing.works, leasing.foresight.ahead
        new = [
            ready
            for ready in readies
            if (uuid := ready.subtask.uuid) not in works
            and uuid not in ahead
            and uuid not in withdrawn
        ]
        if new:
            leasing.lengths.reckon(new)

    def _foresee(
        self, ahead: Sequence[Ready], readies: Sequence[Ready], now: float
    ) -> list[Effect]:
        leasing = self._leasing
        works, withdrawn = leasing.works, self._withdrawn
        uuids = {ready.subtask.uuid for ready in readies}
        new = [
            ready
            for ready in ahead
            if (uuid := ready.subtask.uuid) not in works and uuid not in withdrawn
        ]
        if leasing.lengths.known and leasing.foresight.ahead:
            for ready in new:
                before = leasing.foresight.ready(ready.subtask.uuid)
                if before is not None:
                    leasing.lengths.edited(ready, before)
        leasing.foresight.learn(new, lambda uuid: uuid in works or uuid in uuids)
        leasing.foresee(new)
        return self._chaining.changed(new, now) if leasing.links.by_uuid else []

    def resync(
        self, readies: Sequence[Ready], now: float, ahead: Sequence[Ready] = ()
    ) -> list[Effect]:
        """All that is open: forget the rest, report again what was not confirmed."""
        works = self._leasing.works
        still_open = {ready.subtask.uuid for ready in readies}
        # What is not ready for all that it knows may be done, with what that follows.
        unready = (ready.subtask.uuid for ready in ahead)
        still_open |= {uuid for uuid in unready if uuid in works and is_unrecorded(works[uuid])}
        gone = [uuid for uuid in works if uuid not in still_open]
        self._forget_ahead()
        effects = [*self._chaining.all_off(now), *self.withdraw(gone, "it has ended", now)]
        self.withdrawn(gone)  # this list is what any later one is compared with
        outcomes = (work.outcome for work in works.values())
        effects += [Tell(ORCHESTRATOR, o) for o in outcomes if o is not None]
        effects += self.queue_all(readies, now, ahead)
        if self._leasing.paces.taught:
            renew(self._leasing)
        return effects

    # They are handed out

    def dispatch(self, now: float) -> list[Effect]:
        """Give free agents what they should do next, and busy ones what is brief.

        An agent that would do better to wait for what is about to be ready does.
        """
        effects = self._dispatch(now)
        return effects + self._ahead.fill(now) if self._leasing.thirsty else effects

    def _dispatch(self, now: float) -> list[Effect]:
        company = self._leasing.slots.pushed
        # While all are busy it is only noted what comes, unless somebody's own may be promised.
        if not (company.vacant or company.rooms) or self._idle(company):
            return []
        expected, queues = self._expect(), self._leasing.queues
        if company.rooms:
            promise(self._leasing, company, now)
        effects = self._serve(company, now, expected, self._among(company))[1]
        while company.promised and promise(self._leasing, company, now):
            effects += self._serve(company, now, expected, self._among(company))[1]
        for work in expected:
            queues.drop(work)
        queues.fresh.clear()
        self._served[company] = _now(self._leasing, company)
        return effects

    def _among(self, company: Company) -> Collection[Needs] | None:
        """What is to be looked at: the rest was, when there was nobody for it.

        That is what has come since, and what somebody may do who has changed since. None
        where something else has changed that may concern everything.
        """
        leasing = self._leasing
        queues, served = leasing.queues, self._served.get(company, ())
        others = leasing.breakers.resting or leasing.advice.turns
        if others or served[2:] != _now(leasing, company)[2:]:
            return None
        return {**queues.fresh, **company.stirred(queues.needs())}

    def hand_out(self, now: float) -> tuple[tuple[Lease, ...], list[Effect]]:
        """Give agents in pull mode all that they can have now."""
        company = self._leasing.slots.pulling
        if self._idle(company):
            return (), []
        leases, effects = self._serve(company, now, {}, None)
        self._served[company] = _now(self._leasing, company)
        return tuple(leases), effects

    def _idle(self, company: Company) -> bool:
        """Whoever found nothing finds nothing until somebody comes or becomes free."""
        leasing = self._leasing
        if leasing.recovering or not leasing.queues.waiting:
            return True
        return self._served.get(company) == _now(leasing, company)

    def _expect(self) -> dict[Work, None]:
        """Let what is about to be ready stand in the queues as if it were."""
        links = self._leasing.links.by_uuid  # whose agents have them already
        imminent = [
            Work(ready)
            for ready in self._leasing.foresight.imminent()
            if ready.subtask.uuid not in links
        ]
        # Nobody is kept for what may have to wait for a resource.
        expected = {work: None for work in imminent if not work.demanding}
        for work in expected:
            self._leasing.lengths.show(work)
            self._leasing.line_up(work)
        return expected

    def _serve(
        self,
        company: Company,
        now: float,
        expected: dict[Work, None],
        among: Collection[Needs] | None,
    ) -> tuple[list[Lease], list[Effect]]:
        leasing = self._leasing
        leases: list[Lease] = []
        effects: list[Effect] = []
        kept: list[Member] = []
        choose = self._chooser(company)
        follow = self._follower(company, choose, now)
        # Whoever comes and asks for work gets some at once.
        asks = company is leasing.slots.pushed
        negotiating, unasked = self._negotiating, self._negotiating.unasked
        chains = asks and leasing.ahead.chain and leasing.foresight.waiting
        behind = self._chaining.behind if chains else None
        for work, member in leasing.queues.in_order(choose, now, among, follow):
            if work in expected:
                del expected[work]
                leasing.queues.drop(work)
                company.keep(member, self._binding.end(work, member, now))
                kept.append(member)
                continue
            claim = leasing.reserving.lacking(work, now) if work.claims else None
            if claim is not None:
                effects += put_aside(leasing, work, claim, now)
                continue
            negotiable = work.ready.subtask.negotiate not in unasked
            if negotiable and asks and negotiating.asks(work):
                effects += negotiating.begin(work, member, now)
                if work.place is None:
                    continue
            lease, assigned = leasing.lease(work, member, now, behind)
            leases.append(lease)
            effects += assigned
        company.seen()
        for member in kept:  # who is let go here is looked at again next time
            company.let_go(member)
        return leases, effects

    def _follower(
        self, company: Company, choose: Callable[[Needs], Member | None], now: float
    ) -> Callable[[Work], Member | None] | None:
        """Who takes what stands in a lane of its own; None where nothing does."""
        leasing = self._leasing
        differ = leasing.paces.uneven or leasing.apart
        bind = differ and company is leasing.slots.pushed
        by_pace = self._binding.chooser(company, now) if bind else None
        by_turn = self._following.chooser(company, choose, now) if leasing.advice.turns else None
        if by_pace is None or by_turn is None:
            return by_pace or by_turn
        return lambda work: (by_turn if type(work.lane) is Seat else by_pace)(work)

    def look_again(self, uuid: SubtaskId) -> None:
        """The time has come to think it over whether that one should wait."""
        work = self._leasing.works.get(uuid)
        if work is not None and work.place is not None:
            self._leasing.queues.look_again(work.needs)

    def _forget_ahead(self) -> None:
        for ready in self._leasing.foresight.all():
            self._leasing.outlook.close(ready.subtask.uuid)
        self._leasing.foresight.clear()
        self._leasing.lengths.known.clear()

    def _chooser(self, company: Company) -> Callable[[Needs], Member | None]:
        """Who takes what, and nobody what needs a skill that is given a rest."""
        breakers = self._leasing.breakers
        if not breakers.resting:
            return company.choose

        def choose(needs: Needs) -> Member | None:
            return company.choose(needs) if breakers.bar(needs) is None else None

        return choose

    def advise(self, message: Advise, now: float) -> list[Effect]:
        """Somebody has found a better order."""
        return self._following.advise(message, now)

    # Nobody can do them

    def possible(self) -> list[Needs]:
        """What waits and could be done by somebody."""
        slots = self._leasing.slots
        return [needs for needs in self._leasing.needs() if slots.could(needs)]

    def report_impossible(self, possible: Iterable[Needs], now: float) -> list[Effect]:
        """Somebody has left: what was *possible* before and is no longer is reported."""
        leasing = self._leasing
        return [
            leasing.unschedulable(work, now)
            for needs in possible
            if not leasing.recovering and not leasing.slots.could(needs)
            for work in leasing.waiting(needs)
        ]

    # They go

    def withdraw(self, subtasks: Iterable[SubtaskId], reason: str, now: float) -> list[Effect]:
        """Do these no longer, also those that this has overtaken on its way."""
        effects: list[Effect] = []
        for uuid in subtasks:
            self._withdrawn.add(uuid)
            work = self._leasing.works.get(uuid)
            if work is None:
                effects += self._chaining.cut(uuid, reason, now)
                self._leasing.dismiss(uuid)
            else:
                effects += self._leasing.revoke(work, reason, now)
                effects += self._chaining.settled(work, now)
                self._leasing.drop(work)
        return effects

    def withdrawn(self, subtasks: Iterable[SubtaskId]) -> list[Effect]:
        """Whatever the withdrawal overtook has arrived by now."""
        self._withdrawn.difference_update(subtasks)
        return []

    def settled(self, message: Settled, now: float) -> list[Effect]:
        """The orchestrator has recorded their end."""
        if message.unready:
            return self._ended_unready(message.subtasks, now)
        leasing, effects = self._leasing, list[Effect]()
        for uuid in message.subtasks:
            work = leasing.works.get(uuid)
            if work is None:
                leasing.dismiss(uuid)
                continue
            if work.lease is not None:
                # It was adopted while word of its end was on the way.
                effects += single(leasing, work, "it has ended", now)
                effects += leasing.tell_agent(work.lease, "it has ended", now)
                effects += leasing.over(work, work.lease, now)
            if leasing.links.heads:
                effects += self._chaining.settled(work, now)
            leasing.settled(work)
        leasing.take_in()
        return effects

    def _ended_unready(self, subtasks: Iterable[SubtaskId], now: float) -> list[Effect]:
        """They will never be ready, though an agent may have gone on to them by itself."""
        effects: list[Effect] = []
        for uuid in subtasks:
            work = self._leasing.works.get(uuid)
            if work is None:
                effects += self._chaining.cut(uuid, LOST, now)
                self._leasing.dismiss(uuid)
            else:
                effects += self._chaining.settled(work, now)
                self._leasing.drop(work)
        return effects


def _now(leasing: Leasing, company: Company) -> tuple[int, ...]:
    """What may let something be taken that could not be: the first two say by whom or what."""
    breakers, foresight = leasing.breakers.changes, leasing.foresight.changes
    others = company.departures, breakers, foresight, leasing.advice.changes
    return leasing.queues.added, company.changes, *others
