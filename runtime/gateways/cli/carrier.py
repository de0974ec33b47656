"""Carries requests to one server and its answers back, with the standard library's HTTP/1.1.

A connection is used again, by one request at a time; who asks from several threads has
several. What can go wrong is one of three: no connection came about (`Unreached`), no
answer came in time (`Silent`), or the connection broke off (`Broken`).
"""

from __future__ import annotations

import contextlib
import http.client
import selectors
import socket
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from callboard.runtime.gateways.cli.proxies import DIRECT, Proxy

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterator, Mapping

CONNECTING = 10.0
"""Seconds in which a connection comes about, or does not."""

_MOST = 2**16
"""Bytes that are read at once."""

_PORTS = {"http": 80, "https": 443}


class Asked(NamedTuple):
    """A request.

    Attributes:
        method: Of HTTP.
        target: Path and query, quoted.
        headers: Its own.
        body: None for none.
        seconds: That the server may be silent.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    seconds: float


class Reply(NamedTuple):
    """An answer, whole.

    Attributes:
        status: Of HTTP.
        kind: What it says that its body is; "" for nothing.
        body: Its body.
    """

    status: int
    kind: str
    body: bytes

    def read(self) -> bytes:
        """All of it, as of a `Stream`."""
        return self.body


class Stream(Protocol):
    """An answer that is read as it comes.

    Attributes:
        status: Of HTTP.
        kind: What it says that its body is; "" for nothing.
    """

    status: int
    kind: str

    def read(self) -> bytes:
        """All of it.

        Raises:
            Trouble: It does not come whole.
        """
        ...

    def lines(self) -> Iterator[str]:
        """Its lines, without their ends, each as soon as it is there.

        Raises:
            Trouble: It broke off.
        """
        ...


class Carrier(Protocol):
    """What a client asks through."""

    def send(self, asked: Asked) -> Reply:
        """Ask, and get the whole answer.

        Raises:
            Trouble: There is none.
        """
        ...

    def stream(self, asked: Asked) -> contextlib.AbstractContextManager[Stream]:
        """Ask, and read the answer as it comes; what is left of it is not waited for.

        Raises:
            Trouble: There is none.
        """
        ...

    def close(self) -> None:
        """Let go of all connections; whoever still waits for an answer gets none."""
        ...


class Trouble(Exception):
    """No answer came, or not all of it; the cause is what the system said."""


class Unreached(Trouble):
    """No connection came about.

    Attributes:
        seconds: That it was tried for at the most.
    """

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class Silent(Trouble):
    """No answer came in time."""


class Broken(Trouble):
    """The connection broke off."""


class Wire(NamedTuple):
    """A connection that stands.

    Attributes:
        http: Speaks on it.
        socket: Under it, also where `http` has handed it on to an answer.
    """

    http: http.client.HTTPConnection
    socket: socket.socket

    def rests(self) -> bool:
        """Whether it waits to be used again: nothing comes, not even its end."""
        if self.http.sock is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            return not selector.select(0)

    def cut(self) -> None:
        """End it; whoever reads from it, in another thread, wakes."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of it."""
        self.http.close()
        self.socket.close()


class Connections:
    """A carrier over the network; may be used by several threads.

    Args:
        server: Address of the server, as "http://127.0.0.1:8000".
        tls: Whom to trust where the address begins with https.
        proxy: What leads there.
    """

    def __init__(self, server: str, tls: ssl.SSLContext | None, proxy: Proxy = DIRECT) -> None:
        parts = urlsplit(server)
        self._host = parts.hostname or ""
        # Always said: of an address in IPv6 it would be guessed wrongly.
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = tls
        self._proxy = proxy
        self._whole = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._idle: deque[Wire] = deque()
        self._busy: set[Wire] = set()
        self._closed = False

    def send(self, asked: Asked) -> Reply:
        """As `Carrier.send`."""
        wire = self._wire(asked.seconds)
        try:
            with _told():
                answer = self._answer(wire, asked)
                reply = Reply(answer.status, _kind(answer), answer.read())
        except BaseException:
            self._drop(wire)
            raise
        self._busy.discard(wire)
        self._idle.append(wire)
        return reply

    @contextlib.contextmanager
    def stream(self, asked: Asked) -> Generator[Stream]:
        """As `Carrier.stream`."""
        wire = self._wire(asked.seconds)
        try:
            with _told():
                answer = self._answer(wire, asked)
            yield _Coming(answer)
        finally:
            self._drop(wire)

    def close(self) -> None:
        """As `Carrier.close`."""
        self._closed = True
        while self._idle:
            self._idle.popleft().close()
        for wire in list(self._busy):
            wire.cut()

    # How

    def _wire(self, seconds: float) -> Wire:
        """One that nobody else uses.

        Raises:
            Unreached: None came about.
            RuntimeError: All of this has been closed.
        """
        if self._closed:
            raise RuntimeError("this client is closed")
        wire = self._rested() or self._new(min(CONNECTING, seconds))
        self._busy.add(wire)
        wire.socket.settimeout(seconds)
        return wire

    def _rested(self) -> Wire | None:
        with contextlib.suppress(IndexError):
            while True:
                wire = self._idle.pop()  # the latest one, which is the likeliest to stand
                if wire.rests():
                    return wire
                wire.close()
        return None

    def _new(self, seconds: float) -> Wire:
        made = self._made(seconds)
        try:
            made.connect()
        except OSError as error:
            made.close()
            raise Unreached(str(error), seconds) from error
        return Wire(made, made.sock)

    def _made(self, seconds: float) -> http.client.HTTPConnection:
        proxy = self._proxy
        host, port = (proxy.host, proxy.port) if proxy.host else (self._host, self._port)
        if self._tls is None:
            return http.client.HTTPConnection(host, port, timeout=seconds)
        made = http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        if proxy.host:
            made.set_tunnel(self._host, self._port, headers=dict(proxy.headers))
        return made

    def _answer(self, wire: Wire, asked: Asked) -> http.client.HTTPResponse:
        target, headers = asked.target, dict(asked.headers)
        if self._proxy.host and self._tls is None:  # it is asked itself, for another
            target = f"{self._whole}{target}"
            headers |= self._proxy.headers
        wire.http.request(asked.method, target, body=asked.body, headers=headers)
        return wire.http.getresponse()

    def _drop(self, wire: Wire) -> None:
        self._busy.discard(wire)
        wire.close()


class _Coming:
    """An answer over the network, as it comes."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.kind = _kind(answer)
        self._answer = answer

    def read(self) -> bytes:
        """As `Stream.read`."""
        with _told():
            return self._answer.read()

    def lines(self) -> Iterator[str]:
        """As `Stream.lines`."""
        begun: list[bytes] = []
        while data := self._some():
            head, *others = data.split(b"\n")
            begun.append(head)
            for after in others:
                yield b"".join(begun).decode(errors="replace").removesuffix("\r")
                begun = [after]

    def _some(self) -> bytes:
        # Not by `readline` (3.11): an answer that breaks off between chunks would be whole to it.
        with _told():
            return self._answer.read1(_MOST)


@contextlib.contextmanager
def _told() -> Generator[None]:
    """Say what has gone wrong with an answer in our words."""
    try:
        yield
    except TimeoutError as error:
        raise Silent(str(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Broken(str(error) or type(error).__name__) from error


def _kind(answer: http.client.HTTPResponse) -> str:
    return answer.getheader("content-type", "")
