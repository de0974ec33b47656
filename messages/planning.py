"""Between orchestrator and decomposer: a goal becomes a plan."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, Lane, Message, SubtaskId, Value
from callboard.messages.resources import Allowance
from callboard.messages.values import Correction, Damage, Goal, Plan, PlanChange, Problem


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


class PlanGrows(Message):
    """More of the plan of a goal, of which the rest is still being made; it has been checked.

    Attributes:
        first: How many subtasks came before; whoever knows of fewer has missed some.
        plan: What is new.
        last: There is no more to come.
    """

    goal: GoalId
    first: int
    plan: Plan
    last: bool = False


class PlanAwaited(Message):
    """Whoever carries out a plan that grows asks whether there is more to come.

    Attributes:
        first: How many subtasks it has.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    first: int


class Corrected(Value):
    """What history contradicts in one subtask of a plan.

    Attributes:
        correction: What takes the place of what was said.
    """

    subtask: SubtaskId
    correction: Correction


class PlanPart(Message):
    """More of a plan, from the planner to the decomposer; not yet checked.

    Attributes:
        first: How many subtasks came before.
        plan: What is new, as its planner said it.
        corrections: What history contradicts of it.
    """

    goal: GoalId
    first: int
    plan: Plan
    corrections: tuple[Corrected, ...] = ()


class PlanMade(Message):
    """The planner's answer to the decomposer, not yet checked.

    Attributes:
        plan: All of it as its planner said it, beginning with what was handed in as parts.
        corrections: What history contradicts of it.
    """

    goal: GoalId
    plan: Plan
    corrections: tuple[Corrected, ...] = ()


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


class Repair(Message):
    """Find out how the plan of this goal can be mended.

    Attributes:
        damage: What is broken, without what is left of the budget.
    """

    goal: Goal
    damage: Damage


class ChangeReady(Message):
    """How a plan can be mended; it has been checked.

    Attributes:
        number: Which repair of the goal it is, from 1.
        failed: What it makes up for; where more has failed since, it is of no use.
    """

    goal: GoalId
    number: int
    failed: tuple[SubtaskId, ...]
    change: PlanChange


class ChangeRefused(Message):
    """Nobody knows how a plan could be mended."""

    goal: GoalId
    number: int
    failed: tuple[SubtaskId, ...]
    problem: Problem


class ChangeMade(Message):
    """The planner's answer to the decomposer, not yet checked.

    Attributes:
        failed: What it was asked to make up for.
        left: Of the goal's budget, when it was asked.
        corrections: What history contradicts of the subtasks that it adds.
    """

    goal: GoalId
    failed: tuple[SubtaskId, ...]
    change: PlanChange
    left: tuple[Allowance, ...] = ()
    corrections: tuple[Corrected, ...] = ()


class RepairFailed(Message):
    """The planner raised instead of answering how a plan can be mended."""

    goal: GoalId
    failed: tuple[SubtaskId, ...]
    problem: Problem
