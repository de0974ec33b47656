"""Attempts that a worker's agent is at, and words about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.messages.errors.base import problem_of
from callboard.messages.errors.serving import ServerUnreachable
from callboard.messages.execution import WorkCrashed, WorkDone, WorkFailed, WorkStopped
from callboard.messages.values import Lease, Ready
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker.translation import cause_of

if TYPE_CHECKING:
    from callboard.messages.values import Problem
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.worker.translation import Ending


class Work(msgspec.Struct):
    """What is known of an attempt that has not ended.

    Attributes:
        began: By the clock that the tenure is given; None while it must wait.
        waits: How often it has waited for a sub-goal.
        wants: None where it has its slot, else whether it wants it back.
    """

    lease: Lease
    ready: Ready
    began: float | None = None
    progress: frames.Progress | None = None
    waits: int = 0
    wants: bool | None = None


def waits_of(work: Work) -> list[Frame]:
    """That it waits, and that it wants to go on, if so."""
    token = str(work.lease.token)
    waits: list[Frame] = [frames.Waiting(token=token, number=work.waits)]
    if work.wants:
        waits.append(frames.WaitOver(token=token, number=work.waits))
    return waits


def how_of(ending: Ending) -> str:
    """A word for it."""
    match ending:
        case WorkDone():
            return "done"
        case WorkFailed():
            return "failed"
        case WorkCrashed():
            return "crashed"
        case _:
            return "stopped"


def why_of(ending: Ending) -> str:
    """Why it did not succeed, or ""."""
    return "" if isinstance(ending, WorkDone | WorkStopped) else cause_of(ending.problem).text


def broken_off(server: str) -> Problem:
    """What was asked has no answer."""
    why = "it was started anew; what was asked of it before may have happened"
    return problem_of(ServerUnreachable(server, why))
