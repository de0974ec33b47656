"""A link over a WebSocket: one that its worker opens, and both read and write at any time.

It speaks ASGI itself: each frame more that a wrapper looks at is paid for thousands of
times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute

from callboard.messages.errors.agents import AgentIdTaken
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.data import InvalidMessage, MalformedMessage
from callboard.messages.errors.running import InvalidCall
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON, MSGPACK
from callboard.runtime.gateways.operations.problems import refusal_of, status_of
from callboard.runtime.gateways.rest.hearing import HEAR
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.routing import BaseRoute
    from starlette.types import Message, Receive, Scope, Send

    from callboard.messages.base import AgentId
    from callboard.runtime.executors.processes.wire import Frame
    from callboard.runtime.gateways.link.links import Links
    from callboard.runtime.gateways.link.station import Station
    from callboard.runtime.gateways.rest.hearing import Heard

GOING_AWAY = 1001
POLICY = 1008
MALFORMED = 1007
"""Of RFC 6455, section 7.4.1."""

_SHORT = 100
"""Characters of a reason: a closing frame has room for 123 bytes."""


class Admission(Protocol):
    """Decides who may be which agent; without one, everybody may be everyone."""

    def admit_agent(self, connection: HTTPConnection, agent: AgentId) -> object:
        """Who comes over a link and says that they are *agent*, if they may be.

        Raises:
            CallboardError: They may not.
        """
        ...


class LinkDoor:
    """Takes links in (ASGI).

    Args:
        links: Where they go.
        admission: Decides who may be which agent; None lets everybody.
    """

    def __init__(self, links: Links, admission: Admission | None = None) -> None:
        self._links = links
        self._admission = admission

    @property
    def route(self) -> BaseRoute:
        """To be served."""
        return WebSocketRoute(frames.PATH, self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        await receive()
        offered: list[str] = scope.get("subprotocols", [])
        chosen = frames.SUBPROTOCOL if frames.SUBPROTOCOL in offered else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        socket = _Socket(self._links, receive, send, scope.get(HEAR))
        try:
            station = await self._greet(scope, socket)
        except _Gone:
            return
        except CallboardError as error:
            await socket.refuse(error)
            return
        await socket.serve(station)

    async def _greet(self, scope: Scope, socket: _Socket) -> Station:
        """Hear who it is.

        Raises:
            CallboardError: It may not be, or says something else first.
        """
        try:
            async with asyncio.timeout(self._links.options.hello):
                hello = await socket.hello()
        except TimeoutError:
            raise MalformedMessage("$", "no 'hello' has come in time") from None
        if self._admission is not None:
            self._admission.admit_agent(HTTPConnection(scope), hello.worker.id)
        return await self._links.greet(hello, socket.codec, socket)


class _Gone(Exception):
    """The worker has closed the link."""


class _Socket:
    """One link.

    Attributes:
        codec: In which it is spoken; that of its first message.
    """

    def __init__(
        self,
        links: Links,
        receive: Receive,
        send: Send,
        hear: Callable[[Heard | None], None] | None,
    ) -> None:
        self.codec = JSON
        self._hear = hear
        self._links = links
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._awake = asyncio.Event()
        self._why = ""
        self._ends = False
        self._early: list[frames.FromWorker] = []

    # Called on any thread

    def wake(self) -> None:
        """There are frames for the worker."""
        self._call(self._awake.set)

    def end(self) -> None:
        """Close it once all that waits has been said."""
        self._ends = True
        self._call(self._awake.set)

    def cut(self, why: str) -> None:
        """Close it."""
        self._why = self._why or why
        self._call(self._awake.set)

    def _call(self, call: Callable[[], Any]) -> None:
        with contextlib.suppress(RuntimeError):  # its loop has ended, and the link with it
            self._loop.call_soon_threadsafe(call)

    # On its loop

    async def hello(self) -> frames.Hello:
        """The first frame.

        Raises:
            MalformedMessage: It is another one.
        """
        first = await self._read(first=True)
        if not first or not isinstance(first[0], frames.Hello):
            raise MalformedMessage("$.type", "'hello' comes first")
        self._early = first[1:]
        return first[0]

    async def refuse(self, error: CallboardError) -> None:
        """Say why not, and close."""
        said = refusal_of(error)
        frame = frames.Refused(error=said.error, kind=said.kind, lasting=_lasts(error))
        with contextlib.suppress(RuntimeError, OSError):  # it has gone
            await self._write([frame])
            await self._close(POLICY, said.error)

    async def serve(self, station: Station) -> None:
        """Carry frames both ways, until one side has enough."""
        writing = self._loop.create_task(self._write_all(station))
        reading = self._loop.create_task(self._read_all(station))
        tasks = (writing, reading)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            station.unlink(self)
            for done in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(done, Exception) and not isinstance(done, _Gone):
                    self._tell(station, done)

    def _tell(self, station: Station, error: Exception) -> None:
        log.warning("link_closed", agent=station.agent.id, problem=str(error))

    async def _read_all(self, station: Station) -> None:
        try:
            if self._early:
                self._links.take(station, self._early)
            if self._hear is not None:
                await self._hear_all(station, self._hear)
            while True:
                self._links.take(station, await self._read())
        except (InvalidMessage, InvalidCall) as error:
            await self._close(MALFORMED, str(error))
            raise

    async def _hear_all(self, station: Station, hear: Callable[[Heard | None], None]) -> None:
        """Take each message as it comes, without a task that is woken for it.

        Raises:
            Exception: What became of one of them; no more are heard then.
            _Gone: The worker has closed the link.
        """
        ends: asyncio.Future[None] = self._loop.create_future()

        def heard(data: bytes, text: bool) -> None:  # noqa: FBT001 - as it is called
            if ends.done():
                return
            try:
                self._links.take(station, self._frames(data, text=text))
            except Exception as error:  # noqa: BLE001 - raised where the link is looked after
                ends.set_exception(error)

        going = self._loop.create_task(self._gone())
        try:
            hear(heard)
            await asyncio.wait((ends, going), return_when=asyncio.FIRST_COMPLETED)
            await (ends if ends.done() else going)
        finally:
            hear(None)
            going.cancel()
            ends.cancel()
            await asyncio.gather(going, ends, return_exceptions=True)  # both have been looked at

    async def _gone(self) -> None:
        """Wait until the worker has closed the link.

        Raises:
            _Gone: It has.
        """
        while True:
            await self._read()

    async def _write_all(self, station: Station) -> None:
        stalled = self._links.options.stalled
        while True:
            await self._awake.wait()
            self._awake.clear()
            if self._why:
                await self._close(POLICY, self._why)
                log.warning("link_cut", agent=station.agent.id, why=self._why)
                return
            ends, said = self._ends, station.outgoing()
            if said:
                try:
                    async with asyncio.timeout(stalled):
                        await self._write(said)
                except TimeoutError:
                    why = f"it has read nothing for {stalled:g} s"
                    log.warning("link_cut", agent=station.agent.id, why=why)
                    await self._close(POLICY, why)
                    return
            if ends:
                await self._close(GOING_AWAY, "the agent was let go")
                return

    async def _read(self, *, first: bool = False) -> list[frames.FromWorker]:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _Gone
        text: str | None = message.get("text")
        if first:
            self.codec = MSGPACK if text is None else JSON
        data = message["bytes"] if text is None else text.encode()
        return self._frames(data, text=text is not None)

    def _frames(self, data: bytes, *, text: bool) -> list[frames.FromWorker]:
        if text is not (self.codec is JSON):
            raise MalformedMessage("$", f"the link is in {self.codec.form}, this is another kind")
        return self.codec.read(data)

    async def _write(self, said: list[Frame]) -> None:
        data = self.codec.write(said)
        key, value = ("text", data.decode()) if self.codec is JSON else ("bytes", data)
        message: Message = {"type": "websocket.send", key: value}
        await self._send(message)

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(RuntimeError, OSError):  # it has gone
            await self._send({"type": "websocket.close", "code": code, "reason": reason[:_SHORT]})


def _lasts(error: CallboardError) -> bool:
    """Whether another try would be in vain; whoever has the id may be just about to go."""
    if isinstance(error, AgentIdTaken) or status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    return error.lasting
