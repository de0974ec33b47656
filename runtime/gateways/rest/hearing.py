"""uvicorn's WebSockets, whose messages an application may hear as they come.

By ASGI an application asks for each message: it goes through a queue to a task that has to
be woken, and uvicorn (0.54) stops reading until that has happened. That costs more than all
that is done with a short message, of which links have thousands a second. An application
that never blocks has nothing to gain by it, so it may ask for the messages themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN
from websockets.streams import StreamReader
from websockets.utils import apply_mask

if TYPE_CHECKING:
    from websockets.http11 import Request

HEAR: Final = "callboard.hear"
"""Where the scope of a WebSocket has `Hearing.hear`."""

Heard: TypeAlias = Callable[[bytes, bool], None]
"""Told of a message, and whether it is text; on the server's loop, contains its own errors."""


TEXT = 0x81
BINARY = 0x82
"""First bytes of a message in one frame (RFC 6455, section 5.2)."""

_MASK = 0x80
_HEAD = 6
"""Bytes before a short payload: two, and its mask."""

_MIDDLE = 126
"""Lengths from here on have two bytes of their own, or eight."""

_BETWEEN = StreamReader.at_eof.__code__
"""Where the parser of `websockets` stands while no frame has begun."""


class Hearing(WebSocketsSansIOProtocol):
    """A connection of a WebSocket; that it has ended is told as by ASGI, whoever hears."""

    _teller: Heard | None = None
    _between = False
    """The parser waits for a frame to begin; only what it is given changes that."""

    def handle_connect(self, event: Request) -> None:
        """Somebody wants a WebSocket; the application begins after this, in a task."""
        super().handle_connect(event)
        if not self.close_sent:
            scope: dict[str, Any] = self.scope  # type: ignore[assignment]
            scope[HEAR] = self.hear

    def hear(self, heard: Heard | None) -> None:
        """Tell that of each message from now on; first of those that wait to be asked for."""
        self._teller = heard
        if heard is None:
            return
        others: list[Any] = []
        while not self.queue.empty():
            message: Any = self.queue.get_nowait()
            text: str | None = message.get("text")
            if message["type"] != "websocket.receive":
                others.append(message)
            else:
                heard(message["bytes"] if text is None else text.encode(), text is not None)
        for message in others:
            self.queue.put_nowait(message)
        if self.read_paused and not others:
            self.read_paused = False
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come: mostly one short message, whole and alone.

        That one is read here, by the letter of what the parser of `websockets` (17) would
        do with it in several times the time. All others are left to it.
        """
        teller = self._teller
        if teller is not None and len(data) > _HEAD and data[0] in {TEXT, BINARY}:
            begin = _begin_of(data)
            if begin and self._is_between(len(data) - begin):
                teller(apply_mask(data[begin:], data[begin - 4 : begin]), data[0] == TEXT)
                return
        super().data_received(data)
        self._between = _place_of(self.conn.parser) is _BETWEEN

    def _is_between(self, length: int) -> bool:
        """Whether a message of that length may begin here."""
        conn = self.conn
        most = conn.max_message_size
        if conn.state is not OPEN or self.close_sent or conn.current_size is not None:
            return False
        return self._between and (most is None or length <= most)

    def send_receive_event_to_app(self) -> None:
        """All of a message is there."""
        heard = self._teller
        if heard is None or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        heard(data, self.curr_msg_data_type == "text")


def _begin_of(data: bytes) -> int:
    """Where the payload of a frame begins that ends with the data; 0 where it is none such."""
    begin, length = _HEAD, data[1] - _MASK
    if length == _MIDDLE:
        begin, length = _HEAD + 2, int.from_bytes(data[2:4])
    elif length > _MIDDLE:
        return 0
    return begin if length == len(data) - begin else 0


def _place_of(parser: object) -> object:
    """What a generator is at, within those that it hands over to."""
    while (inner := getattr(parser, "gi_yieldfrom", None)) is not None:
        parser = inner
    return getattr(parser, "gi_code", None)
