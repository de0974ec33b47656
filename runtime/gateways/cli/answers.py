"""What HTTP brought back, or did not, as an answer or as one of our errors."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TypeVar

import msgspec

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.running import CallTimedOut
from callboard.messages.errors.serving import (
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.runtime.gateways.cli.carrier import Reply, Silent, Stream, Trouble, Unreached

A = TypeVar("A")

_OK, _OTHERWISE = HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_TRUST = "; --tls-ca FILE says whom to trust"


class _Refusal(msgspec.Struct):
    """Of any version: what is not known is passed over."""

    error: str
    kind: str = ""
    field: str = ""


_refusals = msgspec.json.Decoder(_Refusal)


R = TypeVar("R", Reply, Stream)


def checked(reply: R, server: str) -> R:
    """The answer, if it is no refusal; of one that still comes nothing is read then.

    Raises:
        TokenRefused: The server wants a token, or another one.
        ServerRefused: It says no.
        ServerForeign: It says something else.
        Trouble: It broke off.
    """
    if _OK <= reply.status < _OTHERWISE:
        return reply
    try:
        said = _refusals.decode(reply.read())
    except (msgspec.DecodeError, UnicodeDecodeError):
        kind = reply.kind or "nothing that says what it is"
        what = f"it answers {reply.status} with {kind}"
        raise ServerForeign(server, f"{what}: no server of Callboard does that") from None
    if reply.status in _DENIED:
        raise TokenRefused(server, said.error)
    raise ServerRefused(reply.status, said.kind, said.error, said.field)


def decoded(reply: Reply, kind: type[A], server: str) -> A:
    """What is answered.

    Raises:
        ServerForeign: It is none.
    """
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except msgspec.DecodeError as error:
        why = f"its answer is not what this version knows ({error})"
        raise ServerForeign(server, why) from None


def problem_of(
    error: Trouble, server: str, what: str, seconds: float, *, harmless: bool = True
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
        case Unreached(__cause__=TimeoutError()):
            return ServerUnreachable(server, f"no connection within {error.seconds:g} s")
        case Unreached():
            return ServerUnreachable(server, _not_connected(error))
        case Silent():
            return CallTimedOut(f"{what} at {server}", seconds)
        case _:
            doubt = "" if harmless else f"; {what} may have happened all the same"
            return ServerUnreachable(server, f"the connection broke off ({error}){doubt}")


def passing(error: CallboardError) -> bool:
    """Whether it may be over in a moment, as while a server starts anew."""
    if isinstance(error, ServerRefused):
        return error.status in _PASSING
    return isinstance(error, ServerUnreachable | CallTimedOut)


def _not_connected(error: Unreached) -> str:
    cause = error.__cause__
    ssl = sys.modules.get("ssl")  # slow to load, and loaded where it was tried
    if ssl is None or not isinstance(cause, ssl.SSLError):
        return f"nobody answers there ({error})"
    return f"no safe connection ({getattr(cause, 'verify_message', '') or cause}){_TRUST}"
