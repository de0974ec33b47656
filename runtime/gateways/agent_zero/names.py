"""The names that python/helpers/distributed_orchestrator.py had, for who imports them there."""

from __future__ import annotations

from callboard.runtime.facade import (
    AgentCapability,
    AtomicSubtask,
    DistributedOrchestrator,
    TaskPriority,
    TaskState,
    get_orchestrator,
)

__all__ = [
    "AgentCapability",
    "AtomicSubtask",
    "DistributedOrchestrator",
    "TaskPriority",
    "TaskState",
    "get_orchestrator",
]
