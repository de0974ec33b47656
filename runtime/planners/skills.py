"""Which skills are equivalent: `skills.toml` beside this module, or a user's file."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.skills import Equivalences, normal
from callboard.messages.errors.goals import MalformedRules
from callboard.runtime.planners.tables import GivenPath, read_table

_OURS = "skills.toml"


def load_equivalences(path: GivenPath | None = None, *, extend: bool = True) -> Equivalences:
    """Which offered skills cover a required one.

    Args:
        path: A user's file; None gives ours.
        extend: Ours hold as well, except for those required skills that the user's file
            names. If false, ours are left out.

    Raises:
        MalformedRules: The file cannot be read, or a field is wrong.

    >>> sorted(load_equivalences().instead_of("Data-Collection"))
    ['data analysis', 'statistics']
    """
    if path is None:
        return _equivalences(read_table(None, _OURS, _File), _OURS)
    theirs = _equivalences(read_table(path, _OURS, _File), str(path))
    if not extend:
        return theirs
    return Equivalences({**load_equivalences().covered_by, **theirs.covered_by})


class _File(msgspec.Struct, forbid_unknown_fields=True):
    equivalences: dict[str, list[str]]


def _equivalences(given: _File, file: str) -> Equivalences:
    for required, offered in given.equivalences.items():
        if not normal(required):
            raise MalformedRules(file, "$.equivalences", f"{required!r} is an empty name")
        for n, name in enumerate(offered):
            if not normal(name):
                where = f"$.equivalences.{required}[{n}]"
                raise MalformedRules(file, where, f"{name!r} is an empty name")
    return Equivalences.of(given.equivalences)
