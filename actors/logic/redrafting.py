"""What a model proposes to mend a plan with becomes a change, or a complaint.

As with plans, it is data that is decoded strictly, and whatever it says it can only become
a change that has been checked. Subtasks go by names: `labels` makes them unique.

>>> from callboard.actors.logic.drafting import Frame
>>> from callboard.messages.values import Damage, Stands, Subtask
>>> dig, fill = Subtask(uuid="a", name="Dig"), Subtask(uuid="b", name="Fill", dependencies=("a",))
>>> stand = Stands(subtask=dig, stage="failed"), Stands(subtask=fill, stage="pending")
>>> damage = Damage(number=1, subtasks=stand, failures=(), waiting=("b",))
>>> text = '{"reason": "so", "add": [], "rewire": [{"name": "Fill", "after": []}], "drop": []}'
>>> change = drafted(text, damage, Frame(), iter("c").__next__, source="a model")
>>> change.rewire, change.reason
((Rewire(subtask='b', dependencies=()),), 'so')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from callboard.actors.logic.changes import check_change
from callboard.actors.logic.drafting import Draft, Frame
from callboard.actors.logic.proposals import Proposal, at_most, decoded
from callboard.messages.base import SubtaskId
from callboard.messages.errors.goals import PlanTooLarge, UnknownDependency
from callboard.messages.errors.repairing import OutOfReach, WaitsInVain
from callboard.messages.values import Damage, PlanChange, Rewire, Subtask

LOST = frozenset({"failed", "cancelled"})
"""How subtasks stand that nobody can name."""


class Waits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a subtask that waits is to wait for from now on."""

    name: Annotated[str, Meta(description="Of a subtask in waiting.")]
    after: Annotated[tuple[str, ...], Meta(description="All that it waits for now.")]


class ChangeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a model answers when it is asked how a plan is mended.

    Attributes:
        add: Subtasks that are new.
        rewire: What waits for others from now on.
        drop: Names of what is not to be done any more.
    """

    reason: Annotated[str, Meta(description="For people, in a sentence.")]
    add: tuple[Proposal, ...]
    rewire: tuple[Waits, ...]
    drop: Annotated[tuple[str, ...], Meta(description="Names of subtasks in waiting.")]


_read = msgspec.json.Decoder(ChangeAnswer).decode


def labels(damage: Damage) -> dict[str, SubtaskId]:
    """What each subtask of the plan is called: by its name, or with a number behind it.

    What has failed, or was cancelled, has no name any more; something new may have it.
    """
    found: dict[str, SubtaskId] = {}
    for one in damage.subtasks:
        if one.stage not in LOST or _went_on_without(one.stage, one.subtask):
            found[_free(one.subtask.name, found)] = one.subtask.uuid
    return found


def drafted(
    text: str | bytes,
    damage: Damage,
    frame: Frame,
    new: Callable[[], SubtaskId],
    *,
    source: str,
) -> PlanChange:
    """The change that an answer states, checked.

    Args:
        text: As `ChangeAnswer` wants it.
        damage: What it is to mend.
        frame: What is new must fit into it; its budget is what is left.
        new: Names subtasks.
        source: Who has made it.

    Raises:
        InvalidPlan: It cannot be; it says why, so that a model can be told.
    """
    answer, caps = decoded(_read, text, "$"), frame.caps
    if len(answer.add) > caps.subtasks:
        raise PlanTooLarge(len(answer.add), caps.subtasks)
    at_most("$.reason", len(answer.reason), caps.description, "characters")
    at_most("$.rewire", len(answer.rewire), len(damage.waiting), "subtasks")
    at_most("$.drop", len(answer.drop), len(damage.waiting), "subtasks")
    drafting = _Drafting(answer, damage, frame, new)
    change = PlanChange(
        add=drafting.added,
        rewire=drafting.rewired(),
        drop=drafting.dropped,
        source=source,
        reason=" ".join(answer.reason.split()),
    )
    check_change(change, damage, None)
    return change


class _Drafting:
    """Names become uuids."""

    def __init__(
        self, answer: ChangeAnswer, damage: Damage, frame: Frame, new: Callable[[], SubtaskId]
    ) -> None:
        self._answer = answer
        self._known = labels(damage)
        self._lost = {s.subtask.name for s in damage.subtasks if s.stage in LOST}
        self.dropped = tuple([self._waiting(name) for name in answer.drop])
        left = {name: uuid for name, uuid in self._known.items() if uuid not in self.dropped}
        self._gone = self._known.keys() - left.keys()
        self.added = self._add(frame, new, left)
        self._names = {**left, **{subtask.name: subtask.uuid for subtask in self.added}}

    def _add(
        self, frame: Frame, new: Callable[[], SubtaskId], left: dict[str, SubtaskId]
    ) -> tuple[Subtask, ...]:
        if not self._answer.add:
            return ()
        draft = Draft(frame, new, left, "$.add")
        for proposal in self._answer.add:
            draft.take(proposal)
        return draft.end().subtasks

    def rewired(self) -> tuple[Rewire, ...]:
        return tuple(
            Rewire(
                subtask=self._waiting(one.name),
                dependencies=tuple(self._needed(one.name, name) for name in one.after),
            )
            for one in self._answer.rewire
        )

    def _waiting(self, name: str) -> SubtaskId:
        uuid = self._known.get(name.strip())
        if uuid is None:
            raise OutOfReach(name[:80], "nothing that waits has that name")
        return uuid

    def _needed(self, name: str, needed: str) -> SubtaskId:
        needed = needed.strip()
        uuid = self._names.get(needed)
        if uuid is not None:
            return uuid
        if needed in self._gone:
            raise WaitsInVain(name, needed, "the change drops")
        if needed in self._lost:
            raise WaitsInVain(name, needed, "has failed")
        raise UnknownDependency(name, needed[:80])


def _went_on_without(stage: str, subtask: Subtask) -> bool:
    """It failed, and its dependents go on: they may also go on waiting for it."""
    return stage == "failed" and subtask.optional


def _free(name: str, taken: dict[str, SubtaskId]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found
