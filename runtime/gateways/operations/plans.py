"""What a plan in a request may say of a subtask: the parameters of `subtask`, in its words.

>>> told = schema()["properties"]["estimated_duration"]
>>> told["description"], told["default"]
('Minutes.', 60)
"""

from __future__ import annotations

import inspect
from typing import Any

from callboard.messages.values import Priority
from callboard.runtime.gateways.operations.bounds import NOT_BLANK
from callboard.runtime.gateways.operations.words import arguments_of
from callboard.runtime.planners.stated import subtask

_TEXT: dict[str, Any] = {"type": "string"}
_WORDS: dict[str, Any] = {"type": "string", "pattern": NOT_BLANK}
_NAMES: dict[str, Any] = {"type": "array", "items": _WORDS}
_CHOICE: dict[str, Any] = {"type": ["boolean", "null"]}
_SECONDS: dict[str, Any] = {"type": ["number", "null"], "exclusiveMinimum": 0}
_AMOUNT: dict[str, Any] = {"type": "number", "exclusiveMinimum": 0}

_SHAPES: dict[str, dict[str, Any]] = {
    "name": _WORDS,
    "uuid": _TEXT,
    "description": _TEXT,
    "required_skills": {
        "anyOf": [_NAMES, {"type": "object", "additionalProperties": {"type": ["number", "null"]}}]
    },
    "dependencies": {"type": "array", "items": _TEXT},
    "priority": {
        "anyOf": [
            {"enum": [priority.name for priority in Priority]},
            {"type": "integer", "minimum": 0, "maximum": len(Priority) - 1},
        ]
    },
    "estimated_duration": {"type": "number", "minimum": 0},
    "data": {},
    "optional": {"type": "boolean"},
    "timeouts": {
        "type": ["object", "null"],
        "properties": dict.fromkeys(("queue", "run", "total", "silence", "stall"), _SECONDS),
        "additionalProperties": False,
    },
    "retry": {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {"$ref": "#/components/schemas/Retry"},
            {"type": "null"},
        ]
    },
    "speculate": _CHOICE,
    "parent_task_uuid": _TEXT,
    "kind": _TEXT,
    "demands": {"type": "object", "additionalProperties": _AMOUNT},
    "keys": _NAMES,
    "negotiate": _CHOICE,
    "result_schema": {"type": ["object", "null"]},
}
"""What JSON can say of each."""

_WANTED = ("skills", "estimated_duration", "timeouts", "retry")
_SHAPES["verify"] = {
    "anyOf": [
        {"type": ["boolean", "null"]},
        _WORDS,
        {
            "type": "object",
            "properties": {
                "by": _TEXT,
                "instructions": _TEXT,
                **{
                    name: _SHAPES["required_skills" if name == "skills" else name]
                    for name in _WANTED
                },
            },
            "additionalProperties": False,
        },
    ]
}


def schema() -> dict[str, Any]:
    """A subtask of a plan, as JSON Schema (2020-12)."""
    words = arguments_of(subtask)
    defaults = {
        name: one.default
        for name, one in inspect.signature(subtask).parameters.items()
        if isinstance(one.default, str | bool | int | float)
    }
    properties = {
        name: {**shape, **_default(defaults, name), "description": words[name]}
        for name, shape in _SHAPES.items()
    }
    return {
        "type": "object",
        "description": "A subtask of a plan.",
        "properties": properties,
        "required": ["name"],
        "additionalProperties": False,
    }


def _default(defaults: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in defaults:
        return {}
    default = defaults[name]
    return {"default": default.name if isinstance(default, Priority) else default}
