"""What hypothesis draws: the one file for it."""

from __future__ import annotations

import enum
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from callboard.messages.base import Message
from callboard.messages.unions import AnyMessage
from callboard.messages.values import Plan, Priority, Subtask


@st.composite
def plans(draw: st.DrawFn, largest: int = 12, *, acyclic: bool = True) -> Plan:
    """A plan in any order; each subtask's name is its uuid in capitals.

    Args:
        draw: Given by hypothesis.
        largest: Subtasks at the most.
        acyclic: Whether it has no cycles for sure; if not, it may have.
    """
    count = draw(st.integers(1, largest))
    subtasks: list[Subtask] = []
    for n in range(count):
        others = [f"s{m}" for m in range(n if acyclic else count)]
        needs = draw(st.lists(st.sampled_from(others), max_size=4)) if others else []
        subtasks.append(
            Subtask(
                uuid=f"s{n}",
                name=f"S{n}",
                dependencies=tuple(needs),
                estimated_duration=float(draw(st.integers(0, 100))),
                priority=draw(st.sampled_from(Priority)),
            )
        )
    return Plan(subtasks=tuple(draw(st.permutations(subtasks))))


def messages() -> st.SearchStrategy[Message]:
    """Any message of ours, with anything that its fields allow."""
    kinds: tuple[type[Message], ...] = get_args(AnyMessage)
    return st.one_of(*map(_instances, kinds))


def _instances(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = {name: _values(hints[name]) for name in kind.__struct_fields__}
    return st.builds(kind, **fields)


_PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=5),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bytes: st.binary(max_size=5),
    type(None): st.none(),
    Any: st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Whatever a field with that annotation may hold."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*map(_values, inner))
    if origin is tuple:
        return st.lists(st.deferred(lambda: _values(inner[0])), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(_values(inner[0]), _values(inner[1]), max_size=2)
    if origin is Literal:
        return st.sampled_from(inner)
    if inner:
        return st.one_of(*map(_values, inner))
    if issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    return _instances(hint)


def json_values() -> st.SearchStrategy[Any]:
    """What JSON can say, small; the names are few, so that schemas often speak of them."""
    plain = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "a", "bb"])
    names = st.sampled_from(["a", "b", "c"])
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=6,
    )


def schemas() -> st.SearchStrategy[Any]:
    """JSON Schemas of all keywords that results are checked by."""
    kinds = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
    names = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True)
    count, number = st.integers(0, 2), st.sampled_from([-1, 0, 0.5, 1, 2])
    plain: dict[str, st.SearchStrategy[Any]] = {
        "type": kinds | st.lists(kinds, min_size=1, max_size=3, unique=True),
        "enum": st.lists(json_values(), min_size=1, max_size=3, unique_by=repr),
        "const": json_values(),
        "required": names,
        "dependentRequired": st.dictionaries(st.sampled_from(["a", "b"]), names, max_size=2),
        "minimum": number,
        "maximum": number,
        "exclusiveMinimum": number,
        "exclusiveMaximum": number,
        "multipleOf": st.sampled_from([0.5, 1, 2]),
        "uniqueItems": st.booleans(),
        **{
            f"{least}{what}": count
            for least in ("min", "max")
            for what in ("Items", "Length", "Properties")
        },
    }

    def within(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=1, max_size=2)
        named = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=2)
        one = ("items", "not", "if", "then", "else", "additionalProperties", "propertyNames")
        deep = dict.fromkeys(one, inner) | {"properties": named, "contains": inner}
        deep |= dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), several)
        deep |= {"minContains": count, "maxContains": count}
        return _some(plain | deep)

    return st.recursive(st.booleans() | _some(plain), within, max_leaves=6)


def _some(keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    chosen = st.lists(st.sampled_from(sorted(keywords)), max_size=3, unique=True)
    return chosen.flatmap(lambda keys: st.fixed_dictionaries({k: keywords[k] for k in keys}))
