"""uvicorn's protocols, with an end to what may never end.

uvicorn (0.54) waits for ever for a request's headers and for its body, for somebody who
reads nothing of an answer, and takes headers of any length. These two classes add limits by
the hooks that its own classes override of `asyncio.Protocol` and of its parser; what they
rely on is listed in `tests/runtime/gateways/rest/test_gate.py`, and tried beside it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from callboard.messages.errors.guarding import ServerFull
from callboard.runtime.gateways.rest.gate import Gate, have_watched
from callboard.runtime.gateways.rest.hearing import Hearing
from callboard.runtime.gateways.rest.shield import END

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_log = logging.getLogger("callboard.server")

_PHRASES = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}

TWICE = 2
"""Times the largest body: what is swallowed of one that is too large, so that its sender
gets to read why (whoever closes a socket with something unread in it resets it)."""


class Endings(asyncio.Protocol):
    """What both protocols share: a moment until which a connection must have got on.

    Stands before uvicorn's class among the bases, whose methods its own ones call.

    Attributes:
        gate: Of the server.
        address: Whose the connection is.
    """

    gate: Gate
    address: str
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop

    _waits = (math.inf, "")
    _allowed = math.inf
    _stalls = math.inf
    _closes = math.inf

    @property
    def due(self) -> float:
        """Until when it must have got on."""
        if self.transport.is_closing() and self._closes == math.inf:
            # What is left to be sent is not read, perhaps.
            self._closes = self.loop.time() + self.gate.limits.write_seconds
        return min(self._waits[0], self._stalls, self._closes)

    @property
    def why(self) -> str:
        """What was waited for in vain."""
        waits, why = self._waits
        return why if waits <= min(self._stalls, self._closes) else "slow_reader"

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self.gate.leave(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits to be sent than should."""
        self._stalls = self.loop.time() + self.gate.limits.write_seconds
        self.gate.stirs(self)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It is read again."""
        self._stalls = math.inf
        self.gate.calms(self)
        super().resume_writing()

    def drop(self) -> None:
        """End it at once."""
        self.transport.abort()

    def _watched(self) -> None:
        found = self.transport.get_extra_info("socket")
        have_watched(found, self.gate.limits.write_seconds)
        peer: Sequence[object] | None = self.transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""

    def _wait(self, seconds: float, why: str) -> None:
        self._allowed = seconds
        self._waits = (self.loop.time() + seconds, why)


class Http(Endings, HttpToolsProtocol):
    """A connection of HTTP/1.1.

    Args:
        gate: Of the server.
        others: As for uvicorn's.
    """

    def __init__(self, gate: Gate, **others: Any) -> None:  # noqa: ANN401 - uvicorn's business
        super().__init__(**others)
        self.gate = gate
        self.logger = _log
        self._heads = 0
        self._head = 0
        self._body = 0
        self._in_head = False
        self._over = False

    @property
    def due(self) -> float:
        """Until when it must have got on; who is not listened to cannot."""
        if self.flow.read_paused and self._waits[1]:
            self._wait(self._allowed, self._waits[1])
        return super().due

    # What uvicorn's protocol overrides of asyncio's

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody comes."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._watched()
        full = self.gate.enter(self, self.loop.time())
        if full:
            error = ServerFull(full, self.gate.most(self.address))
            self._answer(503, str(error), type(error).__name__, b"retry-after: 1\r\n")
            return
        self.gate.rests(self)
        self._wait(self.gate.limits.header_seconds, "silent")

    def data_received(self, data: bytes) -> None:
        """Something was said."""
        if self._over:
            return
        before = self._heads if self._in_head else 0
        super().data_received(data)
        if self._in_head and before == self._heads:  # so all of it was of this head
            self._head += len(data)
            if self._head > self.gate.limits.header_bytes:
                self._refuse_head()

    # What it overrides of its parser

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._head = True, 0
        self._heads += 1
        if self._waits[1] in {"silent", "idle"}:
            self._wait(self.gate.limits.header_seconds, "slow_headers")

    def on_headers_complete(self) -> None:
        """It is known what is wanted."""
        self._in_head = False
        if self._over:
            return
        said = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if said > self.gate.limits.header_bytes:
            self._refuse_head()
            return
        self.gate.works(self)
        self._body = 0
        self._wait(self.gate.limits.body_seconds, "slow_body")
        super().on_headers_complete()
        # It begins after this, in a task of its own.
        self.scope[END] = partial(self._break_off, self.cycle)  # type: ignore[typeddict-unknown-key]

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if self._over:
            return
        self._body += len(body)
        if self._body > TWICE * self.gate.limits.body_bytes:
            self._over = True
            self.gate.tally.note("endless_body", self.address, self.loop.time())
            self.transport.abort()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is there; how long the answer takes is not its sender's fault."""
        if self._over:
            return
        self._waits = (math.inf, "")
        super().on_message_complete()
        cycle = self._cycle()
        if cycle is not None and cycle.response_complete:
            self._rest()

    def on_response_complete(self) -> None:
        """An answer is given."""
        super().on_response_complete()
        cycle = self._cycle()
        if cycle is not None and not cycle.more_body and not self.pipeline:
            self._rest()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket, which enters anew."""
        self.gate.leave(self)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """It is not HTTP."""
        self.gate.tally.note("malformed", self.address, self.loop.time())
        self._answer(400, f"{msg.rstrip('.')}: this is no HTTP", "MalformedRequest")

    # The end

    def shutdown(self) -> None:
        """The server ends: an answer without an end gets one, others are finished."""
        cycle = self._cycle()
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            self.transport.close()
        else:
            super().shutdown()

    def drop(self) -> None:
        """End it; whoever was about to say something is told why, if he reads it."""
        waited = self._waits[0] <= self.loop.time()
        if not waited or self._over or min(self._stalls, self._closes) <= self.loop.time():
            self.transport.abort()
        elif self.why == "slow_headers":
            self._answer(408, "the headers did not come in time", "HeadersTooSlow")
        elif self.why == "slow_body":
            self._give_up_body()
        else:
            self.transport.close()

    def _give_up_body(self) -> None:
        """Whoever waits for the rest of it is told that nobody is there any more."""
        cycle = self.cycle
        answered = cycle.response_started
        cycle.disconnected = True
        cycle.message_event.set()
        if answered:
            self.transport.abort()
        else:
            self._answer(408, "the body did not come in time", "BodyTooSlow")

    def _break_off(self, cycle: RequestResponseCycle) -> None:
        """Whoever reads an answer sees that it is not whole."""
        cycle.disconnected = True
        self.transport.close()

    def _cycle(self) -> RequestResponseCycle | None:
        """The request that is being answered, or was last; none before the first one."""
        return self.cycle

    def _rest(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:  # of the next request, which came early
            self._wait(self.gate.limits.header_seconds, "slow_headers")
        else:
            self._wait(self.gate.limits.idle_seconds, "idle")
        self.gate.rests(self)

    def _refuse_head(self) -> None:
        limit = self.gate.limits.header_bytes
        self.gate.tally.note("large_headers", self.address, self.loop.time())
        error = f"the request's line and headers are larger than {limit:,} bytes"
        self._answer(431, error, "HeadersTooLarge")

    def _answer(self, status: int, error: str, kind: str, more: bytes = b"") -> None:
        """Say it without any application, and listen no more."""
        self._over = True
        self._waits = (math.inf, "")
        text = msgspec.json.encode({"error": error, "kind": kind})
        head = b"HTTP/1.1 %d %b\r\n" % (status, _PHRASES[status])
        sort = b"content-type: application/json\r\nconnection: close\r\n"
        size = b"content-length: %d\r\n" % len(text)
        self.transport.write(b"".join((head, sort, size, more, b"\r\n", text)))
        self.transport.close()


class WebSocket(Endings, Hearing):
    """A connection of a WebSocket; what is silent for too long is asked, and then given up.

    Args:
        gate: Of the server.
        others: As for uvicorn's.
    """

    _heard = -math.inf

    def __init__(
        self,
        gate: Gate,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.gate = gate
        self.logger = _log
        self._within, self.app = self.app, self._answer

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - of ASGI
        await self._within(scope, receive, send)
        # uvicorn takes a refusal for no answer at all, and says that this is our fault.
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It was one of HTTP."""
        super().connection_made(transport)
        self._watched()
        # Nobody is refused here: there was room for it a moment ago.
        self.gate.enter(self, self.loop.time())
        self.gate.calms(self)
        self._heard = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Something was said."""
        self._heard = self.loop.time()
        super().data_received(data)

    def send_keepalive_ping(self) -> None:
        """Ask for a sign of life, unless there was one: a thousand agents give one a second."""
        if self.ping_interval and self.loop.time() - self._heard < self.ping_interval:
            self.schedule_ping()
        else:
            super().send_keepalive_ping()
