"""What HTTP brought back, or did not, as an answer or as one of our errors."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar

import httpx
import msgspec

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.errors.serving import (
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)

A = TypeVar("A")

_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_TRUST = "; --tls-ca FILE says whom to trust"


class _Refusal(msgspec.Struct):
    """Of any version: what is not known is passed over."""

    error: str
    kind: str = ""
    field: str = ""


_refusals = msgspec.json.Decoder(_Refusal)


def checked(response: httpx.Response, server: str) -> httpx.Response:
    """The response, if it is no refusal; its body is read where it is one.

    Raises:
        TokenRefused: The server wants a token, or another one.
        ServerRefused: It says no.
        ServerForeign: It says something else.
    """
    if response.is_success:
        return response
    try:
        said = _refusals.decode(response.read())
    except (msgspec.DecodeError, UnicodeDecodeError):
        kind = response.headers.get("content-type", "nothing that says what it is")
        what = f"it answers {response.status_code} with {kind}"
        raise ServerForeign(server, f"{what}: no server of Callboard does that") from None
    if response.status_code in _DENIED:
        raise TokenRefused(server, said.error)
    raise ServerRefused(response.status_code, said.kind, said.error, said.field)


def decoded(response: httpx.Response, kind: type[A], server: str) -> A:
    """The answer in a response.

    Raises:
        ServerForeign: It is none.
    """
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        why = f"its answer is not what this version knows ({error})"
        raise ServerForeign(server, why) from None


def problem_of(
    error: httpx.TransportError, server: str, what: str, seconds: float, *, harmless: bool = True
) -> CallboardError:
    """What is wrong where no answer came.

    Args:
        error: Why it did not.
        server: Who was asked.
        what: Was asked.
        seconds: It was waited.
        harmless: It changes nothing, so that nobody need know whether it happened.
    """
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return ServerUnreachable(server, f"no connection within {seconds:g} s")
        case httpx.TimeoutException():
            return CallTimedOut(f"{what} at {server}", seconds)
        case httpx.ConnectError():
            return ServerUnreachable(server, _not_connected(error))
        case _:
            doubt = "" if harmless else f"; {what} may have happened all the same"
            return ServerUnreachable(server, f"the connection broke off ({_said(error)}){doubt}")


def passing(error: CallboardError) -> bool:
    """Whether it may be over in a moment, as while a server starts anew."""
    if isinstance(error, ServerRefused):
        return error.status in _PASSING
    return isinstance(error, ServerUnreachable | CallTimedOut)


def _not_connected(error: httpx.ConnectError) -> str:
    unsafe = next((c for c in _causes(error) if isinstance(c, ssl.SSLError)), None)
    if unsafe is None:
        return f"nobody answers there ({_said(error)})"
    why = getattr(unsafe, "verify_message", "") or unsafe
    return f"no safe connection ({why}){_TRUST}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _said(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__
