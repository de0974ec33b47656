"""The plan of a goal for whoever looks at it: what it is, and whether it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from callboard.actors.logic.approving import decided_by
from callboard.actors.logic.records import GoalStatus
from callboard.messages.base import Value
from callboard.messages.facts import ChangeProposed
from callboard.messages.reasons import Explanation, ToBeApproved
from callboard.messages.values import Plan, PlanChange, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.base import SubtaskId

PlanStatus: TypeAlias = Literal["proposed", "adopted", "changing", "dropped"]
"""Somebody has to approve it, it is carried out, somebody has to approve a change of it, or it
never will be."""


class GoalPlan(Value):
    """The plan of a goal.

    Attributes:
        plan: Its subtasks; of one that is adopted as they are now, with all that was edited.
        status: "proposed" waits to be approved, "adopted" is carried out, or was, of one that
            is "changing" a change that mends it waits to be approved, and "dropped" was not
            approved before its goal ended.
        number: Of the proposal, counted from 1, plans and changes together; 0 where nobody
            has to approve any.
        since: When it was proposed, or adopted; seconds since the epoch.
        until: When it is too late to decide: then a plan's goal fails, and a change is not
            made. None where nothing waits for anybody.
        by: Who has handed it in in place of another one, or "".
        change: The one that waits to be approved, or None.
    """

    plan: Plan
    status: PlanStatus
    number: int
    since: float
    until: float | None = None
    by: str = ""
    change: PlanChange | None = None


def goal_plan(record: GoalRecord) -> GoalPlan | None:
    """The plan of a goal; None before it is made, and where it is not remembered."""
    proposal, waits = record.proposal, record.status is GoalStatus.PROPOSED
    if proposal is None or (isinstance(proposal, ChangeProposed) and not waits):
        return _adopted(record)
    if isinstance(proposal, ChangeProposed):
        return _changing(record, proposal)
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
        proposed = () if found is None or found.status != "proposed" else found.plan.subtasks
        for one in proposed:
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


def _changing(record: GoalRecord, proposal: ChangeProposed) -> GoalPlan | None:
    now = _adopted(record)
    if now is None:
        return None
    return replace(
        now,
        status="changing",
        number=proposal.number,
        since=proposal.at,
        until=decided_by(record.goal, proposal),
        change=proposal.change,
    )


def _adopted(record: GoalRecord) -> GoalPlan | None:
    known = tuple(one.subtask for one in record.subtasks.values())
    if record.planned_at is None and not known:
        return None
    since = min((one.created_at for one in record.subtasks.values()), default=record.planned_at)
    plan = Plan(subtasks=known, source=record.source, compounds=record.compounds)
    return GoalPlan(plan=plan, status="adopted", number=record.approved, since=since or 0.0)
