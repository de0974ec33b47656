"""`GET /openapi.json`: the server as OpenAPI 3.1, made from the operations that it serves.

Paths, parameters and statuses come from the operations, schemas from the structs that
requests are read into and answers written from: there is nothing that could differ.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import callboard
from callboard.runtime.gateways.operations import plans
from callboard.runtime.gateways.operations.bounds import PLAN_SUBTASK
from callboard.runtime.gateways.operations.operation import Operation, Refusal, Request, Scope
from callboard.runtime.gateways.rest import spoken
from callboard.runtime.gateways.rest.answers import JSON, answered, encoded
from callboard.runtime.gateways.rest.events import MEDIA_TYPE
from callboard.runtime.gateways.rest.routes import Endpoint
from callboard.runtime.gateways.rest.schemas import Schemas
from callboard.runtime.gateways.security.guard import PUBLIC

if TYPE_CHECKING:
    from starlette.requests import Request as Http
    from starlette.responses import Response

    from callboard.runtime.gateways.operations.operation import AnyOperation
    from callboard.runtime.gateways.rest.schemas import Schema

_ALWAYS = frozenset({400, 401, 403, 408, 429, 431, 503, 504})
"""Statuses with which anything may be refused: it is malformed, its sender may not, or the
server cannot now."""

_OF_BODIES = frozenset({413, 415})


class AskOpenAPI(Request):
    """This description."""


async def _never(_runtime: object, _asked: AskOpenAPI) -> dict[str, Any]:
    """It is answered by whoever knows all that is served."""
    raise NotImplementedError


OPERATION = Operation(
    name="show_openapi",
    method="GET",
    path="/openapi.json",
    summary="This description, as OpenAPI 3.1",
    tag="documentation",
    scope=Scope.READER,
    request=AskOpenAPI,
    answer=dict[str, Any],
    do=_never,
)
"""What guard and documentation know of it."""


def endpoint(served: Callable[[], Sequence[Endpoint]]) -> Endpoint:
    """To be served.

    Args:
        served: Says what there is, once somebody asks.
    """

    @functools.cache
    def document() -> bytes:
        return encoded(described(served(), callboard.__version__))

    async def serve(_http: Http, _asked: AskOpenAPI) -> Response:
        return answered(document())

    return Endpoint(operation=OPERATION, serve=serve)


def described(endpoints: Sequence[Endpoint], version: str) -> Schema:
    """The whole document.

    Args:
        endpoints: All that is served.
        version: Of the program.
    """
    operations = [endpoint.operation for endpoint in endpoints]
    requests = [known.request for known in operations]
    schemas = Schemas(requests, [*(known.answer for known in operations), Refusal])
    named = dict(schemas.named)
    for request in requests:
        named.pop(schemas.name(request), None)
    named.update(_bodies(operations, schemas))
    named[PLAN_SUBTASK] = plans.schema()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Callboard", "version": version, "description": spoken.ABOUT},
        "tags": [
            {"name": tag, "description": spoken.TAGS.get(tag, "")}
            for tag in dict.fromkeys(known.tag for known in operations)
        ],
        "security": [{}, {"token": []}],
        "paths": {**_paths(endpoints, schemas), **spoken.LINK},
        "components": {
            "schemas": dict(sorted(named.items())),
            "responses": _refusals(operations, schemas),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": spoken.LETS_IN}
            },
        },
    }


def _paths(endpoints: Sequence[Endpoint], schemas: Schemas) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for served in endpoints:
        known = served.operation
        paths.setdefault(known.path, {})[known.method.lower()] = _described(served, schemas)
    return paths


def _described(endpoint: Endpoint, schemas: Schemas) -> Schema:
    known = endpoint.operation
    about = schemas.named[schemas.name(known.request)].get("description", "")
    made: Schema = {
        "operationId": known.name,
        "tags": [known.tag],
        "summary": known.summary,
        "description": f"{about}\n\n{_needed(known)}".strip(),
        "parameters": [*_parameters(known, schemas)],
        "responses": _responses(endpoint, schemas),
    }
    if known.path in PUBLIC:
        made["security"] = [{}]
    if _has_body(known):
        body = schemas.part(known.request, known.places)
        ref = {"$ref": f"#/components/schemas/{schemas.name(known.request)}"}
        made["requestBody"] = {
            "required": bool(body["required"]),
            "content": {JSON: {"schema": ref}},
        }
    return made


def _needed(known: AnyOperation) -> str:
    if known.path in PUBLIC:
        return "No token is needed."
    return f"With tokens: scope `{known.scope.name.lower()}`."


def _has_body(known: AnyOperation) -> bool:
    return known.method == "POST" and bool(known.rest)


def _bodies(operations: Sequence[AnyOperation], schemas: Schemas) -> dict[str, Schema]:
    """What is asked in bodies: all of a request that is not in the path."""
    return {
        schemas.name(known.request): schemas.part(known.request, known.places)
        for known in operations
        if _has_body(known)
    }


def _parameters(known: AnyOperation, schemas: Schemas) -> Iterator[Schema]:
    whole = schemas.named[schemas.name(known.request)]
    properties, required = whole.get("properties", {}), whole.get("required", ())
    for name in known.places:
        yield _parameter("path", name, {"minLength": 1, **properties[name]}, required=True)
    if known.method == "GET":
        for field in known.rest:
            name = field.name
            yield _parameter("query", name, properties[name], required=name in required)
    if known.key:
        told = {"type": "string", "description": spoken.KEY}
        yield _parameter("header", "Idempotency-Key", told, required=False)


def _parameter(place: str, name: str, schema: Schema, *, required: bool) -> Schema:
    told = {key: value for key, value in schema.items() if key != "description"}
    about = schema.get("description", "")
    return {"name": name, "in": place, "required": required, "description": about, "schema": told}


def _statuses(known: AnyOperation) -> list[int]:
    body = _OF_BODIES if known.method == "POST" else frozenset[int]()
    return sorted({*map(int, known.refuses), *_ALWAYS, *body})


def _responses(endpoint: Endpoint, schemas: Schemas) -> Schema:
    known = endpoint.operation
    stream = endpoint.media_type == MEDIA_TYPE  # of which OpenAPI 3.1 can say nothing more
    schema = {} if stream else {"schema": schemas.of(known.answer)}
    content = {endpoint.media_type: schema}
    refused = {str(s): {"$ref": f"#/components/responses/Refused{s}"} for s in _statuses(known)}
    return {"200": {"description": "It was done.", "content": content}, **refused}


def _refusals(operations: Sequence[AnyOperation], schemas: Schemas) -> dict[str, Schema]:
    """Each refusal once: what it says is the same everywhere."""
    statuses = sorted({status for known in operations for status in _statuses(known)})
    return {f"Refused{status}": _refusal(status, schemas) for status in statuses}


def _refusal(status: int, schemas: Schemas) -> Schema:
    told: Schema = {
        "description": spoken.WHY[status],
        "content": {JSON: {"schema": schemas.of(Refusal)}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        about = "Seconds after which another try makes sense."
        told["headers"] = {
            "Retry-After": {"description": about, "schema": {"type": "integer", "minimum": 0}}
        }
    return told
