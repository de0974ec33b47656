"""What an agent's actor is told of how an attempt ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import agent_address
from callboard.messages.errors.endings import ActorDied
from callboard.messages.execution import (
    WorkAbandoned,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkStopped,
)
from callboard.runtime.executors.problems import as_cause
from callboard.runtime.executors.runs import (
    Crashed,
    GivenUp,
    Killed,
    Outcome,
    Raised,
    Returned,
    Stopped,
)

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Problem, Token


def told(
    token: Token, agent: AgentId, outcome: Outcome, seconds: float, began: Token | None = None
) -> AgentMessage:
    """The outcome of that attempt as a message.

    Args:
        token: Of the attempt.
        agent: That has run it.
        outcome: How it has ended.
        seconds: That it took.
        began: What has begun in its place.
    """
    match outcome:
        case Returned():
            return WorkDone(token=token, result=outcome.value, seconds=seconds, began=began)
        case Raised():
            return WorkFailed(token=token, problem=outcome.problem, seconds=seconds, began=began)
        case Stopped():
            return WorkStopped(token=token, began=began)
        case GivenUp():
            return WorkAbandoned(token=token, problem=outcome.problem)
        case Killed():
            return WorkKilled(token=token, problem=outcome.problem)
        case Crashed():
            return WorkCrashed(token=token, problem=died(agent, outcome.problem))


def died(agent: AgentId, cause: Problem) -> Problem:
    """That the agent goes down with what its code raised."""
    return as_cause(ActorDied(agent_address(agent), cause.text), cause)
