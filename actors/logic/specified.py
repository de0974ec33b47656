"""What the callers of the original specification know: its figures and its defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callboard.messages.base import AgentId

MAX_LOAD = 5
"""Subtasks that an agent may hold at once, until told otherwise."""

_STATUS = (
    "total_subtasks",
    "completed_subtasks",
    "running_subtasks",
    "pending_subtasks",
    "registered_agents",
    "agent_status",
    "task_tensor_shape",
)
_AGENT_STATUS = ("current_load", "max_load", "skills", "last_heartbeat")


def specified(status: Mapping[str, Any]) -> dict[str, Any]:
    """What the specification's callers know of a runtime's status.

    Args:
        status: Of `Runtime.status`.
    """
    agents: dict[AgentId, dict[str, Any]] = status["agent_status"]
    known = {key: status[key] for key in _STATUS}
    known["agent_status"] = {
        agent: {key: figures[key] for key in _AGENT_STATUS} for agent, figures in agents.items()
    }
    return known
