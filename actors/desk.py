"""Where a planner sits while it makes one plan: what it may know, and whom it may tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from callboard.actors.logic.correcting import corrections
from callboard.actors.logic.graph import well_formed
from callboard.actors.logic.usual import usual
from callboard.messages.base import DECOMPOSER
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.goals import InvalidPlan
from callboard.messages.errors.repairing import CannotRepair
from callboard.messages.planning import PlanningStumbled, PlanPart
from callboard.messages.values import Plan, PlanChange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.actors.logic.skills import Equivalences
    from callboard.actors.ports import (
        Archive,
        Clock,
        Desk,
        DeskPlanner,
        MendingPlanner,
        Planner,
        Teller,
    )
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.learnt import UsualDuration
    from callboard.messages.planning import Corrected
    from callboard.messages.values import Damage, Goal, Skill

KINDS = 50
"""Kinds of work of which a planner is told what they usually take."""


def planned_by(planner: Planner, goal: Goal, desk: Desk) -> Plan:
    """The plan that a planner makes, at the desk if it is one that wants to know what that knows.

    Raises:
        InvalidPlan: As the planner; so does what else that raises.
    """
    if hasattr(planner, "plan_at"):
        return cast("DeskPlanner", planner).plan_at(goal, desk)
    return planner.plan(goal)


def mended_by(planner: Planner, goal: Goal, damage: Damage, desk: Desk) -> PlanChange:
    """The change by which a planner mends a plan.

    Raises:
        CannotRepair: It mends none.
        InvalidPlan: As the planner; so does what else that raises.
    """
    if not hasattr(planner, "repair_at"):
        raise CannotRepair("its planner mends none")
    return cast("MendingPlanner", planner).repair_at(goal, damage, desk)


class PlanningDesk:
    """A `Desk` of the decomposer's.

    Args:
        goal: That is planned.
        due: When the plan must be there, seconds since the epoch.
        clock: Tells the time.
        archive: Who is registered, and how work went.
        teller: Brings what is said to the decomposer.
        correct: Plans are held against how work went; a goal may say otherwise.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        goal: Goal,
        due: float,
        *,
        clock: Clock,
        archive: Archive,
        teller: Teller,
        correct: bool,
    ) -> None:
        self._goal = goal.id
        self._due = due if goal.deadline is None else min(due, goal.deadline)
        self._clock = clock
        self._archive = archive
        self._correct = correct if goal.correct is None else goal.correct
        self._teller = teller
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        self._dropped = False
        self._parts = 0

    @property
    def seconds(self) -> float:
        """See `Desk`."""
        return max(0.0, self._due - self._clock.now())

    @property
    def dropped(self) -> bool:
        """See `Desk`."""
        return self._dropped

    @property
    def parts(self) -> int:
        """See `Desk`."""
        return self._parts

    @property
    def equivalences(self) -> Equivalences:
        """See `Desk`."""
        return self._archive.equivalences

    def trades(self) -> Sequence[Sequence[Skill]]:
        """See `Desk`."""
        return self._archive.trades()

    def usual(self) -> Sequence[UsualDuration]:
        """See `Desk`."""
        return usual(self._archive.records().learning, KINDS)

    def corrections(self, plan: object) -> tuple[Corrected, ...]:
        """What history contradicts of what a planner said; nothing of what is no plan."""
        records = self._archive.records()
        if not self._correct or not records.learning.attempts:
            return ()
        try:
            return corrections(well_formed(plan), records)
        except InvalidPlan:
            return ()  # whoever checks it says so

    def corrections_of(self, change: object) -> tuple[Corrected, ...]:
        """The same of the subtasks that a change adds."""
        added = change.add if isinstance(change, PlanChange) else ()
        return self.corrections(Plan(subtasks=added)) if added else ()

    def put(self, plan: Plan) -> None:
        """See `Desk`."""
        if not self._dropped:
            found = self.corrections(plan)
            part = PlanPart(goal=self._goal, first=self._parts, plan=plan, corrections=found)
            self._parts += len(plan.subtasks)
            self._teller.tell(DECOMPOSER, part)

    def stumbled(self, error: CallboardError, then: str) -> None:
        """See `Desk`."""
        said = PlanningStumbled(goal=self._goal, problem=problem_of(error), then=then)
        self._teller.tell(DECOMPOSER, said)

    def on_drop(self, call: Callable[[], None]) -> None:
        """See `Desk`."""
        with self._lock:
            if not self._dropped:
                self._calls.append(call)
                return
        call()

    def drop(self) -> None:
        """Nobody waits for this plan any more."""
        with self._lock:
            self._dropped = True
            calls, self._calls = self._calls, []
        for call in calls:
            call()
