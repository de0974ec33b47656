"""Results by the name and by the uuid of the subtask that they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from callboard.messages.values import Input, Payload, unpack


class Results(Mapping[str, Any]):
    r"""Results of subtasks; each reading decodes a copy of its own.

    Iterating gives each subtask once: its name, or its uuid where several have that
    name. None is the result of an optional subtask that failed.

    >>> results = Results([Input(subtask="u1", name="Count", result=Payload(data=b"\x07"))])
    >>> results["Count"], results["u1"], list(results)
    (7, 7, ['Count'])
    """

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._given = tuple(inputs)

    # Most of them are never asked for anything, so what finds a result is made late.

    @cached_property
    def _by_uuid(self) -> dict[str, Input]:
        return {given.subtask: given for given in self._given}

    @cached_property
    def _by_name(self) -> dict[str, Payload | None]:
        return {given.name: given.result for given in self._by_uuid.values()}

    @cached_property
    def _several(self) -> set[str]:
        if len(self._by_name) == len(self._by_uuid):
            return set()  # as nearly always
        counts = Counter(given.name for given in self._by_uuid.values())
        return {name for name, count in counts.items() if count > 1}

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All of them, encoded, in order."""
        return tuple(self._by_uuid.values())

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - the user's data
        """The result of the subtask with that uuid or name."""
        given = self._by_uuid.get(key)
        return unpack(self._named(key) if given is None else given.result)

    def __iter__(self) -> Iterator[str]:
        """The subtasks' names, or uuids where several have the same name."""
        if not self._several:
            return iter(self._by_name)
        several = self._several
        return iter([u if g.name in several else g.name for u, g in self._by_uuid.items()])

    def __len__(self) -> int:
        """How many subtasks there are."""
        return len(self._by_uuid)

    def __repr__(self) -> str:
        return f"<results of {', '.join(self) or 'nothing'}>"

    def _named(self, key: str) -> Payload | None:
        if key in self._several:
            raise KeyError(f"several subtasks are called {key!r}: use the uuid")
        if key not in self._by_name:
            raise KeyError(f"no result of {key!r}; there are those of {', '.join(self) or 'none'}")
        return self._by_name[key]
