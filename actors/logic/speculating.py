"""Which attempts take long, and who does them a second time.

An attempt is late when it has taken longer than 95 of 100 such attempts would (`learning`).
Then a copy of it is leased to another agent, if one has nothing else to do, and the first
of both to be completed counts. So a handler that hangs, or a machine that is slow, costs
about what is usual and not what its limits allow (Dean and Ghemawat, MapReduce, OSDI 2004,
section 3.6: backup tasks).

Nothing of a kind gets a copy before enough attempts of that kind were completed. Only what
is allowed to be done twice does (`speculate=`), nothing that has taken an agent down or
waits for a sub-goal, and nothing that has no attempt left: a copy is an attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.learning import sample_of
from callboard.actors.logic.outlook import needs_of
from callboard.messages import facts

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.speculation_options import SpeculationOptions
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Agent, Lease, Token

AGAIN = 1.0
"""Seconds after a copy was lost before another one is made."""

_COUNTED = 1.0
"""Seconds for which it is not counted anew how many slots there are."""

_ASKED = 8
"""Agents that may be passed over because they take no copies, before nobody is asked."""


class Speculating:
    """Watches what may be copied, and has copies made.

    Args:
        leasing: The attempts.
        options: How many copies, of what; None for none.

    Attributes:
        on: Anything may get copies.
        began: When the attempts that are watched did, seconds since the epoch.
        overtook: Attempts that were overtaken, and their seconds, by their subtasks.
        late: What may have a copy now.
    """

    def __init__(self, leasing: Leasing, options: SpeculationOptions | None) -> None:
        self._leasing = leasing
        self._options = options
        self.on = options is not None
        self._default = options is not None and options.default
        self.began: dict[Token, float] = {}
        self._unknown: dict[str, dict[Token, Lease]] = {}
        self.overtook: dict[SubtaskId, list[tuple[AgentId, float]]] = {}
        self.late: dict[Needs, dict[SubtaskId, Work]] = {}
        self._budget = 1
        self._counted = -_COUNTED

    def __len__(self) -> int:
        """How many attempts are watched, or will have been seen to be slow."""
        return len(self.began) + len(self.overtook)

    def allows(self, work: Work, agent: Agent) -> bool:
        """Whether that agent's attempt at it may get a copy; none draws twice on resources."""
        word = work.ready.subtask.speculate
        if word is None:
            word = self._default if agent.speculate is None else agent.speculate
        if not word and not self._leasing.copies.twins:
            return False  # as mostly
        is_one = work.whole is not work
        return (is_one or (word and self.on and not agent.pull)) and not work.demanding

    # An attempt begins, goes on, ends

    def begun(self, work: Work, lease: Lease, now: float) -> None:
        """Its handler runs."""
        self.began[lease.token] = now
        self._watch(work, lease)

    def _watch(self, work: Work, lease: Lease, earliest: float = 0.0) -> None:
        expected = self._expected(work, lease)
        if expected is None:
            self._unknown.setdefault(_kind(work), {})[lease.token] = lease
        else:
            due = max(earliest, self.began[lease.token] + expected)
            self._leasing.timing.set(work, "late", due)

    def _expected(self, work: Work, lease: Lease) -> float | None:
        """Seconds within which 95 of 100 such attempts end; None while that is not known."""
        sample, learning = sample_of(work.ready.subtask, lease.agent), self._leasing.learning
        options = self._options
        if options is None or learning.figures(sample.kind) < options.least:
            return None
        return learning.expect(sample, work.ready.subtask.stated_seconds).high

    def overtaken(self, work: Work, first: Lease, now: float) -> None:
        """That attempt was completed: the others have taken longer than they were let."""
        leases = [one for one in self._leasing.copies.leases(work) if one.token != first.token]
        took = [(one.agent, now - self.began[one.token]) for one in leases if self._saw(one)]
        # Its result may be rejected, and the next attempt overtake others too.
        self.overtook.setdefault(work.uuid, []).extend(took)

    def _saw(self, lease: Lease) -> bool:
        return lease.token in self.began

    def forget(self, uuid: SubtaskId) -> None:
        """It is no business of ours any more."""
        self.overtook.pop(uuid, None)

    def learnt(self, work: Work) -> None:
        """It was completed, so more is known of its kind."""
        kind = _kind(work)
        for agent, seconds in self.overtook.get(work.uuid, ()):
            self._leasing.learning.outlasted(work.ready.subtask, agent, seconds)
        options, waiting = self._options, self._unknown.get(kind)
        if not waiting or options is None:
            return
        if self._leasing.learning.figures(kind) < options.least:
            return
        del self._unknown[kind]
        for lease in waiting.values():
            other = self._leasing.current(lease)
            if other is not None:
                self._watch(other, lease)

    def ended(self, work: Work, lease: Lease) -> None:
        """The attempt has ended, however."""
        if self.began.pop(lease.token, None) is None:
            return
        waiting = self._unknown.get(_kind(work))
        if waiting is not None:
            waiting.pop(lease.token, None)
            if not waiting:
                del self._unknown[_kind(work)]
        self._forget_late(work.whole)

    def again(self, work: Work, now: float) -> None:
        """One of several attempts has ended: what goes on may get another copy in its place."""
        lease = work.lease
        if lease is not None and lease.token in self.began:
            self._watch(work, lease, now + AGAIN)

    def due(self, work: Work, now: float) -> None:
        """It has taken as long as was expected when it began; more may have been learnt since."""
        lease = work.lease
        if lease is None or lease.token not in self.began:
            return
        if not self._is_late(work, lease, now):
            self._watch(work, lease)
        elif self._may(work.whole, lease):
            self.late.setdefault(work.needs, {})[work.uuid] = work.whole

    def _is_late(self, work: Work, lease: Lease, now: float) -> bool:
        expected = self._expected(work, lease)
        # The same sum as in `_watch`, or rounding would have it due for ever.
        return expected is not None and now >= self.began[lease.token] + expected

    def _may(self, work: Work, lease: Lease) -> bool:
        """Whether there may be a copy of that attempt, the latest one at the subtask."""
        leases, options = self._leasing.copies.leases(work), self._options
        if options is None or len(leases) > options.copies or lease != leases[-1]:
            return False
        holder = self._leasing.slots.holder(lease)
        policy = self._leasing.limits.retry(work.ready, holder.agent)
        suspect = work.evidence.downs or lease.token in holder.waits
        return work.attempts < policy.attempts and not suspect

    def _forget_late(self, work: Work) -> None:
        late = self.late.get(work.needs)
        if late is not None:
            late.pop(work.uuid, None)
            if not late:
                del self.late[work.needs]

    # Copies are made

    def settle(self, now: float) -> list[Effect]:
        """After what is ready was handed out: copies for those who have nothing to do."""
        leasing, effects = self._leasing, list[Effect]()
        if not self.late or leasing.recovering:
            return effects
        company = leasing.slots.pushed
        for needs, late in list(self.late.items()):
            if leasing.breakers.resting and leasing.breakers.bar(needs) is not None:
                continue
            for work in list(late.values()):
                if company.choose(needs) is None or not self._affordable(now):
                    break
                effects += [] if work.gates else self._copy(work, now)
        return effects

    def _copy(self, work: Work, now: float) -> list[Effect]:
        leasing = self._leasing
        leases = leasing.copies.leases(work)
        if not self._may(work, leases[-1]):
            self._forget_late(work)
            return []
        if not self._is_late(work, leases[-1], now):  # for what was learnt meanwhile
            self._forget_late(work)
            self._watch(leasing.current(leases[-1]) or work, leases[-1])
            return []
        member = self._taker(work, {lease.agent for lease in leases})
        if member is None or self._is_wanted(member):
            return []
        self._forget_late(work)
        copy = min(set(range(1, len(leases) + 2)) - {lease.copy for lease in leases})
        lease = leasing.new_lease(work, member, copy)
        said = self._said(work, leases[-1], lease, now)
        leasing.hold_copy(work, member, lease, now)
        return [said, *leasing.assign(work, member, lease, now)]

    def _said(self, work: Work, of: Lease, lease: Lease, now: float) -> Record:
        expected = self._expected(work, of) or 0.0
        seconds = max(expected, now - self.began[of.token])  # but for rounding
        return Record(
            facts.CopyStarted(at=now, lease=lease, of=of, seconds=seconds, expected=expected)
        )

    def _taker(self, work: Work, but: set[AgentId]) -> Member | None:
        """Who is free, has none of its attempts and is willing."""
        company, said = self._leasing.slots.pushed, work.ready.subtask.speculate
        for _ in range(_ASKED):
            member = company.choose_other(work.needs, but)
            if member is None or said or member.agent.speculate is not False:
                return member
            but.add(member.agent.id)
        return None

    def _is_wanted(self, member: Member) -> bool:
        """Whether there is anything else for it, that waits or is about to be ready."""
        leasing = self._leasing
        company, ahead = leasing.slots.pushed, leasing.foresight.imminent()
        waiting = [*leasing.queues.needs(), *(needs_of(r.subtask.required_skills) for r in ahead)]
        return any(company.fits(needs, member) for needs in waiting)

    def _affordable(self, now: float) -> bool:
        """Whether there may be a copy more, for all slots that there are."""
        if self._leasing.copies and now - self._counted >= _COUNTED:
            members = self._leasing.slots.pushed.members.values()
            slots = sum(member.agent.max_load for member in members if member.up)
            share = 0.0 if self._options is None else self._options.share
            self._budget, self._counted = max(1, int(share * slots)), now
        return len(self._leasing.copies) < (self._budget if self._leasing.copies else 1)


def _kind(work: Work) -> str:
    return work.ready.subtask.kind or work.ready.subtask.name
