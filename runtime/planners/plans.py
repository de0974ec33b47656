"""Plans that a caller hands in: built in Python, or read from JSON or TOML.

>>> from itertools import count
>>> class Ids:
...     made = count(1)
...     def new(self) -> str:
...         return f"t{next(self.made)}"
...     def several(self, count: int) -> list[str]:
...         return [self.new() for _ in range(count)]
>>> plan = make_plan([subtask("Ask"), subtask("Tell", dependencies=["Ask"])], Ids())
>>> [(s.uuid, s.dependencies) for s in plan.subtasks]
[('t1', ()), ('t2', ('t1',))]
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeAlias, cast

import msgspec

from callboard.actors.logic.correcting import without_stale
from callboard.actors.logic.graph import check, once, well_formed
from callboard.actors.ports import Ids
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import (
    AmbiguousDependency,
    InvalidPlan,
    MalformedPlan,
    PlanTooLarge,
    UnknownDependency,
)
from callboard.messages.values import Compound, Plan, Subtask
from callboard.runtime.planners.stated import listed_in, stated_subtask, subtask

__all__ = ["LARGEST_PLAN", "GivenPlan", "make_plan", "read_plan", "subtask"]

LARGEST_PLAN = 100_000
"""Subtasks that a plan may have, unless told otherwise."""

GivenPlan: TypeAlias = Plan | Mapping[str, Any] | Iterable[Subtask | Mapping[str, Any]]

_JSON = re.compile(r"\s*(\{|\[\s*[{\]])")
_correction_of = attrgetter("correction")
_dependencies_of = attrgetter("dependencies")
_name_of = attrgetter("name")
_ONLY = frozenset({Subtask})
_TEXT = re.compile(r"\s*[{\[]|.*\n", re.DOTALL)


def make_plan(given: GivenPlan, ids: Ids, *, largest_plan: int = LARGEST_PLAN) -> Plan:
    """The plan, ready to be adopted: every subtask has a uuid, dependencies are uuids.

    Args:
        given: A plan, a list of subtasks (or of mappings with the parameters of
            `subtask`), or a mapping with such a list as `subtasks`.
        ids: Gives uuids to subtasks that have none.
        largest_plan: Subtasks that it may have.

    Raises:
        MalformedPlan: A field is missing, unknown or wrong; it names the field's path.
        UnknownDependency: No subtask has that uuid or name.
        AmbiguousDependency: Several have that name.
        InvalidPlan: See `callboard.actors.logic.graph.check`.
    """
    source = given.source if isinstance(given, Plan) else "caller"
    stated = tuple(_stated(given, largest_plan))
    plan = well_formed(Plan(subtasks=stated, source=source, compounds=_compounds(given)))
    _name(plan.subtasks, ids)
    _resolved(plan.subtasks)
    if any(map(_correction_of, plan.subtasks)):
        subtasks = tuple(map(without_stale, plan.subtasks))
        plan = msgspec.structs.replace(plan, subtasks=subtasks)
    check(plan, largest_plan)
    return plan


def read_plan(path_or_text: str | os.PathLike[str]) -> Plan:
    """A plan from JSON or TOML, as it is stated there: `submit` takes it.

    What it leaves open is settled when it is submitted (`make_plan`): subtasks get their
    uuids, dependencies are found by their names, cycles are looked for. The keys are the
    parameters of `subtask`:

        [[subtasks]]
        name = "Count"
        required_skills = ["statistics>=2"]

        [[subtasks]]
        name = "Tell"
        dependencies = ["Count"]
        priority = "HIGH"

    Args:
        path_or_text: A file; or the text itself, if it has several lines or begins with
            a bracket.

    Raises:
        MalformedPlan: It cannot be read, or a field is missing, unknown or wrong; it
            names the field's path, as `$.subtasks[2].priority`.
    """
    text, source = _text(path_or_text)
    data = _data(text)
    listed = _listed(data)
    subtasks = tuple(stated_subtask(one, f"$.subtasks[{n}]") for n, one in enumerate(listed))
    return Plan(subtasks=subtasks, source=source, compounds=_compounds(data))


def _stated(given: object, largest_plan: int) -> Sequence[Subtask]:
    listed = _listed(given)
    few = isinstance(listed, (list, tuple)) and len(listed) <= largest_plan
    if few and _ONLY.issuperset(map(type, listed)):
        return cast("Sequence[Subtask]", listed)
    # One more than there may be: whatever is handed in, even without end, is not read on.
    stated = [
        one if type(one) is Subtask else stated_subtask(one, f"$.subtasks[{n}]")
        for n, one in enumerate(islice(listed, largest_plan + 1))
    ]
    if len(stated) > largest_plan:
        raise PlanTooLarge(len(listed) if isinstance(listed, Sized) else len(stated), largest_plan)
    return stated


def _listed(given: object) -> Iterable[object]:
    """The subtasks in what was given, not yet looked at."""
    if isinstance(given, Plan):
        return given.subtasks
    if type(given) is list:  # as nearly always
        return cast("list[object]", given)
    path = "$"
    if isinstance(given, Mapping):
        table = cast("Mapping[object, object]", given)
        for key in table:
            if key not in {"subtasks", "compounds"}:
                raise MalformedPlan(f"$.{key}", "no such field; there is subtasks")
        if "subtasks" not in table:
            raise MalformedPlan("$", "the subtasks are missing")
        given, path = table["subtasks"], "$.subtasks"
    listed = listed_in(given)
    if listed is None:
        raise MalformedPlan(path, f"expected a list of subtasks, got {type(given).__name__}")
    return listed


def _compounds(given: object) -> tuple[Compound, ...]:
    """What was decomposed again, in what was given; `callboard plan --save` writes it."""
    if isinstance(given, Plan):
        return given.compounds
    if type(given) is list or not isinstance(given, Mapping):
        return ()
    listed = listed_in(cast("Mapping[str, object]", given).get("compounds", ()))
    if listed is None:
        raise MalformedPlan("$.compounds", "expected a list of compounds")
    return tuple(_compound(one, f"$.compounds[{n}]") for n, one in enumerate(listed))


def _compound(given: object, path: str) -> Compound:
    if isinstance(given, Compound):
        return given
    if not isinstance(given, Mapping):
        raise MalformedPlan(path, f"expected a compound, got {type(given).__name__}")
    fields = dict(cast("Mapping[str, object]", given))
    source = fields.pop("source", "caller")
    if not isinstance(source, str):
        raise MalformedPlan(f"{path}.source", f"expected a text, got {type(source).__name__}")
    return Compound(subtask=stated_subtask(fields, path), source=source)


def _name(subtasks: Iterable[Subtask], ids: Ids) -> None:
    """Give uuids to those that have none; they were just decoded, and nobody else has them."""
    put, nameless = msgspec.structs.force_setattr, [one for one in subtasks if not one.uuid]
    for one, uuid in zip(nameless, ids.several(len(nameless)), strict=True):
        put(one, "uuid", uuid)


def _resolved(subtasks: tuple[Subtask, ...]) -> None:
    """Make each dependency a uuid; as `_name`, of those that were just decoded."""
    if not any(map(_dependencies_of, subtasks)):
        return
    put, find = msgspec.structs.force_setattr, _uuids_of(subtasks).__getitem__
    for one in subtasks:
        if one.dependencies:
            try:
                found = tuple(map(find, one.dependencies))
            except KeyError as error:
                raise _unknown(one.name, error.args[0], subtasks) from None
            put(one, "dependencies", once(found))


def _uuids_of(subtasks: Sequence[Subtask]) -> dict[str, SubtaskId]:
    """By uuids and names; what is both is taken as a uuid, what names several is left out."""
    found = {one.name: one.uuid for one in subtasks}
    if len(found) < len(subtasks):
        often = Counter(map(_name_of, subtasks))
        found = {name: uuid for name, uuid in found.items() if often[name] == 1}
    found.update((one.uuid, one.uuid) for one in subtasks)
    return found


def _unknown(whose: str, wanted: str, subtasks: Iterable[Subtask]) -> InvalidPlan:
    """Why it is not known what is meant by that."""
    several = any(one.name == wanted for one in subtasks)
    return (AmbiguousDependency if several else UnknownDependency)(whose, wanted)


def _text(path_or_text: str | os.PathLike[str]) -> tuple[str, str]:
    """The text, and where it is from."""
    if isinstance(path_or_text, str) and _TEXT.match(path_or_text):
        return path_or_text, "text"
    file = os.fspath(path_or_text)
    try:
        return Path(file).read_text("utf-8"), file
    except (OSError, ValueError) as error:
        raise MalformedPlan("$", f"the file {file!r} cannot be read: {error}") from error


def _data(text: str) -> object:
    form, read = ("JSON", msgspec.json.decode) if _JSON.match(text) else ("TOML", tomllib.loads)
    try:
        return read(text)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise MalformedPlan("$", f"is no {form}: {error}") from None
