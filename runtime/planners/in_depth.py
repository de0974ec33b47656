"""Any planner, asked again for what of its plan is too large to be atomic.

>>> class Halves:
...     def plan(self, goal: Goal) -> Plan:
...         minutes, ids = float(goal.text), (f"{goal.text}/1", f"{goal.text}/2")
...         return Plan(
...             subtasks=tuple(
...                 Subtask(
...                     uuid=f"{goal.parent and goal.parent.subtask}-{one}",
...                     name=one,
...                     description=str(minutes / 2),
...                     estimated_duration=minutes / 2,
...                 )
...                 for one in ids
...             )
...         )
>>> planner = InDepth(Halves(), Limits(minutes=30))
>>> made = planner.plan(Goal(id="g", text="120"))
>>> [s.estimated_duration for s in made.subtasks], len(made.compounds)
([30.0, 30.0, 30.0, 30.0], 2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

from callboard.actors.desk import planned_by
from callboard.actors.logic.graph import check, well_formed
from callboard.actors.logic.hierarchy import Limits, nested
from callboard.actors.logic.skills import Equivalences
from callboard.actors.ports import Desk, MendingPlanner, Planner
from callboard.messages.base import SubtaskId
from callboard.messages.errors.base import CallboardError
from callboard.messages.errors.goals import DuplicateSubtask, PlanTooLarge
from callboard.messages.learnt import UsualDuration
from callboard.messages.values import Damage, Goal, Parent, Plan, PlanChange, Skill, Subtask


class InDepth:
    """A planner that has another one decompose again what is too large.

    The other one is asked for a plan of a goal that says what the subtask says, with the
    context of the goal that it serves and that subtask as its parent. An answer of a
    single subtask leaves it whole. Nothing of such a plan begins before all of it is there.

    Args:
        planner: Makes all the plans; also one that is asked at a desk.
        limits: What is too large, and how far that goes.
    """

    def __init__(self, planner: Planner, limits: Limits) -> None:
        self._planner, self._limits = planner, limits

    def plan(self, goal: Goal) -> Plan:
        """The plan of a goal, with what is too large decomposed.

        Raises:
            InvalidPlan: A plan cannot be, or there would be more than is taken.
        """
        return self._all(goal, self._planner.plan)

    def plan_at(self, goal: Goal, desk: Desk) -> Plan:
        """As `plan`; the other planner may know what *desk* knows."""
        return self._all(goal, lambda one: planned_by(self._planner, one, _Whole(desk)))

    @property
    def repair_at(self) -> Callable[[Goal, Damage, Desk], PlanChange]:
        """As of the other planner; there is none where that mends no plans."""
        return cast("MendingPlanner", self._planner).repair_at

    def _all(self, goal: Goal, make: Callable[[Goal], Plan]) -> Plan:
        known: set[SubtaskId] = set()
        whole = self._checked(make(goal), known)
        parts: dict[SubtaskId, Plan] = {}
        level = list(self._large(whole))
        for _ in range(self._limits.depth):
            level = [
                inner for one in level for inner in self._refine(one, goal, make, parts, known)
            ]
        return nested(whole, parts) if parts else whole

    def _refine(
        self,
        one: Subtask,
        goal: Goal,
        make: Callable[[Goal], Plan],
        parts: dict[SubtaskId, Plan],
        known: set[SubtaskId],
    ) -> Iterator[Subtask]:
        """Have it decomposed; what is too large of what it becomes."""
        own = Goal(
            id=goal.id,
            text=one.description.strip() or one.name,
            context=goal.context,
            parent=Parent(goal=goal.id, subtask=one.uuid),
        )
        plan = well_formed(make(own))
        if len(plan.subtasks) > 1:
            parts[one.uuid] = self._checked(plan, known)
            yield from self._large(parts[one.uuid])

    def _checked(self, plan: Plan, known: set[SubtaskId]) -> Plan:
        """The plan, if it is one and its uuids are new."""
        plan = well_formed(plan)
        check(plan, self._limits.subtasks)
        for uuid in (*(s.uuid for s in plan.subtasks), *(c.subtask.uuid for c in plan.compounds)):
            if uuid in known:
                raise DuplicateSubtask(uuid)
            known.add(uuid)
        if len(known) > self._limits.subtasks:
            raise PlanTooLarge(len(known), self._limits.subtasks)
        return plan

    def _large(self, plan: Plan) -> Iterator[Subtask]:
        return filter(self._limits.too_large, plan.subtasks)


class _Whole(NamedTuple):
    """A desk at which nothing is handed in early: it may yet be decomposed."""

    desk: Desk

    @property
    def equivalences(self) -> Equivalences:
        return self.desk.equivalences

    def trades(self) -> Sequence[Sequence[Skill]]:
        return self.desk.trades()

    @property
    def seconds(self) -> float:
        return self.desk.seconds

    @property
    def dropped(self) -> bool:
        return self.desk.dropped

    @property
    def parts(self) -> int:
        return 0

    def usual(self) -> Sequence[UsualDuration]:
        return self.desk.usual()

    def on_drop(self, call: Callable[[], None]) -> None:
        self.desk.on_drop(call)

    def put(self, plan: Plan) -> None:
        """The planner's answer has it, too."""

    def stumbled(self, error: CallboardError, then: str) -> None:
        self.desk.stumbled(error, then)
