"""Function schemas in OpenAI's style, made from the types of the requests.

>>> [schema["function"]["name"] for schema in function_schemas()][:2]
['register_agent', 'decompose_goal']
>>> function_schemas()[1]["function"]["parameters"]["required"]
['goal']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from callboard.runtime.gateways.operations.words import words_of
from callboard.runtime.gateways.tool.methods import METHODS

if TYPE_CHECKING:
    from callboard.runtime.gateways.tool.methods import Method

AGENT = "agent_id"
"""The argument that says for whom it is, where the tool belongs to nobody."""

_WHO = "Id of the agent that this is about."


def function_schemas(*, anybody: bool = False) -> list[dict[str, Any]]:
    """A function for each method, as chat completions take them in `tools`.

    Args:
        anybody: The tool belongs to no agent, so it must be said for whom it is called.
    """
    return [_function(method, anybody=anybody) for method in METHODS.values()]


def parameters_of(method: Method, *, anybody: bool = False) -> dict[str, Any]:
    """The JSON schema of a method's arguments."""
    found = _properties(method)
    if method.narrower is not None:
        found |= _properties(method.narrower)
    needed = list(method.required)
    if anybody and method.speaker:
        found = {AGENT: {"type": "string", "description": _WHO}, **found}
        needed = [AGENT, *needed]
    return {
        "type": "object",
        "properties": found,
        "required": needed,
        "additionalProperties": False,
    }


def _properties(method: Method) -> dict[str, Any]:
    request = method.operation.request
    described = words_of(request).fields
    _, components = msgspec.json.schema_components([request])
    properties: dict[str, Any] = components[request.__name__]["properties"]
    found: dict[str, Any] = {}
    for name in method.arguments:
        field = method.field(name)
        default = {"default": method.defaults[name]} if name in method.defaults else {}
        found[name] = {**properties[field], **default, "description": described.get(field, "")}
    return found


def _function(method: Method, *, anybody: bool) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": method.name,
            "description": method.about,
            "parameters": parameters_of(method, anybody=anybody),
        },
    }
