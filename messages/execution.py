"""Between an agent's actor and what runs its work: threads, coroutines, handlers."""

from __future__ import annotations

from callboard.messages.base import Address, AgentId, Message
from callboard.messages.resources import Amount
from callboard.messages.values import Payload, Problem, Token


class WorkProgressed(Message):
    """The handler reported progress, what it has used up, or merely life.

    Attributes:
        spent: In all since it began; empty where it says nothing of it.
    """

    token: Token
    fraction: float | None = None
    note: str = ""
    checkpoint: Payload | None = None
    spent: tuple[Amount, ...] = ()


class WorkBegan(Message):
    """What had stood in line has begun by itself: there was room for it."""

    token: Token


class WorkTakenBack(Message):
    """All that stood in line does so no longer, and has not begun.

    Attributes:
        tokens: In the order of the line.
    """

    tokens: tuple[Token, ...]


class WorkDone(Message):
    """The handler returned.

    Attributes:
        began: What stood in line and has begun in its place; None for nothing.
    """

    token: Token
    result: Payload
    seconds: float
    began: Token | None = None


class WorkFailed(Message):
    """The handler raised an exception.

    Attributes:
        began: As of `WorkDone`.
    """

    token: Token
    problem: Problem
    seconds: float
    began: Token | None = None


class WorkCrashed(Message):
    """The handler raised what is not an `Exception`: the agent goes down with it.

    It comes in the lane of work, after all that the handler has said before.
    """

    token: Token | None
    problem: Problem


class WorkStopped(Message):
    """The handler has ended after it was told to.

    Attributes:
        began: As of `WorkDone`.
    """

    token: Token
    began: Token | None = None


class WorkAbandoned(Message):
    """The handler did not end in time after it was told to; its thread is given up."""

    token: Token
    problem: Problem


class WorkKilled(Message):
    """A process of the agent had to be killed, or died while it had nothing to do.

    Attributes:
        token: Of the attempt that did not end after it was told to; None where the
            process ran none.
    """

    token: Token | None
    problem: Problem


class WorkReturned(Message):
    """What was given up has ended after all; its thread is gone."""

    token: Token


class WorkWaiting(Message):
    """The handler waits for a sub-goal."""

    token: Token


class WorkWaitOver(Message):
    """The handler has what it waited for and wants its slot back."""

    token: Token


class HookDone(Message):
    """`on_start` or `on_stop` has returned."""

    hook: str


class HookFailed(Message):
    """`on_start` or `on_stop` has raised, or took too long."""

    hook: str
    problem: Problem


class Deliver(Message):
    """A message between agents, or from a caller to an agent.

    Attributes:
        body: The user's message, encoded with its tag.
        tag: Which type it is.
        sender: Agent that sent it; "" for a caller outside.
        deadline: When an answer is no longer wanted, seconds since the epoch.
    """

    agent: AgentId
    tag: str
    body: Payload
    sender: AgentId = ""
    deadline: float | None = None
    reply_to: Address = ""


class Handled(Message):
    """A message handler has returned or raised.

    Attributes:
        reply: What it returned, encoded; None where it raised.
        problem: What it raised, or why its message could not be given to it.
    """

    tag: str
    reply: Payload | None = None
    problem: Problem | None = None
