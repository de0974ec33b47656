"""`GET /events`: everything that happens, as server-sent events.

    id: 17
    data: {"kind":"SubtaskQueued","at":1.0,"goal":"g1","subtask":"s1"}

Facts come in the order of the journal, each once, as soon as it is safe; `Last-Event-ID`
(a browser's `EventSource` sends it by itself) or `after` says what was heard already, and
what came later is replayed before the stream goes on live, without a gap. Notices come as
they are seen; they are not kept, so nobody hears those that it was not there for.

Nobody here holds up the runtime: see `feed`. A reader to whom nothing can be sent for
`PATIENCE` seconds is dropped; it may come again and misses no fact.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Annotated, TypeAlias

from starlette.responses import Response

from callboard.messages.errors.requests import MalformedRequest
from callboard.messages.notices import EventsLost
from callboard.runtime.gateways.operations.bounds import told
from callboard.runtime.gateways.operations.operation import Operation, Request, Scope
from callboard.runtime.gateways.operations.problems import refusal_of
from callboard.runtime.gateways.rest.answers import encoded
from callboard.runtime.gateways.rest.feed import KEPT, Feed
from callboard.runtime.gateways.rest.filters import KINDS, wanted_of
from callboard.runtime.gateways.rest.frames import failing, framed, mark, opening
from callboard.runtime.gateways.rest.routes import Endpoint
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request as Http
    from starlette.types import Message, Receive, Send
    from starlette.types import Scope as Connection

    from callboard.actors.ports import Journal
    from callboard.runtime.gateways.rest.feed import Entry, Reader
    from callboard.runtime.gateways.rest.filters import Wanted
    from callboard.runtime.runtime import Runtime

HEARTBEAT = 15.0
"""Seconds of silence after which a reader gets a sign of life."""

PATIENCE = 30.0
"""Seconds that a reader may let what is sent lie."""

MEDIA_TYPE = "text/event-stream"

_DIGITS = 18
"""Of a position, at the most: no journal has so many facts."""

_BYTES = 1_000_000
"""Of a replay that are put together before they are sent, about."""

_PORTION = 1_000
"""Facts of the journal that are looked at together, about."""

_BATCH = 200
"""Events that are sent together, at the most; then others have their turn."""


Kind: TypeAlias = Annotated[str, told(enum=[*KINDS])]
Position: TypeAlias = Annotated[str, told(pattern=rf"^\s*([0-9]{{1,{_DIGITS}}}(\..*)?)?\s*$")]
"""As the `id` of an event is."""


class FollowEvents(Request):
    """Which events, and from where on.

    Attributes:
        goal: Only those about these goals.
        subtask: Only those about these subtasks.
        agent: Only those about these agents.
        type: Only those of these kinds; `Fact` and `Notice` are all of theirs.
        after: Position in the journal (the `id` of an event) after which facts are replayed:
            0 for all that are kept. Without it, and without `Last-Event-ID`, the stream
            begins now.
        follow: Go on with what happens from now on; otherwise it ends with what was kept.
    """

    goal: tuple[str, ...] = ()
    subtask: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    type: tuple[Kind, ...] = ()
    after: Position | None = None
    follow: bool = True


class Events:
    """The endpoint, and all that read there.

    Args:
        runtime: What is followed.
        heartbeat: Seconds of silence after which a reader gets a sign of life.
        patience: Seconds that a reader may let lie what is sent.
        keep: Events that are kept for readers who fall behind, at the most.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        heartbeat: float = HEARTBEAT,
        patience: float = PATIENCE,
        keep: int = KEPT,
    ) -> None:
        self._runtime = runtime
        self._heartbeat = heartbeat
        self._patience = patience
        # Positions in a file hold for ever, those in memory only as long as the runtime.
        self._suffix = "" if runtime.journal.lasting else f".{secrets.token_hex(4)}"
        self.feed = Feed(runtime, self._suffix, keep)

    @property
    def endpoint(self) -> Endpoint:
        """To be served."""
        return Endpoint(operation=OPERATION, serve=self._serve, media_type=MEDIA_TYPE)

    def open(self) -> None:
        """Serve again after `close_soon`."""
        self.feed.over = False

    def close_soon(self) -> None:
        """End all streams, from whatever thread: the server is about to stop."""
        self.feed.close_soon()

    async def _serve(self, http: Http, asked: FollowEvents) -> Response:
        wanted = wanted_of(asked.goal, asked.subtask, asked.agent, asked.type)
        for goal in asked.goal:
            await asyncio.to_thread(self._runtime.hub.goal, goal)
        after = self._position("after", asked.after)
        heard = self._position("Last-Event-ID", http.headers.get("last-event-id"))
        after = after if heard is None else heard
        if http.method == "HEAD":
            return Response(media_type=MEDIA_TYPE)
        stream = Stream(self.feed, self._runtime.journal, wanted, after, self._suffix)
        chunks = stream.chunks(self._heartbeat) if asked.follow else stream.kept()
        return EventResponse(chunks, self._patience)

    def _position(self, field: str, given: str | None) -> int | None:
        """What was heard already; 0 where it is from another journal than this one.

        Raises:
            MalformedRequest: It is no id of an event.
        """
        if given is None or not (text := given.strip()):
            return None
        number, dot, rest = text.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
            raise MalformedRequest(field, f"is no id of an event: {text:.40}")
        position = int(number)
        known = not position or f"{dot}{rest}" == self._suffix
        return position if known and position <= self._runtime.journal.count else 0


class Stream:
    """What one reader is sent.

    Args:
        feed: What happens from now on.
        journal: What has happened.
        wanted: Which events.
        after: Position of the latest fact that the reader knows; None for all until now.
        suffix: What ids end with.
    """

    def __init__(
        self, feed: Feed, journal: Journal, wanted: Wanted, after: int | None, suffix: str
    ) -> None:
        self._feed = feed
        self._journal = journal
        self._wanted = wanted
        self._after = after
        self._suffix = suffix

    async def chunks(self, heartbeat: float) -> AsyncGenerator[bytes]:
        """What is kept, then what comes, until the runtime or the server ends."""
        # First a place in what comes, then the look at what was: so nothing falls between.
        with contextlib.closing(self._feed.join()) as reader:
            async for chunk in self.kept():
                yield chunk
            while True:
                entries = reader.take(_BATCH)
                if entries is None:
                    async for chunk in self._caught_up(reader):
                        yield chunk
                elif entries:
                    yield self._told(entries)
                elif reader.over:
                    return
                elif not await reader.wait(heartbeat):
                    yield mark(self._id)
                await asyncio.sleep(0)

    async def kept(self) -> AsyncGenerator[bytes]:
        """What is kept, up to now."""
        if self._after is None:
            self._after = self._journal.count
        yield opening(self._id)
        async for chunk in self._replayed():
            yield chunk

    async def _caught_up(self, reader: Reader) -> AsyncGenerator[bytes]:
        """The reader was slower than all that happened: its facts are in the journal."""
        lost = reader.skip()
        if lost:
            yield framed(EventsLost(at=time.time(), count=lost), None)
        async for chunk in self._replayed():
            yield chunk

    async def _replayed(self) -> AsyncGenerator[bytes]:
        """Facts that the journal has after what the reader knows; perhaps none are wanted."""
        while True:
            before = self._after
            body = await asyncio.to_thread(self._portion)
            if self._after == before:
                return
            yield body + mark(self._id)

    def _portion(self) -> bytes:
        frames: list[bytes] = []
        looked = size = 0
        while looked < _PORTION and size < _BYTES:
            position = self._known
            stretch = self._journal.stretch(position + 1)
            if stretch is None:
                break
            for number, fact in stretch.numbered(position):
                if self._wanted(fact):
                    frames.append(framed(fact, None if number is None else self._named(number)))
                    size += len(frames[-1])
            self._after = stretch.last
            looked += len(stretch.facts) + 1
        return b"".join(frames)

    def _told(self, entries: list[Entry]) -> bytes:
        frames: list[bytes] = []
        for entry in entries:
            if entry.position is not None:
                if entry.position <= self._known:  # it was replayed
                    continue
                self._after = entry.position
            if self._wanted(entry.event):
                frames.append(entry.frame)
        return b"".join(frames)

    @property
    def _known(self) -> int:
        return self._after or 0

    @property
    def _id(self) -> str:
        return self._named(self._known)

    def _named(self, position: int) -> str:
        return f"{position}{self._suffix}"


class EventResponse(Response):
    """A response that goes on until its chunks end or its reader has gone.

    Args:
        chunks: What is sent; empty ones are not.
        patience: Seconds that sending a chunk may take.
    """

    media_type = MEDIA_TYPE

    def __init__(self, chunks: AsyncGenerator[bytes], patience: float) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks
        self._patience = patience

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Send it."""
        sending = asyncio.ensure_future(self._send(scope, send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._chunks.aclose()
        if not sending.cancelled():
            sending.result()

    async def _send(self, scope: Connection, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        try:
            async for chunk in self._chunks:
                if chunk:
                    async with asyncio.timeout(self._patience):
                        await send(_body(chunk, more=True))
        except TimeoutError:
            log.warning("reader_dropped", seconds=self._patience, client=scope.get("client"))
            return
        except Exception as error:  # noqa: BLE001 - the status is sent, so it is told in the stream
            await self._fail(send, error)
        await send(_body(b"", more=False))

    async def _fail(self, send: Send, error: Exception) -> None:
        log.error("events_failed", problem=repr(error), exc_info=error)
        await send(_body(failing(encoded(refusal_of(error))), more=True))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _never(_runtime: Runtime, _asked: FollowEvents) -> str:
    """It is a stream: nobody calls this."""
    raise NotImplementedError


OPERATION = Operation(
    name="follow_events",
    method="GET",
    path="/events",
    summary="Follow what happens, as server-sent events",
    tag="runtime",
    scope=Scope.READER,
    request=FollowEvents,
    answer=str,
    do=_never,
    refuses=(404,),
)
"""What guard and documentation know of it."""
