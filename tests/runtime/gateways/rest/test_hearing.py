"""Messages that are heard as they come: the same, whatever way their bytes come in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from callboard.runtime.gateways.rest.hearing import HEAR, Hearing

LARGEST = 60_000


class Wire(asyncio.Transport):
    """What is said to the other end."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.reading = True

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class End:
    """A connection whose application hears; or asks, where *hears* is false."""

    def __init__(self, *, hears: bool) -> None:
        self.heard: list[tuple[bytes, bool]] = []
        self.closed: list[Any] = []
        self.wire = Wire()
        self._hears = hears
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            ws_max_size=LARGEST,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            log_config=None,
            proxy_headers=False,
        )
        config.load()
        self.protocol: WebSocketsSansIOProtocol = Hearing(config, ServerState(), {})
        self.protocol.connection_made(self.wire)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if self._hears:
            scope[HEAR](self._hear)
        while (message := await receive())["type"] == "websocket.receive":
            text: str | None = message.get("text")
            data: bytes = message["bytes"] if text is None else text.encode()
            self.heard.append((data, text is not None))
        self.closed.append(message.get("code"))

    def _hear(self, data: bytes, text: bool) -> None:  # noqa: FBT001 - as it is called
        self.heard.append((bytes(data), text))


async def opened(*, hears: bool) -> End:
    end = End(hears=hears)
    client = ClientProtocol(parse_uri("ws://board/"))
    client.send_request(client.connect())
    end.protocol.data_received(b"".join(client.data_to_send()))
    await settle()
    return end


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def frame(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


texts = st.text(max_size=200).map(lambda text: frame(Opcode.TEXT, text.encode()))
blobs = st.one_of(
    st.binary(max_size=300), st.sampled_from([125, 126, 127, 59_999, 60_000]).map(bytes)
).map(lambda data: frame(Opcode.BINARY, data))
fragments = st.lists(st.binary(max_size=9), min_size=2, max_size=4).map(
    lambda parts: b"".join(
        frame(Opcode.CONT if n else Opcode.BINARY, part, fin=n == len(parts) - 1)
        for n, part in enumerate(parts)
    )
)
others = st.one_of(
    st.binary(max_size=20).map(lambda data: frame(Opcode.PING, data)),
    st.binary(max_size=9).map(lambda data: frame(Opcode.BINARY, data, fin=False)),
    st.binary(max_size=9).map(lambda data: frame(Opcode.TEXT, data, mask=False)),
    st.just(frame(Opcode.BINARY, bytes(LARGEST + 1))),
    st.just(frame(Opcode.TEXT, b"\xff")),
    st.just(frame(Opcode.CLOSE, b"\x03\xe8")),
    st.binary(min_size=1, max_size=20),
)


NESTED = bytes((0x82, 0x80 + 20)) + bytes(4) + frame(Opcode.BINARY, b"looks like one")
"""A message whose payload could be one."""

LONG_WINDED = bytes((0x82, 0x80 + 127)) + (200).to_bytes(8) + bytes(204)
"""A message whose length is written in more bytes than it needs."""


@example([NESTED], [6])
@example([NESTED], [2, 4])
@example([frame(Opcode.BINARY, b"half", fin=False), NESTED], [])
@example([LONG_WINDED], [133])
@example([frame(Opcode.BINARY, bytes(LARGEST + 1))], [])
@example([frame(Opcode.CLOSE, b""), frame(Opcode.BINARY, b"late")], [])
@given(
    st.lists(st.one_of(texts, blobs, fragments, others), max_size=6),
    st.lists(st.integers(1, 200), max_size=8),
)
def test_who_hears_is_told_the_same_as_who_asks(said: list[bytes], cuts: list[int]) -> None:
    pieces: list[bytes] = []
    for one in said:  # mostly whole, and sometimes cut anywhere
        rest = one
        while cuts and len(rest) > cuts[0]:
            pieces.append(rest[: cuts[0]])
            rest = rest[cuts.pop(0) :]
        pieces.append(rest)

    async def play(*, hears: bool) -> tuple[Any, ...]:
        end = await opened(hears=hears)
        for piece in pieces:
            if not end.wire.closing:
                end.protocol.data_received(piece)
            await settle()
        end.protocol.connection_lost(None)
        await settle()
        return end.heard, end.closed, end.wire.closing, end.wire.written.partition(b"\r\n\r\n")[2]

    async def both() -> None:
        hears, asks = await play(hears=True), await play(hears=False)
        if any(text and not _is_text(data) for data, text in hears[0]):
            return  # whoever hears looks at that himself
        assert hears == asks

    asyncio.run(both())


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_what_came_before_is_heard_first_and_the_end_is_asked_for() -> None:
    async def play() -> None:
        end = await opened(hears=False)
        heard: list[bytes] = []
        end.protocol.data_received(frame(Opcode.TEXT, b"1") + frame(Opcode.BINARY, b"2"))
        assert isinstance(end.protocol, Hearing)
        end.protocol.hear(lambda data, _text: heard.append(data))
        assert end.wire.reading
        end.protocol.data_received(frame(Opcode.BINARY, b"3"))
        end.protocol.hear(None)
        end.protocol.data_received(frame(Opcode.BINARY, b"4"))
        await settle()
        end.protocol.connection_lost(None)
        await settle()

        assert (heard, end.heard, end.closed) == ([b"1", b"2", b"3"], [(b"4", False)], [1005])

    asyncio.run(play())


def test_a_short_message_that_comes_alone_does_not_go_through_the_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play() -> None:
        end = await opened(hears=True)
        monkeypatch.setattr(end.protocol.conn, "receive_data", None)  # would raise
        end.protocol.data_received(frame(Opcode.TEXT, b"beat"))
        end.protocol.data_received(frame(Opcode.BINARY, bytes(60_000)))
        assert end.heard == [(b"beat", True), (bytes(60_000), False)]
        monkeypatch.undo()
        end.protocol.connection_lost(None)
        await settle()

    asyncio.run(play())
