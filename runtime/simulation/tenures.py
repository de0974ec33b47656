"""Leases as the oracle sees them: who may get one, who holds it, and when it is over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from callboard.messages import facts, notices
from callboard.messages.base import SCHEDULER
from callboard.runtime.simulation.ledger import GRACE, Held, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Token

_NONE: frozenset[Token] = frozenset()
_Queued: TypeAlias = facts.SubtaskQueued | facts.SubtaskRequeued | facts.SubtaskUnparked


class Tenures(Ledger):
    """Looks at each lease from its beginning to its end."""

    # They begin

    def _assigned(self, fact: facts.SubtaskAssigned) -> None:
        lease, uuid = fact.lease, fact.lease.subtask
        if lease == self._copying:
            self._copying = None
        else:
            if uuid in self._held:
                self.violations.append(f"{uuid} is leased twice: {lease}")
            self._doers.pop(uuid, None)
        # Word of a failure or a cancellation may still be on its way, of a completion not.
        if self._is_completed(uuid):
            self.violations.append(f"{uuid} is leased after its completion: {lease}")
        self._check_token(fact)
        few = 1 <= lease.attempt <= self._forgiven.get(uuid, 0) + self._promises.attempts
        if not few:
            self.violations.append(f"{lease} is one attempt too many")
        early = [d for d in self._subtasks[uuid].dependencies if self._hindered(d)]
        if early:
            self.violations.append(f"{uuid} is leased before {early}")
        rests = self._resting.pop(uuid, None)
        if rests is not None:
            self.violations.append(f"{uuid} is leased while it is {rests}")
        self._check_agent(lease, fact.at - self.lost)
        self._newest = lease.token if self._newest is None else max(self._newest, lease.token)
        self._orphans.pop(uuid, None)
        if fact.ahead:
            self._hold_ahead(lease, fact.at)
        else:
            self._check_room(lease)
            self._hold(lease, fact.at)

    def _check_token(self, fact: facts.SubtaskAssigned) -> None:
        """It is the newest; where its agent went on to it, newer than what it follows."""
        lease, before = fact.lease, self._newest if fact.after is None else fact.after
        newer = before is None or lease.token > before
        self.check(newer, lambda: f"token {lease.token} after {before}")
        if fact.after is not None:
            needs = self._subtasks[lease.subtask].dependencies
            led = [done.token for uuid in needs for done in self._doers.get(uuid, ())]
            self.check(led == [fact.after], lambda: f"{lease} follows {fact.after}, not {led}")
            self._followers.add(lease.token)

    def _hold_ahead(self, lease: Lease, at: float) -> None:
        """It waits at its agent, and takes no slot yet; nor does its time count.

        What follows something there has the slot of that, and does not wait.
        """
        agent, waits = self._agents.get(lease.agent), self._waiting_ahead
        self._held.setdefault(lease.subtask, []).append(Held(lease, math.inf, at))
        waits.setdefault(lease.agent, {})[lease.token] = lease
        may = agent is not None and agent.ahead
        few = len(waits[lease.agent].keys() - self._followers) <= self._promises.ahead
        self.check(may and few, lambda: f"{lease} is one too many, or waits at {agent}")

    def _pauses(self, fact: facts.GoalPaused | facts.SubtaskPaused | facts.RuntimePaused) -> None:
        self._paused.add(fact.subtask_id or fact.goal_id)

    def _resumes(
        self, fact: facts.GoalResumed | facts.SubtaskResumed | facts.RuntimeResumed
    ) -> None:
        self._paused.discard(fact.subtask_id or fact.goal_id)

    def _copied(self, fact: facts.CopyStarted) -> None:
        """A copy is about to be assigned, beside what takes long."""
        lease, uuid = fact.lease, fact.lease.subtask
        leases = [held.lease for held in self._held.get(uuid, ())]
        leases += self._crossed(uuid, fact.at)
        self._copying = lease
        wrong = {
            "what nobody may do twice": not self._subtasks[uuid].speculate,
            "what is not held": fact.of not in leases,
            "what there are enough copies of": len(leases) > self._promises.copies,
            "what that agent does already": lease.agent in [one.agent for one in leases],
            "a copy of the same number": lease.copy in [one.copy for one in leases],
            "what is not late": fact.seconds < fact.expected,
        }
        self.violations.extend(f"{lease} copies {what}" for what, is_so in wrong.items() if is_so)

    def _crossed(self, uuid: SubtaskId, at: float) -> list[Lease]:
        """What was held when it failed or was cancelled, of which word may be on its way."""
        _, ended = self._ended.get(uuid, ("", 0.0))
        in_time = at - ended - self.lost <= GRACE
        return self._last.get(uuid, []) if in_time else []

    def _copy_failed(self, fact: facts.CopyFailed) -> None:
        """One of several; the others go on."""
        alone = [held.lease for held in self._held.get(fact.lease.subtask, ())] == [fact.lease]
        self.check(not alone, lambda: f"{fact.lease} failed as one of several, and is alone")
        self._let_go(fact)

    def _check_agent(self, lease: Lease, at: float) -> None:
        agent = self._agents.get(lease.agent)
        if agent is None:
            self.violations.append(f"{lease} to an agent that was never there")
            return
        able = self._abilities.may(agent.id, lease.subtask)
        # Word of an edit may still be on its way; the scheduler takes it back when it comes.
        if not able and not self._abilities.might(agent.id, lease.subtask, at - GRACE):
            needs = self._abilities.needs(lease.subtask)
            self.violations.append(f"{lease} to an agent without the skills {needs}")

    def _check_room(self, lease: Lease) -> None:
        agent = self._agents.get(lease.agent)
        if agent is None:
            return
        held = self._loads.get(agent.id, _NONE)
        load = len(held - self._lent) if self._lent else len(held)
        if load >= agent.max_load:
            self.violations.append(f"{lease} to an agent that has {load} already")

    def _started(self, fact: facts.SubtaskStarted) -> None:
        held, lease = self._find(fact.lease), fact.lease
        if held is not None:
            held.since = fact.at - self.lost
            if self._waiting_ahead.get(lease.agent, {}).pop(lease.token, None) is not None:
                self._load(lease)  # whether it has room is seen where it runs
        elif lease not in self._crossed(lease.subtask, fact.at):
            # The scheduler's word may wait for the disk while that of the end does no more.
            self.violations.append(f"{lease} started without being held")

    def _restarted(self, fact: facts.ActorRestarted) -> None:
        """A new scheduler knows no lease; those that are held may be adopted."""
        if fact.address == SCHEDULER:
            self._orphan()
            self._loads.clear()
            self._waiting_ahead.clear()
            # What rests goes on to; of an attempt that was over the new one may not know.
            rests = self._resting.items()
            self._resting = {uuid: why for uuid, why in rests if why != "over"}

    def _orphan(self) -> None:
        """What is held, and what a scheduler that died itself had not come to adopt."""
        for uuid, held in self._held.items():
            known = [one.lease for one in held]
            left = [one for one in self._orphans.get(uuid, ()) if one.lease not in known]
            self._orphans[uuid] = [*held, *left]
        self._held.clear()

    def _adopted(self, fact: facts.LeaseAdopted) -> None:
        lease = fact.lease
        orphans = [orphan.lease for orphan in self._orphans.get(lease.subtask, ())]
        if lease not in orphans:
            self.violations.append(f"{lease} is adopted, {orphans or None} was held")
        beside = [held.lease for held in self._held.get(lease.subtask, ())]
        if any(one not in orphans or one == lease for one in beside):
            self.violations.append(f"{lease} is adopted, and leased anew")
        self._hold(lease, fact.at)

    # They end

    def _declines(self, notice: notices.AttemptDeclined) -> None:
        """Nobody's attempt: it is revoked, and queued again a little later."""
        lease = notice.lease
        current = self._find(lease) is not None
        self.check(current, lambda: f"{lease} is declined without being held")

    def _over(self, event: notices.AttemptOver) -> None:
        """The attempt has ended by itself; the subtask has not, or just now."""
        _, ended = self._ended.get(event.lease.subtask, ("", event.at))
        late = event.at - ended - self.lost
        self._resting.setdefault(event.lease.subtask, "over")
        self._over_tokens.add(event.lease.token)
        if late > GRACE:
            self.violations.append(f"{event.lease} ran for {late:g} s after its subtask's end")
        self._in_time(event.lease, event.at)
        self._unload(event.lease)

    def _let_go(self, fact: facts.LeaseRevoked | facts.RetryScheduled | facts.CopyFailed) -> None:
        lease = fact.lease
        self._in_time(lease, fact.at)
        if lease.token in self.hanging:  # whoever waited for its slot has lost that time
            self._hung[lease.agent] = fact.at
        if isinstance(fact, facts.LeaseRevoked) and "was not finished within" in fact.reason:
            hangs = self._cannot_end(lease, fact.at)
            if not hangs:
                self.violations.append(f"{lease} was to end by itself, but: {fact.reason}")
        if not self._drop(lease) and self._held.get(lease.subtask):
            self._undo(lease)  # which nobody had adopted
        self._unload(lease)
        if isinstance(fact, facts.RetryScheduled):
            self._resting[lease.subtask] = "delayed"
            beside = self._held.get(lease.subtask)
            self.check(not beside, lambda: f"{lease} is tried again while others go on")

    def _parked(self, fact: facts.SubtaskParked) -> None:
        held = self._held.get(fact.subtask)
        if held is not None:
            self.violations.append(f"{fact.subtask} is parked while it is held: {held}")
        self._resting[fact.subtask] = "parked"
        self._forgiven[fact.subtask] = fact.attempts  # whoever puts it back begins anew

    def _queued(self, fact: _Queued) -> None:
        """It rests no longer, and may be leased."""
        uuid = fact.subtask
        held = self._held.get(uuid)
        if held is not None:
            self.violations.append(f"{uuid} is queued while it is held")
        self._doers.pop(uuid, None)
        rests = self._resting.pop(uuid, None)
        wrong = rests == "over" or (rests == "parked") is not isinstance(
            fact, facts.SubtaskUnparked
        )
        if wrong:
            self.violations.append(f"{uuid} is queued while it is {rests}")

    def _cannot_end(self, lease: Lease, at: float) -> bool:
        """Whether it hangs, or has waited for a slot that one had which does."""
        if lease.token in self.hanging:
            self._hung[lease.agent] = at
            return True
        hung = at - self._hung.get(lease.agent, 0.0) <= self._promises.run
        hangs = bool(self._loads[lease.agent] & self.hanging)
        return lease.token in self.lending and (hangs or hung)

    def _in_time(self, lease: Lease, at: float) -> None:
        held = self._find(lease)
        took = 0.0 if held is None else at - self.lost - held.since
        limit = self._promises.run + GRACE
        if took > limit:
            self.violations.append(f"{lease} was let run for {took:g} s")

    tenures: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        facts.SubtaskAssigned: _assigned,
        facts.GoalPaused: _pauses,
        facts.SubtaskPaused: _pauses,
        facts.RuntimePaused: _pauses,
        facts.GoalResumed: _resumes,
        facts.SubtaskResumed: _resumes,
        facts.RuntimeResumed: _resumes,
        facts.CopyStarted: _copied,
        facts.CopyFailed: _copy_failed,
        facts.SubtaskStarted: _started,
        facts.LeaseAdopted: _adopted,
        facts.SubtaskParked: _parked,
        facts.SubtaskUnparked: _queued,
        facts.SubtaskQueued: _queued,
        facts.SubtaskRequeued: _queued,
        facts.LeaseRevoked: _let_go,
        facts.RetryScheduled: _let_go,
        notices.AttemptDeclined: _declines,
        notices.AttemptOver: _over,
        facts.ActorRestarted: _restarted,
    }
