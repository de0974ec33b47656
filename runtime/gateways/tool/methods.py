"""The seven methods: which operation each one is, and how its answer reads.

>>> METHODS["mark_completed"].arguments
('subtask_uuid', 'result')
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.runtime.gateways.operations.orchestration import (
    Assigned,
    Assignment,
    Complete,
    Decomposed,
    Heartbeat,
    PlannedSubtask,
    Register,
    Registered,
    Status,
)
from callboard.runtime.gateways.operations.subtasks import OneSubtask
from callboard.runtime.gateways.operations.table import named
from callboard.runtime.gateways.tool.tensor import tensor_text

if TYPE_CHECKING:
    from callboard.runtime.gateways.operations.operation import AnyOperation

DONE = "Task completed successfully"
"""The result of who does not say one."""

NOTHING = "No tasks could be assigned at this time. Check agent availability and dependencies."

_LEFT_OUT = ("created_at",)
"""Of a subtask: what a language model has no use for."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Method:
    """One thing that a language model can ask.

    Attributes:
        name: As it asks for it.
        about: What it does, for the model.
        operation: What it is.
        arguments: What the model says: fields of the operation's request.
        fields: Which field is meant, where an argument has another name.
        speaker: The field that says for whom it is; "" for none.
        defaults: What holds where the model says nothing.
        missing: What is said where an argument is missing, where that is not the usual.
        answer: The operation's answer in words; it is given the request too.
        narrower: What is meant instead where an argument of its own is said.
    """

    name: str
    about: str
    operation: AnyOperation
    arguments: tuple[str, ...] = ()
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    speaker: str = ""
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    answer: Callable[[Any, Any], str]
    narrower: Method | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Arguments that have no default."""
        fields = msgspec.structs.fields(self.operation.request)
        needed = [field.name for field in fields if field.required]
        left = (a for a in self.arguments if a not in self.defaults)
        return tuple(a for a in left if self.field(a) in needed)

    def field(self, argument: str) -> str:
        """The field of the request that an argument stands for."""
        return self.fields.get(argument, argument)

    def meant(self, given: Mapping[str, Any]) -> Method:
        """What these arguments ask for: this, or what is narrower."""
        narrower = self.narrower
        if narrower is None or all(given.get(a) in (None, "") for a in narrower.arguments):
            return self
        return narrower


def _registered(_: Register, answer: Registered) -> str:
    skills = list(answer.skills)
    return f"Agent registered successfully with ID: {answer.agent_id}\nSkills: {skills}"


def _decomposed(_: object, answer: Decomposed) -> str:
    subtasks = [_shown(subtask) for subtask in answer.subtasks]
    return f"Goal decomposed into {answer.count} subtasks:\n\n{_indented(subtasks)}"


def _assigned(_: object, answer: Assigned) -> str:
    if not answer.assignments:
        return NOTHING
    lines = "\n".join(map(_line, answer.assignments))
    return f"Task assignment results:\n\n{lines}"


def _status(_: object, answer: Status) -> str:
    return f"Distributed Orchestration Status:\n\n{_indented(answer.status)}"


def _subtask(_: object, answer: OneSubtask) -> str:
    return f"Subtask {answer.subtask.name}:\n\n{_indented(answer.subtask)}"


def _completed(asked: Complete, _: object) -> str:
    return f"Subtask {asked.subtask_uuid} marked as completed with result: {asked.result}"


def _beaten(asked: Heartbeat, _: object) -> str:
    return f"Heartbeat updated for agent {asked.agent_id}"


def _line(assignment: Assignment) -> str:
    return f"✓ {assignment.subtask_name} -> Agent {assignment.agent_id}"


def _shown(subtask: PlannedSubtask) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(subtask)
    return {name: value for name, value in told.items() if name not in _LEFT_OUT}


def _indented(answer: object) -> str:
    return json.dumps(msgspec.to_builtins(answer), indent=2, ensure_ascii=False)


_ONE = Method(
    name="get_status",
    about="Say how one subtask stands, and its result.",
    operation=named("get_subtask"),
    arguments=("subtask_uuid",),
    fields={"subtask_uuid": "subtask_id"},
    answer=_subtask,
)

_ALL = (
    Method(
        name="register_agent",
        about="Sign in as an agent that can be given subtasks, or say anew what you can do.",
        operation=named("register"),
        arguments=("skills",),
        speaker="context_id",
        answer=_registered,
    ),
    Method(
        name="decompose_goal",
        about="Break a goal down into subtasks with dependencies, priorities and skills.",
        operation=named("decompose"),
        arguments=("goal", "context"),
        missing={"goal": "Goal parameter is required for decomposition"},
        answer=_decomposed,
    ),
    Method(
        name="assign_tasks",
        about="Hand out every subtask that is ready to the agents that can do it now.",
        operation=named("assign"),
        answer=_assigned,
    ),
    Method(
        name="get_status",
        about=(
            "Count subtasks by state, and say what each agent has to do; or say how one"
            " subtask stands, and its result."
        ),
        operation=named("orchestration_status"),
        answer=_status,
        narrower=_ONE,
    ),
    Method(
        name="get_task_tensor",
        about="Show who does each subtask, or how likely that is, by agent and priority.",
        operation=named("tensor"),
        answer=tensor_text,
    ),
    Method(
        name="mark_completed",
        about="Say that a subtask is done, and with which result; what waits for it gets that.",
        operation=named("complete"),
        arguments=("subtask_uuid", "result"),
        defaults={"result": DONE},
        missing={"subtask_uuid": "subtask_uuid parameter is required"},
        answer=_completed,
    ),
    Method(
        name="update_heartbeat",
        about="Give a sign of life; from the first one on, silence means that you are lost.",
        operation=named("heartbeat"),
        speaker="agent_id",
        answer=_beaten,
    ),
)

METHODS = {method.name: method for method in _ALL}
"""By name, in the order of the contract."""
