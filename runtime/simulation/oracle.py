"""What must hold whatever happens; checked at every fact, and at the end (`audit`).

The oracle knows nothing of the runtime's own state: it follows the facts with rules
of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.messages import facts, notices
from callboard.messages.base import SCHEDULER
from callboard.runtime.simulation.abilities import Abilities
from callboard.runtime.simulation.executor import ON_PURPOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId, GoalId, SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Agent, Lease, Problem, Subtask, Token

_GRACE = 120.0
"""Virtual seconds that may pass until everybody knows, restarts included."""


_NONE: frozenset[Token] = frozenset()


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation's settings promise.

    Attributes:
        run: Seconds that an attempt may take.
        attempts: How many a subtask may have that its agents live through.
        poison: Agents that a subtask may take down before it is parked.
    """

    run: float
    attempts: int
    poison: int = 3


class _Held:
    """A lease that was not ended yet.

    Attributes:
        since: When it was assigned, started or adopted, whichever was last; without the
            seconds that nobody had.
        given: When it was assigned or adopted, by the clock.
    """

    __slots__ = ("given", "lease", "since")

    def __init__(self, lease: Lease, since: float, given: float) -> None:
        self.lease = lease
        self.since = since
        self.given = given


class Oracle:
    """A witness of a simulation that raises no error but keeps a list of them.

    Args:
        equivalences: Which skills stand in for which.
        promises: What the settings promise.
        lent: Attempts that wait for something else and hold no slot meanwhile.

    Attributes:
        violations: What was broken, in order.
        events: How many facts and notices were seen.
        hanging: Attempts that cannot end by themselves; whoever decides fates adds them.
        lending: Attempts that lend their slot at some time, likewise.
        lost: Seconds by which the clock has leapt; nobody had them.
    """

    def __init__(
        self, equivalences: Equivalences, promises: Promises, lent: AbstractSet[Token]
    ) -> None:
        self.violations: list[str] = []
        self.events = 0
        self.hanging: set[Token] = set()
        self.lending: set[Token] = set()
        self._promises = promises
        self._abilities = Abilities(equivalences)
        self._lent = lent
        self._agents: dict[AgentId, Agent] = {}
        self._subtasks: dict[SubtaskId, Subtask] = {}
        self._goals: dict[GoalId, list[SubtaskId]] = {}
        self._held: dict[SubtaskId, _Held] = {}
        self._loads: dict[AgentId, set[Token]] = {}
        self._ended: dict[SubtaskId, tuple[str, float]] = {}
        self._orphans: dict[SubtaskId, _Held] = {}
        self._hung: dict[AgentId, float] = {}
        self._forgiven: dict[SubtaskId, int] = {}
        self._newest: Token | None = None
        self._doers: dict[SubtaskId, AgentId] = {}  # who holds or completed what
        self._latest: dict[SubtaskId, Token] = {}
        self._over_tokens: set[Token] = set()
        self._resting: dict[SubtaskId, str] = {}
        self._saves: dict[SubtaskId, tuple[Token, int]] = {}
        self.lost = 0.0

    def leap(self, seconds: float) -> None:
        """The clock has leapt: what is held now may be late, through no fault of its own."""
        self.lost += seconds
        self.hanging.update(held.lease.token for held in self._held.values())
        self.hanging.update(orphan.lease.token for orphan in self._orphans.values())

    def see(self, event: Fact | Notice) -> None:
        """Check one event against all that came before it."""
        self.events += 1
        look = self._looks.get(type(event))
        if look is not None:
            look(self, event)

    def reopened(self, kept: Sequence[Fact], unseen: Sequence[Fact]) -> None:
        """The process has died and was started again: nothing is held, nobody is there.

        Args:
            kept: All facts that have survived.
            unseen: Those that were kept and shown to nobody.
        """
        for fact in unseen:
            if fact.durable:
                self.see(fact)
        self._held.clear()
        self._orphans.clear()
        self._loads.clear()
        self._doers = {uuid: a for uuid, a in self._doers.items() if self._is_completed(uuid)}
        self._resting = dict.fromkeys(_parked_by(kept), "parked")

    def _is_completed(self, uuid: SubtaskId) -> bool:
        return self._ended.get(uuid, ("", 0.0))[0] == "completed"

    def check(self, holds: bool, otherwise: Callable[[], str]) -> None:  # noqa: FBT001
        """Note what is broken unless it *holds*."""
        if not holds:
            self.violations.append(otherwise())

    def finish(self) -> None:
        """Check what must hold once nothing is left to happen."""
        goals = sorted(self._goals)
        self.check(not goals, lambda: f"goals without an end: {goals}")
        subtasks = sorted(set(self._subtasks) - set(self._ended))
        self.check(not subtasks, lambda: f"subtasks without an end: {subtasks}")
        leases = sorted(token for tokens in self._loads.values() for token in tokens)
        self.check(not leases, lambda: f"leases without an end: {[str(t) for t in leases]}")

    def row(self, uuid: SubtaskId, agents: Sequence[AgentId]) -> list[float]:
        """How sure it is that each of *agents* does that subtask, as the facts have it."""
        holder = self._doers.get(uuid)
        row = [0.0] * len(agents)
        if holder in agents:
            row[agents.index(holder)] = 1.0
            return row
        ended = self._ended.get(uuid)
        if ended is not None and ended[0] in ("failed", "cancelled"):
            return row
        able = [self._abilities.may(agent, uuid) for agent in agents]
        share = 1.0 / max(1, sum(able))
        return [share if is_able else 0.0 for is_able in able]

    # Goals and subtasks

    def _accepted(self, fact: facts.GoalAccepted) -> None:
        self._goals[fact.goal.id] = []

    def _adopted_plan(self, fact: facts.PlanAdopted) -> None:
        self._goals[fact.goal] = [subtask.uuid for subtask in fact.plan.subtasks]
        self._subtasks.update((subtask.uuid, subtask) for subtask in fact.plan.subtasks)
        self._abilities.planned(fact.plan.subtasks)

    def _edited(self, fact: facts.SubtaskEdited) -> None:
        self._subtasks[fact.subtask] = fact.spec
        self._abilities.edited(fact.subtask, fact.spec, fact.at - self.lost)

    def _goal_ended(self, fact: _GoalEnd) -> None:
        uuids = self._goals.pop(fact.goal, None)
        if uuids is None:
            self.violations.append(f"goal {fact.goal} has ended twice")
        left = [uuid for uuid in uuids or () if uuid not in self._ended]
        if left:
            self.violations.append(f"goal {fact.goal} has ended before {left}")
        if isinstance(fact, facts.GoalCompleted):
            failed = [u for u in uuids or () if self._missed(u)]
            if failed:
                self.violations.append(f"goal {fact.goal} is completed without {failed}")

    def _missed(self, uuid: SubtaskId) -> bool:
        """Whether its goal cannot be completed without it."""
        how, _ = self._ended.get(uuid, ("still open", 0.0))
        return how != "completed" and not self._subtasks[uuid].optional

    def _hindered(self, uuid: SubtaskId) -> bool:
        """Whether what depends on it must not go on."""
        how, _ = self._ended.get(uuid, ("still open", 0.0))
        optional = self._subtasks[uuid].optional
        return how not in (("completed", "failed") if optional else ("completed",))

    def _completed(self, fact: facts.SubtaskCompleted) -> None:
        if fact.lease is not None:
            held = self._held.get(fact.subtask)
            current = None if held is None else held.lease
            # A scheduler that has died since may have accepted it: its word is on the way.
            # One that has not heard of it may have leased the subtask anew meanwhile.
            decided_before = held is None or fact.at <= held.given
            accepted = decided_before and fact.lease.token in self._over_tokens
            valid = accepted or current == fact.lease
            if not valid:
                self.violations.append(f"{fact.lease} completed, {current} is current")
            self._doers[fact.subtask] = fact.lease.agent
        else:
            self._doers.pop(fact.subtask, None)
        self._end(fact.subtask, "completed", fact.at)

    def _failed(self, fact: facts.SubtaskFailed) -> None:
        problem = fact.problem
        in_vain = problem.error == "AttemptTimedOut" and problem.details[1] in ("queue", "total")
        if in_vain:
            self.violations.append(f"nobody cared for {fact.subtask}: {problem.text}")
        self._end(fact.subtask, "failed", fact.at)

    def _cancelled(self, fact: facts.SubtaskCancelled) -> None:
        self._end(fact.subtask, "cancelled", fact.at)

    def _end(self, uuid: SubtaskId, how: str, at: float) -> None:
        before = self._ended.get(uuid)
        if before is not None:
            self.violations.append(f"{uuid} {how} after it was {before}")
        self._ended[uuid] = (how, at)
        held = self._held.pop(uuid, None)
        if how != "completed":
            self._doers.pop(uuid, None)
        elif held is not None:
            self._unload(held.lease)

    def _saved(self, fact: facts.CheckpointSaved) -> None:
        """Of checkpoints the newest stays: nothing older takes its place."""
        token, number = self._saves.get(fact.lease.subtask, (fact.lease.token, 0))
        newer = (fact.lease.token, fact.number) > (token, number)
        if not newer:
            self.violations.append(
                f"{fact.lease} has saved {fact.number} after {number} of {token}"
            )
        self._saves[fact.lease.subtask] = (fact.lease.token, fact.number)

    # Leases begin

    def _assigned(self, fact: facts.SubtaskAssigned) -> None:
        lease, uuid = fact.lease, fact.lease.subtask
        if uuid in self._held:
            self.violations.append(f"{uuid} is leased twice: {lease}")
        # Word of a failure or a cancellation may still be on its way, of a completion not.
        if self._is_completed(uuid):
            self.violations.append(f"{uuid} is leased after its completion: {lease}")
        newer = self._newest is None or lease.token > self._newest
        if not newer:
            self.violations.append(f"token {lease.token} after {self._newest}")
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
        self._newest = lease.token
        self._orphans.pop(uuid, None)
        self._hold(lease, fact.at)

    def _check_agent(self, lease: Lease, at: float) -> None:
        agent = self._agents.get(lease.agent)
        if agent is None:
            self.violations.append(f"{lease} to an agent that was never there")
            return
        able = self._abilities.may(agent.id, lease.subtask)
        # Word of an edit may still be on its way; the scheduler takes it back when it comes.
        if not able and not self._abilities.might(agent.id, lease.subtask, at - _GRACE):
            needs = self._abilities.needs(lease.subtask)
            self.violations.append(f"{lease} to an agent without the skills {needs}")
        held = self._loads.get(agent.id, _NONE)
        load = len(held - self._lent) if self._lent else len(held)
        if load >= agent.max_load:
            self.violations.append(f"{lease} to an agent that has {load} already")

    def _hold(self, lease: Lease, at: float) -> None:
        self._held[lease.subtask] = _Held(lease, at - self.lost, at)
        self._loads.setdefault(lease.agent, set()).add(lease.token)
        # What has failed or was cancelled is nobody's, also where an assignment crossed
        # its end and is revoked as soon as the scheduler hears of that.
        if lease.subtask not in self._ended:
            self._doers[lease.subtask] = lease.agent
        self._latest[lease.subtask] = lease.token

    def _started(self, fact: facts.SubtaskStarted) -> None:
        held = self._held.get(fact.lease.subtask)
        if held is not None and held.lease == fact.lease:
            held.since = fact.at - self.lost
        else:
            self.violations.append(f"{fact.lease} started without being held")

    def _restarted(self, fact: facts.ActorRestarted) -> None:
        """A new scheduler knows no lease; those that are held may be adopted."""
        if fact.address == SCHEDULER:
            self._orphans.update(self._held)
            self._held.clear()
            self._loads.clear()
            # What rests goes on to; of an attempt that was over the new one may not know.
            rests = self._resting.items()
            self._resting = {uuid: why for uuid, why in rests if why != "over"}

    def _adopted(self, fact: facts.LeaseAdopted) -> None:
        lease = fact.lease
        orphan = self._orphans.pop(lease.subtask, None)
        lost = None if orphan is None else orphan.lease
        if lost != lease:
            self.violations.append(f"{lease} is adopted, {lost} was held")
        twice = lease.subtask in self._held
        if twice:
            self.violations.append(f"{lease} is adopted, and leased anew")
        self._hold(lease, fact.at)

    # Leases end

    def _declines(self, notice: notices.AttemptDeclined) -> None:
        """Nobody's attempt: it is revoked, and queued again a little later."""
        lease = notice.lease
        held = self._held.get(lease.subtask)
        current = held is not None and held.lease == lease
        self.check(current, lambda: f"{lease} is declined without being held")

    def _over(self, event: notices.AttemptOver) -> None:
        """The attempt has ended by itself; the subtask has not, or just now."""
        _, ended = self._ended.get(event.lease.subtask, ("", event.at))
        late = event.at - ended - self.lost
        self._resting.setdefault(event.lease.subtask, "over")
        self._over_tokens.add(event.lease.token)
        if late > _GRACE:
            self.violations.append(f"{event.lease} ran for {late:g} s after its subtask's end")
        self._in_time(event.lease, event.at)
        self._unload(event.lease)

    def _let_go(self, fact: facts.LeaseRevoked | facts.RetryScheduled) -> None:
        lease = fact.lease
        held = self._held.get(lease.subtask)
        self._in_time(lease, fact.at)
        if lease.token in self.hanging:  # whoever waited for its slot has lost that time
            self._hung[lease.agent] = fact.at
        if isinstance(fact, facts.LeaseRevoked) and "was not finished within" in fact.reason:
            hangs = self._cannot_end(lease, fact.at)
            if not hangs:
                self.violations.append(f"{lease} was to end by itself, but: {fact.reason}")
        if held is not None and held.lease == lease:
            del self._held[lease.subtask]
            self._doers.pop(lease.subtask, None)
        self._unload(lease)
        if isinstance(fact, facts.RetryScheduled):
            self._resting[lease.subtask] = "delayed"

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
        held = self._held.get(lease.subtask)
        late = held is not None and held.lease == lease
        took = at - self.lost - held.since if held is not None and late else 0.0
        limit = self._promises.run + _GRACE
        if took > limit:
            self.violations.append(f"{lease} was let run for {took:g} s")

    def _unload(self, lease: Lease) -> None:
        held = self._loads.get(lease.agent)
        if held is not None:
            held.discard(lease.token)

    # Agents and actors

    def _registered(self, fact: facts.AgentRegistered) -> None:
        self._agents[fact.agent.id] = fact.agent
        self._abilities.registered(fact.agent)

    def _resized(self, fact: facts.AgentResized) -> None:
        agent = self._agents[fact.agent]
        self._agents[fact.agent] = msgspec.structs.replace(agent, max_load=fact.max_load)

    def _holds_no_more(self, agent: AgentId) -> None:
        """What it holds is nobody's from now on, whoever records the end of its leases."""
        for uuid, doer in list(self._doers.items()):
            over = self._latest.get(uuid) in self._over_tokens
            if doer == agent and uuid not in self._ended and not over:
                del self._doers[uuid]

    def _removed(self, fact: facts.AgentRemoved) -> None:
        self._holds_no_more(fact.agent)

    def _crashed(self, fact: facts.AgentCrashed) -> None:
        self._holds_no_more(fact.agent)
        self._on_purpose(f"agent/{fact.agent}", fact.problem)

    def _restarting(self, fact: facts.RestartScheduled) -> None:
        self._on_purpose(fact.address, fact.problem)

    def _on_purpose(self, address: str, problem: Problem) -> None:
        by_itself = problem.error == "ActorDied" and ON_PURPOSE not in problem.text
        last = problem.traceback.strip().splitlines()[-4:]
        self.check(not by_itself, lambda: "\n".join([f"{address}: {problem.text}", *last]))

    def _broken(self, notice: notices.RuntimeFailed) -> None:
        self.violations.append(f"the runtime has failed: {notice.problem.text}")

    _looks: ClassVar[dict[type, Callable[[Oracle, Any], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.PlanAdopted: _adopted_plan,
        facts.SubtaskEdited: _edited,
        facts.GoalCompleted: _goal_ended,
        facts.GoalFailed: _goal_ended,
        facts.GoalCancelled: _goal_ended,
        facts.SubtaskCompleted: _completed,
        facts.SubtaskFailed: _failed,
        facts.SubtaskCancelled: _cancelled,
        facts.CheckpointSaved: _saved,
        facts.SubtaskAssigned: _assigned,
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
        facts.AgentRegistered: _registered,
        facts.AgentResized: _resized,
        facts.AgentCrashed: _crashed,
        facts.AgentRemoved: _removed,
        facts.RestartScheduled: _restarting,
        notices.RuntimeFailed: _broken,
    }


_Queued = facts.SubtaskQueued | facts.SubtaskRequeued | facts.SubtaskUnparked
_GoalEnd = facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled


def _parked_by(told: Sequence[Fact]) -> set[SubtaskId]:
    """Subtasks that are parked once all that has happened."""
    parked = set[Any]()
    for fact in told:
        if isinstance(fact, facts.SubtaskParked):
            parked.add(fact.subtask)
        elif isinstance(fact, facts.SubtaskUnparked):
            parked.discard(fact.subtask)
    return parked
