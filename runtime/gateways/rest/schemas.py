"""Schemas of the structs that requests are read into and answers written from.

What is said of them is what their docstrings say, so there is nothing that could differ.

>>> from callboard.runtime.gateways.operations.operation import Refusal
>>> shown = Schemas([], [Refusal]).named["Refusal"]
>>> shown["required"], shown["properties"]["error"]
(['error', 'kind'], {'type': 'string', 'description': 'What is wrong, for people.'})
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, cast, get_args, get_origin

import msgspec

from callboard.runtime.gateways.operations.words import words_of

Schema: TypeAlias = dict[str, Any]
Struct: TypeAlias = type[msgspec.Struct]

_REF = "#/components/schemas/{name}"


class Schemas:
    """The structs' schemas, by the name that they have in the document.

    Args:
        requests: What is read.
        answers: What is written, structs or any other type.

    Attributes:
        named: Those that can be referred to.
    """

    def __init__(self, requests: Sequence[Struct], answers: Sequence[Any]) -> None:
        kinds: list[Any] = [*dict.fromkeys([*requests, *answers])]
        found, components = msgspec.json.schema_components(
            [_readable(kind) for kind in kinds], ref_template=_REF
        )
        self.named = cast("dict[str, Schema]", components)
        self._of = dict(zip(kinds, found, strict=True))
        read = {*_structs(requests)}
        for kind in _structs(kinds):
            self._say(kind, written=kind not in read)

    def of(self, kind: Any) -> Schema:  # noqa: ANN401 - any type
        """The schema of something, or where it is."""
        found: Schema = self._of[kind]
        return found

    def part(self, request: Struct, without: Iterable[str]) -> Schema:
        """The schema of a request, but for fields that are sent elsewhere."""
        whole = self.named[self.name(request)]
        left = {n: s for n, s in whole["properties"].items() if n not in without}
        needed = [name for name in whole.get("required", ()) if name not in without]
        return {**whole, "properties": left, "required": needed}

    def name(self, kind: Struct) -> str:
        """How the document calls a struct."""
        ref: str = self._of[kind]["$ref"]
        return ref.rpartition("/")[2]

    def _say(self, kind: Struct, *, written: bool) -> None:
        schema = self._schema(kind)
        schema["description"] = words_of(kind).about
        schema.update(getattr(kind, "also", {}))
        said = _said(kind)
        properties: dict[str, Schema] = schema.get("properties", {})
        for name, field in properties.items():
            _mend(field)
            if name in said:
                field["description"] = said[name]
        if written and not kind.__struct_config__.omit_defaults:
            schema["required"] = list(properties)  # defaults are written as well

    def _schema(self, kind: Struct) -> Schema:
        """Where two have one name, msgspec calls them by their modules as well."""
        full = f"{kind.__module__}.{kind.__qualname__}"
        return self.named[full if full in self.named else kind.__name__]


def _said(kind: Struct) -> dict[str, str]:
    """What is said of its fields, also of those that it inherits."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if _is_struct(base):
            found.update(words_of(base).fields)
    return found


def _mend(schema: Schema) -> None:
    """Tell a tuple of equals as a list of so many: few tools know `prefixItems`."""
    inner = schema.get("prefixItems")
    if inner and all(one == inner[0] for one in inner):
        del schema["prefixItems"]
        schema["items"] = inner[0]
    if isinstance(schema.get("items"), dict):
        _mend(schema["items"])


def _structs(kinds: Iterable[Any]) -> Iterator[Struct]:
    """All structs that those are made of, each once."""
    seen: set[type] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if not _is_struct(kind):
            waiting += get_args(kind)
        elif kind not in seen:
            seen.add(kind)
            yield kind
            waiting += [field.type for field in msgspec.structs.fields(kind)]


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


# msgspec makes no schema of a struct with a field of which `Raw` is the default.


def _readable(kind: Any) -> Any:  # noqa: ANN401 - any type
    """The same type, with `Raw` as what it stands for: any JSON."""
    if kind is msgspec.Raw:
        return Any
    if _is_struct(kind):
        return _mirror(kind) if _has_raw(kind) else kind
    args = get_args(kind)
    if get_origin(kind) not in {tuple, list, dict}:
        return kind
    return get_origin(kind)[tuple(arg if arg is ... else _readable(arg) for arg in args)]


def _has_raw(kind: Struct) -> bool:
    return any(
        field.type is msgspec.Raw
        for struct in _structs([kind])
        for field in msgspec.structs.fields(struct)
    )


def _mirror(kind: Struct) -> Struct:
    config = kind.__struct_config__
    return msgspec.defstruct(
        kind.__name__,
        [_field(field) for field in msgspec.structs.fields(kind)],
        module=kind.__module__,
        kw_only=True,
        tag=config.tag,
        tag_field=config.tag_field,
        forbid_unknown_fields=config.forbid_unknown_fields,
    )


def _field(field: msgspec.structs.FieldInfo) -> tuple[str, Any, Any]:
    kind = _readable(field.type)
    if field.required:
        return field.name, kind, msgspec.field()
    if field.default is not msgspec.NODEFAULT:
        plain = None if isinstance(field.default, msgspec.Raw) else field.default
        return field.name, kind, msgspec.field(default=plain)
    return field.name, kind, msgspec.field(default_factory=field.default_factory)
