"""What a runtime stands on: the real world, or a simulated one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from callboard.runtime.clock import RandomIds, SystemClock
from callboard.runtime.dispatchers.mixed import MixedDispatcher
from callboard.runtime.dispatchers.pool import PoolDispatcher
from callboard.runtime.dispatchers.threads import ThreadDispatcher
from callboard.runtime.journal.memory import MemoryJournal
from callboard.runtime.logs import log
from callboard.runtime.timers import ThreadTimers

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import TypeAlias

    from callboard.actors.ports import Clock, Dispatcher, Executor, Ids, Journal, Route, Timers
    from callboard.messages.unions import AgentMessage
    from callboard.messages.values import Agent
    from callboard.runtime.config import Config
    from callboard.runtime.executors.coroutine import EventLoop
    from callboard.runtime.executors.threads import WorkerThreads
    from callboard.runtime.timetables.job import Answer, Job

    Report: TypeAlias = Callable[[AgentMessage], None]
    Search: TypeAlias = Callable[[Job], Answer]
    Background: TypeAlias = Callable[[Callable[[], None]], None]
    Hire: TypeAlias = Callable[[Agent, int, Report], Executor]


@dataclass(frozen=True, slots=True)
class World:
    """The ports that all actors of a runtime share.

    Attributes:
        hire: Makes what stands for the work of agents without code, from the agent, its
            incarnation and where it reports to; None where every agent has code.
        threads: Run the functions of agents; None for real ones.
        loop: Runs their coroutines; None for a real one.
        route: Carries letters between actors; None delivers each at once.
        search: Looks for a better order, as a job says; None for a process of its own.
        background: Runs planners; None for threads, or for at once where agents have no code.
    """

    clock: Clock
    timers: Timers
    ids: Ids
    dispatcher: Dispatcher
    journal: Journal
    hire: Hire | None = None
    threads: WorkerThreads | None = None
    loop: EventLoop | None = None
    route: Route | None = None
    search: Search | None = None
    background: Background | None = None


def durable_world(config: Config, path: str | os.PathLike[str]) -> World:
    """The same with a journal in a file.

    Raises:
        JournalError: It cannot be opened.
    """
    from callboard.runtime.journal.sqlite import SqliteJournal  # noqa: PLC0415 - loads sqlite

    journal = SqliteJournal(path, SystemClock().now())
    if journal.torn:
        log.warning("journal_cut", path=str(path), bytes=journal.torn)
    return real_world(config, journal, SystemClock(not_before=journal.last))


def real_world(config: Config, journal: Journal | None = None, clock: Clock | None = None) -> World:
    """Threads, the system's clock, and a journal in memory unless another one is given."""
    return World(
        clock=clock or SystemClock(),
        timers=ThreadTimers(),
        ids=RandomIds(),
        dispatcher=_dispatcher(config),
        journal=journal or MemoryJournal(),
    )


def _dispatcher(config: Config) -> Dispatcher:
    if config.dispatcher == "threads":
        return ThreadDispatcher()
    pool = PoolDispatcher(config.pool_size)
    return MixedDispatcher(pool, config.own_threads) if config.own_threads else pool
