"""Who goes first, as the oracle sees it: the published bound of ageing holds.

Whatever has waited for three tau, undisturbed and without demands, goes before all that
became ready after it, on every agent that may do it. What is requeued goes to the front
of its class, and may go before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.messages import facts, notices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Lease, Subtask
    from callboard.runtime.simulation.abilities import Abilities

CLASSES = 3
"""Promotions after which a LOW subtask ranks with CRITICAL."""

_Again: TypeAlias = facts.SubtaskQueued | facts.SubtaskRequeued | facts.SubtaskUnparked
_Over: TypeAlias = facts.SubtaskFailed | facts.SubtaskCancelled


class Turns:
    """Knows what waits, since when, and whether anything else may keep it waiting.

    Args:
        abilities: Who may do what.
        tau: Seconds of waiting that promote by one class.
        grace: Seconds that may pass until everybody knows.
    """

    def __init__(self, abilities: Abilities, tau: float, grace: float) -> None:
        self._abilities = abilities
        self._grace = grace
        self._bound = CLASSES * tau + grace
        self._specs: dict[SubtaskId, Subtask] = {}
        self._missing: dict[SubtaskId, set[SubtaskId]] = {}
        self._waiting: dict[SubtaskId, float] = {}
        self._ready: dict[SubtaskId, float] = {}
        self._front: set[SubtaskId] = set()
        self._calm = 0.0
        self._uneasy = 0

    def see(self, event: Fact | Notice, at: float) -> Iterator[str]:
        """What is wrong with it, if anything is.

        Args:
            event: What has happened.
            at: When, in seconds that everybody had.
        """
        match event:
            case facts.SubtaskAssigned():
                yield from self._assigned(event.lease, at)
            case facts.LeaseAdopted():  # its agent has run it all the time
                self._waiting.pop(event.lease.subtask, None)
            case facts.PlanAdopted():
                self._plan(event.plan.subtasks, at)
            case facts.SubtaskCompleted():
                self._ended(event.subtask, at, well=True)
            case facts.SubtaskFailed() | facts.SubtaskCancelled():
                self._bad_end(event, at)
            case facts.SubtaskQueued() | facts.SubtaskRequeued() | facts.SubtaskUnparked():
                self._again(event, at)
            case facts.SubtaskEdited():
                self._specs[event.subtask] = event.spec
                self._disturb(at)
            case _:
                self._aside(event, at)

    def _aside(self, event: Fact | Notice, at: float) -> None:
        """What may keep something waiting, or does no longer."""
        match event:
            case (
                facts.GoalPaused()
                | facts.SubtaskPaused()
                | facts.RuntimePaused()
                | facts.GoalDraining()
                | facts.SubtaskDraining()
                | facts.RuntimeDraining()
                | notices.BreakerOpened()
                | notices.OrderAdvised()
            ):
                self._uneasy += 1  # whether it ends is not followed: nothing is judged any more
            case facts.ActorRestarted() | notices.JournalBlocked():
                self._disturb(at)
            case notices.ResourceAwaited() | notices.BidsInvited():
                self._waiting.pop(event.subtask, None)
            case _:
                pass

    def reopened(self, at: float) -> None:
        """The process has died and was started again."""
        self._disturb(at)

    def _disturb(self, at: float) -> None:
        self._calm = at

    def _plan(self, subtasks: tuple[Subtask, ...], at: float) -> None:
        for spec in subtasks:
            self._specs[spec.uuid] = spec
            self._missing[spec.uuid] = set(spec.dependencies)
            if not spec.dependencies:
                self._waits(spec.uuid, at)

    def _waits(self, uuid: SubtaskId, at: float) -> None:
        self._ready.setdefault(uuid, at)
        spec = self._specs[uuid]
        if not (spec.demands or spec.keys or spec.negotiate):
            self._waiting[uuid] = at

    def _ended(self, uuid: SubtaskId, at: float, *, well: bool) -> None:
        self._waiting.pop(uuid, None)
        self._missing.pop(uuid, None)
        for other, missing in self._missing.items():
            if uuid in missing:
                missing.remove(uuid)
                if well and not missing:
                    self._waits(other, at)

    def _bad_end(self, event: _Over, at: float) -> None:
        spec = self._specs.get(event.subtask)
        optional = spec is not None and spec.optional
        self._ended(event.subtask, at, well=optional and isinstance(event, facts.SubtaskFailed))

    def _again(self, event: _Again, at: float) -> None:
        if not isinstance(event, facts.SubtaskQueued):
            self._front.add(event.subtask)
        if event.subtask in self._missing:
            self._waits(event.subtask, at)

    def _assigned(self, lease: Lease, at: float) -> Iterator[str]:
        self._waiting.pop(lease.subtask, None)
        if self._uneasy or lease.subtask in self._front:
            return
        since = self._ready.get(lease.subtask, 0.0)
        for uuid, waits in self._waiting.items():
            waited = at - max(waits, self._calm)
            if waited < self._bound or since <= self._ready[uuid] + self._grace:
                continue
            if self._abilities.may(lease.agent, uuid):
                yield f"{lease} goes before {uuid}, which has waited for {waited:g} s"
