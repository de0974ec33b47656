"""Who joins, works, fails and leaves."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import AgentId
from callboard.messages.facts.base import Fact
from callboard.messages.values import Agent, Problem


class AgentRegistered(Fact):
    """An agent has joined, or has joined anew with other skills."""

    agent: Agent


class AgentResized(Fact):
    """An agent may run so many subtasks at once from now on."""

    agent: AgentId
    max_load: int


class AgentPaused(Fact):
    """An agent gets no new work; it stays registered.

    Attributes:
        interrupt: What it ran was taken back too.
    """

    agent: AgentId
    reason: str = ""
    interrupt: bool = False


class AgentResumed(Fact):
    """A paused agent is given work again."""

    agent: AgentId


class AgentRemoved(Fact):
    """An agent has left for good."""

    agent: AgentId
    reason: str


class AgentStarted(Fact):
    """An agent's actor takes work now; after a restart its incarnation is above 1."""

    agent: AgentId
    incarnation: int


class AgentCrashed(Fact):
    """An agent's actor has died or was doubted; what it held is requeued."""

    level: ClassVar[str] = "warning"
    agent: AgentId
    incarnation: int
    problem: Problem
