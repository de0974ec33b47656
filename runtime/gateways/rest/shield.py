"""Around the application: who is let in, how often, and with how much.

The outermost thing of the server that knows of requests. What it turns away is answered
here, in the form of all refusals; what goes wrong behind it too, without a traceback.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.websockets import WebSocketDisconnect

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.guarding import (
    BodyTooLarge,
    NotLetIn,
    ServerFull,
    ServerStops,
    TooFast,
)
from callboard.runtime.gateways.operations.problems import refusal_of
from callboard.runtime.gateways.rest.answers import refused
from callboard.runtime.gateways.rest.limits import Limits, Rates
from callboard.runtime.gateways.rest.origins import check_origin
from callboard.runtime.gateways.security.guard import CALLER, PUBLIC, token_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from callboard.runtime.gateways.rest.tally import Tally
    from callboard.runtime.gateways.security.guard import Caller, Guard

STRANGERS: Final = 1_000.0
"""Requests a second of each token, unless it is said."""

END: Final = "callboard.end"
"""Where the scope of a request has a function that breaks off an answer that has begun, for
which ASGI has no word; it takes nothing."""

MINUTE: Final = 60.0

LONGEST: Final = 123
"""Bytes of a reason with which a WebSocket is closed (RFC 6455, section 5.5)."""

POLICY: Final = 1008
INTERNAL: Final = 1011
"""Why a WebSocket is closed: against the rules, or our own fault (RFC 6455, section 7.4.1)."""


_GONE = frozenset({"http.disconnect", "websocket.disconnect"})
_LEFT = (ClientDisconnect, WebSocketDisconnect, OSError)
"""What applications raise where somebody has gone: nobody is there to be told, and it is no
fault of theirs."""


class Shield:
    """Lets requests through to an application (ASGI), or answers them itself.

    Args:
        app: What is behind.
        guard: Knows who asks.
        limits: How often, and how much.
        tally: Where it is counted what was turned away.
        hosts: Names by which the server is known beside those of its own machine.
        local: It listens on its own machine only.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        app: ASGIApp,
        guard: Guard,
        limits: Limits,
        tally: Tally,
        *,
        hosts: frozenset[str] = frozenset(),
        local: bool = True,
    ) -> None:
        self._app = app
        self._guard = guard
        self._limits = limits
        self._tally = tally
        self._hosts = hosts
        self._open = guard.store is None
        self._rates = _rates(limits, unlimited=self._open and local)
        self._guesses = Rates(limits.guesses / MINUTE, limits.guesses)
        self._buffered = 0
        self._visits: dict[_Visit, None] = {}
        self._stops = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        visit = _Visit(self, scope, receive, send)
        try:
            visit.caller = scope[CALLER] = self._let_in(scope)
            self._visits[visit] = None
            await self._app(scope, visit.receive, visit.send)
        except asyncio.CancelledError:
            if visit.ended is None and not self._stops:
                raise
            _uncancel()
            await visit.refuse(visit.ended or ServerStops())
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody outside sees where
            if not (visit.gone and isinstance(error, _LEFT)):
                await visit.refuse(error)
        finally:
            self._visits.pop(visit, None)
            self._buffered -= visit.size

    def stop(self) -> None:
        """Let nobody in any more; what is being answered is answered."""
        self._stops = True

    def sweep(self) -> None:
        """Show those out whose token counts no longer, also in the middle of something."""
        if self._open:
            return
        standing: dict[str, bool] = {}
        for visit in list(self._visits):
            caller = visit.caller
            if caller is None or not caller.token or visit.ended is not None:
                continue
            if caller.token not in standing:
                standing[caller.token] = self._guard.still(caller)
            if not standing[caller.token]:
                self._tally.note("token_ended", caller.name, time.monotonic())
                visit.end(NotLetIn("the token is unknown, revoked or expired"))

    def take(self, visit: _Visit, message: Message) -> None:
        """Count what came of a body.

        Raises:
            BodyTooLarge: It is too much.
            ServerFull: It is too much together with all others.
        """
        size = len(message.get("body", b""))
        visit.size += size
        self._buffered += size
        if visit.size > self._limits.body_bytes:
            raise BodyTooLarge(self._limits.body_bytes)
        if self._buffered > self._limits.buffered_bytes:
            raise ServerFull("bytes at hand", self._limits.buffered_bytes)

    def _let_in(self, scope: Scope) -> Caller:
        """Who asks.

        Raises:
            CallboardError: They are not let in.
        """
        connection = HTTPConnection(scope)
        now = time.monotonic()
        address = connection.client.host if connection.client else ""
        if self._stops:
            raise ServerStops
        if self._open:
            check_origin(connection, self._hosts)
        try:
            caller = self._guard.caller(connection.headers, scope["path"])
        except NotLetIn:
            self._tally.note("not_let_in", address, now)
            if token_of(connection.headers):
                self._check(self._guesses, address, "this address", now)
            raise
        if self._rates is not None and scope["path"] not in PUBLIC:
            self._check(self._rates, caller.token or address, caller.name, now)
        _check_size(connection, self._limits.body_bytes)
        return caller

    def _check(self, rates: Rates, key: str, who: str, now: float) -> None:
        seconds = rates.take(key, now)
        if seconds:
            self._tally.note("too_fast", key, now)
            raise TooFast(who, rates.rate, seconds)


class _Visit:
    """A request, or a WebSocket, from its first byte to its last.

    Attributes:
        caller: Who asks, once that is known.
        size: Bytes of its body that have come.
        ended: Why it was ended before its time; None for not.
        gone: The other end is not there any more.
    """

    def __init__(self, shield: Shield, scope: Scope, receive: Receive, send: Send) -> None:
        self.caller: Caller | None = None
        self.size = 0
        self.ended: Exception | None = None
        self.gone = False
        self._shield = shield
        self._scope = scope
        self._receive = receive
        self._send = send
        self._begun = False
        self._task = asyncio.current_task()

    async def receive(self) -> Message:
        """What the application is told."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._shield.take(self, message)
        elif message["type"] in _GONE:
            self.gone = True
        return message

    async def send(self, message: Message) -> None:
        """What the application says."""
        self._begun = True
        try:
            await self._send(message)
        except OSError:
            self.gone = True
            raise

    def end(self, why: Exception) -> None:
        """Have it end now."""
        self.ended = why
        if self._task is not None:
            self._task.cancel()

    async def refuse(self, error: Exception) -> None:
        """Say why not, if anything can still be said."""
        connection = HTTPConnection(self._scope)
        response = refused(connection, error)
        if isinstance(error, NotLetIn):
            response.headers["www-authenticate"] = "Bearer"
        if not self._begun:
            await response(self._scope, self._receive, self._send)
        elif self._scope["type"] == "websocket":
            await self._close(error)
        elif END in self._scope:
            self._scope[END]()

    async def _close(self, error: Exception) -> None:
        reason = refusal_of(error).error.encode()[:LONGEST].decode(errors="ignore")
        code = POLICY if isinstance(error, CallboardError) else INTERNAL
        # It may have ended in the meantime; then there is nobody to be told.
        with contextlib.suppress(RuntimeError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _rates(limits: Limits, *, unlimited: bool) -> Rates | None:
    if limits.rate is None and unlimited:
        return None
    rate = STRANGERS if limits.rate is None else limits.rate
    return Rates(rate, max(1, round(2 * rate)) if limits.burst is None else limits.burst)


def _check_size(connection: HTTPConnection, limit: int) -> None:
    said = connection.headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        raise BodyTooLarge(limit)


def _uncancel() -> None:
    """The end was ours, and ends here."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
