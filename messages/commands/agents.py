"""What is asked about an agent."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, Lane, Message
from callboard.messages.values import Agent, Token


class RegisterAgent(Message):
    """Take an agent into the company. Answer: `Done`.

    Attributes:
        replace: An agent with this id may be there already; it then gets these skills.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: Agent
    replace: bool = False
    reply_to: Address = ""


class RegisterAgents(Message):
    """Take agents into the company, all of them or none. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agents: tuple[Agent, ...]
    reply_to: Address = ""


class UnregisterAgent(Message):
    """Let an agent go. Answer: `Done`, when it has gone.

    Attributes:
        drain: It finishes what it runs; otherwise that is requeued at once.
        seconds: How long draining may take before the rest is requeued.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    drain: bool = False
    seconds: float = 30.0
    reply_to: Address = ""


class Heartbeat(Message):
    """A sign of life of an agent. Answer: `Done`.

    Attributes:
        running: Tokens of the leases that it believes it holds; None says nothing of them.
        load: Subtasks it works on, as it counts them itself.
        cpu: Busy part of its processors, in [0, 1]; None says nothing of it.
        memory: Part of its memory that is taken, likewise.
    """

    agent: AgentId
    running: tuple[Token, ...] | None = None
    load: int | None = None
    cpu: float | None = None
    memory: float | None = None
    reply_to: Address = ""


class PauseAgent(Message):
    """Give an agent no new work until `ResumeAgent`; it stays registered. Answer: `Done`.

    Attributes:
        interrupt: What it runs is taken back, for others, and loses no attempt by it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeAgent(Message):
    """Undo `PauseAgent`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    reply_to: Address = ""


class ResizeAgent(Message):
    """Change how many subtasks an agent may run at once. Answer: `Done`.

    Attributes:
        elsewhere: So many of these slots are taken by what we know nothing of; None says
            nothing of that. A scheduler's restart forgets it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    max_load: int
    elsewhere: int | None = None
    reply_to: Address = ""


class ForgetHonesty(Message):
    """Believe the next bids of an agent, as if it had never bid. Answer: `Forgotten`.

    Attributes:
        agent: "" for all agents.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId = ""
    reply_to: Address = ""
