"""The specification's eight operations: agents in pull mode, and who answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.actors.logic.given import skills_of
from callboard.actors.logic.instants import iso
from callboard.actors.logic.skills import stated
from callboard.actors.logic.specified import MAX_LOAD, specified
from callboard.messages.base import AgentId, SubtaskId, Value
from callboard.messages.values import Agent
from callboard.runtime.gateways.operations.aside import aside
from callboard.runtime.gateways.operations.bounds import Share, SkillNames, Words
from callboard.runtime.gateways.operations.operation import (
    Answer,
    Operation,
    Request,
    Scope,
    digest,
)
from callboard.runtime.gateways.operations.tensors import dense
from callboard.runtime.subtask_view import AtomicSubtask

if TYPE_CHECKING:
    from callboard.actors.logic.board import Board
    from callboard.actors.logic.records import SubtaskRecord
    from callboard.messages.values import Lease
    from callboard.runtime.runtime import Runtime


class Register(Request):
    """Take in an agent that asks for work, or take note of its skills of now.

    Attributes:
        context_id: The agent's id.
        skills: Names, `"sql >= 2"` with a level, or a mapping of names to levels. They
            replace earlier ones.
    """

    context_id: Words
    skills: SkillNames = ()


class Registered(Answer):
    """The agent is in.

    Attributes:
        agent_id: Its id.
        skills: As they were given, one by one.
    """

    agent_id: AgentId
    skills: tuple[str, ...]


class Decompose(Request):
    """Hand in a goal, and wait for its plan.

    Attributes:
        goal: What is to be done, in words.
        context: What else is known.
        key: Idempotency key: the same key gives the same goal. The header
            `Idempotency-Key` says the same.
    """

    goal: Words
    context: str = ""
    key: str = ""


class PlannedSubtask(Value):
    """A subtask of a plan.

    Attributes:
        priority: CRITICAL, HIGH, MEDIUM or LOW.
        estimated_duration: Minutes.
        required_skills: An agent must cover every one.
        dependencies: Uuids of what must be done before.
        state: "running" while an agent holds it, else "idle".
        created_at: ISO 8601, in UTC.
    """

    uuid: SubtaskId
    name: str
    description: str
    priority: str
    estimated_duration: float
    required_skills: tuple[str, ...]
    dependencies: tuple[SubtaskId, ...]
    state: str
    created_at: str


class Decomposed(Answer):
    """The goal is accepted, and this is its plan.

    Attributes:
        goal_id: Names the goal from now on.
        subtasks: In the order of the plan.
        count: How many there are.
    """

    goal_id: str
    subtasks: tuple[PlannedSubtask, ...]
    count: int


class HandOut(Request):
    """Hand out all that agents in pull mode can have now."""


class Assignment(Value):
    """Who does what from now on.

    Attributes:
        assigned_at: ISO 8601, in UTC.
    """

    subtask_uuid: SubtaskId
    subtask_name: str
    agent_id: AgentId
    assigned_at: str


class Assigned(Answer):
    """What was handed out.

    Attributes:
        assignments: The most urgent first.
        count: How many there are.
    """

    assignments: tuple[Assignment, ...]
    count: int


class AskStatus(Request):
    """Figures about subtasks and agents."""


class AgentFigures(Value):
    """An agent's figures.

    Attributes:
        current_load: How many subtasks it holds.
        max_load: How many it may hold.
        last_heartbeat: ISO 8601, in UTC.
    """

    current_load: int
    max_load: int
    skills: tuple[str, ...]
    last_heartbeat: str


class Figures(Value):
    """How many there are of what.

    Attributes:
        pending_subtasks: Neither done nor running, and not given up.
        registered_agents: How many there are.
        agent_status: By the agent's id.
        task_tensor_shape: Subtasks, agents and priorities.
    """

    total_subtasks: int
    completed_subtasks: int
    running_subtasks: int
    pending_subtasks: int
    registered_agents: int
    agent_status: dict[AgentId, AgentFigures]
    task_tensor_shape: tuple[int, int, int]


class Status(Answer):
    """How things stand.

    Attributes:
        status: The figures.
    """

    status: Figures


class AskTensor(Request):
    """The task tensor as nested lists: who does each subtask, or how likely that is."""


class DenseTensor(Answer):
    """The tensor, in full.

    Attributes:
        tensor_shape: Subtasks, agents and priorities.
        tensor_data: Nested lists of numbers in [0, 1], in this order.
    """

    tensor_shape: tuple[int, int, int]
    tensor_data: list[list[list[float]]]


class Complete(Request):
    """Count a subtask as done, whoever holds it; harmless a second time with the same result.

    Attributes:
        subtask_uuid: Which one.
        result: Any JSON; what depends on it receives it.
    """

    subtask_uuid: SubtaskId
    result: Any


class Heartbeat(Request):
    """A sign of life; from the first one on, silence means that the agent is lost.

    Attributes:
        agent_id: Whose.
        cpu: Busy part of its processors, in [0, 1].
        memory: Part of its memory that is taken, likewise.
    """

    agent_id: AgentId
    cpu: Share | None = None
    memory: Share | None = None


class Unregister(Request):
    """Let an agent go; what it runs is queued again at once.

    Attributes:
        agent_id: Which one.
    """

    agent_id: AgentId


class Told(Answer):
    """It is done.

    Attributes:
        message: What was done, for people.
    """

    message: str


async def _register(runtime: Runtime, asked: Register) -> Registered:
    skills = skills_of(asked.skills)
    agent = await runtime.aenrol(Agent(id=asked.context_id, skills=skills, max_load=MAX_LOAD))
    return Registered(agent_id=agent, skills=tuple(map(stated, skills)))


async def _decompose(runtime: Runtime, asked: Decompose) -> Decomposed:
    mark = digest(asked, "key") if asked.key else ""
    goal = await runtime.adecompose(asked.goal, context=asked.context, key=asked.key, digest=mark)
    subtasks = tuple(planned(record, runtime) for record in goal.subtasks)
    return Decomposed(goal_id=goal.id, subtasks=subtasks, count=len(subtasks))


async def _assign(runtime: Runtime, _: HandOut) -> Assigned:
    leases = await runtime.aassign()
    assignments = runtime.hub.read(lambda board: tuple(_assignments(board, leases)))
    return Assigned(assignments=assignments, count=len(assignments))


async def _status(runtime: Runtime, _: AskStatus) -> Status:
    # Looking at all that is open takes a while where that is much.
    found = await aside(runtime.status)
    figures = specified(found)
    agents = {a: AgentFigures(**each) for a, each in figures.pop("agent_status").items()}
    return Status(status=Figures(**figures, agent_status=agents))


async def _tensor(runtime: Runtime, _: AskTensor) -> DenseTensor:
    shape, data = await aside(dense, runtime)
    return DenseTensor(tensor_shape=shape, tensor_data=data)


async def _complete(runtime: Runtime, asked: Complete) -> Told:
    await runtime.acomplete(asked.subtask_uuid, asked.result)
    return Told(message=f"Subtask {asked.subtask_uuid} marked as completed")


async def _heartbeat(runtime: Runtime, asked: Heartbeat) -> Told:
    await runtime.aheartbeat(asked.agent_id, cpu=asked.cpu, memory=asked.memory)
    return Told(message=f"Heartbeat updated for agent {asked.agent_id}")


async def _unregister(runtime: Runtime, asked: Unregister) -> Told:
    await runtime.aunregister(asked.agent_id)
    return Told(message=f"Agent {asked.agent_id} unregistered successfully")


def planned(record: SubtaskRecord, runtime: Runtime) -> PlannedSubtask:
    """A subtask as the specification's callers know it."""
    view = AtomicSubtask(record, runtime.hub)
    return PlannedSubtask(
        uuid=view.uuid,
        name=view.name,
        description=view.description,
        priority=view.priority.name,
        estimated_duration=view.estimated_duration,
        required_skills=tuple(view.required_skills),
        dependencies=tuple(view.dependencies),
        state=view.state.value,
        created_at=iso(record.created_at),
    )


def _assignments(board: Board, leases: tuple[Lease, ...]) -> list[Assignment]:
    found = ((board.subtasks.get(lease.subtask), lease.agent) for lease in leases)
    # What is not there any more was completed and forgotten in this very moment.
    return [_assignment(record, agent) for record, agent in found if record is not None]


def _assignment(record: SubtaskRecord, agent: AgentId) -> Assignment:
    at = record.created_at if record.assigned_at is None else record.assigned_at
    subtask = record.subtask
    return Assignment(
        subtask_uuid=subtask.uuid, subtask_name=subtask.name, agent_id=agent, assigned_at=iso(at)
    )


ORCHESTRATION = (
    Operation(
        name="register",
        method="POST",
        path="/orchestration/register",
        summary="Take in an agent that asks for its work",
        tag="orchestration",
        scope=Scope.AGENT,
        request=Register,
        answer=Registered,
        do=_register,
        refuses=(409,),
        agent="context_id",
    ),
    Operation(
        name="decompose",
        method="POST",
        path="/orchestration/decompose",
        summary="Break a goal down into subtasks",
        tag="orchestration",
        scope=Scope.OPERATOR,
        request=Decompose,
        answer=Decomposed,
        do=_decompose,
        refuses=(409, 413, 422),
        key="key",
    ),
    Operation(
        name="assign",
        method="POST",
        path="/orchestration/assign",
        summary="Hand out all that agents in pull mode can have now",
        tag="orchestration",
        scope=Scope.OPERATOR,
        request=HandOut,
        answer=Assigned,
        do=_assign,
    ),
    Operation(
        name="orchestration_status",
        method="GET",
        path="/orchestration/status",
        summary="Figures about subtasks and agents",
        tag="orchestration",
        scope=Scope.READER,
        request=AskStatus,
        answer=Status,
        do=_status,
    ),
    Operation(
        name="orchestration_tensor",
        method="GET",
        path="/orchestration/tensor",
        summary="The task tensor as nested lists",
        tag="orchestration",
        scope=Scope.READER,
        request=AskTensor,
        answer=DenseTensor,
        do=_tensor,
        refuses=(413,),
        bulky=True,
    ),
    Operation(
        name="complete",
        method="POST",
        path="/orchestration/complete",
        summary="Count a subtask as done",
        tag="orchestration",
        scope=Scope.AGENT,
        request=Complete,
        answer=Told,
        do=_complete,
        refuses=(404, 409, 422),
    ),
    Operation(
        name="heartbeat",
        method="POST",
        path="/orchestration/heartbeat",
        summary="Give a sign of life",
        tag="orchestration",
        scope=Scope.AGENT,
        request=Heartbeat,
        answer=Told,
        do=_heartbeat,
        refuses=(404,),
        agent="agent_id",
    ),
    Operation(
        name="unregister",
        method="POST",
        path="/orchestration/unregister",
        summary="Let an agent go",
        tag="orchestration",
        scope=Scope.AGENT,
        request=Unregister,
        answer=Told,
        do=_unregister,
        refuses=(404,),
        agent="agent_id",
    ),
)
"""In the order of the contract."""
