"""What the docstring of a struct says of it and of its fields, for people elsewhere.

>>> class Water:
...     '''Pour some.
...
...     Attributes:
...         litres: How much; more than
...             a pot holds runs over.
...     '''
>>> words_of(Water)
Words(about='Pour some.', fields={'litres': 'How much; more than a pot holds runs over.'})
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import NamedTuple

_FIELD = re.compile(r"^ {4}(?P<name>\w+): ?(?P<text>.*)$")
_SECTION = "Attributes:"


class Words(NamedTuple):
    """What is said of a struct.

    Attributes:
        about: What it is.
        fields: What each field is, by name; not of those that need no words.
    """

    about: str
    fields: dict[str, str]


def arguments_of(function: Callable[..., object]) -> dict[str, str]:
    """What the docstring of a function says of its arguments.

    >>> sorted(arguments_of(arguments_of))
    []
    """
    _, _, arguments = inspect.cleandoc(function.__doc__ or "").partition("Args:")
    arguments, _, _ = arguments.partition("\n\n")
    return _fields(arguments)


def words_of(kind: type) -> Words:
    """What its docstring says."""
    about, _, attributes = inspect.cleandoc(kind.__doc__ or "").partition(_SECTION)
    return Words(about.strip(), _fields(attributes))


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        found = _FIELD.match(line)
        if found is not None:
            lines = fields[found["name"]] = [found["text"]]
        elif line.strip():
            lines.append(line.strip())
    return {name: " ".join(said).strip() for name, said in fields.items()}
