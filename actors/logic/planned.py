"""The plan of a goal for whoever looks at it: what it is, and whether it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from callboard.actors.logic.approving import decided_by
from callboard.actors.logic.records import GoalStatus
from callboard.messages.base import Value
from callboard.messages.reasons import Explanation, ToBeApproved
from callboard.messages.values import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import SubtaskId

PlanStatus: TypeAlias = Literal["proposed", "adopted", "dropped"]
"""Somebody has to approve it, it is carried out, or it never will be."""


class GoalPlan(Value):
    """The plan of a goal.

    Attributes:
        plan: Its subtasks; of one that is adopted as they are now, with all that was edited.
        status: "proposed" waits to be approved, "adopted" is carried out, or was, and
            "dropped" was not approved before its goal ended.
        number: Of the proposal, counted from 1; 0 where nobody has to approve any.
        since: When it was proposed, or adopted; seconds since the epoch.
        until: When the goal fails if nobody has decided by then; None where it does not
            wait for anybody.
        by: Who has handed it in in place of another one, or "".
    """

    plan: Plan
    status: PlanStatus
    number: int
    since: float
    until: float | None = None
    by: str = ""


def goal_plan(record: GoalRecord) -> GoalPlan | None:
    """The plan of a goal; None before it is made, and where it is not remembered."""
    proposal = record.proposal
    if proposal is None:
        return _adopted(record)
    waits = record.status is GoalStatus.PROPOSED
    return GoalPlan(
        plan=proposal.plan,
        status="proposed" if waits else "dropped",
        number=proposal.number,
        since=proposal.at,
        until=decided_by(record.goal, proposal) if waits else None,
        by=proposal.by,
    )


def why_not_begun(goals: Iterable[GoalRecord], uuid: SubtaskId, now: float) -> Explanation | None:
    """Why a subtask of a plan that is proposed does not run; None where it is none of any.

    Args:
        goals: Where it is looked for.
        uuid: Of the subtask, of which nobody else knows anything yet.
        now: Seconds since the epoch.
    """
    for record in goals:
        found = goal_plan(record) if record.status is GoalStatus.PROPOSED else None
        for one in () if found is None else found.plan.subtasks:
            if one.uuid == uuid and found is not None and found.until is not None:
                waits = ToBeApproved(goal=record.goal.id, number=found.number, until=found.until)
                return Explanation(
                    subtask=uuid,
                    name=one.name,
                    goal=record.goal.id,
                    status=found.status,
                    at=now,
                    reasons=(waits,),
                )
    return None


def _adopted(record: GoalRecord) -> GoalPlan | None:
    known = tuple(one.subtask for one in record.subtasks.values())
    if record.planned_at is None and not known:
        return None
    since = min((one.created_at for one in record.subtasks.values()), default=record.planned_at)
    plan = Plan(subtasks=known, source=record.source, compounds=record.compounds)
    return GoalPlan(plan=plan, status="adopted", number=record.approved, since=since or 0.0)
