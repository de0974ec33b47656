"""What happens to goals: taken on, planned, held back, ended, forgotten."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId
from callboard.messages.facts.base import Fact
from callboard.messages.values import Goal, Plan, Problem


class GoalAccepted(Fact):
    """The runtime has promised that this goal will end."""

    durable: ClassVar[bool] = True
    goal: Goal


class PlanAdopted(Fact):
    """The goal's subtasks are these from now on.

    Attributes:
        number: Of the proposal that was approved; 0 where nobody had to.
        by: Who has approved it, as far as that was said.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    plan: Plan
    number: int = 0
    by: str = ""


class PlanProposed(Fact):
    """The goal may be carried out like this, once somebody approves it; nothing begins before.

    Attributes:
        number: Counts the proposals of that goal from 1; the latest one takes the place of
            all others.
        by: Who has handed it in in place of the one before; "" for the planner, or whoever
            has handed in the goal.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    number: int
    plan: Plan
    by: str = ""


class PlanGrown(Fact):
    """The goal has these subtasks, too; while a plan is being made it is carried out already.

    Attributes:
        first: How many it had before.
        plan: What is new.
        last: There is no more to come.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    first: int
    plan: Plan
    last: bool


class PlanningSetback(Fact):
    """Something went wrong while the goal's plan was made, and was not the end of it.

    Attributes:
        then: What the planner did next, as "asks once more".
    """

    level: ClassVar[str] = "warning"
    goal: GoalId
    problem: Problem
    then: str


class GoalCompleted(Fact):
    """Every subtask of the goal has ended well, or was optional."""

    durable: ClassVar[bool] = True
    goal: GoalId


class GoalFailed(Fact):
    """The goal has ended without success; every reason is named."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "error"
    goal: GoalId
    problems: tuple[Problem, ...]


class GoalCancelled(Fact):
    """The goal has ended because somebody wanted it to."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    reason: str


class GoalPaused(Fact):
    """No new attempt at the goal, or at a sub-goal of it, is started.

    Attributes:
        interrupt: What ran was taken back too.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    reason: str = ""
    interrupt: bool = False


class GoalResumed(Fact):
    """The goal goes on, unless something else holds it."""

    durable: ClassVar[bool] = True
    goal: GoalId


class GoalDraining(Fact):
    """What runs of the goal may end; the rest of it is cancelled."""

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    reason: str = ""


class GoalForgotten(Fact):
    """An ended goal has left memory: nothing about it is remembered."""

    level: ClassVar[str] = "debug"
    goal: GoalId
