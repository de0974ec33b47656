"""What an agent without a socket asks of a server over HTTP, and what it is answered."""

from __future__ import annotations

from typing import Any

from callboard.messages.base import AgentId, Value
from callboard.messages.resources import Amount
from callboard.messages.values import Retry, Timeouts
from callboard.runtime.gateways.link.frames import Assign
from callboard.runtime.gateways.operations.bounds import Load, Share, SkillNames, Some
from callboard.runtime.gateways.operations.operation import Answer, Operation, Request, Scope


class Enter(Request):
    """Be an agent from now on, or go on to be one.

    Attributes:
        agent_id: Its id.
        skills: Names, `"sql >= 2"` with a level, or a mapping of names to levels.
        max_load: How many subtasks it runs at once.
        life: Names the program that asks; "" has the server make a name.
        replace: It takes the place of another program that is that agent.
        timeouts: Limits of its attempts, in seconds: `run`, `silence` and `stall`.
        retry: When a failed attempt of its is tried again.
        offers: Resources of its own.
        speculate: Whether its attempts that take long may get copies.
    """

    agent_id: AgentId
    skills: SkillNames = ()
    max_load: Load = 1
    life: str = ""
    replace: bool = False
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    offers: tuple[Amount, ...] = ()
    speculate: bool | None = None


class Entered(Answer):
    """It is that agent.

    Attributes:
        life: To be said in what follows.
        heartbeat: Seconds between two heartbeats that it should give.
        resumed: The server knows this life, and what it has of earlier.
        now: The server's clock, seconds since the epoch.
    """

    agent_id: AgentId
    life: str
    heartbeat: float
    resumed: bool
    now: float


class NextAssignments(Request):
    """Wait for work.

    Attributes:
        agent_id: Its id.
        life: As it was answered.
        held: Tokens of all that it has, with commas between: what runs, and ends that
            were not acknowledged. What is not among them is assigned again.
        wait: Seconds to wait where there is nothing; the server has a limit.
    """

    agent_id: AgentId
    life: str
    held: str = ""
    wait: Some = 20.0


class Halt(Value):
    """An attempt that is to be stopped; how it ended is to be said.

    Attributes:
        grace: Seconds after which it is waited for no longer.
    """

    token: str
    reason: str = ""
    grace: float = 5.0


class Forgettable(Value):
    """An end that was said before, and may be forgotten.

    Attributes:
        refused: Why it does not count, where it does not.
    """

    token: str
    refused: str = ""


class Assignments(Answer):
    """What there is to do, and to leave.

    Attributes:
        assignments: To be begun, but for those that are known already.
        stop: To be stopped.
        forget: Ends that need not be said again.
        left: The agent was let go: why; null where it was not.
    """

    assignments: tuple[Assign, ...] = ()
    stop: tuple[Halt, ...] = ()
    forget: tuple[Forgettable, ...] = ()
    left: str | None = None


class Renew(Request):
    """Give a sign of life.

    Attributes:
        agent_id: Its id.
        life: As it was answered.
        held: Tokens of what runs.
        cpu: Busy part of its processors, in [0, 1].
        memory: Part of the memory that is taken, likewise.
    """

    agent_id: AgentId
    life: str
    held: tuple[str, ...] = ()
    cpu: Share | None = None
    memory: Share | None = None


class Renewed(Answer):
    """It was seen.

    Attributes:
        stop: Of what it has: what is to be stopped.
    """

    stop: tuple[Halt, ...] = ()


class SayProgress(Request):
    """Say how far an attempt is.

    Attributes:
        agent_id: Its id.
        token: Of the attempt.
        fraction: Done, in [0, 1].
        note: For people.
        checkpoint: What the next attempt would need.
        spent: What it has used up of budgets in all.
    """

    agent_id: AgentId
    token: str
    fraction: Share | None = None
    note: str = ""
    checkpoint: Any = None
    spent: tuple[Amount, ...] = ()


class CompleteLease(Request):
    """Say that an attempt is done; answered when that is recorded.

    Attributes:
        agent_id: Its id.
        token: Of the attempt.
        result: What it has come to.
    """

    agent_id: AgentId
    token: str
    result: Any = None


class Fail(Request):
    """Say that an attempt has failed; answered when it is known what follows.

    Attributes:
        agent_id: Its id.
        token: Of the attempt.
        error: Name of the error's class.
        text: What a person should read.
        traceback: Where it happened.
        lasting: Trying again would not help.
        retry_after: Seconds before which another attempt makes no sense.
    """

    agent_id: AgentId
    token: str
    error: str
    text: str
    traceback: str = ""
    lasting: bool = False
    retry_after: Some | None = None


class SayStopped(Request):
    """Say that an attempt was stopped, as it was to be.

    Attributes:
        agent_id: Its id.
        token: Of the attempt.
    """

    agent_id: AgentId
    token: str


class Quit(Request):
    """Be that agent no longer.

    Attributes:
        agent_id: Its id.
        life: As it was answered.
        drain: First end what it has, and take no more: it is asked for as before, and
            `left` says when that is so.
        seconds: For that, at the most.
    """

    agent_id: AgentId
    life: str
    drain: bool = False
    seconds: Some = 60.0


def operation(
    name: str, path: str, summary: str, request: type[Request], answer: type[Answer] = Answer
) -> Operation[Any, Any]:
    """One of these questions, for guard and documentation."""
    return Operation(
        name=name,
        method="GET" if request is NextAssignments else "POST",
        path=f"/agents/{{agent_id}}/{path}",
        summary=summary,
        tag="agents elsewhere",
        scope=Scope.AGENT,
        request=request,
        answer=answer,
        do=_never,
        refuses=(404, 409),
        agent="agent_id",
    )


async def _never(_runtime: object, _asked: Request) -> Answer:
    """It is answered by whoever has the sessions."""
    raise NotImplementedError
