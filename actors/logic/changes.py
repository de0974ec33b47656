"""Whether a plan can be mended by a change: nobody's word is taken for it.

A change comes from a planner, which may have listened to anybody. So this looks at it the
way `graph` looks at plans: what it may touch, and what would be left of the plan. It sees
values only, so whoever proposes a change can find out beforehand what would be said of it.

>>> from callboard.messages.errors.base import problem_of
>>> from callboard.messages.errors.endings import DependencyFailed
>>> from callboard.messages.values import Failure, Rewire, Stands
>>> dig, fill = Subtask(uuid="a", name="Dig"), Subtask(uuid="b", name="Fill", dependencies=("a",))
>>> damage = Damage(
...     number=1,
...     subtasks=(Stands(subtask=dig, stage="failed"), Stands(subtask=fill, stage="pending")),
...     failures=(Failure(subtask="a", problem=problem_of(DependencyFailed("Dig", "rain"))),),
...     waiting=("b",),
... )
>>> spade = Subtask(uuid="c", name="Dig by hand")
>>> change = PlanChange(add=(spade,), rewire=(Rewire(subtask="b", dependencies=("c",)),))
>>> check_change(change, damage, limit=10)
>>> check_change(PlanChange(add=(spade,)), damage, limit=10)
Traceback (most recent call last):
callboard.messages.errors.repairing.WaitsInVain: subtask 'Fill' would wait for 'Dig', which has failed
"""  # noqa: E501 - an error's line

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from callboard.actors.logic.demands import is_resource
from callboard.actors.logic.graph import check_cycles, check_part, redecoded
from callboard.actors.logic.skills import is_mark, normal
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import MalformedPlan, PlanTooLarge, UnknownDependency
from callboard.messages.errors.planning import PlanOverBudget
from callboard.messages.errors.repairing import ChangesNothing, OutOfReach, WaitsInVain
from callboard.messages.values import Damage, Plan, PlanChange, Subtask, replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

_read = msgspec.msgpack.Decoder(PlanChange).decode

_LOST = {"failed": "has failed", "cancelled": "was cancelled"}
_BEGUN = {
    "ready": "it does not wait for what has failed",
    "verifying": "its result is being verified",
    "completed": "it is completed",
    **{stage: f"it {why}" for stage, why in _LOST.items()},
    "pending": "it does not wait for what has failed",
}


def well_formed_change(change: object) -> PlanChange:
    """The change, if every field has its type; a dependency named twice counts once.

    Raises:
        MalformedPlan: It is no change, or a field is of a wrong type.
    """
    sound = redecoded(change, PlanChange, _read)
    return replace(
        sound,
        add=tuple([replace(s, dependencies=_once(s.dependencies)) for s in sound.add]),
        rewire=tuple([replace(r, dependencies=_once(r.dependencies)) for r in sound.rewire]),
    )


def check_change(change: PlanChange, damage: Damage, limit: int | None) -> None:
    """Make sure that the plan can be carried out once it is changed so.

    Args:
        change: Its fields have their types; see `well_formed_change`.
        damage: What it is to mend.
        limit: Subtasks that the plan may have then; None for any number.

    Raises:
        InvalidPlan: It cannot; it says why, for whoever proposed it.
    """
    if not change.add and not change.rewire:
        raise ChangesNothing
    look = _Look(change, damage)
    look.check_reach()
    look.check_added(limit)
    look.check_dependencies()
    look.check_order()
    look.check_budget()


class _Look:
    """A change, and the plan that there would be."""

    def __init__(self, change: PlanChange, damage: Damage) -> None:
        self._change = change
        self._damage = damage
        self._known = {one.subtask.uuid: one for one in damage.subtasks}
        self._rewired = {one.subtask: one.dependencies for one in change.rewire}
        self._dropped = frozenset(change.drop)

    def check_reach(self) -> None:
        """Only what waits for the failure is touched, and each subtask once."""
        waiting, seen = frozenset(self._damage.waiting), set[SubtaskId]()
        for uuid in (*(one.subtask for one in self._change.rewire), *self._change.drop):
            if uuid not in waiting:
                raise OutOfReach(self._name(uuid), self._standing(uuid))
            if uuid in seen:
                raise OutOfReach(self._name(uuid), "it is named twice")
            seen.add(uuid)

    def check_added(self, limit: int | None) -> None:
        """What is new is sound by itself, as parts of plans are."""
        added, known = self._change.add, self._known
        size = len(known) + len(added)
        if limit is not None and size > limit:
            raise PlanTooLarge(size, limit)
        if added:
            check_part(Plan(subtasks=added), known, len(added))
        for subtask in added:
            _check_wants(subtask)

    def check_dependencies(self) -> None:
        """Nothing waits for what will never be done."""
        new = {subtask.uuid for subtask in self._change.add}
        for subtask in self._change.add:
            self._check_needs(subtask.name, subtask.dependencies, new)
        for uuid, needs in self._rewired.items():
            self._check_needs(self._name(uuid), needs, new)
        for subtask in self._kept():
            for uuid in subtask.dependencies:
                self._check_kept(subtask, uuid)

    def _check_needs(
        self, name: str, needs: Iterable[SubtaskId], new: Container[SubtaskId]
    ) -> None:
        for uuid in needs:
            if uuid not in new and uuid not in self._known:
                raise UnknownDependency(name, uuid)
            lost = self._lost(uuid)
            if lost:
                raise WaitsInVain(name, self._name(uuid), lost)

    def _check_kept(self, subtask: Subtask, uuid: SubtaskId) -> None:
        lost = self._lost(uuid)
        # An optional one may wait for what has failed: then it fails too, and nothing else.
        if lost and (uuid in self._dropped or not subtask.optional):
            raise WaitsInVain(subtask.name, self._name(uuid), lost)

    def check_order(self) -> None:
        """Nothing waits for itself."""
        open_ = [*self._kept(), *self._wired(), *self._change.add]
        uuids = {subtask.uuid for subtask in open_}
        check_cycles(
            Plan(
                subtasks=tuple(
                    replace(s, dependencies=tuple([u for u in s.dependencies if u in uuids]))
                    for s in open_
                )
            )
        )

    def check_budget(self) -> None:
        """What is new, and what waits, demands no more than is left."""
        for allowance in self._damage.left:
            resource = normal(allowance.resource)
            added = _demanded(self._change.add, resource)
            wanted = added + _demanded([*self._kept(), *self._wired()], resource)
            if added and wanted > allowance.amount:
                raise PlanOverBudget(allowance.resource, wanted, allowance.amount)

    # What there would be

    def _kept(self) -> list[Subtask]:
        """What waits for the failure, and is left as it is."""
        touched = self._rewired.keys() | self._dropped
        return [self._known[uuid].subtask for uuid in self._damage.waiting if uuid not in touched]

    def _wired(self) -> list[Subtask]:
        return [
            replace(self._known[uuid].subtask, dependencies=needs)
            for uuid, needs in self._rewired.items()
        ]

    def _lost(self, uuid: SubtaskId) -> str:
        """Why nobody will ever have its result; "" where somebody may."""
        if uuid in self._dropped:
            return "the change drops"
        known = self._known.get(uuid)
        if known is None or (known.stage == "failed" and known.subtask.optional):
            return ""
        return _LOST.get(known.stage, "")

    def _name(self, uuid: SubtaskId) -> str:
        known = self._known.get(uuid)
        return uuid if known is None else known.subtask.name

    def _standing(self, uuid: SubtaskId) -> str:
        known = self._known.get(uuid)
        return "the plan has none of that uuid" if known is None else _BEGUN[known.stage]


def _check_wants(subtask: Subtask) -> None:
    """Nobody says who somebody is, or gives back what it does not have."""
    for skill in subtask.required_skills:
        name = normal(skill.name)
        if not name or is_mark(name) or is_resource(name):
            where = f"subtask {subtask.name!r}, required_skills"
            raise MalformedPlan(where, f"{skill.name!r} is no skill")
    for demand in subtask.demands:
        if not normal(demand.resource) or not 0.0 < demand.amount < math.inf:
            where = f"subtask {subtask.name!r}, demands"
            raise MalformedPlan(where, f"{demand.amount:g} of {demand.resource!r}")


def _once(uuids: tuple[SubtaskId, ...]) -> tuple[SubtaskId, ...]:
    return tuple(dict.fromkeys(uuids))


def _demanded(subtasks: Iterable[Subtask], resource: str) -> float:
    return sum(
        demand.amount
        for subtask in subtasks
        for demand in subtask.demands
        if normal(demand.resource) == resource
    )
