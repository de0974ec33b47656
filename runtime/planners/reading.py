"""Data from a file, read field by field, so that everything that is wrong is said at once.

>>> faults = Faults("a.toml", {"$.size": 3})
>>> top = Field({"size": "large", "hue": "red"}, "$", faults).table("size", "hues")
>>> top["size"].read(int, 1)
1
>>> faults.check()
Traceback (most recent call last):
callboard.messages.errors.goals.MalformedRules: a.toml: $.hue: no such field; do you mean 'hues'?
a.toml:3: $.size: Expected `int`, got `str`
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import msgspec

from callboard.messages.complaints import complaint
from callboard.messages.errors.goals import MalformedRules
from callboard.runtime.planners.positions import line_of

T = TypeVar("T")

MOST_FAULTS = 50
"""That are told of a file; who has more mends these first."""


class Faults:
    """What is wrong in a file.

    Args:
        file: Its name.
        lines: Of its values, by their paths.
    """

    def __init__(self, file: str, lines: dict[str, int]) -> None:
        self._file, self._lines = file, lines
        self._found: dict[tuple[str, str, int], None] = {}  # in order, each once

    def add(self, path: str, what: str) -> None:
        """Something is wrong there."""
        self._found[path, what, line_of(self._lines, path)] = None

    def check(self) -> None:
        """Nothing must be wrong.

        Raises:
            MalformedRules: Something is.
        """
        if self._found:
            in_order = sorted(self._found, key=lambda fault: fault[2])
            told = [MalformedRules(self._file, *fault) for fault in in_order[:MOST_FAULTS]]
            more = [str(other) for other in told[1:]]
            if len(in_order) > MOST_FAULTS:
                more.append(f"{self._file}: and {len(in_order) - MOST_FAULTS:,} more")
            raise MalformedRules(self._file, *in_order[0], more)


@dataclass(frozen=True, slots=True)
class Field:
    """A value in a file.

    Attributes:
        data: As it was read.
        path: Where it stands, as `$.rules[0].name`.
        faults: Takes what is wrong with it.
    """

    data: object
    path: str
    faults: Faults

    def wrong(self, what: str, at: str = "") -> None:
        """Say what is wrong with it, or with that part of it."""
        self.faults.add(self.path + at, what)

    def table(self, *known: str) -> dict[str, Field]:
        """Its fields; those that nobody knows are told and left out."""
        data = self.data
        if not isinstance(data, Mapping):
            self.wrong(f"expected a table, got {type(data).__name__}")
            return {}
        given = cast("Mapping[str, object]", data)
        for key in given:
            if key not in known:
                self.wrong(f"no such field; {_meant(key, known)}", f".{key}")
        return {
            k: Field(v, f"{self.path}.{k}", self.faults) for k, v in given.items() if k in known
        }

    def items(self) -> list[Field]:
        """What is in the list."""
        data = self.data
        if not isinstance(data, list):
            self.wrong(f"expected a list, got {type(data).__name__}")
            return []
        listed = cast("list[object]", data)
        return [Field(one, f"{self.path}[{n}]", self.faults) for n, one in enumerate(listed)]

    def read(self, kind: type[T], instead: T) -> T:
        """The value, if it is of that type."""
        try:
            return msgspec.convert(self.data, kind)
        except msgspec.ValidationError as error:
            self.faults.add(*complaint(error, self.path))
            return instead


def _meant(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"do you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
