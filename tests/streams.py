"""A reader of server-sent events, as the standard has it: lines in, events out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast
from urllib.parse import urlencode

from tests.live import LONG

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message, Scope


class Heard(NamedTuple):
    """An event.

    Attributes:
        id: The last event id when it came; "" where there was none.
        name: Its type; "message" unless told otherwise.
        data: What it said.
    """

    id: str
    name: str
    data: Any

    @property
    def kind(self) -> str:
        """Of what has happened."""
        return cast("str", self.data["kind"])

    @property
    def position(self) -> int:
        """Its place in the journal."""
        return int(self.id.partition(".")[0])


class Lines:
    """Makes events of lines; see https://html.spec.whatwg.org/multipage/server-sent-events.html.

    Attributes:
        last: The last event id, which a browser sends when it comes again.
        comments: How many there were.
    """

    def __init__(self) -> None:
        self.last = ""
        self.comments = 0
        self._id = ""
        self._name = ""
        self._data: list[str] = []

    def line(self, line: str) -> Heard | None:
        """One more; the event that it ends."""
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "":
                self.comments += 1
            case "id":
                self._id = value
            case "event":
                self._name = value
            case "data":
                self._data.append(value)
            case _:
                assert field == "retry", line
        return None

    def _dispatch(self) -> Heard | None:
        self.last = self._id
        name, data, self._name, self._data = self._name, self._data, "", []
        return Heard(self.last, name or "message", json.loads("\n".join(data))) if data else None


class Follower:
    """Follows an application's events without a socket; a slow one where it is held.

    Args:
        app: Whose.
        headers: Of the request.
        query: Of the request.
    """

    def __init__(
        self, app: Starlette, headers: Mapping[str, str] | None = None, **query: str | list[str]
    ) -> None:
        self._app = app
        self._scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": "/events",
            "raw_path": b"/events",
            "query_string": urlencode(query, doseq=True).encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
            "server": ("localhost", 80),
            "client": ("localhost", 1),
            "scheme": "http",
            "http_version": "1.1",
        }
        self.lines = Lines()
        self.open = asyncio.Event()
        self.open.set()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._status = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        first = await self._chunk()
        assert self._status == 200, (self._status, first)
        self._rest = first or b""
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        self.open.set()
        async with asyncio.timeout(LONG):
            await self._task

    async def until(self, done: Callable[[Heard], bool]) -> list[Heard]:
        """Events up to the first one like that."""
        heard: list[Heard] = []
        async for event in self.events():
            heard.append(event)
            if done(event):
                return heard
        raise AssertionError(f"it ended with {heard}")

    async def events(self) -> AsyncIterator[Heard]:
        """Events until the stream ends."""
        while True:
            head, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                event = self.lines.line(head.decode())
                if event is not None:
                    yield event
            else:
                chunk = await self._chunk()
                if chunk is None:
                    return
                self._rest += chunk

    async def comments(self, count: int) -> None:
        """Wait until there were so many signs of life, and nothing else."""
        while self.lines.comments < count:
            head, newline, rest = self._rest.partition(b"\n")
            if newline:
                self._rest = rest
                assert self.lines.line(head.decode()) is None
            else:
                self._rest += await self._chunk() or b""

    async def _chunk(self) -> bytes | None:
        async with asyncio.timeout(LONG):
            return await self._chunks.get()

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.open.wait()
        if message["type"] == "http.response.start":
            self._status = message["status"]
        else:
            self._chunks.put_nowait(message["body"])
            if not message.get("more_body", False):
                self._chunks.put_nowait(None)
