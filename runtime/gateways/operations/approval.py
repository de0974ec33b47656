"""Plans that somebody has to approve: looked at, approved, replaced, rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from callboard.actors.logic.correcting import said
from callboard.actors.logic.instants import iso
from callboard.actors.logic.planned import goal_plan
from callboard.messages.base import GoalId, SubtaskId
from callboard.runtime.gateways.operations.aside import aside
from callboard.runtime.gateways.operations.bounds import Stated, told
from callboard.runtime.gateways.operations.goals import AskGoal, OneGoal, one_goal
from callboard.runtime.gateways.operations.operation import Answer, Operation, Request, Scope
from callboard.runtime.gateways.operations.stating import stated_again, wholes
from callboard.runtime.gateways.operations.views import View

if TYPE_CHECKING:
    from callboard.actors.logic.records import GoalRecord
    from callboard.messages.values import PlanChange
    from callboard.runtime.runtime import Runtime

Number: TypeAlias = Annotated[int, told(minimum=1)]
"""Of a proposal."""

Whole: TypeAlias = dict[str, Any]
"""A subtask of a plan that was decomposed again, and its `source`: who did that."""


class ApproveGoal(Request):
    """Have what is proposed for a goal carried out.

    Attributes:
        goal_id: Its id.
        number: Of the proposal that was looked at; where another one has taken its place,
            this is refused.
        by: Who says so, for people; where there are tokens, the name of the token counts.
    """

    goal_id: GoalId
    number: Number
    by: str = ""


class RejectGoal(Request):
    """Do not have what is proposed for a goal carried out: it fails.

    Attributes:
        goal_id: Its id.
        number: Of the proposal that was looked at, as for `ApproveGoal`.
        reason: For people.
        by: As for `ApproveGoal`.
    """

    goal_id: GoalId
    number: Number
    reason: str = ""
    by: str = ""


class ProposePlan(Request):
    """Propose another plan in place of the one that is proposed.

    Attributes:
        goal_id: Its id.
        number: Of the proposal whose place it takes, as for `ApproveGoal`.
        plan: Its subtasks, as `submit_goal` takes them.
        compounds: What of it was decomposed again, as `goal_plan` tells it.
        by: As for `ApproveGoal`.
    """

    goal_id: GoalId
    number: Number
    plan: Annotated[tuple[Stated, ...], told(minItems=1)]
    compounds: tuple[Whole, ...] = ()
    by: str = ""


class ProposedChange(View):
    """A change that mends a plan, and waits to be approved.

    Attributes:
        added: Subtasks that would be new, as a plan is handed in.
        rewired: What would wait for others, and for which: uuids.
        dropped: Uuids of what would not be done any more.
        source: Who made it.
        reason: In the words of who made it.
        corrected: What of what is new is not as its planner said; a sentence each.
    """

    added: tuple[Stated, ...]
    rewired: dict[SubtaskId, tuple[SubtaskId, ...]]
    dropped: tuple[SubtaskId, ...]
    source: str
    reason: str
    corrected: tuple[str, ...] = ()


class PlanOfGoal(Answer):
    """The plan of a goal.

    Attributes:
        goal_id: Its id.
        status: awaited (it is still being made), proposed (it waits to be approved), adopted
            (it is carried out, or was), changing (that, and a change of it waits to be
            approved), dropped (it was not approved before its goal ended) or none (there is
            none).
        number: Of the proposal, by which it is approved; 0 where nobody has to.
        source: Who made it: the name of rules, caller, a planner.
        by: Who has handed it in in place of another one.
        since: When it was proposed, or adopted; ISO 8601, in UTC.
        approve_until: When it is too late to decide: then the goal fails, or the change is
            not made.
        subtasks: As a plan is handed in; of one that is adopted, as they are now.
        compounds: What of it was decomposed again; each before those of its parts.
        count: How many subtasks it has.
        corrected: What of them is not as its planner said, but as was learnt; a sentence each.
        change: The one that waits to be approved; null for none.
    """

    goal_id: GoalId
    status: Literal["awaited", "proposed", "adopted", "changing", "dropped", "none"]
    number: int
    source: str
    by: str
    since: str | None
    approve_until: str | None
    subtasks: tuple[Stated, ...]
    compounds: tuple[Whole, ...]
    count: int
    corrected: tuple[str, ...] = ()
    change: ProposedChange | None = None


class ProposedPlan(OneGoal):
    """A goal, and what is proposed for it.

    Attributes:
        number: Of the proposal that was made.
    """

    number: int


async def _plan(runtime: Runtime, asked: AskGoal) -> PlanOfGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    record = handle.record
    return await aside(lambda: runtime.hub.read(lambda _: _told(record)))


async def _approve(runtime: Runtime, asked: ApproveGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.aapprove(asked.number, by=asked.by)
    return one_goal(runtime, handle.record)


async def _reject(runtime: Runtime, asked: RejectGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.areject(asked.reason, asked.number, by=asked.by)
    return one_goal(runtime, handle.record)


async def _propose(runtime: Runtime, asked: ProposePlan) -> ProposedPlan:
    handle = await aside(runtime.goal, asked.goal_id)
    plan = {"subtasks": list(asked.plan), "compounds": list(asked.compounds)}
    number = await handle.aedit(plan, asked.number, by=asked.by)
    return ProposedPlan(goal=one_goal(runtime, handle.record).goal, number=number)


def _told(record: GoalRecord) -> PlanOfGoal:
    found = goal_plan(record)
    if found is None:
        return _nothing(record)
    return PlanOfGoal(
        goal_id=record.goal.id,
        status=found.status,
        number=found.number,
        source=found.plan.source,
        by=found.by,
        since=iso(found.since),
        approve_until=None if found.until is None else iso(found.until),
        subtasks=tuple(map(stated_again, found.plan.subtasks)),
        compounds=tuple(wholes(found.plan.compounds)),
        count=len(found.plan.subtasks),
        corrected=said(found.plan.subtasks),
        change=None if found.change is None else _change(found.change),
    )


def _change(change: PlanChange) -> ProposedChange:
    return ProposedChange(
        added=tuple(map(stated_again, change.add)),
        rewired={one.subtask: one.dependencies for one in change.rewire},
        dropped=change.drop,
        source=change.source,
        reason=change.reason,
        corrected=said(change.add),
    )


def _nothing(record: GoalRecord) -> PlanOfGoal:
    return PlanOfGoal(
        goal_id=record.goal.id,
        status="awaited" if record.ended_at is None else "none",
        number=0,
        source="",
        by="",
        since=None,
        approve_until=None,
        subtasks=(),
        compounds=(),
        count=0,
    )


APPROVAL = (
    Operation(
        name="goal_plan",
        method="GET",
        path="/goals/{goal_id}/plan",
        summary="The plan of a goal, be it proposed or carried out",
        tag="goals",
        scope=Scope.READER,
        request=AskGoal,
        answer=PlanOfGoal,
        do=_plan,
        refuses=(404,),
        bulky=True,
    ),
    Operation(
        name="propose_plan",
        method="POST",
        path="/goals/{goal_id}/plan",
        summary="Propose another plan in place of the one that waits to be approved",
        tag="goals",
        scope=Scope.OPERATOR,
        request=ProposePlan,
        answer=ProposedPlan,
        do=_propose,
        refuses=(404, 409, 413, 422),
        by="by",
    ),
    Operation(
        name="approve_goal",
        method="POST",
        path="/goals/{goal_id}/approve",
        summary="Have what is proposed for a goal carried out; harmless where it is already",
        tag="goals",
        scope=Scope.OPERATOR,
        request=ApproveGoal,
        answer=OneGoal,
        do=_approve,
        refuses=(404, 409, 422),
        by="by",
    ),
    Operation(
        name="reject_goal",
        method="POST",
        path="/goals/{goal_id}/reject",
        summary="Do not have what is proposed for a goal carried out: it fails",
        tag="goals",
        scope=Scope.OPERATOR,
        request=RejectGoal,
        answer=OneGoal,
        do=_reject,
        refuses=(404, 409),
        by="by",
    ),
)
"""In the order in which the documentation shows them."""
