"""Leases: the steps of which every decision about a ready subtask is made.

A subtask is queued, leased to an agent, freed from it, and reported to the
orchestrator. Each step keeps what belongs together in step: the queue, the agent's
slots, the limits (`timing`), and the state. Who takes which step when is decided in
`dispatching` (work comes, is handed out, goes), `reports` (what agents say) and
`setbacks` (what goes wrong).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.advising import Advice
from callboard.actors.logic.ahead_options import AheadOptions
from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.auditing import Auditing
from callboard.actors.logic.breaker import Breakers
from callboard.actors.logic.copies import Copies, single
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.foresight import Foresight
from callboard.actors.logic.gates import Gates
from callboard.actors.logic.learning import Learning
from callboard.actors.logic.lengths import Lengths
from callboard.actors.logic.lifecycle import LEASED, State, Work
from callboard.actors.logic.links import Links
from callboard.actors.logic.paces import Learnt
from callboard.actors.logic.queues import Queues
from callboard.actors.logic.rationing import ended, freed, reserve
from callboard.actors.logic.reserving import Reserving
from callboard.actors.logic.resource_options import ResourceOptions
from callboard.actors.logic.settlement import Settlement
from callboard.actors.logic.slots import Slots
from callboard.actors.logic.speculating import Speculating
from callboard.actors.logic.tenders import Tenders
from callboard.actors.logic.timing import Alarm, Timing
from callboard.actors.logic.unlinking import break_off
from callboard.messages import facts
from callboard.messages.base import SUPERVISOR, agent_address
from callboard.messages.notices import (
    AgentRecovered,
    AgentSlow,
    AttemptOver,
)
from callboard.messages.supervision import AgentGone
from callboard.messages.values import Lease, Token
from callboard.messages.work import Assign, Resume, Revoke

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.breaker_options import BreakerOptions
    from callboard.actors.logic.history import History
    from callboard.actors.logic.limits import Limits
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.logic.speculation_options import SpeculationOptions
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Follower, Subtask
    from callboard.messages.work import SubtaskDone


Behind: TypeAlias = "Callable[[Work, Member, Lease, float], tuple[Follower, ...]]"
"""Tells what an agent is to go on with behind what it is given."""

UNLED = "what it follows was not completed there"
DUE = "its agent's slot is due to one that has waited"
"""Why chains are broken off when what they follow ends."""


class Leasing(Settlement):
    """All ready subtasks, and the agents that hold them.

    Attributes:
        alarms: Deadlines of skills, turns and the like; those of subtasks are in `timing`.
        beats: Until when agents may be silent.
        histories: Of subtasks that an earlier scheduler knew and this one does not yet.
        breakers: Skills that are given a rest.
        slots: The agents.
        outlook: What there is to do for them.
        queues: What waits for them.
        foresight: What is not ready yet.
        advice: Turns that somebody has worked out.
        learning: How long work takes, and how often it succeeds.
        paces: Who is faster than others at what.
        apart: Kinds of work at which somebody is or was faster: they stand in lines of their own.
        lengths: How long the ways to the ends of plans are, by what was learnt.
        news: What has just been learnt from, by kind and agent: the longest, and how many.
        works: Every subtask that is ready and not settled.
        limits: Of time and of attempts.
        timing: Which of them count for what.
        gates: What must not be begun for now.
        copies: Attempts beside the first one at the same subtask.
        links: What agents go on with by themselves.
        speculating: What gets them.
        reserving: What there is of resources, and who has it.
        tenders: What agents are asked for bids for.
        incarnation: Of the scheduler.
        auditing: What agents were told and have not answered.
        ahead: How much agents are given before they have a slot for it.
        thirsty: Who may be given something so.
        recovering: After a restart: hold back until the agents have said what they run.
    """

    # An object of so many attributes would be looked up in twice the time without these.
    __slots__ = (
        "_boot", "_counter", "advice", "ahead", "alarms", "apart", "auditing",
        "beats", "breakers", "copies", "foresight", "gates", "histories", "incarnation",
        "learning", "lengths", "limits", "links", "news", "outlook", "paces", "queues",
        "recovering", "reserving", "slots", "speculating", "tenders", "thirsty", "timing", "works",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - what all that is decided here goes by
        self,
        *,
        boot: int,
        incarnation: int,
        equivalences: Equivalences,
        limits: Limits,
        tau: float,
        audit: float,
        patience: float,
        histories: dict[SubtaskId, History] | None = None,
        learning: Learning | None = None,
        breaker: BreakerOptions | None = None,
        speculation: SpeculationOptions | None = None,
        resources: ResourceOptions | None = None,
        paces: Paces | None = None,
        ahead: AheadOptions | None = None,
    ) -> None:
        self.alarms = Alarms[Alarm]()
        self.beats: Alarms[AgentId] = Alarms()
        self.breakers = Breakers(breaker, self.alarms)
        self.histories = {} if histories is None else histories
        self.learning = Learning() if learning is None else learning
        self.paces = paces or Learnt(self.learning)
        self.apart = set[str]()
        self.lengths = Lengths(self.paces)
        self.news: dict[tuple[str, AgentId], tuple[Subtask, int]] = {}
        self.slots = Slots(equivalences, self.paces.factor)
        self.outlook = self.slots.outlook
        self.foresight = Foresight()
        self.advice = Advice()
        self.queues = Queues[Work](tau, self.outlook.least)
        self.auditing = Auditing(self.slots, audit, patience)
        self.works: dict[SubtaskId, Work] = {}
        self.limits = limits
        self.timing = Timing(limits)
        self.gates = Gates()
        self.copies = Copies()
        self.links = Links()
        self.speculating = Speculating(self, speculation)  # pyright: ignore[reportArgumentType]
        self.reserving = Reserving(
            resources or ResourceOptions(), tau, self.alarms, self._could_now
        )
        self.tenders = Tenders()
        self.ahead = ahead or AheadOptions(most=0, chain=0)
        self.thirsty: dict[Member, None] = {}
        self._brief = False  # something was done in no time, so more may be
        self.recovering = False
        self.incarnation = incarnation
        self._boot = boot
        self._counter = 0

    # Looking things up

    def current(self, lease: Lease) -> Work | None:
        """The subtask, or the copy, of which that is the current lease."""
        work = self.works.get(lease.subtask)
        held = None if work is None else work.lease
        # Within one process it is most often the very same object.
        if held is not None and (held is lease or held.token == lease.token):
            return work
        return self.copies.find(lease.token)

    def is_inherited(self, token: Token) -> bool:
        """Whether an earlier scheduler gave it out."""
        return (token.boot, token.incarnation) != (self._boot, self.incarnation)

    def figures(self) -> dict[str, int]:
        """How many subtasks are in each state."""
        counted = {state.value: 0 for state in State}
        for work in self.works.values():
            counted[work.state.value] += 1
        counted["held"] = sum(bool(work.gates) for work in self.works.values())
        return counted

    def _could_now(self, needs: Needs) -> bool:
        """Whether agents do such work now, if they have what it takes."""
        return self.slots.could_now(needs) and self.breakers.bar(needs) is None

    def leave(self, member: Member) -> None:
        """An agent that holds nothing has gone for good."""
        self.thirsty.pop(member, None)
        self.slots.leave(member)

    # Leased

    def lease(
        self, work: Work, member: Member, now: float, behind: Behind | None = None
    ) -> tuple[Lease, list[Effect]]:
        """Give it to an agent, with what is to go *behind* it there."""
        lease = self.new_lease(work, member)
        company = self.slots.pulling if member.agent.pull else self.slots.pushed
        company.sightings.chosen(self._counter, work.ready.subtask, now)
        reserved = self.hold(work, member, lease, now)
        then = () if behind is None else behind(work, member, lease, now)
        assigned, *others = self.assign(work, member, lease, now, then)
        return lease, [assigned, *reserved, *others]

    def assign(
        self,
        work: Work,
        member: Member,
        lease: Lease,
        now: float,
        then: tuple[Follower, ...] = (),
    ) -> list[Effect]:
        """Tell the agent of what it holds."""
        assigned = Record(facts.SubtaskAssigned(at=now, lease=lease))
        if member.agent.pull:
            work.started = True
            return [assigned, Record(facts.SubtaskStarted(at=now, lease=lease))]
        number = member.incarnation
        assign = Assign(lease=lease, ready=work.told, incarnation=number, then=then)
        return [assigned, self.auditing.assign(member, assign, now)]

    def hold(
        self, work: Work, member: Member, lease: Lease, now: float, *, ahead: bool = False
    ) -> list[Effect]:
        """From now on the agent holds it, and all that it demands; what is *ahead* waits."""
        if work.number and not work.turn:  # as mostly: it stands in its queue, and never left it
            self.queues.drop(work)
        else:
            self._dequeue(work)
        self.outlook.close(work.uuid)
        if self.advice.turns:
            self.advice.forget(work.uuid)
        if work.patience < math.inf:
            self._stop_waiting(work)
        work.move(LEASED)
        work.lease, work.started, work.before = lease, False, None
        work.attempts += 1
        # What goes on after a restart keeps its number, unless others have failed beside it.
        if lease.attempt > work.attempts and not lease.copy:
            work.attempts = lease.attempt
        work.fraction, work.held = 0.0, False
        reserved = reserve(self, work, member, lease, now) if work.demanding else []  # pyright: ignore[reportArgumentType]
        self._take(work, member, lease, now)
        if not ahead:
            self.timing.leased(work, member, now)
        return reserved

    def hold_copy(self, work: Work, member: Member, lease: Lease, now: float) -> Work:
        """The agent holds that copy, beside what others hold of the subtask."""
        twin = self.copies.add(work, lease)
        self._take(twin, member, lease, now)
        self.timing.leased(twin, member, now)
        return twin

    def _take(self, work: Work, member: Member, lease: Lease, now: float) -> None:
        work.begun = now
        self.slots.take(member, lease)
        if self._brief and member.agent.ahead and not member.agent.elsewhere:
            self._drink(member)
        if self.breakers.resting:
            self.breakers.leased(work.needs, lease.token)

    def _drink(self, member: Member) -> None:
        """Much at once, and not often: each turn for one more would cost as much as it saves."""
        if len(member.ahead) <= self.ahead.most // 4:
            self.thirsty[member] = None

    def verify(self, work: Work, member: Member, lease: Lease, now: float) -> None:
        """Ask after a lease that was not given out here, unless there is word of it soon."""
        if not member.agent.pull:
            assign = Assign(lease=lease, ready=work.ready, incarnation=member.incarnation)
            self.auditing.assign(member, assign, now)

    def started(self, work: Work, member: Member, now: float) -> None:
        """The handler runs; its time counts from now."""
        lease, work.started = work.lease, True
        if lease is None:
            return
        if member.ahead and member.begin(lease.token):
            work.begun = now
            self.timing.waited(work)
            self._drink(member)
        if work.demanding:
            self.reserving.ran(lease.token)
        self.timing.started(work, member, now)
        copied = self.speculating.on or self.copies.twins
        if copied and self.speculating.allows(work, member.agent):
            self.speculating.begun(work, lease, now)

    def ended(self, lease: Lease, now: float, *, given_up: bool = False) -> list[Effect]:
        """The handler of a lease that is not current has ended, or is nobody's any more."""
        member = self.slots.member(lease.agent)
        if member is not None and given_up:
            member.slow.pop(lease.token, None)
        return self.not_held(lease.agent, lease.token, now)

    def not_held(self, agent: AgentId, token: Token, now: float) -> list[Effect]:
        """Nothing of what was revoked runs any more: its slot is free."""
        self.auditing.over(token)
        member = self.slots.member(agent)
        if member is None:
            return []
        slow = member.slow.pop(token, None)
        recovered = [] if slow is None else [Show(AgentRecovered(at=now, lease=slow, was="slow"))]
        returned: list[Effect] = []
        if self.reserving.held:
            returned = ended(self, member, token, now)  # pyright: ignore[reportArgumentType]
        resumed = self.resume(member, self.slots.stopped(member, token), now)
        return [*recovered, *returned, *resumed]

    def new_lease(self, work: Work, member: Member, copy: int = 0) -> Lease:
        """The next one, which nobody holds yet."""
        self._counter += 1
        return Lease(
            goal=work.goal,
            subtask=work.uuid,
            agent=member.agent.id,
            token=Token(boot=self._boot, incarnation=self.incarnation, counter=self._counter),
            attempt=work.attempts + 1,
            copy=copy,
        )

    def go_on(self, lease: Lease, now: float) -> list[Effect]:
        """That attempt was completed: what follows it runs in its slot, unless that is due."""
        link = self.links.behind.get(lease.token)
        if link is None:
            return []
        if link.member.resuming:
            return break_off(self, link, DUE, now)  # pyright: ignore[reportArgumentType]
        self.links.advance(link)
        self.slots.take(link.member, link.lease)
        return []

    # Freed

    def free(self, work: Work, lease: Lease, now: float) -> list[Effect]:
        """The lease has ended, however: its agent has a slot more."""
        work.lease = None
        if self.speculating.began:
            self.speculating.ended(work, lease)
        if self.breakers.resting:
            self.breakers.freed(lease.token)
        if self.tenders.awarded:
            self.tenders.awarded.pop(lease.token, None)
        if work.due:
            self.timing.freed(work)
        member = self.slots.holder(lease)
        effects = freed(self, work, member, lease, now) if self.reserving.held else []  # pyright: ignore[reportArgumentType]
        link = self.links.behind.get(lease.token) if self.links.behind else None
        if link is not None:
            effects += break_off(self, link, UNLED, now)  # pyright: ignore[reportArgumentType]
        back = self.slots.free(member, lease)
        if back:
            effects += self.resume(member, back, now)
        return effects + drained(member) if member.draining else effects

    def resume(self, member: Member, leases: list[Lease], now: float) -> list[Effect]:
        """These have a slot again, and go on."""
        effects: list[Effect] = []
        for lease in leases:
            work = self.current(lease)
            if work is not None:
                self.timing.advanced(work, member, now)
            effects.append(resume_word(member, lease))
        return effects

    def over(self, work: Work, lease: Lease, now: float) -> list[Effect]:
        """The attempt has ended, and what follows from it is not known yet."""
        return [Show(AttemptOver(at=now, lease=lease)), *self.free(work, lease, now)]

    def done(self, work: Work, lease: Lease, done: SubtaskDone, now: float) -> list[Effect]:
        """The attempt has ended, and the subtask with it: `over` and `report` in one step."""
        self.settle_down(work)  # first: no limit is left then that would have to end by itself
        off = self.go_on(lease, now) if self.links.behind else []
        freed = self.free(work, lease, now)
        return [Show(AttemptOver(at=now, lease=lease)), *off, *freed, self._reported(work, done)]

    def revoke(self, work: Work, reason: str, now: float) -> list[Effect]:
        """End the attempt from our side, if there is one, and all copies of it."""
        lease = work.lease
        if lease is None:
            return []
        copies = single(self, work, reason, now)  # pyright: ignore[reportArgumentType]
        revoked = Record(facts.LeaseRevoked(at=now, lease=lease, reason=reason))
        told = self.tell_agent(lease, reason, now)
        return [*copies, revoked, *told, *self.free(work, lease, now)]

    def tell_agent(self, lease: Lease, reason: str, now: float) -> list[Effect]:
        """Tell an agent that lives that a lease is not its own any more.

        Its slot is free when the agent has said that the handler has ended; it is told
        again until it has.
        """
        member = self.slots.pushed.members.get(lease.agent)
        if member is None or not member.up:
            return []
        if lease.token in member.leases:
            member.stopping[lease.token] = None
        work = self.works.get(lease.subtask)
        if work is not None and work.before == lease:
            work.before = None  # that it runs it may have been said before, and be heard later
        return [self.auditing.revoke(member, Revoke(token=lease.token, reason=reason), now)]

    def slow(self, lease: Lease, limit: str, seconds: float, now: float) -> list[Effect]:
        """Its agent has been told to stop because of that limit."""
        member = self.slots.pushed.members.get(lease.agent)
        if member is None or lease.token not in member.stopping:
            return []
        member.slow[lease.token] = lease
        return [Show(AgentSlow(at=now, lease=lease, limit=limit, seconds=seconds))]


def queued(work: Work, now: float) -> Record:
    """It waits for an agent again."""
    return Record(facts.SubtaskQueued(at=now, goal=work.goal, subtask=work.uuid))


def resume_word(member: Member, lease: Lease) -> Tell:
    """It has its slot back, which it has asked for after that wait."""
    number = member.waits.get(lease.token, 1)
    return Tell(agent_address(lease.agent), Resume(token=lease.token, number=number))


def drained(member: Member) -> list[Effect]:
    """Tell the supervisor if an agent that gets no more has nothing left."""
    if member.draining and not member.leases:
        return [Tell(SUPERVISOR, AgentGone(agent=member.agent.id))]
    return []
