"""All agents elsewhere of one runtime, whichever way they are linked."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from callboard.actors.logic.overload import Figures
from callboard.actors.logic.records import SubtaskStatus
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.linking import LinkTaken
from callboard.messages.errors.lookups import UnknownAgent
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.arrivals import agent_of, check
from callboard.runtime.gateways.link.loads import Loads
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.link.station import Station
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any

    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Agent
    from callboard.runtime.gateways.link.codec import Codec
    from callboard.runtime.gateways.link.station import Carrier
    from callboard.runtime.runtime import Runtime


SOON = 0.05
"""Seconds within which the scheduler hears of a load: it comes once a second, at the most."""


class Links:
    """The stations of all agents elsewhere; used on one event loop.

    Args:
        runtime: Whose agents they are.
        options: How patient it is.
    """

    def __init__(self, runtime: Runtime, options: LinkOptions | None = None) -> None:
        self.options = _in_time(options or LinkOptions(), runtime.config.heartbeat_timeout)
        self._runtime = runtime
        self._stations: dict[AgentId, Station] = {}
        self._workers: dict[AgentId, frames.Worker] = {}
        self._loads = Loads(runtime.config.overload)
        self._watches: dict[AgentId, tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle]] = {}
        self._laden: dict[AgentId, Figures] = {}
        self._greeting: dict[AgentId, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many agents there are elsewhere."""
        return len(self._stations)

    def now(self) -> float:
        """The runtime's clock, seconds since the epoch."""
        return self._runtime.now()

    def beat(self, agent: AgentId) -> None:
        """A sign of life of an agent."""
        self._runtime.beat(agent)

    def station(self, agent: AgentId) -> Station | None:
        """Of that agent, if it is one of ours."""
        return self._stations.get(agent)

    async def greet(self, hello: frames.Hello, codec: Codec, carrier: Carrier) -> Station:
        """A worker has said who it is: from now on it is that agent.

        Raises:
            CallboardError: It cannot be; what is wrong does not last where
                `lasting` is not true.
        """
        check(hello)
        agent = agent_of(hello.worker)
        greeting = self._greeting.setdefault(agent.id, asyncio.Lock())
        try:
            async with greeting:  # one after the other
                station = await self._known(agent, hello, codec)
                station.link(carrier, hello, codec)
        finally:
            if not greeting.locked() and self._greeting.get(agent.id) is greeting:
                del self._greeting[agent.id]
        self._runtime.beat(agent.id)
        return station

    def take(self, station: Station, said: Sequence[frames.FromWorker]) -> None:
        """A worker says all that.

        Raises:
            MalformedMessage: Something of it makes no sense.
            InvalidCall: A figure is none.
        """
        if len(said) == 1 and type(said[0]) is frames.Heartbeat:  # as most of all are
            station.session.seen = self._beat(station.id, said[0])
            return
        for frame in said:
            kind = type(frame)
            if kind is frames.Heartbeat:
                self._beat(station.agent.id, frame)  # type: ignore[arg-type]
            elif kind is frames.Drain:
                self._drain(station, frame)  # type: ignore[arg-type]
            elif kind is frames.Bye:
                self._say_good_bye(station)
        station.take(said)

    # Who comes

    async def _known(self, agent: Agent, hello: frames.Hello, codec: Codec) -> Station:
        station = self._stations.get(agent.id)
        if station is None:
            return await self._register(agent, hello.worker, codec)
        life = station.session.life
        if life and life != hello.life:
            if station.carrier is not None and not hello.replace:
                raise LinkTaken(agent.id)
            station.give_up("its program was started anew")
        if self._workers.get(agent.id) != hello.worker:
            await self._runtime.aregister_elsewhere(agent, station, replace=True)
            self._workers[agent.id] = hello.worker
        return station

    async def _register(self, agent: Agent, worker: frames.Worker, codec: Codec) -> Station:
        station = Station(
            agent,
            codec,
            self.options,
            clock=self._runtime.now,
            recorded=partial(self._recorded, agent.id),
            dismissed=self._dismissed,
        )
        await self._runtime.aregister_elsewhere(agent, station)
        self._stations[agent.id], self._workers[agent.id] = station, worker
        self._watch(station)
        return station

    def _recorded(self, agent: AgentId, subtask: SubtaskId, token: str) -> bool:  # noqa: ARG002 - the board keeps no token of what has ended
        record = self._runtime.hub.board.subtasks.get(subtask)
        if record is None or record.status is not SubtaskStatus.COMPLETED:
            return False
        return record.assigned_agent == agent

    # Who goes

    def _dismissed(self, station: Station) -> None:
        """The agent was let go, by whomever; on any thread."""
        agent = station.agent.id
        if self._stations.get(agent) is station:
            self._stations.pop(agent, None)
            self._workers.pop(agent, None)
            self._loads.forget(agent)
            self._unwatch(agent)

    def _say_good_bye(self, station: Station) -> None:
        self._let_go(station, drain=False, seconds=None)
        if station.carrier is not None:
            station.carrier.end()

    def _drain(self, station: Station, drain: frames.Drain) -> None:
        self._let_go(station, drain=True, seconds=max(0.0, drain.seconds))

    def _let_go(self, station: Station, *, drain: bool, seconds: float | None) -> None:
        if self._stations.get(station.agent.id) is station:
            self._begin(self._unregister(station.agent.id, drain=drain, seconds=seconds))

    async def _unregister(self, agent: AgentId, *, drain: bool, seconds: float | None) -> None:
        try:
            await self._runtime.aunregister(agent, drain=drain, timeout=seconds)
        except UnknownAgent:  # it has gone already
            return
        except CallboardError as error:
            log.warning("agent_not_let_go", agent=agent, problem=str(error))

    def _watch(self, station: Station) -> None:
        """Let it go some day if nothing is heard of it any more."""
        loop, longest = asyncio.get_running_loop(), self.options.forgotten

        def look_in(seconds: float) -> None:
            self._watches[station.agent.id] = (loop, loop.call_later(seconds, look))

        def look() -> None:
            if self._stations.get(station.agent.id) is not station:
                return
            quiet = self._runtime.now() - station.session.seen
            if quiet < longest:
                look_in(longest - quiet)
                return
            log.warning("agent_forgotten", agent=station.agent.id, seconds=round(quiet))
            self._let_go(station, drain=False, seconds=None)

        look_in(longest)

    def _unwatch(self, agent: AgentId) -> None:
        """Keep nothing of it until then: workers may come and go many times a second."""
        watch = self._watches.pop(agent, None)
        if watch is not None:
            loop, handle = watch
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(handle.cancel)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Signs of life

    def _beat(self, agent: AgentId, beat: frames.Heartbeat) -> float:
        """A timestamp, which is told; its load is passed on soon, if it is news."""
        now = self._runtime.now()
        cpu, memory = beat.cpu, beat.memory
        if not (_is_part(cpu) and _is_part(memory)):
            self._runtime.beat(agent, cpu=cpu, memory=memory)  # it says what is wrong
            return now
        self._runtime.beat(agent)
        if cpu is None and memory is None:
            return now
        figures = Figures(cpu, memory)
        if self._loads.matters(agent, figures, now):
            if not self._laden:
                asyncio.get_running_loop().call_later(SOON, self._tell_loads)
            self._laden[agent] = figures
        return now

    def _tell_loads(self) -> None:
        """The scheduler is woken once for the news of many."""
        laden, self._laden = self._laden, {}
        with contextlib.suppress(CallboardError):  # the runtime has been closed
            for agent, (cpu, memory) in laden.items():
                self._runtime.beat(agent, cpu=cpu, memory=memory)


def _in_time(options: LinkOptions, timeout: float) -> LinkOptions:
    """The same, with heartbeats of which two may be lost before an agent is doubted."""
    return structs.replace(options, heartbeat=min(options.heartbeat, timeout / 3))


def _is_part(figure: float | None) -> bool:
    return figure is None or 0.0 <= figure <= 1.0
