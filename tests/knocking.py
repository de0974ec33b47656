"""Clients that misbehave, by bare sockets, and a small application to be asked."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Self

from starlette.types import Message, Receive, Scope, Send

from callboard.runtime.gateways.rest.server import Server
from tests.live import LONG, eventually


class Knock:
    """A connection by hand.

    Args:
        server: Whose.
        small: With so little room for what is received that little can be sent to it.
    """

    def __init__(self, server: Server, *, small: bool = False) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(LONG)
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", server.port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def head(self) -> bytes:
        """What comes until a head is complete."""
        found = b""
        while b"\r\n\r\n" not in found:
            more = self.socket.recv(1)
            assert more, found
            found += more
        return found

    def rest(self) -> bytes:
        """All that comes until the end, however that is."""
        found = b""
        try:
            while more := self.socket.recv(65536):
                found += more
        except ConnectionError:
            pass
        return found

    def say_until_it_ends(self, data: bytes, pause: float = 0.0) -> None:
        """Say the same again and again until nobody listens any more."""
        waiting = threading.Event()
        try:
            for _ in range(1_000_000):
                self.socket.sendall(data)
                waiting.wait(pause)
        except ConnectionError:
            return
        raise AssertionError("it listens for ever")


def told(answer: bytes) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    assert found is not None, answer
    return int(found[1]), json.loads(body)


class Hall:
    """An application that does what its paths say, and tells how it went.

    Attributes:
        seen: What happened, in order.
        open: Until then `/wait` waits.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.open = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        do = getattr(self, f"_{scope['path'].strip('/') or 'hello'}")
        await do(scope, receive, send)

    def saw(self, what: str) -> None:
        """Wait until that has happened."""
        eventually(lambda: what in self.seen, f"{what!r} (not only {self.seen})")

    async def _hello(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await _drained(receive)
        await _answer(send, b'"hello"')

    async def _read(self, _scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append("reads")
        if await _drained(receive):
            await _answer(send, b'"read"')
        else:
            self.seen.append("gone")

    async def _raise(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("a secret")

    async def _wait(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.seen.append("waits")
        while not self.open.is_set():  # noqa: ASYNC110 - another thread opens
            await asyncio.sleep(0.005)
        await _answer(send, b'"waited"')

    async def _large(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.seen.append("large")
        await _answer(send, 8_000_000 * b"x")

    async def _stream(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Without an end, until nobody is there."""
        self.seen.append("streams")
        gone = asyncio.ensure_future(_gone(receive))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while not gone.done():
                await send(_body(b"x" * 65536, more=True))
                await asyncio.sleep(0.001)
        finally:
            gone.cancel()
            self.seen.append("stream over")

    async def _socket(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.seen.append("accepted")
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if message.get("text") == "raise":
                    raise ValueError("a secret")
                await send({"type": "websocket.send", "text": message["text"]})
        finally:
            self.seen.append("socket over")


@contextmanager
def hall(server_of: Any, **limits: Any) -> Generator[tuple[Server, Hall]]:
    """A server of a `Hall`; `server_of` makes it."""
    app = Hall()
    with server_of(app, **limits) as server:
        try:
            yield server, app
        finally:
            app.open.set()


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _drained(receive: Receive) -> bool:
    """Read a body; whether it came to its end."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        if not message.get("more_body"):
            return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(data: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def _answer(send: Send, data: bytes) -> None:
    headers = [(b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send(_body(data))
