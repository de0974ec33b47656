"""A scheduler that was restarted finds out which leases of its predecessor go on.

It asks the orchestrator what is open (`Resync`) and every agent what it runs
(`Reconcile`, answered by `Running`); both answers may come first. The supervisor, which
may have died too, introduces the agents and records the restart, so nothing is adopted
before it has (`Introduced`): else the lease would be somebody's before its scheduler is
there. Until then nothing is handed out, and what agents say of leases that are not
adopted yet is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.leasing import drained, queued
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.rationing import give_back_lost, keep_stopping
from callboard.messages import facts
from callboard.messages.work import Completed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.reports import Reports
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import AgentId
    from callboard.messages.values import Lease, Token
    from callboard.messages.work import Running, Waited

    _Claim: TypeAlias = tuple[Lease, Waited | None]

RECOVERY = 1.0
"""Seconds that a restarted scheduler waits for the agents to say what they run."""


class Recovering:
    """Adopts the leases that agents hold, and gives up the others."""

    def __init__(self, leasing: Leasing, setbacks: Setbacks, reports: Reports) -> None:
        self._leasing = leasing
        self._setbacks = setbacks
        self._reports = reports
        self._synced = False
        self._introduced = False
        self._asked: set[AgentId] = set()
        self._claims: dict[Token, _Claim] = {}
        self._listed: dict[AgentId, set[Token]] = {}
        self._left: set[AgentId] = set()
        self._unheard: frozenset[AgentId] = frozenset()

    def begin(self, now: float) -> None:
        """Hold back until the agents have said what they run, or for a moment."""
        self._leasing.recovering = True
        self._leasing.alarms.set(("recovered", ""), now + RECOVERY)

    @property
    def _knows_all(self) -> bool:
        """Whether it is known what is open, and who is there."""
        return self._synced and self._introduced

    def waits_for(self, asker: int) -> bool:
        """Whether it is not known what is open, and that was said to another scheduler.

        It may be older than the facts: what has ended since would be taken for new.
        """
        mine = asker == self._leasing.incarnation
        return self._leasing.recovering and not self._synced and not mine

    # Asked and answered

    def ask(self, member: Member, now: float) -> list[Effect]:
        """An agent is up, perhaps for longer than this scheduler: what does it run?"""
        if self._leasing.incarnation == 1 or member.agent.pull:
            return []
        self._asked.add(member.agent.id)
        return [self._leasing.auditing.reconcile(member, now)]

    def expects(self, agent: AgentId) -> bool:
        """Whether it is open what the agent holds."""
        claimed = any(lease.agent == agent for lease, _ in self._claims.values())
        return claimed or agent in self._asked

    def running(self, message: Running, now: float) -> list[Effect]:
        """An agent says what it runs, unless it has died since."""
        member = self._leasing.slots.member(message.agent)
        if member is None or not member.up or message.incarnation < member.incarnation:
            return []
        self._leasing.auditing.said_all(message.agent)
        self._drop_claims(message.agent)
        effects = self._lose_others(member, message, now)
        waits = {waited.token: waited for waited in message.waits}
        if message.stopping:
            keep_stopping(self._leasing, member, message.stopping, now)
        listed = {lease.token for lease in (*message.leases, *message.stopping)}
        self._listed[message.agent] = listed
        new = [lease for lease in message.leases if lease.token not in member.leases]
        for lease in new:
            effects += self._claimed(lease, waits.get(lease.token), now)
        effects += self._heard_before(new, now)
        effects += [] if self._leasing.recovering else self._make_room(member, now)
        effects += self._answered(message.agent)
        return effects if self._leasing.recovering else [*effects, *self._give_back(now)]

    def left(self, agent: AgentId, now: float) -> list[Effect]:
        """It has gone for good: whoever comes under its id has nothing of before."""
        self._left.add(agent)
        return self.gone(agent, now)

    def gone(self, agent: AgentId, now: float) -> list[Effect]:
        """An agent has died or left: it holds nothing any more."""
        self._drop_claims(agent)
        self._listed[agent] = set()
        return [*self._answered(agent), *self._give_back(now)]

    def _give_back(self, now: float) -> list[Effect]:
        """What nobody has any more is there for others; not before it is known who has what."""
        if not self._leasing.reserving.held or self._leasing.incarnation == 1:
            return []
        return give_back_lost(self._leasing, self._may_run, now)

    def _may_run(self, lease: Lease) -> bool:
        listed = self._listed.get(lease.agent)
        if listed is not None:
            return lease.token in listed
        return self._leasing.recovering or lease.agent in self._unheard

    def _answered(self, agent: AgentId) -> list[Effect]:
        if agent not in self._asked:
            return []
        self._asked.discard(agent)
        member = self._leasing.slots.member(agent)
        return [] if member is None or self.expects(agent) else drained(member)

    def _drop_claims(self, agent: AgentId) -> None:
        self._claims = {t: c for t, c in self._claims.items() if c[0].agent != agent}

    def _lose_others(self, member: Member, message: Running, now: float) -> list[Effect]:
        """It may have died and come back since it said that it runs what was adopted."""
        listed = {lease.token for lease in message.leases}
        effects: list[Effect] = []
        for token, lease in list(member.leases.items()):
            if self._leasing.is_inherited(token) and token not in listed:
                effects += self._setbacks.lose(lease, "its agent does not run it", now)
        return effects

    def _make_room(self, member: Member, now: float) -> list[Effect]:
        """Who has answered late has got more than it has slots for: others do what is new."""
        why = "its agent runs others that were thought lost"
        held = [(lease, self._leasing.current(lease)) for lease in member.leases.values()]
        waiting = [lease for lease, work in held if work is not None and not work.started]
        effects: list[Effect] = []
        for lease in waiting[::-1][: max(0, member.load - member.agent.max_load)]:
            effects += self._leasing.tell_agent(lease, why, now)
            effects += self._setbacks.lose(lease, why, now)
        return effects

    # Claimed and adopted

    def _claimed(self, lease: Lease, waited: Waited | None, now: float) -> list[Effect]:
        """An agent says that it holds this, and how often it has waited."""
        work = self._leasing.works.get(lease.subtask)
        if not self._knows_all:
            self._claims[lease.token] = lease, waited
            return []
        old = lease.agent in self._left and self._leasing.is_inherited(lease.token)
        if work is None or old or not self._was_under_way(work, lease):
            return self._leasing.tell_agent(lease, "it is not wanted any more", now)
        return self._adopt(work, lease, now, waited)

    def _heard_before(self, leases: Iterable[Lease], now: float) -> list[Effect]:
        """What was said of these before; not until it is known who has a slot."""
        effects: list[Effect] = []
        for lease in leases:
            if self._leasing.current(lease) is not None:
                for message in self._reports.early(lease.token):
                    effects += self._reports.take(message, now)
        return effects

    def _adopt(
        self, work: Work, lease: Lease, now: float, waited: Waited | None = None
    ) -> list[Effect]:
        member = self._leasing.slots.member(lease.agent)
        if member is None:
            return []
        self._leasing.copies.adopted(lease)
        reserved: list[Effect] = []
        if work.lease is None:
            reserved = self._leasing.hold(work, member, lease, now)
        else:
            work = self._leasing.hold_copy(work, member, lease, now)
        if waited is not None:
            self._leasing.slots.take_over(member, waited)
        self._leasing.started(work, member, now)
        self._leasing.verify(work, member, lease, now)
        return [Record(facts.LeaseAdopted(at=now, lease=lease)), *reserved]

    def synced(self, now: float) -> list[Effect]:
        """The orchestrator has said what is open."""
        self._synced = True
        return self._hear_claims(now)

    def introduced(self, incarnation: int, now: float) -> list[Effect]:
        """The supervisor has said who is there, and all of them have been asked."""
        mine = incarnation == self._leasing.incarnation
        if self._introduced or not mine or not self._leasing.recovering:
            return []
        self._introduced = True
        self.begin(now)  # they were asked just now
        return self._hear_claims(now)

    def _hear_claims(self, now: float) -> list[Effect]:
        if not self._knows_all:
            return []
        claims, self._claims = self._claims, {}
        effects: list[Effect] = []
        for lease, waited in claims.values():
            effects += self._claimed(lease, waited, now)
        effects += self._heard_before([lease for lease, _ in claims.values()], now)
        for agent in dict.fromkeys(lease.agent for lease, _ in claims.values()):
            member = self._leasing.slots.member(agent)
            effects += [] if member is None or agent in self._asked else drained(member)
        return effects

    # Over

    def over(self, now: float) -> bool:
        """Whether the time is over; not before it is known what is open and who is there."""
        if not self._knows_all:
            self.begin(now)
            return False
        self._leasing.recovering = False
        return True

    def go_on(self, now: float) -> list[Effect]:
        """With what came early first, then with all that nobody holds."""
        effects: list[Effect] = []
        self._unheard = frozenset(self._asked)
        for agent in sorted(self._asked):
            effects += self._answered(agent)
        effects += self._hear_early(now)
        effects += self._pulled(now)
        effects += self._lost_copies(now)
        effects += self._give_back(now)
        works = [w for w in self._leasing.works.values() if w.state is State.QUEUED]
        stuck = [w for w in works if not self._leasing.can_be_done(w)]
        effects += [queued(work, now) for work in works]
        return [*effects, *(self._leasing.unschedulable(work, now) for work in stuck)]

    def _pulled(self, now: float) -> list[Effect]:
        """Who asks for work cannot be asked what it runs: it keeps what it was given.

        Unless it has gone since, and another one has come under its id.
        """
        effects: list[Effect] = []
        for work in list(self._leasing.works.values()):
            lease = work.before
            if lease is None or work.state is not State.QUEUED:
                continue
            pulls = lease.agent in self._leasing.slots.pulling.members
            stays = pulls and lease.agent not in self._listed
            effects += self._adopt(work, lease, now) if stays else []
        return effects

    def _lost_copies(self, now: float) -> list[Effect]:
        """Of several attempts at a subtask nobody runs these, while others may go on."""
        why = "its agent does not run it"
        lost = [lease for lease in self._leasing.copies.lost() if self._goes_on(lease)]
        return [Record(facts.LeaseRevoked(at=now, lease=lease, reason=why)) for lease in lost]

    def _goes_on(self, lease: Lease) -> bool:
        work = self._leasing.works.get(lease.subtask)
        return work is not None and work.lease is not None

    def _hear_early(self, now: float) -> list[Effect]:
        """A completion counts even if its agent could not say any more that it ran it."""
        effects: list[Effect] = []
        for messages in self._reports.all_early():
            lease = messages[0].lease
            work = self._leasing.works.get(lease.subtask)
            done = any(isinstance(message, Completed) for message in messages)
            if done and work is not None and self._was_under_way(work, lease):
                effects += self._adopt(work, lease, now)
            for message in messages:
                effects += self._reports.take(message, now)
        return effects

    def _was_under_way(self, work: Work, lease: Lease) -> bool:
        """Whether that is an attempt with which the earlier scheduler ended.

        Word of another one is old: it was lost, has failed or was ended from our side.
        """
        if work.state is State.LEASED:
            return self._leasing.copies.was_under_way(lease)
        before = work.before
        return work.state is State.QUEUED and (
            (before is not None and before.token == lease.token)
            or self._leasing.copies.was_under_way(lease)
        )
