"""Chains: an agent goes on by itself with what follows what it runs.

A hop from a completion to what depends on it takes five turns of actors, one after the
other. So an agent may be given, with a subtask, what depends on that alone, and what
depends on that alone, and so on. It begins each as soon as the one before has succeeded,
with its result. What is said of them then comes in a batch.

The record stays as it is without: `links` are on none. What follows a completion is
assigned when the orchestrator has recorded that, or, if the agent has completed it
meanwhile, by the orchestrator in the same breath.

- Only where nothing stands between: nobody verifies what it follows, nothing waits for an
  agent, and none of it demands resources, is negotiated, or is not brief.
- Whatever makes it doubtful breaks a chain off: what it follows fails, is taken back or is
  completed by somebody else; a pause, an edit, a withdrawal; its agent falls, drains or
  is paused. What has begun then is stopped, as any attempt that is revoked, and does not
  count.
- Not with a journal in a file: after a crash it would run again though its predecessor's
  completion was never recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.ahead import RECALLS
from callboard.actors.logic.effects import Effect, Record, Show
from callboard.actors.logic.learning import kind_of, sample_of
from callboard.actors.logic.leasing import drained
from callboard.actors.logic.lifecycle import State, Work
from callboard.actors.logic.links import Link
from callboard.actors.logic.outlook import needs_of
from callboard.actors.logic.unlinking import break_off, break_where
from callboard.messages import facts
from callboard.messages.values import Follower, Lease, replace
from callboard.messages.work import Completed, Started, SubtaskDone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.negotiating import Negotiating
    from callboard.actors.logic.reports import Said
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Ready, Subtask
    from callboard.messages.work import Hold

HELD = "it was held before what it follows was recorded"
CHANGED = "its plan was changed before what it follows was recorded"
LOST = "what it follows does not count"
"""Why chains are broken off."""


class Chaining:
    """Makes chains, and hears what is said of them.

    Args:
        leasing: The subtasks and their leases.
        negotiating: Knows what agents are asked for bids for.
    """

    def __init__(self, leasing: Leasing, negotiating: Negotiating) -> None:
        self._leasing = leasing
        self._links = leasing.links
        self._negotiating = negotiating
        self._heard: list[Said] = []

    # Made

    def behind(self, work: Work, member: Member, lease: Lease, now: float) -> tuple[Follower, ...]:
        """What the agent is to go on with when it has completed that."""
        if not self._may_lead(work, member):
            return ()
        followers: list[Follower] = []
        spec, after, left = work.ready.subtask, lease.token, self._leasing.ahead.brief
        while len(followers) < self._leasing.ahead.chain:
            ready = self._only_follower(spec, member)
            left -= 0.0 if ready is None else self._seconds(ready.subtask, member)
            if ready is None or left < 0:
                break
            follower = self._follower(work, ready, member, now)
            self._links.add(Link(follower, after, member))
            followers.append(follower)
            spec, after = ready.subtask, follower.lease.token
        return tuple(followers)

    def _may_lead(self, work: Work, member: Member) -> bool:
        """Whether nothing stands between it and what follows it, as far as it goes."""
        leasing, agent = self._leasing, member.agent
        if leasing.queues.waiting or not agent.ahead or agent.elsewhere:
            return False
        bound = leasing.recovering or leasing.advice.turns or leasing.breakers.resting
        gates = leasing.gates.standing
        return not (bound or gates or leasing.slots.pushed.rooms) and self._is_plain(work.ready)

    def _is_plain(self, ready: Ready) -> bool:
        """Whether its result is taken as it is, and it takes nothing but a slot."""
        spec = ready.subtask
        checked = spec.verify is not None or spec.result_schema is not None
        return not (checked or spec.demands or spec.keys or ready.budget)

    def _only_follower(self, spec: Subtask, member: Member) -> Ready | None:
        """What waits for that alone and is the only one to do so, if the agent may do it."""
        foresight = self._leasing.foresight
        waiting = foresight.waiting.get(spec.uuid, ())
        if len(waiting) != 1 or waiting[0] in self._links.by_uuid:
            return None
        if waiting[0] in self._links.downs:
            return None
        ready = foresight.ready(waiting[0])
        if ready is None or ready.subtask.dependencies != (spec.uuid,):
            return None
        best = self._leasing.slots.pushed.best(needs_of(ready.subtask.required_skills))
        fits = any(group is member.group for group in best)
        asked = ready.subtask.negotiate not in self._negotiating.unasked
        return ready if fits and not asked and self._is_plain(ready) else None

    def _seconds(self, spec: Subtask, member: Member) -> float:
        """How long it takes that agent, as was learnt; infinity where that is not enough."""
        leasing = self._leasing
        if leasing.learning.figures(kind_of(spec)) < leasing.ahead.least:
            return float("inf")
        return leasing.learning.typical(sample_of(spec, member.agent.id), spec.stated_seconds)

    def _follower(self, work: Work, ready: Ready, member: Member, now: float) -> Follower:
        leasing, first = self._leasing, work.ready
        lease = leasing.new_lease(Work(ready), member)
        leasing.slots.pushed.sightings.chosen(lease.token.counter, ready.subtask, now)
        whole = replace(ready, goal_text=first.goal_text, context=first.context, since=now)
        return Follower(lease=lease, ready=whole)

    # Heard

    def reported(self, message: Said, now: float) -> list[Effect] | None:
        """What an agent says of what is on no record yet; None of anything else."""
        link = self._links.by_token.get(message.lease.token)
        if link is None:
            return None
        if link.heads and type(message) is Completed and not message.spent:
            return self._completed(link, message, now)
        if type(message) is not Started or not link.said:
            link.said.append(message)
        return []

    def went_on(self, lease: Lease, now: float) -> list[Effect]:
        """That attempt was completed: hear what was said of the next one before."""
        link = self._links.heads.get(lease.token)
        ends = () if link is None else [m for m in link.said if type(m) is Completed]
        if link is None or not ends or ends[0].spent:
            return []
        return self._completed(link, ends[0], now)

    def _completed(self, link: Link, message: Completed, now: float) -> list[Effect]:
        """The orchestrator records it with what it follows: all of it, from its assignment."""
        leasing, lease, member = self._leasing, link.lease, link.member
        self._links.remove(link)
        work = self._known(link.ready)
        work.move(State.LEASED)
        work.attempts, work.started = 1, True
        leasing.outlook.close(work.uuid)
        done = SubtaskDone(
            subtask=work.uuid,
            lease=lease,
            result=message.result,
            seconds=message.seconds,
            after=link.after,
            spec=link.ready.subtask,
        )
        effects = [*leasing.go_on(lease, now), *leasing.report(work, done)]
        effects += leasing.resume(member, leasing.slots.free(member, lease), now)
        if leasing.breakers.failing:
            effects += map(Show, leasing.breakers.succeeded(work.needs, now))
        effects += drained(member)
        return effects + self.went_on(lease, now)

    # Broken off

    def held(self, message: Hold, now: float) -> list[Effect]:
        """These shall not begin."""
        links = self._links.all()
        if not message.runtime:
            goals, subtasks = frozenset(message.goals), frozenset(message.subtasks)
            links = [
                link for link in links if link.lease.goal in goals or link.lease.subtask in subtasks
            ]
        return break_where(self._leasing, links, HELD, now)

    def cut(self, uuid: SubtaskId, reason: str, now: float) -> list[Effect]:
        """That subtask is to be done otherwise, or not at all."""
        link = self._links.by_uuid.get(uuid)
        return [] if link is None else break_off(self._leasing, link, reason, now)

    def changed(self, new: Iterable[Ready], now: float) -> list[Effect]:
        """Of what is not ready yet this is known now."""
        effects: list[Effect] = []
        for ready in new:
            link = self._links.by_uuid.get(ready.subtask.uuid)
            if link is not None and ready.subtask != link.ready.subtask:
                effects += break_off(self._leasing, link, CHANGED, now)
        return effects

    def settled(self, work: Work, now: float) -> list[Effect]:
        """What has ended is recorded: what follows it is on record by now, or never will be."""
        outcome = work.outcome
        if type(outcome) is not SubtaskDone or outcome.lease is None:
            return []
        link = self._links.heads.get(outcome.lease.token)
        return [] if link is None else break_off(self._leasing, link, LOST, now)

    def all_off(self, now: float) -> list[Effect]:
        """There is an orchestrator that knows nothing of what has ended."""
        return break_where(self._leasing, self._links.all(), LOST, now)

    # On record

    def stands(self, link: Link, ready: Ready) -> bool:
        """Whether that is what its agent does, and may go on doing."""
        gates = self._leasing.gates.standing
        return link.heads and not gates and ready.subtask == link.ready.subtask

    def adopt(self, link: Link, ready: Ready, now: float) -> list[Effect]:
        """What it follows is on record: it is a lease like any other."""
        leasing, lease, member = self._leasing, link.lease, link.member
        self._links.remove(link)
        member.leases.pop(lease.token)
        work = self._known(ready)
        leasing.timing.ready(work, now)
        if not member.ahead:
            leasing.alarms.set((RECALLS, lease.agent), now + leasing.ahead.patience)
        member.take_ahead(lease.token, now)
        held = leasing.hold(work, member, lease, now, ahead=True)
        leasing.verify(work, member, lease, now)
        self._heard += link.said
        after = link.after
        assigned = facts.SubtaskAssigned(at=now, lease=lease, ahead=True, after=after)
        return [Record(assigned), *held]

    def _known(self, ready: Ready) -> Work:
        work = Work(ready)
        if self._leasing.lengths.known:
            self._leasing.lengths.tell(work)
        self._leasing.know(work)
        return work

    def heard(self) -> list[Said]:
        """What was said of leases that are on record now; it is forgotten here."""
        heard, self._heard = self._heard, []
        return heard


def is_unrecorded(work: Work) -> bool:
    """Whether an agent has completed it that had gone on to it by itself."""
    outcome = work.outcome
    return type(outcome) is SubtaskDone and outcome.after is not None
