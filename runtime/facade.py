"""The names of the specification, and the one orchestrator of a process.

>>> orchestrator = get_orchestrator()
>>> orchestrator is get_orchestrator()
True
>>> orchestrator.close().goals
()
"""

from __future__ import annotations

import os
import threading

from callboard.messages.values import Priority
from callboard.runtime.capability import AgentCapability
from callboard.runtime.distributed import PATIENT, DistributedOrchestrator
from callboard.runtime.subtask_view import AtomicSubtask, TaskState

__all__ = [
    "PATIENT",
    "AgentCapability",
    "AtomicSubtask",
    "DistributedOrchestrator",
    "TaskPriority",
    "TaskState",
    "get_orchestrator",
]

TaskPriority = Priority


class _Shared:
    """Where the process keeps its orchestrator."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.orchestrator: DistributedOrchestrator | None = None
        self.prepared = False

    def forget(self) -> None:
        """In a forked child: no thread of the parent is here, perhaps not to let go the lock."""
        self.lock = threading.Lock()
        self.orchestrator = None

    def prepare(self) -> None:
        if not self.prepared and hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)
        self.prepared = True


_shared = _Shared()


def get_orchestrator() -> DistributedOrchestrator:
    """The one orchestrator of this process; started at first use, or after it was closed.

    A forked child gets one of its own.
    """
    with _shared.lock:
        if _shared.orchestrator is None or _shared.orchestrator.closed:
            _shared.prepare()
            _shared.orchestrator = DistributedOrchestrator()
        return _shared.orchestrator
