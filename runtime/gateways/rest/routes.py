"""Operations as routes: what came is read, done, and answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from callboard.messages.errors.data import MessageTooLarge
from callboard.messages.errors.requests import WrongMediaType, WrongMethod
from callboard.runtime.gateways.operations.reading import read
from callboard.runtime.gateways.rest.answers import JSON, answered, encoded, refused

if TYPE_CHECKING:
    from starlette.requests import Request as Http

    from callboard.runtime.gateways.operations.operation import AnyOperation, Request
    from callboard.runtime.gateways.rest.guarding import Guard
    from callboard.runtime.runtime import Runtime

LARGEST = 16 * 1024 * 1024
"""Bytes of a body that are read at the most."""

LONG = 64 * 1024
"""Bytes of a body from which on it is read beside the event loop."""

Serve: TypeAlias = Callable[["Http", Any], Awaitable["Response"]]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that is answered otherwise than with its `do`: a stream, or a text.

    Attributes:
        operation: What it is, for guard and documentation; its `do` is never called.
        serve: Answers, with what was asked.
        media_type: Of what it answers.
    """

    operation: AnyOperation
    serve: Serve
    media_type: str = JSON


class Doorway:
    """How requests come to a runtime.

    Args:
        runtime: Is asked.
        guard: Decides who may; None lets everybody.
        largest: Bytes of a body that are read at the most.
    """

    def __init__(self, runtime: Runtime, guard: Guard | None, largest: int = LARGEST) -> None:
        self.runtime = runtime
        self._guard = guard
        self._largest = largest

    async def pass_through(self, http: Http, operation: AnyOperation) -> Any:  # noqa: ANN401 - as the operation has it
        """What is asked, by somebody who may ask it.

        Raises:
            CallboardError: It is malformed, or they may not.
        """
        who = None if self._guard is None else await self._guard.admit(http, operation)
        asked = await self._read(http, operation)
        if self._guard is not None:
            self._guard.permit(who, operation, asked, self.runtime)
            name = self._guard.name_of(who) if operation.by else ""
            if name:
                asked = msgspec.structs.replace(asked, **{operation.by: name})
        return asked

    async def _read(self, http: Http, operation: AnyOperation) -> Request:
        body = await _body(http, self._largest) if operation.method == "POST" else b""
        make = partial(
            read,
            operation,
            places=http.path_params,
            query=http.query_params.multi_items(),
            body=body,
            key=http.headers.get("idempotency-key", ""),
        )
        return await asyncio.to_thread(make) if len(body) > LONG else make()


async def _body(http: Http, largest: int) -> bytes:
    """The whole body.

    Raises:
        WrongMediaType: It says that it is no JSON. A page in a browser cannot send JSON to
            another site unasked, so none can give commands to a server on this machine.
        MessageTooLarge: There are more bytes than *largest*.
    """
    parts: list[bytes] = []
    size = 0
    async for part in http.stream():
        size += len(part)
        if size > largest:
            raise MessageTooLarge("body", f"more than {largest:,} bytes")
        parts.append(part)
    given = http.headers.get("content-type", "nothing at all")
    if size and given.partition(";")[0].strip().lower() != JSON:
        raise WrongMediaType(f"{given:.80}")
    return b"".join(parts)


def endpoint_of(operation: AnyOperation, runtime: Runtime) -> Endpoint:
    """An operation of the table, as it is served."""

    async def serve(_: Http, asked: Request) -> Response:
        answer = await operation.do(runtime, asked)
        if operation.bulky:
            return answered(await asyncio.to_thread(encoded, answer))
        return answered(encoded(answer))

    return Endpoint(operation=operation, serve=serve)


def routes(doorway: Doorway, endpoints: Sequence[Endpoint]) -> list[Route]:
    """A route for each path; what has the same path differs in its method."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.operation.path, {})[endpoint.operation.method] = endpoint
    return [_route(doorway, path, methods) for path, methods in paths.items()]


def _route(doorway: Doorway, path: str, methods: Mapping[str, Endpoint]) -> Route:
    allowed = sorted({*methods, "HEAD"} if "GET" in methods else methods)

    async def serve(http: Http) -> Response:
        endpoint = methods.get("GET" if http.method == "HEAD" else http.method)
        if endpoint is None:
            return refused(http, WrongMethod(http.method, http.url.path, allowed))
        try:
            asked = await doorway.pass_through(http, endpoint.operation)
            return await endpoint.serve(http, asked)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in our form
            return refused(http, error)

    route = Route(path, serve)
    route.methods = None  # whatever is not allowed comes there too, to be told what is
    return route
