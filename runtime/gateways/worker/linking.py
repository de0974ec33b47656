"""Links of an agent to its server, one after the other, for as long as its life lasts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from callboard.messages.errors.data import MalformedMessage
from callboard.messages.errors.serving import (
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.worker.dialing import OPEN_SECONDS, TOKEN_PROBLEMS, dial
from callboard.runtime.gateways.worker.news import Unlinked
from callboard.runtime.gateways.worker.retrying import Retrying
from callboard.runtime.gateways.worker.translation import CODEC

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

    from callboard.messages.base import AgentId
    from callboard.messages.errors.base import CallboardError
    from callboard.runtime.gateways.worker.actions import Words
    from callboard.runtime.gateways.worker.around import Surroundings
    from callboard.runtime.gateways.worker.life import Life
    from callboard.runtime.gateways.worker.outbox import Outbox

T = TypeVar("T")

_MESSAGE = 256 << 10
"""Bytes that several frames in one message may have."""

_TOO_BIG = 1009
"""With that WebSocket's servers close where a message was longer than they take."""

_encode = msgspec.msgpack.Encoder().encode

_REFUSED = 409
"""What a refusal on a link would be in HTTP."""


class LinkLost(Exception):
    """There is no link any more, and another one may mend that.

    Attributes:
        why: In a line.
        at_least: Seconds before which the server wants to hear of nobody.
    """

    def __init__(self, why: str, at_least: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.at_least = why, at_least


class Linking:
    """Sees to it that there is a link.

    Args:
        agent: Whose links they are.
        around: What it shares with others.
        outbox: What is to be said.
        welcomed: Called whenever the agent is welcome.
    """

    def __init__(
        self,
        agent: AgentId,
        around: Surroundings,
        outbox: Outbox,
        welcomed: Callable[[], None],
    ) -> None:
        self._agent = agent
        self._around = around
        self._outbox = outbox
        self._welcomed = welcomed
        self._was_there = False
        self._heartbeat = 1.0
        self._waits = Retrying(agent, limit=around.give_up_after)

    async def serve(self, life: Life) -> None:
        """Have a link, again and again, until that life is over.

        Raises:
            ServerUnreachable: There was none for too long.
            CallboardError: It is not taken in, and trying again would not help.
        """
        while not life.over.is_set():
            try:
                await self._link(life)
            except LinkLost as lost:
                await self._wait(life, lost)

    async def _wait(self, life: Life, lost: LinkLost) -> None:
        """Wait for the next try, or for the end."""
        if life.over.is_set():
            return
        seconds = self._waits.failed(_now(), at_least=lost.at_least)
        server = self._around.server.url
        if seconds is None:
            limit = self._around.give_up_after or 0.0
            why = lost.why.removeprefix(f"server {server}: ")
            raise ServerUnreachable(server, f"{why}; given up after {limit:g} s without it")
        self._around.tell(Unlinked(agent=self._agent, why=lost.why, seconds=seconds))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(life.over.wait(), seconds)

    async def _link(self, life: Life) -> None:
        """One link, from its begin to its end.

        Raises:
            LinkLost: It is over, but the life is not.
        """
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - an extra

        link = await self._until_over(life, self._open())
        if link is None:
            return
        try:
            if await self._until_over(life, self._greet(link, life)):
                await self._talk(link, life)
        except MalformedMessage as error:
            raise LinkLost(f"server {self._around.server.url}: {error}") from None
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == _TOO_BIG:
                life.do_all(life.tenure.too_big())
            raise LinkLost(self._why(closed)) from None
        finally:
            life.tenure.lost()
            self._outbox.forget()
            await link.close()

    def _why(self, closed: ConnectionClosed) -> str:
        told = "" if closed.rcvd is None else closed.rcvd.reason
        return f"server {self._around.server.url}: {told or 'the link broke off'}"

    async def _open(self) -> ClientConnection:
        try:
            return await dial(self._around.server)
        except ServerUnreachable as error:
            raise LinkLost(str(error), error.retry_after or 0.0) from None
        except (ServerForeign, ServerRefused) as error:
            if self._was_there:  # a proxy with nobody behind it, perhaps, until that is back
                raise LinkLost(str(error)) from None
            raise

    async def _greet(self, link: ClientConnection, life: Life) -> bool:
        """Say who it is, and hear that it is welcome."""
        await life.ready.wait()
        sent = _now()
        await link.send(CODEC.write([life.tenure.greet()]))
        welcome, more = await self._first(link)
        received = _now()
        self._around.clock.learn(sent=sent, received=received, server=welcome.now)
        self._was_there, self._heartbeat = True, welcome.heartbeat
        self._waits.linked(received)
        life.do_all(life.tenure.hear(welcome, received))
        self._hear(life, more)
        self._welcomed()
        return True

    async def _talk(self, link: ClientConnection, life: Life) -> None:
        """Say and hear, until either side has done."""
        reading, writing, beating = self._read(link, life), self._write(link), self._beat()
        await self._until_over(life, reading, writing, beating)
        for message in messages_of(self._outbox.rest()):
            await link.send(message)

    async def _first(
        self, link: ClientConnection
    ) -> tuple[frames.Welcome, Sequence[frames.ToWorker]]:
        """What the server says to the greeting, and what came in the same breath.

        Raises:
            LinkLost: It does not take the agent in for now.
            CallboardError: It never will.
        """
        server = self._around.server.url
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                first, *more = CODEC.hear(_bytes(await link.recv()))
        except TimeoutError:
            raise LinkLost(f"server {server}: no welcome within {OPEN_SECONDS:g} s") from None
        match first:
            case frames.Welcome(protocol=frames.PROTOCOL):
                return first, more
            case frames.Welcome():
                theirs = f"it speaks version {first.protocol} of the protocol"
                raise ServerForeign(server, f"{theirs}, this worker version {frames.PROTOCOL}")
            case frames.Refused(lasting=False):
                raise LinkLost(f"server {server}: {first.error}")
            case frames.Refused():
                raise _refusal(server, first)
            case _:
                raise ServerForeign(server, f"it begins with {type(first).__name__}")

    async def _read(self, link: ClientConnection, life: Life) -> None:
        async for data in link:
            self._hear(life, CODEC.hear(_bytes(data)))

    def _hear(self, life: Life, said: Sequence[frames.ToWorker]) -> None:
        now = _now()
        for frame in said:
            life.do_all(life.tenure.hear(frame, now))

    async def _write(self, link: ClientConnection) -> None:
        while True:
            for message in messages_of(await self._outbox.take()):
                await link.send(message)

    async def _beat(self) -> None:
        while True:
            figures = self._around.figures()
            self._outbox.put(frames.Heartbeat(cpu=figures.cpu, memory=figures.memory))
            await asyncio.sleep(self._heartbeat)

    async def _until_over(self, life: Life, *works: Coroutine[Any, Any, T]) -> T | None:
        """Do all this beside each other, until one has ended or the life is over.

        Returns:
            What the first one has come to; None where the life was over before.
        """
        tasks = [asyncio.ensure_future(work) for work in works]
        over = asyncio.ensure_future(life.over.wait())
        try:
            await asyncio.wait([over, *tasks], return_when=asyncio.FIRST_COMPLETED)
            ended = [task for task in tasks if task.done()]
            return ended[0].result() if ended else None
        finally:
            for task in (over, *tasks):
                task.cancel()
            await asyncio.gather(over, *tasks, return_exceptions=True)


def messages_of(said: Sequence[Words]) -> Iterator[bytes]:
    """The frames as messages, none of which is long because there are many in it."""
    parts: list[bytes] = []
    length = 0
    for frame in said:
        part = CODEC.write([frame])
        if parts and length + len(part) > _MESSAGE:
            yield _joined(parts)
            parts, length = [], 0
        parts.append(part)
        length += len(part)
    if parts:
        yield _joined(parts)


def _joined(parts: list[bytes]) -> bytes:
    return parts[0] if len(parts) == 1 else _encode([msgspec.Raw(part) for part in parts])


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _refusal(server: str, refused: frames.Refused) -> CallboardError:
    if refused.kind in TOKEN_PROBLEMS:
        return TokenRefused(server, refused.error)
    return ServerRefused(_REFUSED, refused.kind, refused.error)


def _now() -> float:
    return time.monotonic()  # as the loop's own clock
