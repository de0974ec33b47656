"""What executors report, as the frames that tell a server of it. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.errors.endings import ActorDied
from callboard.messages.execution import (
    WorkAbandoned,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkStopped,
)
from callboard.messages.values import replace
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK

if TYPE_CHECKING:
    from typing import TypeAlias

    from callboard.messages.values import Agent, Problem

    Ending: TypeAlias = (
        WorkDone | WorkFailed | WorkStopped | WorkAbandoned | WorkKilled | WorkCrashed
    )

CODEC = MSGPACK
"""How workers of ours speak: data of users passes as it is."""

SLACK = 1_000
"""Bytes that a frame may have beside the data in it."""


def worker_of(agent: Agent) -> frames.Worker:
    """The agent, as a server is told of it."""
    known = {name: getattr(agent, name) for name in frames.Worker.__struct_fields__}
    return frames.Worker(**known)


def end_of(ending: Ending, token: str) -> frames.End:
    """The frame that tells how an attempt has ended."""
    match ending:
        case WorkDone():
            return frames.Done(token=token, result=CODEC.raw(ending.result))
        case WorkFailed():
            return frames.Failed(token=token, problem=ending.problem)
        case WorkStopped():
            return frames.Stopped(token=token)
        case WorkAbandoned():
            return frames.Stopped(token=token, given_up=ending.problem)
        case WorkKilled():
            return frames.Stopped(token=token, killed=ending.problem)
        case WorkCrashed():
            return frames.Crashed(token=token, problem=cause_of(ending.problem))


def cause_of(died: Problem) -> Problem:
    """What an agent went down by, of what says that it did; the server says that itself."""
    if died.error != ActorDied.__name__ or not died.details:
        return died
    return replace(died, error="", text=str(died.details[-1]), details=(), bases=())


def progress_of(said: WorkProgressed) -> frames.Progress:
    """What an attempt says of its progress."""
    return frames.Progress(
        token=str(said.token),
        fraction=said.fraction,
        note=said.note,
        checkpoint=frames.NOTHING if said.checkpoint is None else CODEC.raw(said.checkpoint),
        spent=said.spent,
    )


def merged(before: frames.Progress | None, after: frames.Progress) -> frames.Progress:
    """What both say, of one attempt; what *after* says nothing of is as before."""
    if before is None:
        return after
    return frames.Progress(
        token=after.token,
        fraction=before.fraction if after.fraction is None else after.fraction,
        note=after.note or before.note,
        checkpoint=after.checkpoint if bytes(after.checkpoint) else before.checkpoint,
        spent=after.spent or before.spent,
    )


def without_checkpoint(said: frames.Progress) -> frames.Progress:
    """The same without a checkpoint."""
    return msgspec.structs.replace(said, checkpoint=frames.NOTHING)


def size_of(end: frames.End) -> int:
    """About how many bytes that takes."""
    return SLACK + memoryview(end.result).nbytes if isinstance(end, frames.Done) else SLACK
