"""What a schema for results may say: JSON Schema 2020-12, as far as it can be checked safely.

A schema comes with a plan and a result from an agent, and neither is trusted: whatever they
say, checking takes bounded time and reads nothing from elsewhere. So what could take for
ever (`pattern`) or fetch something (`$ref` to another document, `$id`) is refused when the
plan is, with its path; so is every keyword that would silently not be checked. What only
describes (`title`, `format`, ...) is left alone, as the standard has it.

>>> look_over({"required": ["total"], "properties": {"total": {"type": "number"}}})
>>> try:
...     look_over({"properties": {"name": {"pattern": "(a+)+"}}})
... except BadSchema as error:
...     error.path
'$.properties.name.pattern'
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, lists, and dicts with names as keys."""

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")

DEEPEST = 32
"""Levels that a schema, or a value that is checked, may have."""

LARGEST = 5_000
"""Schemas that one schema may consist of."""


class BadSchema(ValueError):
    """A schema says something that it must not, or that nobody would check.

    Attributes:
        path: Where, as `$.properties.total`.
        what: Is wrong there.
    """

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, what)
        self.path, self.what = path, what

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def look_over(schema: Json) -> None:
    """Make sure that all of the schema can be checked.

    Raises:
        BadSchema: It cannot.
    """
    todo: list[tuple[str, Json, int]] = [("$", schema, 1)]
    led: list[tuple[str, Json]] = []
    looked: set[int] = set()
    seen = 0
    while todo:
        path, one, depth = todo.pop()
        seen += 1
        if depth > DEEPEST or seen > LARGEST:
            raise BadSchema(path, f"more than {DEEPEST} levels or {LARGEST} schemas")
        looked.add(id(one))
        if isinstance(one, bool):
            continue
        if not isinstance(one, dict):
            raise BadSchema(path, f"expected a schema, got {type(one).__name__}")
        for key, rule in as_dict(one).items():
            where = f"{path}.{key}"
            if key == "$ref":
                led.append((where, _target(rule, where, schema)))
                continue
            for at, inner in _look_at(key, rule, where):
                todo.append((at, inner, depth + 1))
    for where, target in led:
        if id(target) not in looked and target not in (True, False):  # within a `const`, say
            raise BadSchema(where, "it leads to what is data in this schema, and no schema")


def resolved(root: Json, reference: str) -> Json:
    """What a `$ref` within the schema *root* stands for.

    Raises:
        LookupError: Nothing there.

    >>> resolved({"$defs": {"a": {"type": "null"}}}, "#/$defs/a")
    {'type': 'null'}
    """
    at = root
    head, *steps = reference.split("/")
    if head != "#":
        raise LookupError(reference)
    for step in steps:
        name = step.replace("~1", "/").replace("~0", "~")
        at = as_list(at)[int(name)] if _is_list(at) and name.isdecimal() else as_dict(at)[name]
    return at


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def as_list(value: Json) -> list[Json]:
    """The value, of which it is known that it is a list."""
    items: list[Json] = value
    return items


def as_dict(value: Json) -> dict[str, Json]:
    """The value, of which it is known that it is a mapping."""
    fields: dict[str, Json] = value
    return fields


def _look_at(key: object, rule: Json, where: str) -> Iterator[tuple[str, Json]]:
    """The schemas that stand in one keyword, once it is known that it is sound."""
    if key in _NOTES:
        return
    if key in _ONE:
        yield where, rule
    elif key in _LISTS:
        for n, one in enumerate(_listed(rule, where)):
            yield f"{where}[{n}]", one
    elif key in _NAMED:
        for name, one in _mapped(rule, where).items():
            yield f"{where}.{name}", one
    elif key not in _PLAIN:
        raise BadSchema(where, _WHY.get(str(key), "this keyword is not checked here"))
    else:
        expected, is_sound = _PLAIN[str(key)]
        if not is_sound(rule):
            raise BadSchema(where, f"expected {expected}")


def _target(rule: Json, where: str, root: Json) -> Json:
    """What a reference leads to."""
    try:
        target = resolved(root, rule)
    except (LookupError, TypeError, AttributeError):
        raise BadSchema(where, f"nothing in this schema is called {rule!r}") from None
    if not _may_be_schema(target):
        raise BadSchema(where, f"{rule!r} is no schema")
    steps = str(rule).split("/")
    if str(rule) != "#" and (len(steps) < 3 or steps[-2] not in _NAMED):  # noqa: PLR2004
        raise BadSchema(where, "only '#' and names in $defs, definitions or properties")
    return target


def _may_be_schema(value: Json) -> bool:
    return isinstance(value, (bool, dict))


def _listed(rule: Json, where: str) -> list[Json]:
    if not isinstance(rule, list) or not rule:
        raise BadSchema(where, "expected a list of schemas")
    return as_list(rule)


def _mapped(rule: Json, where: str) -> dict[str, Json]:
    if not isinstance(rule, dict):
        raise BadSchema(where, "expected schemas by name")
    return as_dict(rule)


def is_number(given: Json) -> bool:
    """Whether it is a number, and finite."""
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return False
    return isinstance(given, int) or math.isfinite(given)


def _is_count(given: Json) -> bool:
    return is_number(given) and given >= 0 and given == int(given)


def _are_names(given: Json) -> bool:
    return isinstance(given, list) and all(isinstance(n, str) for n in as_list(given))


def _is_type(given: Json) -> bool:
    several = as_list(given) if isinstance(given, list) else [given]
    return bool(several) and all(isinstance(one, str) and one in TYPES for one in several)


def _names_by_name(given: Json) -> bool:
    return isinstance(given, dict) and all(map(_are_names, as_dict(given).values()))


_ONE = frozenset({
    "additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else",
})  # fmt: skip
"""Keywords whose rule is a schema."""

_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "$defs", "definitions"})

_NOTES = frozenset({
    "$schema", "$comment", "title", "description", "default", "examples", "deprecated",
    "readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType", "discriminator",
})  # fmt: skip
"""Keywords that only describe."""

_COUNT: tuple[str, Callable[[Json], bool]] = "a whole number, 0 or more", _is_count
_NUMBER: tuple[str, Callable[[Json], bool]] = "a number", is_number

_PLAIN: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "type": (f"one or several of {', '.join(TYPES)}", _is_type),
    "enum": ("a list of values", lambda given: isinstance(given, list)),
    "const": ("a value", lambda _: True),
    "required": ("a list of names", _are_names),
    "dependentRequired": ("lists of names by name", _names_by_name),
    "minProperties": _COUNT,
    "maxProperties": _COUNT,
    "minItems": _COUNT,
    "maxItems": _COUNT,
    "minContains": _COUNT,
    "maxContains": _COUNT,
    "minLength": _COUNT,
    "maxLength": _COUNT,
    "uniqueItems": ("true or false", lambda given: isinstance(given, bool)),
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "exclusiveMaximum": _NUMBER,
    "multipleOf": ("a number above 0", lambda given: is_number(given) and given > 0),
}
"""Other keywords: what their rule has to be, and whether it is."""

_WHY = {
    "pattern": "regular expressions may take for ever; have a checker look at it",
    "patternProperties": "regular expressions may take for ever; have a checker look at it",
}
