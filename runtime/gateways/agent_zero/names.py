"""The names that python/helpers/distributed_orchestrator.py had, for who imports them there.

They are those of the facade. There were data classes among them, which could also be made
by hand, without an orchestrator; that is possible here, too.

>>> ann = AgentCapability(agent_id="ann", agent_context=None, skills={"statistics"})
>>> ann.can_handle_task(AtomicSubtask(required_skills=["data_analysis"]))
True
>>> ann.can_handle_task(AtomicSubtask(required_skills=["coding"]))
False
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from callboard.actors.logic.given import skills_of
from callboard.actors.logic.skills import can_do
from callboard.actors.logic.specified import MAX_LOAD
from callboard.runtime import capability, subtask_view
from callboard.runtime.facade import (
    DistributedOrchestrator,
    TaskPriority,
    TaskState,
    get_orchestrator,
)
from callboard.runtime.planners.skills import load_equivalences

__all__ = [
    "AgentCapability",
    "AtomicSubtask",
    "DistributedOrchestrator",
    "TaskPriority",
    "TaskState",
    "get_orchestrator",
]


class _AlsoLive(type):
    """What an orchestrator hands out counts as an instance, too."""

    live: type

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, cls.live) or super().__instancecheck__(thing)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass
class AtomicSubtask(metaclass=_AlsoLive):
    """A subtask that was made by hand: no orchestrator knows of it."""

    live = subtask_view.AtomicSubtask

    uuid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    name: str = ""
    description: str = ""
    parent_task_uuid: str = ""
    dependencies: list[str] = dataclasses.field(default_factory=list[str])
    priority: TaskPriority = TaskPriority.MEDIUM
    estimated_duration: float = 0
    required_skills: list[str] = dataclasses.field(default_factory=list[str])
    assigned_agent_id: str | None = None
    state: TaskState = TaskState.IDLE
    created_at: dt.datetime = dataclasses.field(default_factory=_now)
    started_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    result: Any = None


@dataclasses.dataclass
class AgentCapability(metaclass=_AlsoLive):
    """An agent that was made by hand: no orchestrator knows of it."""

    live = capability.AgentCapability

    agent_id: str
    agent_context: object
    skills: set[str] = dataclasses.field(default_factory=set[str])
    current_load: int = 0
    max_load: int = MAX_LOAD
    last_heartbeat: dt.datetime = dataclasses.field(default_factory=_now)

    def can_handle_task(self, subtask: AtomicSubtask) -> bool:
        """Whether it has a free slot and covers every required skill.

        Raises:
            InvalidSkills: Its skills are none, or those of the subtask.
        """
        if self.current_load >= self.max_load:
            return False
        offered, required = skills_of(sorted(self.skills)), skills_of(subtask.required_skills)
        return can_do(offered, required, load_equivalences())
