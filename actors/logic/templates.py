"""Texts with places to be filled, and nothing else: no code, no attributes, no formats.

>>> fill("Translate {item} ({number}) as {{item}}", {"item": "{goal}", "number": "2"})
'Translate {goal} (2) as {item}'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

PLACES = ("goal", "context", "item", "number")
"""What may stand in braces."""

_BRACES = re.compile(r"\{\{(\w+)\}\}|\{(\w+)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with every `{name}` of *values* in its place; `{{name}}` gives `{name}`.

    What is put in is not looked at again, so braces in it do no harm.
    """

    def one(found: re.Match[str]) -> str:
        if found[1] is not None:
            return f"{{{found[1]}}}"
        return values.get(found[2], found[0])

    return _BRACES.sub(one, template)


def names_in(template: str) -> list[str]:
    """The names of its places.

    >>> names_in("{goal}: {item.size} {{number}} {x}")
    ['goal', 'x']
    """
    return [found[2] for found in _BRACES.finditer(template) if found[2] is not None]


def fill_all(data: object, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - as it came
    """The same data, with every text in it filled; keys stay as they are."""
    if isinstance(data, str):
        return fill(data, values)
    if isinstance(data, list):
        return [fill_all(one, values) for one in cast("list[object]", data)]
    if isinstance(data, dict):
        table = cast("dict[object, object]", data)
        return {key: fill_all(one, values) for key, one in table.items()}
    return data


def texts_in(data: object) -> list[str]:
    """Every text in there that `fill_all` would fill."""
    if isinstance(data, str):
        return [data]
    if isinstance(data, list):
        return [text for one in cast("list[object]", data) for text in texts_in(one)]
    if isinstance(data, dict):
        table = cast("dict[object, object]", data)
        return [text for one in table.values() for text in texts_in(one)]
    return []
