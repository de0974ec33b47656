"""A server beside a runtime: uvicorn in a thread of its own.

    with Runtime() as runtime:
        with runtime.serve(port=0) as server:
            print(server.url)

It takes no signals, configures no logging, and ends with its runtime.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from callboard.messages.errors.guarding import ServerEnded
from callboard.messages.errors.running import CallTimedOut, InvalidCall
from callboard.messages.errors.serving import ExtraMissing
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.logs import log
from callboard.runtime.parts.serving import PORT

try:
    import uvicorn

    from callboard.runtime.gateways.rest.app import build
    from callboard.runtime.gateways.rest.figures import Traffic
    from callboard.runtime.gateways.rest.gate import Gate
    from callboard.runtime.gateways.rest.listening import BACKLOG, place_of, url_of
    from callboard.runtime.gateways.rest.protocols import Http, WebSocket
    from callboard.runtime.gateways.rest.shield import Shield
    from callboard.runtime.gateways.rest.tally import Tally
    from callboard.runtime.gateways.security.guard import Guard
    from callboard.runtime.gateways.security.store import TokenStore
except ModuleNotFoundError as missing:
    if (missing.name or "").startswith("callboard"):
        raise
    raise ExtraMissing("a server", "rest") from missing

if TYPE_CHECKING:
    import os
    import ssl
    from collections import Counter
    from types import TracebackType
    from typing import Self

    from starlette.types import ASGIApp

    from callboard.runtime.gateways.rest.tls import Tls
    from callboard.runtime.runtime import Runtime

STARTING = 30.0
"""Seconds until it listens; a machine must be very busy for more."""

HANDSHAKE = 5.0
"""Seconds for the beginning of TLS; until then a connection is not counted."""

TICK = 0.1
"""Seconds between two looks at all connections."""

LOOK = 0.02
"""Seconds between two looks at those that are to end."""


class Server:
    """Serves a runtime over HTTP, from `start` on.

    Args:
        runtime: Is asked.
        host: Where it listens; what is not this machine alone needs tokens and a decision
            about TLS.
        port: 0 takes a free one; `url` says which.
        tokens: The file of tokens; None lets everybody on this machine do everything.
        tls: Certificate and key; None for plain HTTP.
        plain: Plain HTTP will do for other machines too: something in front of it does
            TLS, or the network is trusted.
        hosts: Names by which it is known, where it has no tokens and is asked by other
            names than this machine's own.
        limits: What it takes of its clients.
        grace: Seconds for what is being answered when it stops.
        app: An application (ASGI) of your own in place of Callboard's, as with more routes.

    Raises:
        CannotListen: There is no such address.
        TooOpen: It would be open to other machines, and nobody decided so.
        TokensUnusable: The file of tokens is not there, or cannot be understood.
        InvalidCall: Certificate or key is not there, or is none.
    """

    def __init__(  # noqa: PLR0913 - its settings
        self,
        runtime: Runtime,
        *,
        host: str = "127.0.0.1",
        port: int = PORT,
        tokens: str | os.PathLike[str] | TokenStore | None = None,
        tls: Tls | None = None,
        plain: bool = False,
        hosts: Sequence[str] = (),
        limits: Limits | None = None,
        grace: float = 2.0,
        app: ASGIApp | None = None,
    ) -> None:
        _check(host, port, grace)
        self._runtime = runtime
        self._place = place_of(host, port)
        store = _store(tokens)
        self._place.check_open(tokens=store is not None, tls=tls is not None, plain=plain)
        self._context = None if tls is None else tls.context()
        self._limits = limits or Limits()
        self._grace = grace
        self._tally = Tally()
        self._gate = Gate(self._limits, self._tally)
        self.guard = Guard(store)
        self._shield = Shield(
            self._asked(runtime) if app is None else app,
            self.guard,
            self._limits,
            self._tally,
            hosts=frozenset(name.lower() for name in hosts),
            local=self._place.local,
        )
        self._listener: socket.socket | None = None
        self._url = ""
        self._uvicorn: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._changing = threading.Lock()

    @property
    def url(self) -> str:
        """How it is reached, as "http://127.0.0.1:8000"; "" before it was started."""
        return self._url

    @property
    def port(self) -> int:
        """Where it listens; 0 before it was started, where it was to take any."""
        return int(self._url.rpartition(":")[2]) if self._url else self._place.port

    @property
    def connections(self) -> int:
        """Those that it has now."""
        return len(self._gate)

    @property
    def turned_away(self) -> Counter[str]:
        """How many connections and requests were turned away since it began, by reason."""
        return self._tally.counts.copy()

    def start(self) -> Self:
        """Listen; it answers once this returns. Harmless where it serves already.

        Whoever was told that it ends is not told that it begins again: it serves once.

        Raises:
            ServerEnded: It was stopped, or has failed.
            CannotListen: The address is taken, or not this machine's.
            RuntimeClosed: Its runtime is closed.
        """
        with self._changing:
            if self._has_ended():
                raise ServerEnded(self._url)
            if self._thread is not None:
                return self
            self._listener = self._place.listen()
            self._url = url_of(self._listener, self._place.host, tls=self._context is not None)
            started: Future[None] = Future()
            self._uvicorn = _Uvicorn(self, self._context, started)
            self._thread = threading.Thread(
                target=self._run, args=(started,), name="callboard-server", daemon=True
            )
            self._thread.start()
        try:
            started.result(STARTING)
        except TimeoutError:
            self.stop()
            raise CallTimedOut("the server's start", STARTING) from None
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> bool:
        """Take no more requests, and end when those that are there are answered, or late.

        Streams and WebSockets are told to end. Harmless where it has ended.

        Returns:
            False where it could not be waited for: it was called by the server's own
            thread, or that does not end; what it was at is in the log.
        """
        with self._changing:
            thread, uvicorn_ = self._thread, self._uvicorn
            if thread is None or uvicorn_ is None:
                return True
            self._shield.stop()
            uvicorn_.leave()
            if thread is threading.current_thread():
                return False
            thread.join(2 * self._grace + STARTING)
            if thread.is_alive():
                log.error("server_stuck", url=self._url)
                return False
            return True

    def _has_ended(self) -> bool:
        thread, uvicorn_ = self._thread, self._uvicorn
        if thread is None or uvicorn_ is None:
            return False
        return uvicorn_.leaving or not thread.is_alive()

    def __enter__(self) -> Self:
        """Listen."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    def _asked(self, runtime: Runtime) -> ASGIApp:
        app = build(runtime, guard=self.guard, largest_body=self._limits.body_bytes)
        app.state.watching.metrics.traffic = self._traffic
        return app

    def _traffic(self) -> Traffic:
        return Traffic(self.connections, self.turned_away)

    # What its thread does

    def _run(self, started: Future[None]) -> None:
        assert self._uvicorn is not None  # noqa: S101 - made before the thread
        assert self._listener is not None  # noqa: S101 - made before the thread
        config = self._uvicorn.config
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(self._uvicorn.serve(sockets=[self._listener]))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must be seen
            if started.done():
                log.error("server_failed", url=self._url, problem=repr(error), exc_info=error)
            else:
                started.set_exception(error)
        finally:
            self._listener.close()
            if not started.done():
                started.set_exception(InvalidCall("app", self._url, "one that starts"))

    # What uvicorn is made of

    def config(self, context: ssl.SSLContext | None) -> uvicorn.Config:
        """Uvicorn's settings."""

        def made(_config: uvicorn.Config, _theirs: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
            assert context is not None  # noqa: S101 - else it is not asked for
            return context

        return uvicorn.Config(
            self._shield,
            http=self._http,  # type: ignore[arg-type]
            ws=self._websocket,  # type: ignore[arg-type]
            ws_max_size=self._limits.body_bytes,
            ws_ping_interval=self._limits.ping_seconds,
            ws_ping_timeout=self._limits.ping_seconds,
            ws_per_message_deflate=False,
            # Ours are asked for by their own names; a host's logging is its own business.
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=max(1, round(2 * self._limits.idle_seconds)),
            backlog=BACKLOG,
            ssl_context_factory=None if context is None else made,
        )

    def _http(self, **others: Any) -> Http:  # noqa: ANN401 - uvicorn's business
        return Http(self._gate, **others)

    def _websocket(self, **others: Any) -> WebSocket:  # noqa: ANN401 - uvicorn's business
        return WebSocket(self._gate, **others)

    def tick(self, now: float) -> None:
        """Look after all connections."""
        self._gate.sweep(now)
        self._shield.sweep()

    @property
    def grace(self) -> float:
        """Seconds for what is being answered when it stops."""
        return self._grace


class _Uvicorn(uvicorn.Server):
    """Uvicorn's server with a beginning and an end that somebody outside waits for."""

    def __init__(self, ours: Server, context: ssl.SSLContext | None, started: Future[None]) -> None:
        super().__init__(ours.config(context))
        self._ours = ours
        self._started = started
        self._leaving = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: asyncio.Event | None = None

    @property
    def leaving(self) -> bool:
        """Whether somebody has said that it is to end."""
        return self._leaving.is_set()

    def leave(self) -> None:
        """End; any thread may say so, at any time."""
        self._leaving.set()
        loop, left = self._loop, self._left
        if loop is not None and left is not None:
            try:
                loop.call_soon_threadsafe(left.set)
            except RuntimeError:  # it has ended
                return

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, with a limit for TLS and an error that is raised, not logged."""
        self._loop, self._left = asyncio.get_running_loop(), asyncio.Event()
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            self.should_exit = True
            raise InvalidCall("app", "an application that fails as it starts", "one that starts")
        tls: dict[str, Any] = {}
        if self.config.ssl is not None:
            tls = {"ssl_handshake_timeout": HANDSHAKE, "ssl_shutdown_timeout": HANDSHAKE}
        self.servers = [
            await self._loop.create_server(self._protocol, sock=one, ssl=self.config.ssl, **tls)
            for one in sockets or ()
        ]
        self.started = True
        self._started.set_result(None)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def main_loop(self) -> None:
        """Look after connections until somebody says that it is enough."""
        assert self._left is not None  # noqa: S101 - made as it started
        counter = 0
        while not self._leaving.is_set():
            await self.on_tick(counter)
            self._ours.tick(asyncio.get_running_loop().time())
            counter = (counter + 1) % 864_000
            try:
                async with asyncio.timeout(TICK):
                    await self._left.wait()
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no longer, answer what can be answered in time, and end the rest."""
        for server in self.servers:
            server.close()
        for one in sockets or ():
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._drained(self._ours.grace)
        for task in list(self.server_state.tasks):
            task.cancel()
        await self._drained(1.0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await self._drained(1.0)
        await self.lifespan.shutdown()

    async def _drained(self, seconds: float) -> None:
        """Wait until everything has ended, but not for long."""
        end = asyncio.get_running_loop().time() + seconds
        while self.server_state.tasks or self.server_state.connections:
            if asyncio.get_running_loop().time() >= end:
                return
            self._ours.tick(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK)


def _store(tokens: str | os.PathLike[str] | TokenStore | None) -> TokenStore | None:
    if tokens is None:
        return None
    store = tokens if isinstance(tokens, TokenStore) else TokenStore(tokens)
    store.all()  # raises where it cannot be used
    return store


def _check(host: object, port: object, grace: object) -> None:
    if not isinstance(host, str) or not host:
        raise InvalidCall("host", host, "a name or an address")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 2**16:
        raise InvalidCall("port", port, "a whole number from 0 to 65535")
    if isinstance(grace, bool) or not isinstance(grace, int | float) or not grace >= 0:
        raise InvalidCall("grace", grace, "a number of seconds, not negative")
