"""A subtask too large to be atomic: its own plan stands in its place.

What runs is one graph of atomic subtasks, so that order, chances, deadlines and costs are
worked out over all of it. What was decomposed does not run: the plan keeps it as a
`Compound`, and what it became names it as `parent_task_uuid`.

>>> first, large = Subtask(uuid="a", name="A"), Subtask(uuid="b", name="B", dependencies=("a",))
>>> last = Subtask(uuid="c", name="C", dependencies=("b",))
>>> parts = Plan(subtasks=(Subtask(uuid="d", name="D"), Subtask(uuid="e", name="E")), source="p")
>>> whole = nested(Plan(subtasks=(first, large, last)), {"b": parts})
>>> [(s.name, s.dependencies, s.parent_task_uuid) for s in whole.subtasks]
[('A', (), ''), ('D', ('a',), 'b'), ('E', ('a',), 'b'), ('C', ('d', 'e'), '')]
>>> [(c.subtask.name, c.source) for c in whole.compounds]
[('B', 'p')]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from callboard.actors.logic.records import SubtaskStatus
from callboard.actors.logic.skills import normal
from callboard.messages.base import SubtaskId, Value
from callboard.messages.errors.goals import PlanTooLarge
from callboard.messages.values import Compound, Plan, Subtask

MOST_EDGES = 100_000
"""Dependencies of a plan that is put together from others."""


class Limits(Value):
    """When a subtask is too large, and how far that goes.

    Attributes:
        depth: How often what was decomposed may be decomposed again; 0 for never.
        subtasks: That the whole plan may have.
        minutes: A longer subtask is too large.
        skills: A subtask that requires one of these is too large, as `normal` names.
    """

    depth: int = 3
    subtasks: int = 1_000
    minutes: float = math.inf
    skills: frozenset[str] = frozenset()

    def too_large(self, subtask: Subtask) -> bool:
        """Whether it is to be decomposed."""
        required = {normal(skill.name) for skill in subtask.required_skills}
        return subtask.estimated_duration > self.minutes or bool(self.skills & required)


def nested(plan: Plan, parts: Mapping[SubtaskId, Plan]) -> Plan:
    """The plan with those subtasks replaced by their own plans, and so on within these.

    What begins in such a plan waits for what the large subtask waited for, and whoever
    waited for that one waits for all that ends in its plan. Of an optional subtask all
    parts are optional. A name that was taken gets its parent's behind it.

    Args:
        plan: A checked one.
        parts: Checked ones, by the uuids of what they replace; none of them contains
            itself.

    Raises:
        PlanTooLarge: It would have too many dependencies.
    """
    nest = _Nest(plan, parts)
    nest.add(plan, (), None)
    given = tuple(msgspec.structs.replace(c, subtask=nest.outer(c.subtask)) for c in plan.compounds)
    return Plan(
        subtasks=tuple(nest.subtasks), source=plan.source, compounds=(*given, *nest.compounds)
    )


class _Nest:
    """Walks through plans within plans; as deep as these are, and no deeper."""

    def __init__(self, plan: Plan, parts: Mapping[SubtaskId, Plan]) -> None:
        self._parts = parts
        self._names = {s.name for s in plan.subtasks if s.uuid not in parts}
        self._edges = 0
        self.subtasks: list[Subtask] = []
        self.compounds: list[Compound] = []

    def outer(self, subtask: Subtask) -> Subtask:
        """As what was a compound before; nothing waits for it or is waited for."""
        return msgspec.structs.replace(subtask, dependencies=())

    def add(self, plan: Plan, needs: tuple[SubtaskId, ...], whole: Subtask | None) -> None:
        """All of a plan; what begins in it needs *needs*, and it stands for *whole*."""
        for subtask in plan.subtasks:
            inside = tuple(dict.fromkeys(e for d in subtask.dependencies for e in self._ends(d)))
            one = _within(subtask, inside or needs, whole)
            part = self._parts.get(one.uuid)
            if part is None:
                self._leaf(one, whole)
            else:
                self.compounds.append(Compound(subtask=self.outer(one), source=part.source))
                self.compounds += part.compounds
                self.add(part, one.dependencies, one)

    def _leaf(self, one: Subtask, whole: Subtask | None) -> None:
        self._edges += len(one.dependencies)
        if self._edges > MOST_EDGES:
            raise PlanTooLarge(self._edges, MOST_EDGES, "dependencies")
        if whole is not None:
            name = self._free(one.name, whole)
            # It stays the same kind of work, by which it is learnt how long it takes.
            kind = one.kind or ("" if name == one.name else one.name)
            one = msgspec.structs.replace(one, name=name, kind=kind)
        self.subtasks.append(one)

    def _free(self, name: str, whole: Subtask) -> str:
        """The name; where it is taken, with what it is a part of, or a number, behind it."""
        found, number = name, 1
        while found in self._names:
            found = f"{name} ({whole.name})" if number == 1 else f"{name} ({whole.name}, {number})"
            number += 1
        self._names.add(found)
        return found

    def _ends(self, uuid: SubtaskId) -> Iterable[SubtaskId]:
        """What is left to wait for of a subtask: itself, or the last of its parts."""
        part = self._parts.get(uuid)
        if part is None:
            return (uuid,)
        waited_for = {d for s in part.subtasks for d in s.dependencies}
        last = (s.uuid for s in part.subtasks if s.uuid not in waited_for)
        return [end for one in last for end in self._ends(one)]


def _within(subtask: Subtask, needs: tuple[SubtaskId, ...], whole: Subtask | None) -> Subtask:
    if whole is None:
        return msgspec.structs.replace(subtask, dependencies=needs)
    return msgspec.structs.replace(
        subtask,
        dependencies=needs,
        parent_task_uuid=whole.uuid,
        optional=subtask.optional or whole.optional,
    )


class Standing(NamedTuple):
    """How the parts of a compound stand, those of its parts included.

    Attributes:
        status: Of the whole.
        counts: How many of its atomic parts are in each state.
    """

    status: SubtaskStatus
    counts: dict[str, int]


def standings(
    compounds: Iterable[Compound], states: Iterable[tuple[SubtaskId, SubtaskStatus]]
) -> dict[SubtaskId, Standing]:
    """How each compound of a plan stands.

    Args:
        compounds: Of the plan.
        states: Of each atomic subtask its parent's uuid, and its status.
    """
    above = {c.subtask.uuid: c.subtask.parent_task_uuid for c in compounds}
    counts = {uuid: Counter[SubtaskStatus]() for uuid in above}
    for parent, status in states:
        whole, seen = parent, set[SubtaskId]()
        while whole in above and whole not in seen:
            counts[whole][status] += 1
            seen.add(whole)
            whole = above[whole]
    return {
        uuid: Standing(_whole(found), {str(status): n for status, n in found.items()})
        for uuid, found in counts.items()
    }


def _whole(counts: Counter[SubtaskStatus]) -> SubtaskStatus:
    """Of many the state of one: as all are, or as what most wants to be seen."""
    if len(counts) == 1:
        return next(iter(counts))
    for status in (SubtaskStatus.FAILED, SubtaskStatus.CANCELLED, SubtaskStatus.PARKED):
        if counts[status]:
            return status
    begun = counts[SubtaskStatus.RUNNING] or counts[SubtaskStatus.COMPLETED]
    if begun:
        return SubtaskStatus.RUNNING
    return SubtaskStatus.READY if counts[SubtaskStatus.READY] else SubtaskStatus.PENDING
