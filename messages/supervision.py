"""Life and death of actors, and the clock's knock."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, Lane, Message
from callboard.messages.values import Lease, Problem


class Wake(Message):
    """Look at the clock: something that you waited for may be due."""

    lane: ClassVar[Lane] = Lane.CONTROL


class ActorStarted(Message):
    """An actor takes messages now (shell or agent -> supervisor)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    address: Address
    incarnation: int


class CheckStarted(Message):
    """Say so if you take messages (supervisor -> agent); word of it may have been lost."""

    lane: ClassVar[Lane] = Lane.CONTROL


class ActorExited(Message):
    """An actor has ended (shell -> supervisor).

    Attributes:
        problem: None for an exit without an error.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    address: Address
    incarnation: int
    problem: Problem | None = None


class AgentSilent(Message):
    """No sign of life within the heartbeat timeout (scheduler -> supervisor).

    Attributes:
        incarnation: That was silent; 0 where that is not known.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    seconds: float
    incarnation: int = 0


class SignsSeen(Message):
    """Somebody has looked for signs of life (scheduler -> itself).

    In the lane of work, behind all that waited when it looked: what an agent has said
    itself goes before what is seen of it.

    Attributes:
        limit: That was reached: "run", "silence", "stall" or "heartbeat"; "answer" where
            the agent has not answered the scheduler.
        lease: The attempt that was looked at; None for whatever the agent runs.
        quiet: Seconds since the last sign; None where nothing runs that could give one.
    """

    agent: AgentId
    limit: str
    lease: Lease | None = None
    quiet: float | None = None


class AllSignsSeen(Message):
    """Somebody has looked at many agents at once (scheduler -> itself); as `SignsSeen`.

    Attributes:
        seen: Agents, and the seconds since the last sign of each; None where nothing runs
            that could give one.
    """

    limit: str
    seen: tuple[tuple[AgentId, float | None], ...]


class AgentStuck(Message):
    """An attempt would not stop and taints its agent (agent -> supervisor).

    Attributes:
        incarnation: That is tainted; 0 where that is not known.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    problem: Problem
    incarnation: int = 0


class Shutdown(Message):
    """Stop what you run, say good-bye, and end (supervisor -> agent)."""

    lane: ClassVar[Lane] = Lane.CONTROL


class AgentGone(Message):
    """The scheduler holds nothing of that agent any more (scheduler -> supervisor)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
