"""Goals: handed in, looked at, held up and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

import msgspec

from callboard.messages.base import GoalId
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Approval, Planning
from callboard.runtime.executors.waiting import settled
from callboard.runtime.gateways.cli.plain import plain
from callboard.runtime.gateways.operations.aside import aside
from callboard.runtime.gateways.operations.bounds import (
    NOT_BLANK,
    Above,
    Count,
    GoalState,
    Moment,
    PriorityName,
    Stated,
    Words,
    check_moment,
    told,
)
from callboard.runtime.gateways.operations.operation import (
    Answer,
    Operation,
    Request,
    Scope,
    digest,
)
from callboard.runtime.gateways.operations.views import (
    CompoundView,
    GoalView,
    SubtaskView,
    compound_views,
    goal_view,
    subtask_view,
)

if TYPE_CHECKING:
    from callboard.actors.logic.records import GoalRecord
    from callboard.runtime.runtime import Runtime

MOST = 1_000
"""Goals on a page, at the most."""

PageSize: TypeAlias = Annotated[int, told(minimum=1, maximum=MOST)]


class SubmitGoal(Request):
    """Hand in a goal, in words or with its plan.

    Attributes:
        goal: What is to be done, in words; "" where a plan says it.
        context: What else is known.
        priority: CRITICAL, HIGH, MEDIUM or LOW for all of its subtasks; null leaves each
            the one that its plan gives it.
        deadline: Seconds from now, after which it fails.
        plan: Its subtasks, each with a `name` and what else a plan may say of one.
        key: Idempotency key: the same key gives the same goal. The header
            `Idempotency-Key` says the same.
        budget: What it may use up of resources, by their names.
        planning: How it is found what of it goes first.
        approve: plan: nothing of it begins before somebody approves its plan; changes: its plan
            is not mended before somebody approves how; all: both.
        correct: Whether its plan is corrected by what is learnt of durations and skills: true
            also one that is handed in, false none; null as it is usual there.
        repairs: How often its plan may be mended when a subtask has failed for good.
    """

    also: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {"required": ["goal"], "properties": {"goal": {"pattern": NOT_BLANK}}},
            {"required": ["plan"], "properties": {"plan": {"type": "array", "minItems": 1}}},
        ]
    }

    goal: str = ""
    context: str = ""
    priority: PriorityName | None = None
    deadline: Above | None = None
    plan: tuple[Stated, ...] | None = None
    key: str = ""
    budget: dict[Words, Above] = msgspec.field(default_factory=dict[str, float])
    planning: Planning | None = None
    approve: Approval | None = None
    correct: bool | None = None
    repairs: Count | None = None


class ListGoals(Request):
    """Goals that are remembered, the one that was accepted last at the front.

    Attributes:
        state: Only those in one of these: accepted, proposed, running, completed,
            failed, cancelled.
        text: Only those whose text or context has that in it, in any case.
        key: Only the one with that idempotency key.
        limit: How many, at the most.
        after: The `next` of the page before.
    """

    state: tuple[GoalState, ...] = ()
    text: str = ""
    key: str = ""
    limit: PageSize = 100
    after: str = ""


class AskGoal(Request):
    """A goal as it stands.

    Attributes:
        goal_id: Its id.
    """

    goal_id: GoalId


class AskResult(Request):
    """The results of a goal, perhaps once it has ended.

    Attributes:
        goal_id: Its id.
        wait: Seconds that its end is waited for, up to 60; what there is then is answered.
    """

    goal_id: GoalId
    wait: Moment = 0.0


class EndGoal(Request):
    """What is to be done to a goal, and why.

    Attributes:
        goal_id: Its id.
        reason: For people.
    """

    goal_id: GoalId
    reason: str = ""


class PauseGoal(Request):
    """Start nothing new of a goal.

    Attributes:
        goal_id: Its id.
        reason: For people.
        interrupt: What runs is taken back at once, with its checkpoint.
    """

    goal_id: GoalId
    reason: str = ""
    interrupt: bool = False


class OneGoal(Answer):
    """A goal.

    Attributes:
        goal: How it stands.
    """

    goal: GoalView


class WholeGoal(Answer):
    """A goal with all its subtasks.

    Attributes:
        goal: How it stands.
        subtasks: In the order of its plan.
        compounds: What of its plan was decomposed again; each before those of its parts.
    """

    goal: GoalView
    subtasks: tuple[SubtaskView, ...]
    compounds: tuple[CompoundView, ...] = ()


class Goals(Answer):
    """Some goals.

    Attributes:
        goals: The one that was accepted last goes first.
        count: How many there are on this page.
        next: Where the next page begins; "" where this is the last one.
    """

    goals: tuple[GoalView, ...]
    count: int
    next: str


class Results(Answer):
    """What a goal has come to.

    Attributes:
        goal: How it stands.
        done: Whether it has ended, however.
        results: Of its subtasks that are done, by their names; of those with one name the last.
    """

    goal: GoalView
    done: bool
    results: dict[str, Any]


async def _submit(runtime: Runtime, asked: SubmitGoal) -> OneGoal:
    plan = None if asked.plan is None else list(asked.plan)
    given = plan if plan is not None and not asked.goal else asked.goal
    handle = await runtime.asubmit(
        given,
        plan=None if given is plan else plan,
        context=asked.context,
        priority=asked.priority,
        deadline=asked.deadline,
        key=asked.key,
        digest=digest(asked, "key") if asked.key else "",
        budget=dict(asked.budget),
        planning=asked.planning,
        approve=asked.approve,
        correct=asked.correct,
        repairs=asked.repairs,
    )
    return one_goal(runtime, handle.record)


async def _list(runtime: Runtime, asked: ListGoals) -> Goals:
    if asked.limit > MOST:
        raise InvalidCall("limit", asked.limit, f"at most {MOST:,}")
    page = await runtime.agoals(
        asked.state, text=asked.text, key=asked.key, limit=asked.limit, after=asked.after
    )
    views = runtime.hub.read(lambda _: tuple(map(goal_view, page.goals)))
    return Goals(goals=views, count=len(views), next=page.next)


async def _get(runtime: Runtime, asked: AskGoal) -> WholeGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    record = handle.record

    def look(_: object) -> WholeGoal:
        subtasks = tuple(map(subtask_view, record.subtasks.values()))
        compounds = compound_views(record)
        return WholeGoal(goal=goal_view(record), subtasks=subtasks, compounds=compounds)

    return await aside(lambda: runtime.hub.read(look))


async def _result(runtime: Runtime, asked: AskResult) -> Results:
    check_moment("wait", asked.wait)
    handle = await aside(runtime.goal, asked.goal_id)
    if asked.wait and not handle.done:
        await settled(handle.ending, asked.wait)
    record = handle.record

    def look(_: object) -> Results:
        done = [r for r in record.subtasks.values() if r.completed_at is not None]
        results = {r.subtask.name: plain(r.result) for r in done}
        return Results(goal=goal_view(record), done=record.ended_at is not None, results=results)

    return await aside(lambda: runtime.hub.read(look))


async def _cancel(runtime: Runtime, asked: EndGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.acancel(asked.reason)
    return one_goal(runtime, handle.record)


async def _drain(runtime: Runtime, asked: EndGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.adrain(asked.reason)
    return one_goal(runtime, handle.record)


async def _pause(runtime: Runtime, asked: PauseGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.apause(asked.reason, interrupt=asked.interrupt)
    return one_goal(runtime, handle.record)


async def _resume(runtime: Runtime, asked: AskGoal) -> OneGoal:
    handle = await aside(runtime.goal, asked.goal_id)
    await handle.aresume()
    return one_goal(runtime, handle.record)


def one_goal(runtime: Runtime, record: GoalRecord) -> OneGoal:
    """A goal as it stands now."""
    return OneGoal(goal=runtime.hub.read(lambda _: goal_view(record)))


GOALS = (
    Operation(
        name="submit_goal",
        method="POST",
        path="/goals",
        summary="Hand in a goal",
        tag="goals",
        scope=Scope.OPERATOR,
        request=SubmitGoal,
        answer=OneGoal,
        do=_submit,
        refuses=(413, 422),
        key="key",
    ),
    Operation(
        name="list_goals",
        method="GET",
        path="/goals",
        summary="List goals, the latest first",
        tag="goals",
        scope=Scope.READER,
        request=ListGoals,
        answer=Goals,
        do=_list,
        bulky=True,
    ),
    Operation(
        name="get_goal",
        method="GET",
        path="/goals/{goal_id}",
        summary="A goal with its subtasks",
        tag="goals",
        scope=Scope.READER,
        request=AskGoal,
        answer=WholeGoal,
        do=_get,
        refuses=(404,),
        bulky=True,
    ),
    Operation(
        name="goal_result",
        method="GET",
        path="/goals/{goal_id}/result",
        summary="The results of a goal, perhaps once it has ended",
        tag="goals",
        scope=Scope.READER,
        request=AskResult,
        answer=Results,
        do=_result,
        refuses=(404,),
        bulky=True,
    ),
    Operation(
        name="cancel_goal",
        method="POST",
        path="/goals/{goal_id}/cancel",
        summary="End a goal and all its work; harmless where it has ended",
        tag="goals",
        scope=Scope.OPERATOR,
        request=EndGoal,
        answer=OneGoal,
        do=_cancel,
        refuses=(404,),
    ),
    Operation(
        name="pause_goal",
        method="POST",
        path="/goals/{goal_id}/pause",
        summary="Start nothing new of a goal",
        tag="goals",
        scope=Scope.OPERATOR,
        request=PauseGoal,
        answer=OneGoal,
        do=_pause,
        refuses=(404, 409),
    ),
    Operation(
        name="resume_goal",
        method="POST",
        path="/goals/{goal_id}/resume",
        summary="Let a paused goal go on",
        tag="goals",
        scope=Scope.OPERATOR,
        request=AskGoal,
        answer=OneGoal,
        do=_resume,
        refuses=(404,),
    ),
    Operation(
        name="drain_goal",
        method="POST",
        path="/goals/{goal_id}/drain",
        summary="Let what runs of a goal end, and cancel the rest",
        tag="goals",
        scope=Scope.OPERATOR,
        request=EndGoal,
        answer=OneGoal,
        do=_drain,
        refuses=(404,),
    ),
)
"""In the order in which the documentation shows them."""
