"""Between orchestrator and decomposer: a goal becomes a plan."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, Lane, Message
from callboard.messages.values import Goal, Plan, Problem


class Decompose(Message):
    """Make a plan of this goal."""

    goal: Goal


class DropPlanning(Message):
    """Nobody wants that plan any more."""

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId


class PlanReady(Message):
    """The plan of a goal; it has been checked."""

    goal: GoalId
    plan: Plan


class PlanRefused(Message):
    """No plan could be made."""

    goal: GoalId
    problem: Problem


class PlanMade(Message):
    """The planner's answer to the decomposer, not yet checked."""

    goal: GoalId
    plan: Plan


class PlanningFailed(Message):
    """The planner raised instead of answering."""

    goal: GoalId
    problem: Problem


class PlanningStumbled(Message):
    """Something went wrong while a plan is made, and the planner goes on otherwise.

    Attributes:
        then: What it does now, as "asks once more".
    """

    goal: GoalId
    problem: Problem
    then: str


class DecomposerStarted(Message):
    """A decomposer asks the orchestrator for the goals that have no plan yet."""

    lane: ClassVar[Lane] = Lane.CONTROL
    incarnation: int
