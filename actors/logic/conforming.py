"""Whether a value is as a schema wants it, and if not, why not, in words for who made it.

What is checked has been looked over (`schemas`). Nobody waits long for an answer: after so
many steps a value is too large to be checked, which is a reason, too.

>>> complaints({"required": ["total"]}, {"sum": 3})
('$: total is missing',)
>>> complaints({"properties": {"total": {"type": "number"}}}, {"total": "3"})
('$.total: expected number, got string',)
"""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from callboard.actors.logic.schemas import (
    DEEPEST,
    TYPES,
    Json,
    as_dict,
    as_list,
    is_number,
    resolved,
)
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import ResultRejected
from callboard.messages.values import Payload, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from callboard.messages.values import Problem, Subtask

MOST_REASONS = 10
"""Reasons that are told; who mends these is told the next ones."""

MOST_STEPS = 100_000
"""Values and schemas that are looked at, each value once for each schema."""

_SHOWN = 120
"""Characters of a value that are shown."""


def refusals(schema: Payload, result: Payload) -> tuple[str, ...]:
    """Why *result* is not as *schema* wants it; nothing where it is.

    Both are as they are kept. What JSON does not know is taken as msgspec writes it there:
    times and bytes as text.
    """
    try:
        value = msgspec.to_builtins(unpack(result), str_keys=True)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError) as error:
        return (f"$: it is no JSON: {error}",)
    return complaints(_read(schema.data), value)


def rejection(subtask: Subtask, result: Payload) -> Problem | None:
    """Why the result does not fit the subtask's schema; None where it does, or there is none."""
    if subtask.result_schema is None:
        return None
    reasons = refusals(subtask.result_schema, result)
    return problem_of(ResultRejected(subtask.name, reasons)) if reasons else None


def complaints(schema: Json, value: Json) -> tuple[str, ...]:
    """Why *value* is not as *schema* wants it; nothing where it is."""
    found: list[str] = []
    try:
        for reason in _Look(schema).at(schema, value, "$", 0):
            found.append(reason)
            if len(found) == MOST_REASONS:
                break
    except _TooMuch as much:
        return (*found, str(much))
    except RecursionError:
        return (*found, "$: too deep to be checked; return a part of it")
    return tuple(found)


@lru_cache(maxsize=256)
def _read(data: bytes) -> Json:
    return msgspec.msgpack.decode(data)


class _TooMuch(Exception):
    """It would take too long to look at all of it."""


class _Look:
    """One look at one value; schemas within may refer to the *root* of them all."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._steps = 0
        self._enums: dict[int, frozenset[object]] = {}

    def at(self, schema: Json, value: Json, path: str, depth: int) -> Iterator[str]:
        """The reasons against that part of the value."""
        self._steps += 1
        if self._steps > MOST_STEPS or depth > 2 * DEEPEST:
            raise _TooMuch(f"{path}: too large or too deep to be checked; return a part of it")
        if schema is True:
            return
        if schema is False:
            yield f"{path}: nothing may stand here"
            return
        for key, rule in schema.items():
            check = _CHECKS.get(key)
            if check is not None:
                yield from check(self, rule, value, path, depth, schema)

    def fits(self, schema: Json, value: Json, path: str, depth: int) -> bool:
        """Whether there is no reason against it."""
        return next(self.at(schema, value, path, depth + 1), None) is None

    def same(self, one: Json) -> Json:
        """The value as what can be compared: 1 is 1.0 and not true."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMuch("$: too large to be checked; return a part of it")
        if isinstance(one, dict):
            items = as_dict(one).items()
            return "object", frozenset((k, self.same(v)) for k, v in items)
        if isinstance(one, list):
            return "array", tuple(self.same(v) for v in as_list(one))
        return ("boolean" if isinstance(one, bool) else "plain"), one

    # Anything

    def kind(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        wanted = cast("list[str]", rule if isinstance(rule, list) else [rule])
        if not any(_is(kind, value) for kind in wanted):
            yield f"{path}: expected {' or '.join(wanted)}, got {_kind(value)}"

    def enum(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        wanted = self._enums.get(id(rule))
        if wanted is None:
            wanted = self._enums[id(rule)] = frozenset(self.same(one) for one in rule)
        if self.same(value) not in wanted:
            yield f"{path}: expected one of {_shown(rule)}, got {_shown(value)}"

    def const(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        if self.same(value) != self.same(rule):
            yield f"{path}: expected {_shown(rule)}, got {_shown(value)}"

    def ref(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        yield from self.at(resolved(self._root, rule), value, path, depth + 1)

    # Several schemas for one value

    def all_of(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        for one in rule:
            yield from self.at(one, value, path, depth + 1)

    def any_of(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        against = list[str]()
        for one in rule:
            reason = next(self.at(one, value, path, depth + 1), None)
            if reason is None:
                return
            against.append(reason)
        yield f"{path}: fits none of {len(rule)} ways: {_joined(against)}"

    def one_of(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        against = [next(self.at(one, value, path, depth + 1), None) for one in rule]
        fitting = against.count(None)
        if not fitting:
            yield f"{path}: fits none of {len(rule)} ways: {_joined(against)}"
        elif fitting > 1:
            yield f"{path}: fits {fitting} of {len(rule)} ways, and only one is meant"

    def not_(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        if self.fits(rule, value, path, depth):
            yield f"{path}: is just what it must not be: {_shown(rule)}"

    def if_(self, rule: Json, value: Json, path: str, depth: int, schema: Json) -> Iterator[str]:
        branch = "then" if self.fits(rule, value, path, depth) else "else"
        yield from self.at(schema.get(branch, True), value, path, depth + 1)

    # Numbers and texts

    def multiple_of(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        if _is("number", value) and not _is_multiple(value, rule):
            yield f"{path}: {_shown(value)} is no multiple of {rule}"

    # Lists

    def items(self, rule: Json, value: Json, path: str, depth: int, schema: Json) -> Iterator[str]:
        if isinstance(value, list):
            first = len(schema.get("prefixItems", ()))
            for n, one in enumerate(as_list(value)[first:], first):
                yield from self.at(rule, one, f"{path}[{n}]", depth + 1)

    def prefix(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        if isinstance(value, list):
            for n, (one, inner) in enumerate(zip(as_list(value), rule, strict=False)):
                yield from self.at(inner, one, f"{path}[{n}]", depth + 1)

    def unique(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        if rule and isinstance(value, list):
            ones = as_list(value)
            if len({self.same(one) for one in ones}) < len(ones):
                yield f"{path}: some of its items are equal"

    def contains(
        self, rule: Json, value: Json, path: str, depth: int, schema: Json
    ) -> Iterator[str]:
        if not isinstance(value, list):
            return
        ones = as_list(value)
        count = sum(self.fits(rule, one, path, depth) for one in ones)
        least, most = schema.get("minContains", 1), schema.get("maxContains", math.inf)
        if not least <= count <= most:
            yield f"{path}: {count} of its items are as some must be; expected {least} to {most}"

    # Objects

    def required(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{path}: {name} is missing" for name in rule if name not in value)

    def dependent(self, rule: Json, value: Json, path: str, *_: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, others in rule.items():
                missing = (other for other in others if name in value and other not in value)
                yield from (f"{path}: {name} is there, and {other} is not" for other in missing)

    def properties(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in rule.items():
                if name in value:
                    yield from self.at(inner, value[name], f"{path}.{name}", depth + 1)

    def others(self, rule: Json, value: Json, path: str, depth: int, schema: Json) -> Iterator[str]:
        if not isinstance(value, dict):
            return
        known = schema.get("properties", ())
        for name, one in as_dict(value).items():
            if name in known:
                continue
            if rule is False:
                yield f"{path}: {name:.50} is not asked for"
            else:
                yield from self.at(rule, one, f"{path}.{name:.50}", depth + 1)

    def names(self, rule: Json, value: Json, path: str, depth: int, _: Json) -> Iterator[str]:
        if isinstance(value, dict):
            for name in as_dict(value):
                yield from self.at(rule, name, f"{path}, the name {name!r:.50}", depth + 1)


def _limit(
    kind: str, of: Callable[[Any], Any], holds: Callable[[Any, Any], bool], words: str
) -> _Check:
    """A check that something *of* values of a kind is within a limit."""

    def check(_: _Look, rule: Json, value: Json, path: str, *__: object) -> Iterator[str]:
        if _is(kind, value) and not holds(of(value), rule):
            yield f"{path}: {words.format(rule)}, got {_shown(of(value))}"

    return check


def _itself(value: Json) -> Json:
    return value


def _kind(value: Json) -> str:
    return next((kind for kind in TYPES if _is(kind, value)), type(value).__name__)


def _is(kind: str, value: Json) -> bool:
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return is_number(value) and value == int(value)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "array":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _is_multiple(value: float, of: float) -> bool:
    if isinstance(value, int) and isinstance(of, int):
        return value % of == 0
    try:
        times = value / of
    except OverflowError:
        return False
    # As people mean it: 0.3 is a multiple of 0.1.
    return math.isfinite(times) and math.isclose(times, round(times), rel_tol=1e-9, abs_tol=1e-9)


def _joined(reasons: Sequence[str | None]) -> str:
    return "; ".join(map(str, reasons[:MOST_REASONS]))


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_Check: TypeAlias = "Callable[[_Look, Json, Json, str, int, Json], Iterator[str]]"

_CHECKS: dict[str, _Check] = {
    "type": _Look.kind,
    "enum": _Look.enum,
    "const": _Look.const,
    "$ref": _Look.ref,
    "allOf": _Look.all_of,
    "anyOf": _Look.any_of,
    "oneOf": _Look.one_of,
    "not": _Look.not_,
    "if": _Look.if_,
    "minimum": _limit("number", _itself, operator.ge, "expected {} or more"),
    "maximum": _limit("number", _itself, operator.le, "expected {} or less"),
    "exclusiveMinimum": _limit("number", _itself, operator.gt, "expected more than {}"),
    "exclusiveMaximum": _limit("number", _itself, operator.lt, "expected less than {}"),
    "multipleOf": _Look.multiple_of,
    "minLength": _limit("string", len, operator.ge, "expected a length of {} or more"),
    "maxLength": _limit("string", len, operator.le, "expected a length of {} or less"),
    "minItems": _limit("array", len, operator.ge, "expected {} items or more"),
    "maxItems": _limit("array", len, operator.le, "expected {} items or less"),
    "minProperties": _limit("object", len, operator.ge, "expected {} fields or more"),
    "maxProperties": _limit("object", len, operator.le, "expected {} fields or less"),
    "items": _Look.items,
    "prefixItems": _Look.prefix,
    "uniqueItems": _Look.unique,
    "contains": _Look.contains,
    "required": _Look.required,
    "dependentRequired": _Look.dependent,
    "properties": _Look.properties,
    "additionalProperties": _Look.others,
    "propertyNames": _Look.names,
}
"""How each keyword is checked."""
