"""What the agents of a worker run on: the same threads, loop and processes as in a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.runtime.executors.coroutine import EventLoop
from callboard.runtime.executors.executor import LocalExecutor
from callboard.runtime.executors.processes.isolated import ProcessExecutor
from callboard.runtime.executors.processes.pool import WorkerProcesses
from callboard.runtime.executors.services import Equipment
from callboard.runtime.executors.threads import WorkerThreads
from callboard.runtime.timers import ThreadTimers

if TYPE_CHECKING:
    from collections.abc import Callable

    import structlog

    from callboard.actors.ports import Clock
    from callboard.messages.unions import AgentMessage
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.executors.services import Services


class Workshop:
    """Threads, an event loop and processes, which the agents of a worker share.

    Args:
        clock: Dates what happens; the server's.
        log: Hears of what goes wrong with them.
        grace: Seconds that a handler has to end in after it was told to.
        hook_seconds: Seconds that `on_start` and `on_stop` may take.
    """

    def __init__(
        self,
        clock: Clock,
        log: structlog.stdlib.BoundLogger,
        *,
        grace: float,
        hook_seconds: float,
    ) -> None:
        self._clock = clock
        self._grace = grace
        self._hook_seconds = hook_seconds
        self._timers = ThreadTimers()
        self._threads = WorkerThreads(log, ahead=1)
        self._loop = EventLoop(log, self._timers)
        self._processes = WorkerProcesses(log)

    def hire(
        self,
        definition: AgentDefinition,
        report: Callable[[AgentMessage], None],
        services: Services,
        log: structlog.stdlib.BoundLogger,
    ) -> LocalExecutor | ProcessExecutor:
        """What runs the code of one incarnation of an agent.

        Args:
            definition: The agent and its handlers.
            report: Told what becomes of its work, on any thread; only enqueues.
            services: Do for its handlers what they ask for.
            log: Its handlers' lines go there.

        Raises:
            Exception: It has no hooks, and its class raised on construction.
        """
        equipment = Equipment(
            services=services,
            clock=self._clock,
            timers=self._timers,
            threads=self._threads,
            loop=self._loop,
            processes=self._processes,
            log=log,
            grace=self._grace,
            hook_seconds=self._hook_seconds,
        )
        if definition.isolation is None:
            return LocalExecutor(definition, report, equipment)
        return ProcessExecutor(definition.agent, definition.isolation, report, equipment)

    def close(self, seconds: float) -> tuple[str, ...]:
        """End processes, threads and event loop; names of what would not stop."""
        part = seconds / 3
        processes = self._processes.close(part)
        self._timers.close()
        return (*processes, *self._threads.close(part), *self._loop.close(part))
