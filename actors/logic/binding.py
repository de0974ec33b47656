"""Late binding: who takes a subtask where agents are known to be of unequal speed.

A subtask goes to the agent that would end it first, and where that is one who is busy it
waits for a slot there; nothing is reserved, so whoever is ahead of it may still take that
slot. Of two who would end it at the same time the one that fits better takes it, then the
less loaded, then whose trade has less open work: the same as where all are equally fast.
Who is busy counts as such a one too, where it would end it at the very same time and has
less to do beside: then the one who is free is kept free.

Waiting is for its own good only, and breaks no promise:

- What has waited itself to the top of the order waits for nobody, so the bound of ageing
  holds. Where priorities are strict nothing rises; there it waits no longer than the work
  would take at the agent that it turned down first (as who rents skis until the rent has
  reached their price: whatever happens, it takes at most twice as long; Karlin, Manasse,
  Rudolph and Sleator, Competitive snoopy caching, Algorithmica 3, 1988).
- An agent that is overdue is expected later and later (`overdue`), and soon not waited
  for any more; one that is paused, drained or doubted is not waited for at all.
- Not where the wait takes more than half of the time that is left of its queue timeout,
  nor where it would end after the limit of all its attempts.
- Agents in pull mode get what they can have when they ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from callboard.actors.logic.learning import BRIEF, kind_of
from callboard.actors.logic.lineup import WAITS
from callboard.actors.logic.overdue import expected_end
from callboard.actors.logic.places import has_risen
from callboard.actors.logic.tiers import Tiers

if TYPE_CHECKING:
    from callboard.actors.logic.company import Company
    from callboard.actors.logic.groups import Group
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member


Until: TypeAlias = "Callable[[Member], float]"
"""When a slot of somebody who has none free is free; asked once of each who has not changed."""


class Offer(NamedTuple):
    """Who could do it.

    Attributes:
        start: When, seconds since the epoch.
        end: When it would be done.
        backlog: Seconds of open work for one of its trade.
    """

    member: Member
    start: float
    end: float
    backlog: float


class Binding:
    """Decides who takes what, or whether it waits."""

    def __init__(self, leasing: Leasing) -> None:
        self._leasing = leasing

    def chooser(self, company: Company, now: float) -> Callable[[Work], Member | None]:
        """Who takes it now; None where nobody can, or it waits for somebody faster."""
        until = self._until(now)

        def choose(work: Work) -> Member | None:
            if not company.vacant:
                return None
            breakers = self._leasing.breakers
            if breakers.resting and breakers.bar(work.needs) is not None:
                return None
            if kind_of(work.ready.subtask) not in self._leasing.paces.uneven:
                return company.choose(work.needs)  # they differ no more
            free, busy = self._offers(company, work, now, until)
            if free is None:
                return None
            if busy is None or not self._is_worth(work, free, busy, now):
                return free.member
            if not self._suffice(company, work, free.end, until):
                return free.member
            if work.uuid in self._leasing.works:
                when = min(busy.start, work.patience)
                self._leasing.alarms.set((WAITS, work.uuid), when)
            return None

        return choose

    def offers(self, company: Company, work: Work, now: float) -> tuple[Offer | None, Offer | None]:
        """The best of those who are free, and of those who are not."""
        return self._offers(company, work, now, self._until(now))

    def _offers(
        self, company: Company, work: Work, now: float, until: Until
    ) -> tuple[Offer | None, Offer | None]:
        subtask = work.ready.subtask
        seconds, kind = self._leasing.paces.usual(subtask), kind_of(subtask)
        best, least = None, (math.inf, 0, 0, 0.0, 0)
        later: Offer | None = None
        for how, group in company.groups(work.needs):
            tiers = self._tiers(group, kind)
            tiers.look(until)
            backlog = company.backlog_of(group)
            for factor, member in tiers.free():
                end = now + seconds * factor
                key = (end, how, member.load, backlog, member.number)
                if key < least:
                    best, least = Offer(member, now, end, backlog), key
            for factor, start, member in tiers.busy(until):
                end = start + seconds * factor
                if later is None or (end, backlog) < (later.end, later.backlog):
                    later = Offer(member, start, end, backlog)
        return best, later

    def end(self, work: Work, member: Member, now: float) -> float:
        """When that agent will have ended it if it begins now; nobody asks where all are equal."""
        paces, subtask = self._leasing.paces, work.ready.subtask
        return now + paces.expect(subtask, member.agent.id).seconds if paces.uneven else math.inf

    def _tiers(self, group: Group, kind: str) -> Tiers[Member]:
        tiers = group.tiers.get(kind)
        if tiers is None:
            paces = self._leasing.paces
            tiers = group.tiers[kind] = Tiers(
                group.members, group.changes, lambda member: paces.factor(kind, member.agent.id)
            )
        return tiers

    def _is_worth(self, work: Work, free: Offer, busy: Offer, now: float) -> bool:
        """Whether it should wait, and may."""
        gain = free.end - busy.end
        if (gain <= BRIEF and not (gain == 0.0 and busy.backlog < free.backlog)) or has_risen(work):
            return False
        if work.patience == math.inf:
            work.patience = self._leasing.queues.rises(work.ready, otherwise=free.end)
        limits = work.due
        queue, total = limits.get("queue", math.inf), limits.get("total", math.inf)
        in_time = busy.start - now <= (queue - now) / 2.0 and busy.end <= total
        # Who was to be free by now may not be for long: we would look again all the time.
        return now < work.patience and now < busy.start and in_time

    def _suffice(self, company: Company, work: Work, end: float, until: Until) -> bool:
        """Whether those who are busy would have done all that stands in its line by then.

        Else whoever is free would stand idle while there is more to do than the others
        can: if it does not take this one, it takes one behind it, which is like it.
        """
        waiting = self._leasing.queues.beside(work)
        if waiting <= 1:
            return True
        subtask = work.ready.subtask
        seconds, kind = self._leasing.paces.usual(subtask), kind_of(subtask)
        for _, group in company.groups(work.needs):
            for factor, start, _ in self._tiers(group, kind).busy(until):
                waiting -= max(0, int((end - start) / (seconds * factor)))
        return waiting <= 0

    def _until(self, now: float) -> Until:
        """When a slot of somebody who has none free is free, as far as that can be said."""
        current, paces = self._leasing.current, self._leasing.paces

        known: dict[Member, tuple[int, float]] = {}

        def until(member: Member) -> float:
            seen = known.get(member)
            if seen is None or seen[0] != member.version:
                seen = known[member] = member.version, reckoned(member)
            return seen[1]

        def reckoned(member: Member) -> float:
            if member.resuming:  # they go first
                return math.inf
            ends = [member.kept_until] * member.kept
            for token, lease in member.leases.items():
                work = current(lease)
                if token not in member.lent and work is not None:
                    expected = paces.expect(work.ready.subtask, member.agent.id)
                    ends.append(expected_end(work.begun, expected, now))
            surplus = member.due - member.agent.max_load  # it may run less than it runs
            return sorted(ends)[surplus] if surplus < len(ends) else math.inf

        return until
