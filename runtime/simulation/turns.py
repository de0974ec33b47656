"""Who goes first, as the oracle sees it: the published bound of ageing holds.

Whatever has waited for three tau, undisturbed and without demands, goes before all that
became ready after it, on every agent that may do it. What is requeued goes to the front
of its class, and may go before it; so may what was put out to tender in its turn, where no
agent was left for it in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from callboard.messages import facts, notices
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Subtask
    from callboard.runtime.simulation.abilities import Abilities

CLASSES = 3
"""Promotions after which a LOW subtask ranks with CRITICAL."""

_NONE: set[SubtaskId] = set()

_Again: TypeAlias = facts.SubtaskQueued | facts.SubtaskRequeued | facts.SubtaskUnparked
_Over: TypeAlias = facts.SubtaskFailed | facts.SubtaskCancelled
_Passes: TypeAlias = notices.ResourceAwaited | notices.BidsInvited


class Turns:
    """Knows what waits, since when, and whether anything else may keep it waiting.

    Args:
        abilities: Who may do what.
        tau: Seconds of waiting that promote by one class.
        grace: Seconds that may pass until everybody knows.
        violations: Gets what is wrong.
    """

    def __init__(
        self, abilities: Abilities, tau: float, grace: float, violations: list[str]
    ) -> None:
        self._violations = violations
        self._abilities = abilities
        self._grace = grace
        self._bound = CLASSES * tau + grace
        self._specs: dict[SubtaskId, Subtask] = {}
        self._missing: dict[SubtaskId, set[SubtaskId]] = {}
        self._followers: dict[SubtaskId, list[SubtaskId]] = {}
        self._waiting: dict[SubtaskId, float] = {}
        self._ready: dict[SubtaskId, float] = {}
        self._front: set[SubtaskId] = set()
        self._calm = 0.0
        self._uneasy = 0

    def reopened(self, at: float) -> None:
        """The process has died and was started again."""
        self._disturb(at)

    def _disturb(self, at: float) -> None:
        self._calm = at

    def _disturbed(self, _: Fact | Notice, at: float) -> None:
        self._disturb(at)

    def _upset(self, _: Fact | Notice, at: float) -> None:
        """Whether it ends is not followed: nothing is judged any more."""
        del at
        self._uneasy += 1

    def _passed(self, event: _Passes, at: float) -> None:
        """Something else may keep it waiting."""
        del at
        self._waiting.pop(event.subtask, None)

    def _fell_back(self, notice: notices.NegotiationFellBack, at: float) -> None:
        """Its turn had come, and nobody has it: it waits in front."""
        del at
        if not notice.agent:
            self._front.add(notice.subtask)

    def _edited(self, fact: facts.SubtaskEdited, at: float) -> None:
        self._specs[fact.subtask] = fact.spec
        self._disturb(at)

    def _planned(self, fact: facts.PlanAdopted, at: float) -> None:
        for spec in fact.plan.subtasks:
            self._specs[spec.uuid] = spec
            self._missing[spec.uuid] = set(spec.dependencies)
            for needed in spec.dependencies:
                self._followers.setdefault(needed, []).append(spec.uuid)
            if not spec.dependencies:
                self._waits(spec.uuid, at)

    def _grown(self, fact: facts.PlanGrown, at: float) -> None:
        self._join(fact.plan.subtasks, (), at)

    def _changed(self, fact: facts.PlanChanged, at: float) -> None:
        rewired = [
            replace(self._specs[one.subtask], dependencies=one.dependencies)
            for one in fact.change.rewire
        ]
        self._join(fact.change.add, rewired, at)

    def _join(self, added: Sequence[Subtask], rewired: Sequence[Subtask], at: float) -> None:
        """From now on they are there, and these wait for others than before."""
        new = {spec.uuid for spec in added}
        for spec in (*added, *rewired):
            self._specs[spec.uuid] = spec
            missing = {uuid for uuid in spec.dependencies if uuid in new or uuid in self._missing}
            self._missing[spec.uuid] = missing
            for needed in missing:
                self._followers.setdefault(needed, []).append(spec.uuid)
            if not missing:
                self._waits(spec.uuid, at)
        self._disturb(at)

    def _waits(self, uuid: SubtaskId, at: float) -> None:
        self._ready.setdefault(uuid, at)
        spec = self._specs[uuid]
        if not (spec.demands or spec.keys or spec.negotiate):
            self._waiting[uuid] = at

    def _ended(self, uuid: SubtaskId, at: float, *, well: bool) -> None:
        self._waiting.pop(uuid, None)
        self._missing.pop(uuid, None)
        for other in self._followers.get(uuid, ()) if well else ():
            missing = self._missing.get(other, _NONE)
            if uuid in missing:
                missing.remove(uuid)
                if not missing:
                    self._waits(other, at)

    def _submitted(self, fact: facts.ResultSubmitted, at: float) -> None:
        """It has a result, and waits for nobody unless that is rejected."""
        del at
        self._waiting.pop(fact.subtask, None)

    def _completed(self, fact: facts.SubtaskCompleted, at: float) -> None:
        self._ended(fact.subtask, at, well=True)

    def _bad_end(self, event: _Over, at: float) -> None:
        spec = self._specs.get(event.subtask)
        optional = spec is not None and spec.optional
        self._ended(event.subtask, at, well=optional and isinstance(event, facts.SubtaskFailed))

    def _again(self, event: _Again, at: float) -> None:
        if not isinstance(event, facts.SubtaskQueued):
            self._front.add(event.subtask)
        if event.subtask in self._missing:
            self._waits(event.subtask, at)

    def _adopted(self, fact: facts.LeaseAdopted, at: float) -> None:
        """Its agent has run it all the time."""
        del at
        self._waiting.pop(fact.lease.subtask, None)

    def _assigned(self, fact: facts.SubtaskAssigned, at: float) -> None:
        lease = fact.lease
        self._waiting.pop(lease.subtask, None)
        # What its agent went on to by itself takes the place of what it follows.
        if self._uneasy or lease.subtask in self._front or fact.after is not None:
            return
        since = self._ready.get(lease.subtask, 0.0) - self._grace
        late, calm, ready = at - self._bound, self._calm, self._ready
        for uuid, waits in self._waiting.items():
            if waits > late or calm > late or since <= ready[uuid]:
                continue
            if self._abilities.may(lease.agent, uuid):
                waited = at - max(waits, calm)
                wrong = f"{lease} goes before {uuid}, which has waited for {waited:g} s"
                self._violations.append(wrong)

    # What follows which event; it is told when that was, in seconds that everybody had.
    turns: ClassVar[dict[type, Callable[[Any, Any, float], None]]] = {
        facts.SubtaskAssigned: _assigned,
        facts.LeaseAdopted: _adopted,
        facts.PlanAdopted: _planned,
        facts.PlanGrown: _grown,
        facts.PlanChanged: _changed,
        facts.ResultSubmitted: _submitted,
        facts.SubtaskCompleted: _completed,
        facts.SubtaskFailed: _bad_end,
        facts.SubtaskCancelled: _bad_end,
        facts.SubtaskQueued: _again,
        facts.SubtaskRequeued: _again,
        facts.SubtaskUnparked: _again,
        facts.SubtaskEdited: _edited,
        facts.GoalPaused: _upset,
        facts.SubtaskPaused: _upset,
        facts.RuntimePaused: _upset,
        facts.GoalDraining: _upset,
        facts.SubtaskDraining: _upset,
        facts.RuntimeDraining: _upset,
        notices.BreakerOpened: _upset,
        notices.OrderAdvised: _upset,
        facts.ActorRestarted: _disturbed,
        notices.JournalBlocked: _disturbed,
        notices.ResourceAwaited: _passed,
        notices.BidsInvited: _passed,
        notices.NegotiationFellBack: _fell_back,
    }
