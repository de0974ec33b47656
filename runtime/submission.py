"""What a caller hands in, checked where the caller is, and made into a command."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast, get_args

from callboard.actors.logic.correcting import corrected, corrections
from callboard.actors.logic.given import GivenPriority, priority_of
from callboard.actors.logic.given_resources import GivenBudget, budget_of
from callboard.messages.commands import SubmitGoal
from callboard.messages.errors.agents import InvalidOption
from callboard.messages.errors.goals import (
    GoalEmpty,
    GoalNotText,
    GoalTooLarge,
    InvalidDeadline,
)
from callboard.messages.errors.running import InvalidCall
from callboard.messages.values import Approval, Goal, Plan, Planning
from callboard.runtime.methods import APPROVALS, PLANNINGS, has_planning
from callboard.runtime.planners.plans import GivenPlan, make_plan

if TYPE_CHECKING:
    from callboard.actors.ports import Archive
    from callboard.messages.values import Parent
    from callboard.runtime.config import Config
    from callboard.runtime.world import World

GivenGoal: TypeAlias = str | GivenPlan
"""A goal in words, or a plan without any."""

_PLANS = (Plan, Mapping, list, tuple)


class GoalOptions(TypedDict, total=False):
    """What can be said of a goal; everything may be left out.

    Attributes:
        context: What else is known.
        priority: CRITICAL, HIGH, MEDIUM or LOW for all of its subtasks; None leaves each
            the one that its plan gives it.
        deadline: Seconds from now, after which it fails.
        plan: Its subtasks; None has the planner make them.
        key: Idempotency key: the same key gives the same goal.
        budget: What its subtasks may use up of resources, all together:
            `{"usd": 5, "tokens": Budget(100_000, then="fail")}`.
        planning: "online", "rollout" or "optimal": how it is found what of it goes first;
            None for as `Config.planning` says.
        approve: "plan": nothing of it begins before somebody approves its plan; "changes":
            its plan is not mended before somebody approves how; "all": both; see
            `GoalHandle.plan`. None for as `Config.approve` says, which holds for every goal.
        correct: Whether its plan is corrected by what is learnt of durations and skills: True
            also one that is handed in, False not even one that a planner makes. None
            corrects what planners make, if `Config.correct_plans` says so.
        digest: Stands for all that is handed in with the key: the same key with another
            digest is refused (`KeyReused`). "" compares nothing.
        repairs: How often its plan may be mended when a subtask has failed for good, by a
            planner that can; None for as `Config.repairs` says, and not at all where its
            plan is handed in.
    """

    context: str
    priority: GivenPriority | None
    deadline: float | None
    plan: GivenPlan | None
    key: str
    budget: GivenBudget | None
    planning: Planning | None
    approve: Approval | None
    correct: bool | None
    digest: str
    repairs: int | None


def submission(  # noqa: PLR0913 - one for each field of a goal
    goal: object,
    *,
    world: World,
    config: Config,
    archive: Archive | None = None,
    context: str = "",
    priority: GivenPriority | None = None,
    deadline: float | None = None,
    plan: GivenPlan | None = None,
    key: str = "",
    budget: GivenBudget | None = None,
    planning: Planning | None = None,
    approve: Approval | None = None,
    correct: bool | None = None,
    digest: str = "",
    repairs: int | None = None,
    parent: Parent | None = None,
) -> SubmitGoal:
    """The command to submit a goal; without an address for its answer.

    A plan that is to be corrected is held against the *archive*.

    Raises:
        InvalidGoal: The text, the priority or the deadline cannot be taken.
        InvalidPlan: The plan cannot be adopted.
        InvalidOption: The budget is none, or the number of repairs.
        InvalidCall: There is no such planning, or it is not installed; there is nothing of
            that name to be approved; or `correct` is neither True nor False.
    """
    if approve is not None and approve not in get_args(Approval):
        raise InvalidCall("approve", approve, APPROVALS)
    if planning is not None and not has_planning(planning):
        raise InvalidCall("planning", planning, PLANNINGS)
    said = goal
    is_plan = plan is None and type(goal) is not str and isinstance(goal, _PLANS)
    given = cast("GivenPlan", goal) if is_plan else plan
    made = None if given is None else make_plan(given, world.ids, largest_plan=config.largest_plan)
    if correct and made is not None and archive is not None:
        made = corrected(made, corrections(made, archive.records()))
    text = _title(made) if is_plan and made is not None else said
    accepted = Goal(
        id=world.ids.new(),
        text=_goal(text, context, config.largest_goal),
        context=context,
        priority=None if priority is None else priority_of(priority),
        deadline=None if deadline is None else world.clock.now() + _seconds(deadline),
        key=_checked("an idempotency key", key),
        parent=parent,
        budget=() if budget is None else budget_of("budget", budget),
        planning=planning,
        correct=None if correct is None else _switch(correct),
        digest=_checked("a digest", digest),
        approve=_together(approve, config.approve),
        repairs=_repairs(repairs, planned=made is not None),
    )
    return SubmitGoal(goal=accepted, plan=made)


def _together(given: Approval | None, least: Approval | None) -> Approval | None:
    """What is to be approved: a goal may ask for more than the runtime does, not for less."""
    if given is None or least is None or given == least:
        return given or least
    return "all"


def _switch(given: object) -> bool:
    if not isinstance(given, bool):
        raise InvalidCall("correct", given, "True, False or None")
    return given


def load_of(given: object) -> int:
    """How many subtasks an agent may run at once.

    Raises:
        InvalidOption: It is no whole number above 0.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise InvalidOption("max_load", given, "a whole number above 0")
    return given


def busy_of(given: object) -> int:
    """How many of its subtasks an agent runs for others.

    Raises:
        InvalidOption: It is no whole number from 0 on.
    """
    return count_of("elsewhere", given)


def count_of(name: str, given: object) -> int:
    """How many of something, none of it included.

    Raises:
        InvalidOption: It is no whole number from 0 on.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise InvalidOption(name, given, "a whole number, not below 0")
    return given


def _repairs(given: object, *, planned: bool) -> int | None:
    """How often the plan may be mended: one that was handed in only where that is said."""
    if given is None:
        return 0 if planned else None
    return count_of("repairs", given)


_SHOWN = 60
"""Characters of a subtask's name that the title of its plan shows at the most."""


def _title(plan: Plan) -> str:
    names = [subtask.name[:_SHOWN] for subtask in plan.subtasks[:3]]
    return ", ".join(names) + (", ..." if len(plan.subtasks) > len(names) else "")


def _goal(goal: object, context: object, limit: int) -> str:
    text, more = _checked("a goal", goal), _checked("a context", context)
    if not text.strip():
        raise GoalEmpty
    size = len(text.encode()) + len(more.encode())
    if size > limit:
        raise GoalTooLarge(size, limit)
    return text


def _checked(what: str, given: object) -> str:
    if not isinstance(given, str):
        raise GoalNotText(what, type(given).__name__)
    if given.isascii():
        return given
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise GoalNotText(what, f"text with {error.reason}") from None
    return given


def _seconds(deadline: object) -> float:
    if isinstance(deadline, bool) or not isinstance(deadline, (int, float)):
        raise InvalidDeadline(repr(deadline))
    try:
        seconds = float(deadline)
    except OverflowError:
        raise InvalidDeadline("a number beyond all measure") from None
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidDeadline(deadline)
    return seconds
