"""What was sent, made into what is asked; errors name the field.

>>> from callboard.runtime.gateways.operations.table import named
>>> read(named("heartbeat"), body=b'{"agent_id": "ann", "cpu": 0.5}')
Heartbeat(agent_id='ann', cpu=0.5, memory=None)
>>> read(named("heartbeat"), body=b'{"agent": "ann"}')
Traceback (most recent call last):
    ...
callboard.messages.errors.requests.MalformedRequest: agent is no field of this request
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast, get_origin

import msgspec

from callboard.messages.complaints import complaint
from callboard.messages.errors.requests import MalformedRequest

if TYPE_CHECKING:
    from callboard.runtime.gateways.operations.operation import AnyOperation, Request

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")


def read(
    operation: AnyOperation,
    *,
    places: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    key: str = "",
) -> Request:
    """The request that was sent.

    Args:
        operation: What is asked for.
        places: What stands in the path.
        query: Names and values of the query, in order; of a GET only.
        body: A JSON object; of a POST. Nothing says the same as an empty object.
        key: What the header `Idempotency-Key` says, for operations that look at it.

    Raises:
        MalformedRequest: A field is missing, unknown or of a wrong type.
    """
    found = dict(places or {})
    if operation.method == "GET":
        return _converted(operation, {**_queried(operation, query), **found}, strict=False)
    if query:
        raise MalformedRequest(query[0][0], "belongs into the body")
    given = _object(body)
    for name in found:
        if name in given:
            raise MalformedRequest(name, "is in the path already")
    if key and operation.key:
        if given.get(operation.key, key) != key:
            raise MalformedRequest(operation.key, "differs from the header Idempotency-Key")
        found[operation.key] = key
    return _converted(operation, {**given, **found}, strict=True)


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedRequest("body", f"is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise MalformedRequest("body", f"must be a JSON object, not {type(given).__name__}")
    return cast("dict[str, Any]", given)


def _queried(operation: AnyOperation, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    listed = {f.name for f in operation.rest if get_origin(f.type) is tuple}
    found: dict[str, Any] = {}
    for name, value in query:
        if name in operation.places:
            raise MalformedRequest(name, "is in the path already")
        if name in listed:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise MalformedRequest(name, "is given twice")
        else:
            found[name] = value
    return found


def _converted(operation: AnyOperation, given: dict[str, Any], *, strict: bool) -> Request:
    try:
        return cast("Request", msgspec.convert(given, operation.request, strict=strict))
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    except RecursionError:
        raise MalformedRequest("body", "is nested too deeply") from None


def malformed(error: msgspec.ValidationError) -> MalformedRequest:
    """The error that names the field.

    >>> str(malformed(msgspec.ValidationError("Expected `int`, got `str` - at `$.n[0]`")))
    'n[0]: Expected `int`, got `str`'
    """
    path, why = complaint(error, "")
    where = path.removeprefix(".")
    for pattern, what in ((_MISSING, "is required"), (_UNKNOWN, "is no field of this request")):
        found = pattern.fullmatch(why)
        if found is not None:
            return MalformedRequest(f"{where}.{found['field']}".removeprefix("."), what)
    return MalformedRequest(where or "body", why)
