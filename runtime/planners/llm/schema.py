"""The JSON schema that a model must keep to, from the type that its answer is decoded as.

Endpoints that know *strict* schemas want a closed object at the root, every property
required, and a type beside each enumeration; titles only cost tokens.

>>> answer_schema()["required"], answer_schema()["additionalProperties"]
(['subtasks'], False)
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import msgspec

from callboard.actors.logic.proposals import Answer


def answer_schema() -> dict[str, Any]:
    """The schema of `Answer`, as strict endpoints take it."""
    return schema_of(Answer)


@cache
def schema_of(kind: type) -> dict[str, Any]:
    """The schema of a type of answers, as strict endpoints take it."""
    schema = msgspec.json.schema(kind)
    parts: dict[str, Any] = {name: _strict(part) for name, part in schema["$defs"].items()}
    root: dict[str, Any] = parts.pop(kind.__name__)
    return {**root, "$defs": parts}


def form_of(name: str, kind: type) -> dict[str, Any]:
    """What a request says of the answer that it wants (`response_format`)."""
    schema = {"name": name, "strict": True, "schema": schema_of(kind)}
    return {"type": "json_schema", "json_schema": schema}


def _strict(given: object) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(given, list):
        return [_strict(one) for one in cast("list[object]", given)]
    if not isinstance(given, dict):
        return given
    found: dict[str, Any] = {
        key: _strict(value)
        for key, value in cast("dict[str, object]", given).items()
        if not (key == "title" and isinstance(value, str))
    }
    if found.get("type") == "object":
        found.pop("description", None)  # the class's docstring, for people
    if "enum" in found:
        found.setdefault("type", "string")
    return found
