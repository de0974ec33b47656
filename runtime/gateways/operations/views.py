"""Goals, subtasks and agents as they are told outside: as they stand when somebody looks.

Times are ISO 8601 in UTC; what users handed over is plain JSON. No traceback leaves here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.actors.logic.hierarchy import Standing, standings
from callboard.actors.logic.instants import iso
from callboard.actors.logic.records import GoalStatus, SubtaskStatus
from callboard.actors.logic.skills import stated
from callboard.messages.base import AgentId, GoalId, SubtaskId, Vocabulary
from callboard.runtime.gateways.cli.plain import plain

if TYPE_CHECKING:
    from callboard.actors.logic.records import AgentRecord, GoalRecord, SubtaskRecord
    from callboard.messages.facts import ChangeProposed, PlanProposed
    from callboard.messages.values import Compound, Goal, PlanChange, Problem


class View(msgspec.Struct, metaclass=Vocabulary):
    """Something as it is told; who reads it passes over what it does not know."""


class ProblemView(View):
    """What went wrong.

    Attributes:
        error: Name of the error's class.
        text: What a person should read.
        fault: Whose it is: "caller", "agent" or "callboard".
    """

    error: str
    text: str
    fault: str


class ChangeView(View):
    """A change by which the plan of a running goal was mended.

    Attributes:
        added: Subtasks that are new.
        rewired: Subtasks that wait for others since.
        dropped: Subtasks that are not done any more.
        source: Who made it.
        reason: In the words of who made it.
    """

    added: tuple[SubtaskId, ...]
    rewired: tuple[SubtaskId, ...]
    dropped: tuple[SubtaskId, ...]
    source: str
    reason: str


class GoalView(View):
    """A goal.

    Attributes:
        key: Idempotency key, or "".
        status: accepted, proposed (its plan, or a change of it, waits to be approved),
            running, completed, failed or cancelled.
        paused: Nothing new of it is started.
        priority: Of all its subtasks; null where each has its plan's.
        accepted_at: ISO 8601, in UTC.
        planned_at: When its plan was adopted.
        deadline: When it fails if it has not ended.
        ended_at: When it was completed, failed or cancelled.
        total: How many subtasks its plan has.
        counts: How many of them are in each state.
        reason: Why it was cancelled.
        problems: Why it failed.
        approve: What of it has to be approved: plan, changes, all; null for nothing.
        proposal: Number of the proposal that waits to be approved; 0 for none.
        approve_until: When it is too late to decide about that.
        setbacks: What went wrong while its plan was made, or mended, and was not the end of it.
        mending: Subtasks that have failed for good, for which the plan is being changed.
        changes: Those that mended its plan, the oldest first.
        superseded: Subtasks that its plan goes on without since.
    """

    id: GoalId
    text: str
    context: str
    key: str
    status: str
    paused: bool
    priority: str | None
    accepted_at: str
    planned_at: str | None
    deadline: str | None
    ended_at: str | None
    total: int
    counts: dict[str, int]
    reason: str
    problems: tuple[ProblemView, ...]
    setbacks: tuple[ProblemView, ...] = ()
    approve: str | None = None
    proposal: int = 0
    approve_until: str | None = None
    mending: tuple[SubtaskId, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    superseded: tuple[SubtaskId, ...] = ()


class SubtaskView(View):
    """A subtask.

    Attributes:
        status: pending, ready, running, completed, failed, cancelled or parked.
        state: "running" while an agent holds it, else "idle".
        priority: CRITICAL, HIGH, MEDIUM or LOW.
        estimated_duration: Minutes.
        required_skills: An agent must cover every one.
        dependencies: Uuids of what must be done before.
        optional: What depends on it goes on without it.
        paused: No new attempt at it is started.
        assigned_agent: Who holds it, or has completed it.
        attempts: Number of the latest one; 0 before the first.
        progress: Done of the attempt that runs, in [0, 1].
        note: The latest one of that attempt.
        created_at: ISO 8601, in UTC.
        started_at: When the attempt began that runs, or that ended it.
        ended_at: When it was completed, failed or cancelled.
        seconds: That its agent worked on the attempt that completed it.
        result: Of its completion.
        problem: Why it failed or is parked, or what ended the latest failed attempt.
        reason: Why it was cancelled.
        parent_task_uuid: What it is a part of: a compound of its goal, or the subtask that
            its goal serves; "" for nothing.
        verifying: It has a result, which is being verified; it is pending meanwhile.
        stated_duration: Minutes that the planner said; null where they stand.
        corrected: What of it is not as its planner said, in words; "" for nothing.
    """

    uuid: SubtaskId
    goal_id: GoalId
    name: str
    description: str
    status: str
    state: str
    priority: str
    estimated_duration: float
    required_skills: tuple[str, ...]
    dependencies: tuple[SubtaskId, ...]
    optional: bool
    paused: bool
    assigned_agent: AgentId | None
    attempts: int
    progress: float
    note: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    seconds: float
    result: Any
    problem: ProblemView | None
    reason: str
    parent_task_uuid: SubtaskId = ""
    verifying: bool = False
    stated_duration: float | None = None
    corrected: str = ""


class CompoundView(View):
    """A subtask that was too large to be atomic: others do its work, and it never runs.

    Attributes:
        parent_task_uuid: The compound that it is a part of itself, or "".
        estimated_duration: Minutes, as it was estimated before it was decomposed.
        source: Who decomposed it: the name of a rule, a planner.
        status: Of all its parts together, as of a subtask.
        total: How many atomic subtasks do its work.
        counts: How many of them are in each state.
    """

    uuid: SubtaskId
    name: str
    description: str
    parent_task_uuid: SubtaskId
    estimated_duration: float
    source: str
    status: str
    total: int
    counts: dict[str, int]


class AgentView(View):
    """A registered agent.

    Attributes:
        skills: Names, with their levels as `"sql >= 2"`.
        max_load: How many subtasks it may hold.
        current_load: How many it holds.
        holds: Which ones.
        pull: It asks for its work.
        status: starting, up, down or gone.
        health: well, slow, stuck or dead.
        paused: It gets nothing new because somebody paused it.
        overloaded: It gets nothing new until it reports less load.
        restarts: How often it was to be started again.
        registered_at: ISO 8601, in UTC.
        last_heartbeat: Its latest sign of life.
        cpu: Busy part of its processors, in [0, 1]; null for unknown.
        memory: Part of its memory that is taken, likewise.
        problem: Why it is down.
    """

    id: AgentId
    skills: tuple[str, ...]
    max_load: int
    current_load: int
    holds: tuple[SubtaskId, ...]
    pull: bool
    status: str
    health: str
    paused: bool
    overloaded: bool
    restarts: int
    registered_at: str
    last_heartbeat: str
    cpu: float | None
    memory: float | None
    problem: ProblemView | None


def goal_view(record: GoalRecord) -> GoalView:
    """A goal as it stands."""
    goal = record.goal
    counts = Counter(str(subtask.status) for subtask in record.subtasks.values())
    waits = record.proposal if record.status is GoalStatus.PROPOSED else None
    return GoalView(
        id=goal.id,
        text=goal.text,
        context=goal.context,
        key=goal.key,
        status=str(record.status),
        paused=record.paused,
        priority=None if goal.priority is None else goal.priority.name,
        accepted_at=iso(record.accepted_at),
        planned_at=_iso(record.planned_at),
        deadline=_iso(goal.deadline),
        ended_at=_iso(record.ended_at),
        total=len(record.subtasks),
        counts=dict(counts),
        reason=record.reason,
        problems=tuple(map(problem_view, record.problems)),
        setbacks=tuple(map(problem_view, record.setbacks)),
        approve=goal.approve,
        proposal=0 if waits is None else waits.number,
        approve_until=None if waits is None else _until(goal, waits),
        mending=record.mending,
        changes=tuple(map(_change_view, record.changes)),
        superseded=record.superseded,
    )


def _until(goal: Goal, proposal: PlanProposed | ChangeProposed) -> str:
    # Here, as it is slow to load, and who reads views needs none of it.
    from callboard.actors.logic.approving import decided_by  # noqa: PLC0415

    return iso(decided_by(goal, proposal))


def subtask_view(record: SubtaskRecord) -> SubtaskView:
    """A subtask as it stands."""
    said = record.subtask
    running = record.status is SubtaskStatus.RUNNING
    learnt = None if said.correction is None else said.correction.duration
    return SubtaskView(
        uuid=said.uuid,
        goal_id=record.goal,
        name=said.name,
        description=said.description,
        status=str(record.status),
        state="running" if running else "idle",
        priority=said.priority.name,
        estimated_duration=said.estimated_duration,
        required_skills=tuple(map(stated, said.required_skills)),
        dependencies=said.dependencies,
        optional=said.optional,
        paused=record.paused,
        assigned_agent=record.assigned_agent,
        attempts=record.attempts,
        progress=record.progress,
        note=record.note,
        created_at=iso(record.created_at),
        started_at=_iso(record.started_at),
        ended_at=_iso(record.ended_at),
        seconds=record.seconds,
        result=plain(record.result),
        problem=None if record.problem is None else problem_view(record.problem),
        reason=record.reason,
        parent_task_uuid=said.parent_task_uuid,
        verifying=record.verifying,
        stated_duration=None if learnt is None else learnt.stated,
        corrected="" if said.correction is None else str(said.correction),
    )


def compound_views(record: GoalRecord) -> tuple[CompoundView, ...]:
    """What of a goal's plan was decomposed again, and how its parts stand."""
    if not record.compounds:
        return ()
    parts = record.subtasks.values()
    found = standings(
        record.compounds, [(part.subtask.parent_task_uuid, part.status) for part in parts]
    )
    return tuple(_compound(c, found[c.subtask.uuid]) for c in record.compounds)


def _compound(compound: Compound, standing: Standing) -> CompoundView:
    said = compound.subtask
    return CompoundView(
        uuid=said.uuid,
        name=said.name,
        description=said.description,
        parent_task_uuid=said.parent_task_uuid,
        estimated_duration=said.estimated_duration,
        source=compound.source,
        status=str(standing.status),
        total=sum(standing.counts.values()),
        counts=standing.counts,
    )


def agent_view(record: AgentRecord) -> AgentView:
    """An agent as it stands."""
    agent = record.agent
    return AgentView(
        id=agent.id,
        skills=tuple(map(stated, agent.skills)),
        max_load=agent.max_load,
        current_load=record.load,
        holds=tuple(lease.subtask for lease in record.held.values()),
        pull=agent.pull,
        status=str(record.status),
        health=str(record.health),
        paused=record.paused,
        overloaded=record.overloaded,
        restarts=record.restarts,
        registered_at=iso(record.registered_at),
        last_heartbeat=iso(record.last_heartbeat),
        cpu=record.cpu,
        memory=record.memory,
        problem=None if record.problem is None else problem_view(record.problem),
    )


def _change_view(change: PlanChange) -> ChangeView:
    return ChangeView(
        added=tuple(subtask.uuid for subtask in change.add),
        rewired=tuple(one.subtask for one in change.rewire),
        dropped=change.drop,
        source=change.source,
        reason=change.reason,
    )


def problem_view(problem: Problem) -> ProblemView:
    """A problem, without where in the code it happened."""
    return ProblemView(error=problem.error, text=problem.text, fault=problem.fault)


def _iso(at: float | None) -> str | None:
    return None if at is None else iso(at)
