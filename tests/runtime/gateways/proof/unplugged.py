"""Links and requests that go to the application as its server would bring them, without one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec

from callboard.runtime.gateways.link.frames import PATH, SUBPROTOCOL
from callboard.runtime.gateways.rest.hearing import HEAR

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message

    from callboard.runtime.gateways.rest.hearing import Heard
    from tests.runtime.gateways.proof.junk import Asked

LIMIT = 60.0
"""Seconds that one answer may take."""

_TURNS = 4
"""Turns of the loop in which a link is closed for what was told."""


class Link:
    """One link, without a socket.

    Args:
        app: Whose.
        direct: It tells the application of its messages, where that wants to hear them, as
            our server does; else each is asked for.

    Attributes:
        closed: Its code, once it is.
        said: Frames of the server, as they came.
    """

    def __init__(self, app: Starlette, *, direct: bool) -> None:
        self.closed: int | None = None
        self.said: list[Any] = []
        self._hungry = asyncio.Event()
        self._next: asyncio.Queue[Message] = asyncio.Queue()
        self._heard: Heard | None = None
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "headers": [],
            "subprotocols": [SUBPROTOCOL],
            "scheme": "ws",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        if direct:
            scope[HEAR] = self._hear
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))
        self._next.put_nowait({"type": "websocket.connect"})

    async def say(self, message: Message) -> bool:
        """Whether it was taken, and the link is still there."""
        if self._heard is not None:
            text: str | None = message.get("text")
            data: bytes = message["bytes"] if text is None else text.encode()
            self._heard(data, text is not None)
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            return self.closed is None and not self._task.done()
        self._hungry.clear()
        self._next.put_nowait(message)
        waiting = asyncio.ensure_future(self._hungry.wait())
        async with asyncio.timeout(LIMIT):
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return self.closed is None and not self._task.done()

    def _hear(self, heard: Heard | None) -> None:
        """As `Hearing.hear`; nothing waits when it is called."""
        self._heard = heard

    async def end(self) -> None:
        """Close it.

        Raises:
            Exception: The application has raised it.
        """
        self._next.put_nowait({"type": "websocket.disconnect", "code": 1006})
        async with asyncio.timeout(LIMIT):
            await self._task

    async def _receive(self) -> Message:
        if self._next.empty():
            self._hungry.set()
        return await self._next.get()

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            self.closed = message.get("code", 1000)
            self._hungry.set()
        elif message["type"] == "websocket.send":
            text: str | None = message.get("text")
            said = msgspec.msgpack.decode(message["bytes"]) if text is None else json.loads(text)
            self.said += said if isinstance(said, list) else [said]


async def ask(app: Starlette, asked: Asked) -> int:
    """The status of the answer."""
    scope = {
        "type": "http",
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query,
        "headers": asked.headers,
        "scheme": "http",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    status = 0
    coming = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Message:
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    async with asyncio.timeout(LIMIT):
        await app(scope, receive, send)
    return status
