"""An assignment as a frame, and what both ends make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.data import MalformedMessage
from callboard.messages.values import (
    Input,
    Lease,
    Priority,
    Ready,
    Subtask,
    Timeouts,
    Token,
)
from callboard.runtime.gateways.link import frames

if TYPE_CHECKING:
    from callboard.messages.base import AgentId
    from callboard.runtime.gateways.link.codec import Codec


def assignment(lease: Lease, ready: Ready, codec: Codec, seconds: float | None) -> frames.Assign:
    """What a worker is told of an attempt.

    Args:
        lease: Of it.
        ready: What is to be done.
        codec: In which it will travel.
        seconds: Until it must have ended, or None.

    Raises:
        NotEncodable: JSON cannot say the data.
    """
    subtask = ready.subtask
    return frames.Assign(
        token=str(lease.token),
        subtask=lease.subtask,
        name=subtask.name,
        goal=lease.goal,
        goal_text=ready.goal_text,
        description=subtask.description,
        context=ready.context,
        attempt=lease.attempt,
        copy=lease.copy,
        priority=int(subtask.priority),
        estimated_duration=subtask.estimated_duration,
        required_skills=subtask.required_skills,
        data=codec.raw(subtask.data),
        inputs=tuple(_input(each, codec) for each in ready.inputs),
        checkpoint=codec.raw(ready.checkpoint),
        rejected=ready.rejected,
        result_schema=codec.raw(subtask.result_schema),
        deadline=ready.deadline,
        seconds=seconds,
    )


def lease_of(assign: frames.Assign, agent: AgentId) -> Lease:
    """The lease that a worker has by that assignment.

    Raises:
        MalformedMessage: Its token is none.
    """
    return Lease(
        goal=assign.goal,
        subtask=assign.subtask,
        agent=agent,
        token=token_of(assign.token),
        attempt=assign.attempt,
        copy=assign.copy,
    )


def ready_of(assign: frames.Assign, codec: Codec) -> Ready:
    """What is to be done, as handlers are told it.

    What only a scheduler needs is not known here.
    """
    priority = Priority(assign.priority)
    subtask = Subtask(
        uuid=assign.subtask,
        name=assign.name,
        description=assign.description,
        priority=priority,
        estimated_duration=assign.estimated_duration,
        required_skills=assign.required_skills,
        data=codec.given(assign.data),
        timeouts=Timeouts(run=assign.seconds),
        result_schema=codec.given(assign.result_schema),
    )
    return Ready(
        goal=assign.goal,
        goal_text=assign.goal_text,
        subtask=subtask,
        urgency=priority,
        rank=subtask.seconds,
        since=0.0,
        context=assign.context,
        deadline=assign.deadline,
        inputs=tuple(
            Input(
                subtask=each.subtask,
                name=each.name,
                result=None if each.failed else codec.payload(each.result),
            )
            for each in assign.inputs
        ),
        checkpoint=codec.given(assign.checkpoint),
        rejected=assign.rejected,
    )


def token_of(text: str) -> Token:
    """The token that is written so.

    Raises:
        MalformedMessage: It is none.

    >>> str(token_of("1.2.30"))
    '1.2.30'
    """
    parts = text.split(".")
    if len(parts) != len(Token.__struct_fields__) or not all(map(_is_number, parts)):
        raise MalformedMessage("$.token", f"{text!r} is no token")
    boot, incarnation, counter = map(int, parts)
    return Token(boot=boot, incarnation=incarnation, counter=counter)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < _DIGITS


_DIGITS = 19
"""A longer number is none of ours."""


def _input(given: Input, codec: Codec) -> frames.Input:
    return frames.Input(
        subtask=given.subtask,
        name=given.name,
        result=codec.raw(given.result),
        failed=given.result is None,
    )
