"""Links without a socket: an agent asks for work over HTTP, and says how it went.

Each question for work is like a new link: the agent says what it has, and hears of all
else. So an answer that is lost is given again, and what is said twice counts once.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Raw

from callboard.actors.logic.given import skills_of
from callboard.messages.errors.linking import LeaseRefused, NotLinked
from callboard.messages.errors.running import CallTimedOut, InvalidCall
from callboard.messages.values import Problem
from callboard.runtime.gateways.link import asking, frames
from callboard.runtime.gateways.link.codec import JSON
from callboard.runtime.gateways.link.counter import Counter
from callboard.runtime.gateways.link.jobs import UNKNOWN
from callboard.runtime.gateways.operations.operation import Answer
from callboard.runtime.gateways.rest.answers import answered, encoded
from callboard.runtime.gateways.rest.routes import Endpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from starlette.requests import Request as Http
    from starlette.responses import Response

    from callboard.messages.base import AgentId
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
