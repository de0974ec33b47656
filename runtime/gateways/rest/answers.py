"""Answers and refusals as responses of HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.requests import WrongMethod
from callboard.runtime.gateways.operations.problems import refusal_of, retry_after, status_of
from callboard.runtime.logs import log

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

JSON = "application/json"

_encode = msgspec.json.Encoder().encode
_KEPT_NOWHERE = {"cache-control": "no-store"}


def encoded(answer: object) -> bytes:
    """An answer as JSON."""
    return _encode(answer)


def answered(body: bytes) -> Response:
    """A response that tells an answer."""
    return Response(body, media_type=JSON, headers=_KEPT_NOWHERE)


def refused(connection: HTTPConnection, error: BaseException) -> Response:
    """A response that tells of an error; what nobody foresaw goes into the log as well."""
    if not isinstance(error, CallboardError):
        path = connection.url.path
        log.error("request_failed", path=path, problem=repr(error), exc_info=error)
    return Response(
        _encode(refusal_of(error)),
        status_code=status_of(error),
        media_type=JSON,
        headers=_headers(error),
    )


def _headers(error: BaseException) -> dict[str, str]:
    headers: dict[str, Any] = dict(_KEPT_NOWHERE)
    seconds = retry_after(error)
    if seconds is not None:
        headers["retry-after"] = str(seconds)
    if isinstance(error, WrongMethod):
        headers["allow"] = ", ".join(error.allowed)
    return headers
