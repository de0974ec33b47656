"""How agents are: their signs of life, their load, their processes and handlers."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import AgentId
from callboard.messages.notices.base import Notice
from callboard.messages.values import Lease, Problem


class HeartbeatSeen(Notice):
    """An agent gave a sign of life."""

    level: ClassVar[str] = "debug"
    agent: AgentId


class LoadReported(Notice):
    """How laden an agent is, as it says itself, or as is seen of its machine.

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of its memory that is taken, likewise.
    """

    level: ClassVar[str] = "debug"
    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class AgentOverloaded(Notice):
    """An agent has too much load: it gets nothing new until there is less.

    Attributes:
        of: What there is too much of: "cpu" or "memory".
        cpu: As in `LoadReported`.
        memory: Likewise.
    """

    level: ClassVar[str] = "warning"
    agent: AgentId
    of: str
    cpu: float | None = None
    memory: float | None = None


class AgentRelieved(Notice):
    """An agent that had too much load has less, and is given work again.

    Attributes:
        cpu: As in `LoadReported`.
        memory: Likewise.
    """

    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class AgentDoubted(Notice):
    """An agent was silent for too long."""

    level: ClassVar[str] = "warning"
    agent: AgentId
    seconds: float


class ProcessLost(Notice):
    """A process of an agent was killed for not stopping, or died while it was idle.

    One that dies in the midst of its work takes the agent down: see `AgentCrashed`.

    Attributes:
        lease: What it was told to stop; None where it ran nothing.
    """

    level: ClassVar[str] = "warning"
    agent: AgentId
    lease: Lease | None
    problem: Problem


class HandlerFailed(Notice):
    """A message handler of an agent raised."""

    level: ClassVar[str] = "error"
    agent: AgentId
    tag: str
    problem: Problem
