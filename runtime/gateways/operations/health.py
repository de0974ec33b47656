"""Whether a server lives, and whether it can be given work: for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.errors.requests import NotReady
from callboard.messages.errors.running import CallTimedOut, RuntimeClosed
from callboard.runtime.gateways.operations.operation import (
    Answer,
    AnyOperation,
    Operation,
    Request,
    Scope,
)

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime

SECONDS = 2.0
"""That each actor has to answer: less than what watchers use to wait."""


class AskHealth(Request):
    """Is the server alive?"""


class AskReady(Request):
    """Can it be given work?"""


class Alive(Answer):
    """It is; where the runtime has failed it must be started again.

    Attributes:
        alive: Always true.
    """

    alive: bool = True


class Ready(Answer):
    """It can.

    Attributes:
        ready: Always true.
        actors: Figures of the runtime's actors, which have all answered.
    """

    actors: dict[str, dict[str, int]]
    ready: bool = True


async def health(runtime: Runtime, _: AskHealth) -> Alive:
    """The event loop answers; and the runtime has not failed.

    Raises:
        NotReady: It cannot go on.
    """
    failed = _failure(runtime)
    if failed:
        raise NotReady(failed)
    return Alive()


async def ready(runtime: Runtime, _: AskReady) -> Ready:
    """New goals are accepted, can be kept, and the actors answer.

    Raises:
        NotReady: Not so.
    """
    reasons = _failure(runtime)
    if runtime.hub.read(lambda board: board.draining):
        reasons.append("it is draining")
    trouble = runtime.journal.trouble
    if trouble is not None:
        reasons.append(f"its journal cannot be written ({type(trouble).__name__})")
    actors: dict[str, dict[str, int]] = {}
    if not reasons:
        try:
            actors = await runtime.ahealth(SECONDS)
        except (CallTimedOut, RuntimeClosed) as error:
            reasons.append(str(error))
    if reasons:
        raise NotReady(reasons)
    return Ready(actors=actors)


def _failure(runtime: Runtime) -> list[str]:
    """No more than its kind: whoever has no token may ask, and the log says the rest."""
    failure = runtime.hub.read(lambda board: board.failure)
    return [] if failure is None else [f"the runtime has failed ({failure.error})"]


HEALTH: tuple[AnyOperation, ...] = (
    Operation(
        name="health",
        method="GET",
        path="/health",
        summary="Whether the server lives; 503 where it must be started again",
        tag="runtime",
        scope=Scope.READER,
        request=AskHealth,
        answer=Alive,
        do=health,
    ),
    Operation(
        name="ready",
        method="GET",
        path="/ready",
        summary="Whether it can be given work; 503 while it drains or cannot keep anything",
        tag="runtime",
        scope=Scope.READER,
        request=AskReady,
        answer=Ready,
        do=ready,
    ),
)
"""The operations of this page."""
