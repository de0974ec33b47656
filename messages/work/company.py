"""Supervisor and runtime -> scheduler: which agents there are, and how they are."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, Lane, Message
from callboard.messages.values import Agent, Problem


class AgentJoined(Message):
    """An agent is registered; it gets no work before `AgentUp` (supervisor -> scheduler).

    Attributes:
        reply_to: Somebody who registered it and waits for an answer.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: Agent
    reply_to: Address = ""


class AgentsJoined(Message):
    """Agents are registered that came with one call (supervisor -> scheduler).

    Attributes:
        up: In the order of the agents: the incarnation of the actor of each one that can be
            given work, and 0 where `AgentUp` will say so.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agents: tuple[Agent, ...]
    up: tuple[int, ...]


class AgentUp(Message):
    """An agent can be given work (supervisor -> scheduler).

    Attributes:
        incarnation: Of its actor; grows with each restart.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    incarnation: int


class AgentDown(Message):
    """An agent's actor has died or is doubted (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    incarnation: int
    problem: Problem


class AgentDraining(Message):
    """Give that agent no more (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId


class AgentLeft(Message):
    """An agent has gone for good; requeue what it held (supervisor -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reason: str
    reply_to: Address = ""


class LoadSeen(Message):
    """How laden an agent's machine is (runtime -> scheduler).

    Attributes:
        cpu: Busy part of its processors, in [0, 1]; None where that is not known.
        memory: Part of the memory that is taken, likewise.
    """

    agent: AgentId
    cpu: float | None = None
    memory: float | None = None


class Introduced(Message):
    """Those were all agents that there are now (supervisor -> scheduler).

    Attributes:
        incarnation: Of the scheduler that they were introduced to; a later one has
            perhaps heard only the last of them.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    incarnation: int
