"""Links without a socket: an agent asks for work over HTTP, and says how it went.

Each question for work is like a new link: the agent says what it has, and hears of all
else. So an answer that is lost is given again, and what is said twice counts once.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Raw

from callboard.actors.logic.given import skills_of
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.linking import LeaseRefused, NotLinked
from callboard.messages.errors.running import CallTimedOut, InvalidCall
from callboard.messages.values import Problem
from callboard.runtime.gateways.link import asking, frames
from callboard.runtime.gateways.link.codec import JSON
from callboard.runtime.gateways.link.jobs import UNKNOWN
from callboard.runtime.gateways.operations.operation import Answer
from callboard.runtime.gateways.rest.answers import answered, encoded
from callboard.runtime.gateways.rest.routes import Endpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from starlette.requests import Request as Http
    from starlette.responses import Response

    from callboard.messages.base import AgentId
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.link.links import Links
    from callboard.runtime.gateways.link.station import Station
    from callboard.runtime.gateways.operations.operation import AnyOperation

R = TypeVar("R")

ACKNOWLEDGED = 30.0
"""Seconds that an end may take to be recorded before its teller is to tell it again."""

_MORE = 1000
"""Characters of tokens in an error."""


class LeaseDoor:
    """Answers agents that ask.

    Args:
        links: Where they are.
    """

    def __init__(self, links: Links) -> None:
        self._links = links

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """To be served."""
        return (
            _endpoint(
                asking.operation("enter", "register", "Be an agent", asking.Enter, asking.Entered),
                self._enter,
            ),
            _endpoint(
                asking.operation(
                    "next_assignments",
                    "assignments",
                    "Wait for work",
                    asking.NextAssignments,
                    asking.Assignments,
                ),
                self._next,
            ),
            _endpoint(
                asking.operation(
                    "renew", "heartbeat", "Give a sign of life", asking.Renew, asking.Renewed
                ),
                self._renew,
            ),
            _endpoint(
                asking.operation(
                    "say_progress",
                    "progress",
                    "Say how far an attempt is",
                    asking.SayProgress,
                    asking.Renewed,
                ),
                self._progress,
            ),
            _endpoint(
                asking.operation(
                    "complete_lease",
                    "complete",
                    "Say that an attempt is done",
                    asking.CompleteLease,
                ),
                self._complete,
            ),
            _endpoint(
                asking.operation(
                    "fail_lease", "fail", "Say that an attempt has failed", asking.Fail
                ),
                self._fail,
            ),
            _endpoint(
                asking.operation(
                    "say_stopped", "stopped", "Say that an attempt was stopped", asking.SayStopped
                ),
                self._stopped,
            ),
            _endpoint(
                asking.operation("quit", "unregister", "Be that agent no longer", asking.Quit),
                self._quit,
            ),
        )

    # Coming and going

    async def _enter(self, asked: asking.Enter) -> asking.Entered:
        worker = frames.Worker(
            id=asked.agent_id,
            skills=skills_of(asked.skills),
            max_load=asked.max_load,
            timeouts=asked.timeouts,
            retry=asked.retry,
            offers=asked.offers,
            speculate=asked.speculate,
        )
        life = asked.life or secrets.token_hex(8)
        known = self._links.station(asked.agent_id)
        resumed = known is not None and known.session.life == life
        hello = frames.Hello(
            worker=worker, life=life, protocol=frames.PROTOCOL, replace=asked.replace
        )
        if resumed and known is not None:  # what it has it says when it asks for more
            hello = msgspec.structs.replace(hello, held=_all_of(known))
        counter = Counter(self._links, asyncio.get_running_loop())
        counter.station = await self._links.greet(hello, JSON, counter)
        counter.wake()
        return asking.Entered(
            agent_id=asked.agent_id,
            life=life,
            heartbeat=self._links.options.heartbeat,
            resumed=resumed,
            now=self._links.now(),
        )

    async def _quit(self, asked: asking.Quit) -> Answer:
        station, _ = self._found(asked.agent_id, asked.life)
        if asked.drain:
            self._links.take(station, [frames.Drain(seconds=asked.seconds)])
        else:
            self._links.take(station, [frames.Bye(reason="it has quit")])
        return Answer()

    # Work

    async def _next(self, asked: asking.NextAssignments) -> asking.Assignments:
        station, counter = self._found(asked.agent_id, asked.life)
        if not asked.wait >= 0.0:
            raise InvalidCall("wait", asked.wait, "a number of seconds, not negative")
        held = tuple(_held(token) for token in asked.held.split(",") if token)
        counter.begin()
        again = frames.Hello(
            worker=frames.Worker(id=asked.agent_id),
            life=asked.life,
            protocol=frames.PROTOCOL,
            held=held,
            grace=station.grace,
        )
        station.link(counter, again, JSON)
        self._links.beat(asked.agent_id)
        found = await counter.collect(min(asked.wait, self._links.options.longest_wait))
        self._links.beat(asked.agent_id)
        return found

    async def _renew(self, asked: asking.Renew) -> asking.Renewed:
        station, _ = self._found(asked.agent_id, asked.life)
        beat = frames.Heartbeat(cpu=asked.cpu, memory=asked.memory)
        self._links.take(station, [beat])
        return asking.Renewed(stop=_halted(station, asked.held))

    async def _progress(self, asked: asking.SayProgress) -> asking.Renewed:
        station, _ = self._found(asked.agent_id)
        if station.session.jobs.get(asked.token) is None:
            raise LeaseRefused(asked.token[:_MORE], UNKNOWN)
        said = frames.Progress(
            token=asked.token,
            fraction=asked.fraction,
            note=asked.note,
            checkpoint=_raw(asked.checkpoint),
            spent=asked.spent,
        )
        self._links.take(station, [said])
        return asking.Renewed(stop=_halted(station, [asked.token]))

    async def _complete(self, asked: asking.CompleteLease) -> Answer:
        end = frames.Done(token=asked.token, result=_raw(asked.result))
        return await self._end(asked.agent_id, end)

    async def _fail(self, asked: asking.Fail) -> Answer:
        problem = Problem(
            error=asked.error,
            text=asked.text,
            traceback=asked.traceback,
            lasting=asked.lasting,
            retry_after=asked.retry_after,
        )
        return await self._end(asked.agent_id, frames.Failed(token=asked.token, problem=problem))

    async def _stopped(self, asked: asking.SayStopped) -> Answer:
        return await self._end(asked.agent_id, frames.Stopped(token=asked.token))

    async def _end(
        self, agent: AgentId, end: frames.Done | frames.Failed | frames.Stopped
    ) -> Answer:
        """Say how an attempt has ended, and wait until that is safe."""
        station, counter = self._found(agent)
        acknowledged = counter.expect(end.token)
        self._links.take(station, [end])
        try:
            async with asyncio.timeout(ACKNOWLEDGED):
                ack = await asyncio.shield(acknowledged)
        except TimeoutError:
            raise CallTimedOut("the record of it", ACKNOWLEDGED) from None
        if ack.refused:
            raise LeaseRefused(end.token[:_MORE], ack.refused)
        return Answer()

    def _found(self, agent: AgentId, life: str | None = None) -> tuple[Station, Counter]:
        station = self._links.station(agent)
        carrier = None if station is None else station.carrier
        if station is None or not isinstance(carrier, Counter):
            raise NotLinked(agent)
        if life is not None and station.session.life != life:
            raise NotLinked(agent)
        return station, carrier


class Counter:
    """Keeps what an agent is to hear until it asks.

    Args:
        links: Told what follows.
        loop: Of the server.

    Attributes:
        station: Whose frames they are.
    """

    station: Station | None = None

    def __init__(self, links: Links, loop: asyncio.AbstractEventLoop) -> None:
        self._links = links
        self._loop = loop
        self._changed = asyncio.Event()
        self._asked = 0
        self._left: str | None = None
        self._over = False
        self._assignments: dict[str, frames.Assign] = {}
        self._stop: dict[str, asking.Halt] = {}
        self._forget: dict[str, asking.Forgettable] = {}
        self._ends: dict[str, asyncio.Future[frames.Ack]] = {}

    # Called on any thread

    def wake(self) -> None:
        """There are frames for the agent."""
        self._call(self._look)

    def end(self) -> None:
        """Nothing more will be said."""
        self._call(self._finish)

    def cut(self, why: str) -> None:
        """It is not listened to any more."""
        self._left = self._left or why
        self._call(self._finish)

    def _call(self, call: Callable[[], Any]) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(call)

    # On its loop

    def begin(self) -> None:
        """The agent asks anew, and says what it has: what was not heard is said again."""
        self._asked += 1
        self._assignments.clear()
        self._stop.clear()
        self._changed.set()  # an earlier question is answered with nothing

    async def collect(self, seconds: float) -> asking.Assignments:
        """All that there is, as soon as there is anything."""
        asked = self._asked
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while asked == self._asked and not self._anything:
                    self._changed.clear()
                    self._look()
                    if not self._anything:
                        await self._changed.wait()
        if asked != self._asked:  # it has asked again meanwhile
            return asking.Assignments()
        found = asking.Assignments(
            assignments=tuple(self._assignments.values()),
            stop=tuple(self._stop.values()),
            forget=tuple(self._forget.values()),
            left=self._left,
        )
        self._assignments, self._stop, self._forget = {}, {}, {}
        return found

    def expect(self, token: str) -> asyncio.Future[frames.Ack]:
        """The acknowledgement of how that attempt has ended."""
        future = self._ends.get(token)
        if future is None:
            future = self._ends[token] = self._loop.create_future()
        return future

    @property
    def _anything(self) -> bool:
        waits = self._assignments or self._stop or self._forget
        return bool(waits) or self._over or self._left is not None

    def _finish(self) -> None:
        self._look()
        self._over = True
        self._changed.set()

    def _look(self) -> None:
        if self.station is None:
            return
        for frame in self.station.outgoing():
            self._sort(self.station, frame)
        if self._anything:
            self._changed.set()

    def _sort(self, station: Station, frame: Frame) -> None:
        match frame:
            case frames.Assign():
                self._assignments[frame.token] = frame
            case frames.Stop():
                self._assignments.pop(frame.token, None)
                halt = asking.Halt(token=frame.token, reason=frame.reason, grace=frame.grace)
                self._stop[frame.token] = halt
            case frames.Ack():
                self._acknowledge(frame)
            case frames.Welcome():
                for token in frame.acknowledged:
                    self._acknowledge(frames.Ack(token=token))
            case frames.Letter():
                problem = problem_of(InvalidCall("agent", station.agent.id, "one with a socket"))
                said = frames.Handled(number=frame.number, problem=problem)
                self._links.take(station, [said])
            case frames.Bye():
                self._left = frame.reason or "it was let go"
            case _:
                return  # what only handlers with a socket can want, or answer

    def _acknowledge(self, ack: frames.Ack) -> None:
        self._stop.pop(ack.token, None)
        future = self._ends.pop(ack.token, None)
        if future is None:
            self._forget[ack.token] = asking.Forgettable(token=ack.token, refused=ack.refused)
        elif not future.done():
            future.set_result(ack)


def _endpoint(operation: AnyOperation, answer: Callable[[Any], Awaitable[Answer]]) -> Endpoint:
    async def serve(_: Http, asked: Any) -> Response:  # noqa: ANN401 - as the operation has it
        return answered(encoded(await answer(asked)))

    return Endpoint(operation=operation, serve=serve)


def _raw(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))


def _held(token: str) -> frames.Held:
    return frames.Held(token=token[:_MORE])


def _all_of(station: Station) -> tuple[frames.Held, ...]:
    with station.lock:
        return tuple(frames.Held(token=token) for token in station.session.jobs.tokens)


def _halted(station: Station, held: Iterable[str]) -> tuple[asking.Halt, ...]:
    """Of these, what is to be stopped, or is nobody's any more."""
    halted: list[asking.Halt] = []
    with station.lock:
        jobs = station.session.jobs
        for token in held:
            job = jobs.get(token)
            reason = UNKNOWN if job is None else job.told_to_stop
            if reason is not None:
                halted.append(asking.Halt(token=token[:_MORE], reason=reason, grace=jobs.grace))
    return tuple(halted)
