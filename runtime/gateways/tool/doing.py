"""Who carries out what the tool is asked: a runtime, a facade, or a host of live agents."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from callboard.runtime.distributed import DistributedOrchestrator
from callboard.runtime.facade import get_orchestrator
from callboard.runtime.gateways.operations.orchestration import Register, Unregister
from callboard.runtime.runtime import Runtime

if TYPE_CHECKING:
    from callboard.runtime.gateways.operations.operation import AnyOperation


T = TypeVar("T")


class Doer(Protocol):
    """Carries out operations."""

    async def do(self, operation: AnyOperation, asked: Any, speaker: object) -> Any:  # noqa: ANN401 - the operation says
        """What the operation answers; never blocks the event loop.

        Args:
            operation: What is to be done.
            asked: Its request.
            speaker: For whom: an id, or an object with an `id` that can be given work.

        Raises:
            CallboardError: It cannot be done as it is.
        """
        ...


async def aside(work: Callable[[], Awaitable[T]]) -> T:
    """What *work* answers, on a thread of its own.

    An operation waits a little here and there: until it may look at the board, for one.
    A server does that on a loop of its own; the caller's loop may be everybody's.
    """
    return await asyncio.to_thread(_run, work)


def _run(work: Callable[[], Awaitable[T]]) -> T:
    async def awaited() -> T:
        return await work()

    with asyncio.Runner() as runner:  # which is left alone by those who patch `asyncio.run`
        return runner.run(awaited())


class RuntimeDoer:
    """A runtime: every operation is one call of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def do(self, operation: AnyOperation, asked: Any, speaker: object) -> Any:  # noqa: ANN401, ARG002 - see `Doer`
        """See `Doer`."""
        return await aside(partial(operation.do, self._runtime, asked))


class FacadeDoer:
    """A facade: as its runtime, but it knows its agents as objects that take work.

    Args:
        orchestrator: None for the process-wide one, which is started at first use.
    """

    def __init__(self, orchestrator: DistributedOrchestrator | None = None) -> None:
        self._given = orchestrator

    async def orchestrator(self) -> DistributedOrchestrator:
        """The one that was given, or the process-wide one of now."""
        if self._given is not None:
            return self._given
        # Its first use starts threads, and loads what the process has not loaded yet.
        return await asyncio.to_thread(get_orchestrator)

    async def do(self, operation: AnyOperation, asked: Any, speaker: object) -> Any:  # noqa: ANN401 - see `Doer`
        """See `Doer`."""
        orchestrator = await self.orchestrator()
        agents = orchestrator.registered_agents
        done: Callable[[], Awaitable[Any]] = partial(operation.do, orchestrator.runtime, asked)
        if isinstance(asked, Register) and not isinstance(speaker, str):
            former = agents.contexts.get(asked.context_id)
            # Before: as soon as it is registered, somebody may assign it something.
            agents.contexts[asked.context_id] = speaker
            try:
                return await aside(done)
            except BaseException:
                agents.contexts.pop(asked.context_id, None)
                if former is not None:
                    agents.contexts[asked.context_id] = former
                raise
        answer = await aside(done)
        if isinstance(asked, Unregister):
            agents.contexts.pop(asked.agent_id, None)
            agents.elsewhere.pop(asked.agent_id, None)
        return answer


def doer_of(given: object) -> Doer:
    """What carries out operations for a tool that was given that.

    Raises:
        TypeError: It is nothing that can.
    """
    if given is None or isinstance(given, DistributedOrchestrator):
        return FacadeDoer(given)
    if isinstance(given, Runtime):
        return RuntimeDoer(given)
    if callable(getattr(given, "do", None)):
        return cast("Doer", given)
    text = f"a runtime, an orchestrator or None is needed, not {type(given).__name__}"
    raise TypeError(text)
