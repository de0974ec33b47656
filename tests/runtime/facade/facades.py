"""What the tests of the facade share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.runtime.facade import AtomicSubtask, DistributedOrchestrator

ATTRIBUTES = (
    "uuid",
    "name",
    "description",
    "parent_task_uuid",
    "dependencies",
    "priority",
    "estimated_duration",
    "required_skills",
    "assigned_agent_id",
    "state",
    "created_at",
    "started_at",
    "completed_at",
    "result",
)
"""Of a subtask, as the contract names them."""


class Context:
    """What Agent Zero would register."""

    def __init__(self, name: Any) -> None:
        self.id = name


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it has not become true"
        time.sleep(0.005)


def names(assigned: list[tuple[AtomicSubtask, str]]) -> list[tuple[str, str]]:
    """Assignments by the names of their subtasks."""
    return [(subtask.name, agent) for subtask, agent in assigned]


def loads(orchestrator: DistributedOrchestrator) -> dict[str, int]:
    """How many subtasks each agent holds."""
    return {name: agent.current_load for name, agent in orchestrator.registered_agents.items()}


def name_of(task: Any) -> str:
    """What an agent does that runs its work by itself: it says what it was given."""
    found: str = task.name
    return found


def private(orchestrator: DistributedOrchestrator) -> Any:
    """For the names with an underscore that callers know from the specification."""
    return orchestrator
