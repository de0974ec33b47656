"""The state of the runtime as everybody sees it: a fold over facts and a few notices.

The live runtime shows its events to a board as they happen; a replayed journal gives
the same board, up to any instant. Facts of different actors interleave, so some come
late: none of them brings back what has ended, and a lease is freed exactly once.

>>> from callboard.messages.facts import GoalAccepted
>>> from callboard.messages.values import Goal
>>> board = Board()
>>> board.apply(GoalAccepted(at=1.0, goal=Goal(id="g1", text="analyze sales")))
>>> board.goals["g1"].status
<GoalStatus.ACCEPTED: 'accepted'>
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.actors.logic.liveness import Change, Health
from callboard.actors.logic.records import (
    AgentRecord,
    AgentStatus,
    GoalRecord,
    GoalStatus,
    RestRecord,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages import facts, notices
from callboard.messages.base import (
    SCHEDULER,
    Address,
    AgentId,
    GoalId,
    Message,
    SubtaskId,
    agent_address,
)
from callboard.messages.values import Lease, Problem, Subtask, replace

if TYPE_CHECKING:
    from collections.abc import Callable

_PENDING, _READY, _RUNNING = SubtaskStatus.PENDING, SubtaskStatus.READY, SubtaskStatus.RUNNING
_OPEN = (_PENDING, _READY, _RUNNING, SubtaskStatus.PARKED)
_AGENT = agent_address("")


class Board:
    """Goals, subtasks and agents as they stand.

    Nothing that names an unknown goal, subtask or agent raises: compaction may have
    removed it.

    Attributes:
        goals: By id, in the order in which they were accepted.
        keys: Goals by their idempotency keys.
        subtasks: By uuid, in the order in which they were accepted.
        agents: By id, in the order in which they registered; who has left is not there.
        counts: How many subtasks have each status.
        parked: Why and until when subtasks are kept aside, the latest one last.
        resting: Skills that are given a rest.
        actor_restarts: How many times each actor of the runtime itself was restarted.
        failure: Why the runtime cannot go on, if it cannot.
        paused: Nobody is given anything new.
        draining: No goal is accepted but sub-goals.
        open_goals: How many goals have not ended.
        open_roots: How many of these are not sub-goals.
    """

    __slots__ = (
        "actor_restarts", "agents", "counts", "draining", "failure", "goals", "keys",
        "open_goals", "open_roots", "parked", "paused", "resting", "subtasks",
    )  # fmt: skip

    def __init__(self) -> None:
        self.goals: dict[GoalId, GoalRecord] = {}
        self.keys: dict[str, GoalId] = {}
        self.subtasks: dict[SubtaskId, SubtaskRecord] = {}
        self.agents: dict[AgentId, AgentRecord] = {}
        self.counts: dict[SubtaskStatus, int] = dict.fromkeys(SubtaskStatus, 0)
        self.parked: dict[SubtaskId, facts.SubtaskParked] = {}
        self.resting: dict[str, RestRecord] = {}
        self.actor_restarts: dict[Address, int] = {}
        self.failure: Problem | None = None
        self.paused = False
        self.draining = False
        self.open_goals = self.open_roots = 0

    @property
    def open_subtasks(self) -> int:
        """How many subtasks have not ended."""
        counts = self.counts
        return sum(counts[status] for status in _OPEN)

    def apply(self, event: facts.Fact | notices.Notice) -> None:
        """Take note of *event*; notices that change nothing here are passed over."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(self, event)

    def forget(self, goal: GoalId) -> tuple[SubtaskId, ...]:
        """Remove a goal that has ended; the answer names its subtasks.

        A goal that is open, or not there, is left alone.
        """
        record = self.goals.get(goal)
        if record is None or record.ended_at is None:
            return ()
        del self.goals[goal]
        if self.keys.get(record.goal.key) == goal:
            del self.keys[record.goal.key]
        for uuid in record.subtasks:
            self._remove(uuid)
        return tuple(record.subtasks)

    # Goals

    def _goal_accepted(self, fact: facts.GoalAccepted) -> None:
        if fact.goal.id not in self.goals:
            self.goals[fact.goal.id] = GoalRecord(fact.goal, fact.at)
            if fact.goal.key:
                self.keys[fact.goal.key] = fact.goal.id
            self.open_goals += 1
            self.open_roots += fact.goal.parent is None

    def _plan_adopted(self, fact: facts.PlanAdopted) -> None:
        goal = self.goals.get(fact.goal)
        if goal is None or goal.ended_at is not None:
            return
        stated = {s.uuid: self._state(s, fact.goal, fact.at) for s in fact.plan.subtasks}
        for uuid in goal.subtasks.keys() - stated.keys():
            self._remove(uuid)
        goal.subtasks = stated
        goal.status = GoalStatus.RUNNING
        if goal.planned_at is None:
            goal.planned_at = fact.at

    def _goal_completed(self, fact: facts.GoalCompleted) -> None:
        self._end_goal(fact.goal, GoalStatus.COMPLETED, fact.at)

    def _goal_failed(self, fact: facts.GoalFailed) -> None:
        goal = self._end_goal(fact.goal, GoalStatus.FAILED, fact.at)
        if goal is not None:
            goal.problems = fact.problems

    def _goal_cancelled(self, fact: facts.GoalCancelled) -> None:
        goal = self._end_goal(fact.goal, GoalStatus.CANCELLED, fact.at)
        if goal is not None:
            goal.reason = fact.reason

    def _goal_forgotten(self, fact: facts.GoalForgotten) -> None:
        self.forget(fact.goal)

    # Held back

    def _goal_held(self, fact: facts.GoalPaused | facts.GoalResumed) -> None:
        goal = self.goals.get(fact.goal)
        if goal is not None and goal.ended_at is None:
            goal.paused = isinstance(fact, facts.GoalPaused)

    def _goal_draining(self, fact: facts.GoalDraining) -> None:
        goal = self.goals.get(fact.goal)
        if goal is not None and goal.ended_at is None:
            goal.draining = True

    def _subtask_held(self, fact: facts.SubtaskPaused | facts.SubtaskResumed) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is not None and record.ended_at is None:
            record.paused = isinstance(fact, facts.SubtaskPaused)

    def _subtask_draining(self, fact: facts.SubtaskDraining) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is not None and record.ended_at is None:
            record.draining = True

    def _agent_held(self, fact: facts.AgentPaused | facts.AgentResumed) -> None:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.agent = replace(agent.agent, paused=isinstance(fact, facts.AgentPaused))

    def _runtime_paused(self, fact: facts.RuntimePaused) -> None:
        del fact
        self.paused = True

    def _runtime_resumed(self, fact: facts.RuntimeResumed) -> None:
        del fact
        self.paused = self.draining = False

    def _runtime_draining(self, fact: facts.RuntimeDraining) -> None:
        del fact
        self.draining = True

    # Subtasks that wait

    def _subtask_queued(self, fact: facts.SubtaskQueued | facts.SubtaskRequeued) -> None:
        # After a restart of the scheduler this is all that tells of the old leases' end.
        self._put_back(fact.subtask, _READY)

    def _subtask_unparked(self, fact: facts.SubtaskUnparked) -> None:
        self._put_back(fact.subtask, _READY)

    def _subtask_parked(self, fact: facts.SubtaskParked) -> None:
        record = self._put_back(fact.subtask, SubtaskStatus.PARKED)
        if record is not None:
            record.problem = fact.problem
            self.parked[fact.subtask] = fact

    def _subtask_edited(self, fact: facts.SubtaskEdited) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is not None:
            record.subtask = fact.spec

    def _retry_scheduled(self, fact: facts.RetryScheduled) -> None:
        record = self._lose(fact.lease, _PENDING if fact.delay > 0 else _READY)
        if record is not None:
            record.problem = fact.problem

    def _lease_revoked(self, fact: facts.LeaseRevoked) -> None:
        self._lose(fact.lease, _READY)

    # Subtasks that run

    def _subtask_assigned(self, fact: facts.SubtaskAssigned | facts.LeaseAdopted) -> None:
        self._hold(fact.lease, fact.at)

    def _subtask_started(self, fact: facts.SubtaskStarted) -> None:
        # A scheduler that was restarted may adopt what runs without assigning it anew.
        record = self._hold(fact.lease, fact.at)
        if record is not None and (record.started_at is None or len(record.leases) == 1):
            record.started_at = fact.at

    def _attempt_over(self, notice: notices.AttemptOver) -> None:
        self._drop(notice.lease)

    def _progress_made(self, notice: notices.ProgressMade) -> None:
        agent = self.agents.get(notice.lease.agent)
        if agent is not None:
            agent.last_heartbeat = notice.at
        record = self.subtasks.get(notice.lease.subtask)
        if record is not None and notice.lease in record.leases:
            record.progress = notice.fraction
            record.note = notice.note

    # Subtasks that end

    def _subtask_completed(self, fact: facts.SubtaskCompleted) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is None or record.ended_at is not None:
            return
        started = record.started_at
        self._end(record, SubtaskStatus.COMPLETED, fact.at)
        record.started_at = started
        record.result, record.seconds, record.problem = fact.result, fact.seconds, None
        record.progress = 1.0
        if fact.lease is not None:
            record.assigned_agent = fact.lease.agent
            record.attempts = max(record.attempts, fact.lease.attempt)

    def _subtask_failed(self, fact: facts.SubtaskFailed) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is not None and record.ended_at is None:
            self._end(record, SubtaskStatus.FAILED, fact.at)
            record.problem = fact.problem

    def _subtask_cancelled(self, fact: facts.SubtaskCancelled) -> None:
        record = self.subtasks.get(fact.subtask)
        if record is not None and record.ended_at is None:
            self._end(record, SubtaskStatus.CANCELLED, fact.at)
            record.reason = fact.reason

    # Agents and other actors

    def _runtime_started(self, fact: facts.RuntimeStarted) -> None:  # noqa: ARG002 - as the others
        """The process of before has ended, and its agents with it."""
        self.agents.clear()
        self.draining = False
        for record in self.subtasks.values():
            if record.leases:
                self._put_back(record.subtask.uuid, _READY)

    def _agent_registered(self, fact: facts.AgentRegistered) -> None:
        agent = self.agents.get(fact.agent.id)
        if agent is None:
            agent = self.agents[fact.agent.id] = AgentRecord(fact.agent, fact.at, fact.at)
        agent.agent, agent.last_heartbeat = fact.agent, fact.at
        if fact.agent.pull:
            # It has no actor whose start could be told of.
            agent.liveness.note(Change.STARTED)
            agent.status, agent.problem = AgentStatus.UP, None
            agent.incarnation = max(agent.incarnation, 1)

    def _agent_resized(self, fact: facts.AgentResized) -> None:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.agent = replace(agent.agent, max_load=fact.max_load)

    def _agent_started(self, fact: facts.AgentStarted) -> None:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.status, agent.incarnation = AgentStatus.UP, fact.incarnation
            agent.liveness.note(Change.STARTED)
            agent.last_heartbeat, agent.problem = fact.at, None

    def _agent_crashed(self, fact: facts.AgentCrashed) -> None:
        agent = self.agents.get(fact.agent)
        if agent is not None:
            agent.status, agent.problem = AgentStatus.DOWN, fact.problem
            agent.liveness.note(Change.DIED)
            self._lose_all(agent)

    def _agent_removed(self, fact: facts.AgentRemoved) -> None:
        agent = self.agents.pop(fact.agent, None)
        if agent is not None:
            self._lose_all(agent)

    def _restart_scheduled(self, fact: facts.RestartScheduled) -> None:
        if not fact.address.startswith(_AGENT):
            restarts = self.actor_restarts
            restarts[fact.address] = restarts.get(fact.address, 0) + 1
            return
        agent = self.agents.get(fact.address.removeprefix(_AGENT))
        if agent is not None:
            agent.restarts += 1

    def _actor_restarted(self, fact: facts.ActorRestarted) -> None:
        if fact.address == SCHEDULER:  # a new one knows of no rests
            self.resting.clear()
            for agent in self.agents.values():  # nor of what was told to stop
                agent.liveness.forget_slow()

    def _breaker_opened(self, notice: notices.BreakerOpened) -> None:
        known = self.resting.get(notice.skill)
        since = notice.at if known is None else known.since
        self.resting[notice.skill] = RestRecord(
            since, notice.until, notice.failures, notice.problem
        )

    def _breaker_half_open(self, notice: notices.BreakerHalfOpen) -> None:
        known = self.resting.get(notice.skill)
        if known is not None:
            self.resting[notice.skill] = msgspec.structs.replace(known, until=None)

    def _breaker_closed(self, notice: notices.BreakerClosed) -> None:
        self.resting.pop(notice.skill, None)

    def _escalated(self, fact: facts.Escalated) -> None:
        agent = self.agents.get(fact.address.removeprefix(_AGENT))
        if agent is not None and fact.address.startswith(_AGENT):
            agent.status, agent.problem = AgentStatus.GONE, fact.problem
            agent.liveness.note(Change.DIED)

    def _heartbeat_seen(self, notice: notices.HeartbeatSeen) -> None:
        agent = self.agents.get(notice.agent)
        if agent is not None:
            agent.last_heartbeat = notice.at
            if agent.agent.pull and agent.health is Health.DEAD:
                agent.liveness.note(Change.STARTED)

    # How alive they are

    def _agent_doubted(self, notice: notices.AgentDoubted) -> None:
        self._alive(notice.agent, Change.DIED)

    def _agent_slow(self, notice: notices.AgentSlow) -> None:
        self._alive(notice.lease.agent, Change.OVERRAN, notice.lease)

    def _thread_abandoned(self, notice: notices.ThreadAbandoned) -> None:
        self._alive(notice.lease.agent, Change.GIVEN_UP, notice.lease)

    def _agent_recovered(self, notice: notices.AgentRecovered) -> None:
        self._alive(notice.lease.agent, Change.ENDED, notice.lease)

    def _alive(self, name: AgentId, change: Change, lease: Lease | None = None) -> None:
        agent = self.agents.get(name)
        if agent is not None:
            agent.liveness.note(change, *(() if lease is None else (lease.token,)))

    def _runtime_failed(self, notice: notices.RuntimeFailed) -> None:
        if self.failure is None:
            self.failure = notice.problem

    def _nothing(self, event: Message) -> None:
        """What this says is not on the board."""

    # Steps that several facts share

    def _state(self, subtask: Subtask, goal: GoalId, at: float) -> SubtaskRecord:
        record = self.subtasks.get(subtask.uuid)
        if record is None:
            status = _PENDING if subtask.dependencies else _READY
            record = self.subtasks[subtask.uuid] = SubtaskRecord(subtask, goal, status, at)
            self.counts[status] += 1
        record.subtask = subtask
        return record

    def _remove(self, uuid: SubtaskId) -> None:
        # The record itself stays as it ended, for whoever holds it.
        record = self.subtasks.pop(uuid, None)
        if record is not None:
            for lease in record.leases:
                self._drop(lease)
            self.counts[record.status] -= 1
            self.parked.pop(uuid, None)

    def _end_goal(self, goal: GoalId, status: GoalStatus, at: float) -> GoalRecord | None:
        record = self.goals.get(goal)
        if record is None or record.ended_at is not None:
            return None
        record.status, record.ended_at = status, at
        record.paused = record.draining = False
        self.open_goals -= 1
        self.open_roots -= record.goal.parent is None
        return record

    def _move(self, record: SubtaskRecord, status: SubtaskStatus) -> None:
        self.counts[record.status] -= 1
        self.counts[status] += 1
        record.status = status
        if self.parked and status is not SubtaskStatus.PARKED:
            self.parked.pop(record.subtask.uuid, None)

    def _end(self, record: SubtaskRecord, status: SubtaskStatus, at: float) -> None:
        self._release(record)
        self._move(record, status)
        record.ended_at = at
        record.paused = record.draining = False

    def _put_back(self, uuid: SubtaskId, status: SubtaskStatus) -> SubtaskRecord | None:
        record = self.subtasks.get(uuid)
        if record is None or record.ended_at is not None:
            return None
        self._release(record)
        self._move(record, status)
        return record

    def _hold(self, lease: Lease, at: float) -> SubtaskRecord | None:
        record = self.subtasks.get(lease.subtask)
        if record is None or record.ended_at is not None:
            # An assignment that crossed the subtask's end is revoked at once.
            return None
        if lease not in record.leases:
            self._take(record, lease, at)
        return record

    def _take(self, record: SubtaskRecord, lease: Lease, at: float) -> None:
        others: tuple[Lease, ...] = ()
        for held in record.leases:
            if held.copy == lease.copy:
                self._drop(held)
            else:
                others = (*others, held)
        if not others:
            record.started_at, record.progress, record.note = None, 0.0, ""
            self._move(record, _RUNNING)
        record.leases = (*others, lease)
        record.assigned_agent = record.leases[0].agent
        record.assigned_at = at
        record.attempts = max(record.attempts, lease.attempt)
        agent = self.agents.get(lease.agent)
        if agent is not None:
            agent.held[lease.token] = lease
            if agent.agent.pull and record.started_at is None:
                # Nobody will say when it starts.
                record.started_at = at

    def _lose(self, lease: Lease, status: SubtaskStatus) -> SubtaskRecord | None:
        record = self.subtasks.get(lease.subtask)
        if record is None or lease not in record.leases:
            return None
        self._drop(lease)
        record.leases = tuple(held for held in record.leases if held != lease)
        if record.leases:
            record.assigned_agent = record.leases[0].agent
        else:
            self._release(record)
            self._move(record, status)
        return record

    def _lose_all(self, agent: AgentRecord) -> None:
        for lease in tuple(agent.held.values()):
            self._lose(lease, _READY)
        agent.held.clear()

    def _release(self, record: SubtaskRecord) -> None:
        for lease in record.leases:
            self._drop(lease)
        record.leases = ()
        record.assigned_agent = record.started_at = None
        record.progress, record.note = 0.0, ""

    def _drop(self, lease: Lease) -> None:
        agent = self.agents.get(lease.agent)
        if agent is not None:
            agent.held.pop(lease.token, None)

    # A table, because a match that long would cost more than the fold itself.
    _folds: ClassVar[dict[type[Message], Callable[[Board, Any], None]]] = {
        facts.GoalAccepted: _goal_accepted,
        facts.PlanAdopted: _plan_adopted,
        facts.CheckpointSaved: _nothing,
        facts.SubtaskCompleted: _subtask_completed,
        facts.SubtaskFailed: _subtask_failed,
        facts.SubtaskCancelled: _subtask_cancelled,
        facts.GoalCompleted: _goal_completed,
        facts.GoalFailed: _goal_failed,
        facts.GoalCancelled: _goal_cancelled,
        facts.GoalForgotten: _goal_forgotten,
        facts.GoalPaused: _goal_held,
        facts.GoalResumed: _goal_held,
        facts.GoalDraining: _goal_draining,
        facts.SubtaskPaused: _subtask_held,
        facts.SubtaskResumed: _subtask_held,
        facts.SubtaskDraining: _subtask_draining,
        facts.RuntimePaused: _runtime_paused,
        facts.RuntimeResumed: _runtime_resumed,
        facts.RuntimeDraining: _runtime_draining,
        facts.RuntimeStarted: _runtime_started,
        facts.AgentRegistered: _agent_registered,
        facts.AgentResized: _agent_resized,
        facts.AgentPaused: _agent_held,
        facts.AgentResumed: _agent_held,
        facts.AgentRemoved: _agent_removed,
        facts.AgentStarted: _agent_started,
        facts.AgentCrashed: _agent_crashed,
        facts.RestartScheduled: _restart_scheduled,
        facts.Escalated: _escalated,
        facts.ActorRestarted: _actor_restarted,
        facts.SubtaskQueued: _subtask_queued,
        facts.SubtaskAssigned: _subtask_assigned,
        facts.SubtaskStarted: _subtask_started,
        facts.LeaseAdopted: _subtask_assigned,
        facts.LeaseRevoked: _lease_revoked,
        facts.SubtaskRequeued: _subtask_queued,
        facts.RetryScheduled: _retry_scheduled,
        facts.SubtaskParked: _subtask_parked,
        facts.SubtaskEdited: _subtask_edited,
        facts.SubtaskUnparked: _subtask_unparked,
        notices.ProgressMade: _progress_made,
        notices.AttemptOver: _attempt_over,
        notices.BreakerOpened: _breaker_opened,
        notices.BreakerHalfOpen: _breaker_half_open,
        notices.BreakerClosed: _breaker_closed,
        notices.HeartbeatSeen: _heartbeat_seen,
        notices.AgentDoubted: _agent_doubted,
        notices.AgentSlow: _agent_slow,
        notices.ThreadAbandoned: _thread_abandoned,
        notices.AgentRecovered: _agent_recovered,
        notices.RuntimeFailed: _runtime_failed,
    }
