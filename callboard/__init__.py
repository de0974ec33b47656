"""Callboard: goals in, work done, nothing lost.

What an application needs stands here; each name is loaded when it is first used, so
that `import callboard` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.messages.bids import Bid
    from callboard.messages.errors import CallboardError, GoalCancelled, GoalFailed, RetryLater
    from callboard.messages.resources import Amount, Budget, Pool, Rate
    from callboard.messages.user import Note, UserMessage
    from callboard.messages.values import OnError, Plan, Priority, Retry, Skill, Subtask, Timeouts
    from callboard.runtime.config import Config
    from callboard.runtime.executors.checker import checker
    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.decorator import agent, handles
    from callboard.runtime.executors.permit import Permit
    from callboard.runtime.executors.task import Task
    from callboard.runtime.facade import (
        AgentCapability,
        AtomicSubtask,
        DistributedOrchestrator,
        TaskPriority,
        get_orchestrator,
    )
    from callboard.runtime.gateways.tool.tool import DistributedOrchestrationTool
    from callboard.runtime.gateways.worker import Worker
    from callboard.runtime.handle import GoalHandle
    from callboard.runtime.planners.plans import read_plan, subtask
    from callboard.runtime.runtime import Closed, Runtime

__version__ = "0.1.0"

__all__ = [
    "AgentCapability",
    "Amount",
    "AtomicSubtask",
    "Bid",
    "Budget",
    "CallboardError",
    "Closed",
    "Config",
    "Context",
    "DistributedOrchestrationTool",
    "DistributedOrchestrator",
    "GoalCancelled",
    "GoalFailed",
    "GoalHandle",
    "Note",
    "OnError",
    "Permit",
    "Plan",
    "Pool",
    "Priority",
    "Rate",
    "Retry",
    "RetryLater",
    "Runtime",
    "Skill",
    "Subtask",
    "Task",
    "TaskPriority",
    "Timeouts",
    "UserMessage",
    "Worker",
    "agent",
    "checker",
    "get_orchestrator",
    "handles",
    "read_plan",
    "subtask",
]

_HOMES = {
    "callboard.messages.bids": ("Bid",),
    "callboard.messages.errors": ("CallboardError", "GoalCancelled", "GoalFailed", "RetryLater"),
    "callboard.messages.resources": ("Amount", "Budget", "Pool", "Rate"),
    "callboard.messages.user": ("Note", "UserMessage"),
    "callboard.messages.values": (
        "OnError",
        "Plan",
        "Priority",
        "Retry",
        "Skill",
        "Subtask",
        "Timeouts",
    ),
    "callboard.runtime.config": ("Config",),
    "callboard.runtime.executors.checker": ("checker",),
    "callboard.runtime.executors.context": ("Context",),
    "callboard.runtime.executors.decorator": ("agent", "handles"),
    "callboard.runtime.executors.permit": ("Permit",),
    "callboard.runtime.executors.task": ("Task",),
    "callboard.runtime.facade": (
        "AgentCapability",
        "AtomicSubtask",
        "DistributedOrchestrator",
        "TaskPriority",
        "get_orchestrator",
    ),
    "callboard.runtime.gateways.tool.tool": ("DistributedOrchestrationTool",),
    "callboard.runtime.gateways.worker": ("Worker",),
    "callboard.runtime.handle": ("GoalHandle",),
    "callboard.runtime.planners.plans": ("read_plan", "subtask"),
    "callboard.runtime.runtime": ("Closed", "Runtime"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name on its first use."""
    home = _HOME_OF.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
