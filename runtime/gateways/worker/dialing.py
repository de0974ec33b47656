"""Opens the link to a server, and says in words of ours why it could not be opened."""

from __future__ import annotations

import contextlib
import importlib.util
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec

from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.serving import (
    ExtraMissing,
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.nearby import is_here
from callboard.runtime.gateways.security.words import could_be

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.http11 import Response

OPEN_SECONDS = 10.0
"""How long a server may take to open a link."""

PING_SECONDS = 5.0
"""How often it is made sure that the server is still there."""

PONG_SECONDS = 15.0
"""How long it may take to say so; a cable that was pulled out says nothing."""

_SECURE = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that pass: a server that drains or is too busy, a proxy without one behind it."""
_LET_NOBODY_IN = frozenset({401, 403})
TOKEN_PROBLEMS = frozenset({"NotLetIn", "NotAllowed", "TokenRefused"})
"""Classes of a server's errors that another token would mend."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and how to be let in.

    Attributes:
        url: Where it is, as its user wrote it.
        link: Where it takes links.
        token: Lets the worker in; "" for none.
        trust: Whom to trust; None for a link that is not encrypted.
    """

    url: str
    link: str
    token: str = ""
    trust: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"<server {self.url}>"  # without the token


def server_of(url: str, *, token: str = "", ca: str | None = None) -> Server:
    """The server at that address.

    Args:
        url: As "http://127.0.0.1:8000", or with https; a path before its own is kept.
        token: Lets the worker in.
        ca: File with the certificates to trust (PEM); None for those of the system.

    Raises:
        InvalidOption: The address is none, or the file has no certificates.

    >>> server_of("http://board.example:8000/").link
    'ws://board.example:8000/agents/link'
    """
    parts = _parts(url)
    scheme = _SECURE[parts.scheme]
    link = urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + frames.PATH, "", ""))
    if token and not could_be(token):
        raise InvalidOption("the token", "what was given", "one word, as `callboard token` made it")
    if ca is not None and scheme == "ws":
        raise InvalidOption("tls_ca", ca, "None, as the address does not begin with https://")
    return Server(url, link, token, _trust(ca) if scheme == "wss" else None)


async def dial(server: Server) -> ClientConnection:
    """A link to the server.

    Raises:
        ServerUnreachable: Nobody answers, or somebody who is busy; it may pass.
        TokenRefused: It wants another token.
        ServerForeign: Something else is there.
        ServerRefused: It says no, and why.
    """
    from websockets.asyncio.client import connect  # noqa: PLC0415 - an extra
    from websockets.exceptions import (  # noqa: PLC0415 - the same
        InvalidHandshake,
        InvalidMessage,
        InvalidStatus,
    )

    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    try:
        return await connect(
            server.link,
            ssl=server.trust,
            additional_headers=headers,
            user_agent_header="callboard-worker",
            # A proxy would look for this machine on its own.
            proxy=None if is_here(urlsplit(server.link).hostname or "") else True,
            compression=None,  # most frames are short, and many
            max_size=None,  # it is our own server
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=1.0,
        )
    except InvalidStatus as error:
        raise _refusal(server, error.response) from None
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate is not trusted: {error.verify_message}; --tls-ca names others"
        raise ServerForeign(server.url, why) from None
    except ssl.SSLError as error:
        raise ServerForeign(server.url, f"TLS fails: {error.reason or error}") from None
    except InvalidMessage:
        raise ServerUnreachable(server.url, "the answer broke off, or is no HTTP") from None
    except InvalidHandshake as error:
        raise ServerForeign(server.url, f"it opens no link: {error}") from None
    except TimeoutError:
        why = f"it did not open a link within {OPEN_SECONDS:g} s"
        raise ServerUnreachable(server.url, why) from None
    except OSError as error:
        raise ServerUnreachable(server.url, error.strerror or str(error)) from None


def need_extra() -> None:
    """Make sure that there is something to open links with.

    Raises:
        ExtraMissing: There is not.
    """
    if importlib.util.find_spec("websockets") is None:
        raise ExtraMissing("a worker", "agent")


def _parts(url: str) -> SplitResult:
    """The parts of the address of a server."""
    expected = "an address as http://127.0.0.1:8000 or https://board.example"
    try:
        parts = urlsplit(url)
        known = parts.scheme in _SECURE and bool(parts.hostname) and parts.port != 0
    except (AttributeError, TypeError, ValueError):  # no text, or the port is none
        raise InvalidOption("the server", url, expected) from None
    if not known or parts.query or parts.fragment or parts.username or not url.isprintable():
        raise InvalidOption("the server", url, expected)
    return parts


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise InvalidOption("tls_ca", ca, "a file with certificates (PEM)") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise InvalidOption("tls_ca", ca, f"a file with certificates ({why})") from None


def _refusal(server: Server, response: Response) -> CallboardError:
    """Why there is no link, from what was answered instead."""
    status, said = response.status_code, _said(response.body)
    text = f"{status}: {said.error}" if said.error else f"{status} {response.reason_phrase}".strip()
    if said.kind in TOKEN_PROBLEMS or (status in _LET_NOBODY_IN and not said.kind):
        return TokenRefused(server.url, text)
    if status in _BUSY:
        busy = ServerUnreachable(server.url, text)
        busy.retry_after = _seconds(response.headers.get("Retry-After", ""))
        return busy
    if said.error:
        return ServerRefused(status, said.kind, said.error, said.field)
    return ServerForeign(server.url, f"{text}: no server of Callboard that takes links")


class _Said(msgspec.Struct):
    """What a server of Callboard answers where it refuses."""

    error: str = ""
    kind: str = ""
    field: str = ""


def _said(body: bytes | bytearray | None) -> _Said:
    with contextlib.suppress(msgspec.MsgspecError):
        return msgspec.json.decode(body or b"{}", type=_Said)
    return _Said()


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
