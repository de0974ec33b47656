"""Why subtasks wait, and in which order."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.notices.base import Notice
from callboard.messages.resources import Claim
from callboard.messages.values import Problem


class Unschedulable(Notice):
    """No registered agent could ever do this; it waits for one.

    Attributes:
        missing: Skills that nobody covers, and resources that nobody offers; empty where no
            single agent covers them all.
    """

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    missing: tuple[str, ...]


class BreakerOpened(Notice):
    """Attempts that need a skill only fail: no other one is made for a while.

    Attributes:
        skill: As skills are compared.
        failures: Attempts that failed one after the other before the first rest.
        until: When one may be made as a probe, seconds since the epoch.
        problem: What the latest one failed with.
    """

    level: ClassVar[str] = "error"
    skill: str
    failures: int
    until: float
    problem: Problem


class BreakerHalfOpen(Notice):
    """A skill has had its rest: one attempt may be made as a probe."""

    skill: str


class BreakerClosed(Notice):
    """An attempt has succeeded, so the skill's rest is over."""

    skill: str


class HeldBack(Notice):
    """A subtask waits because a skill that it needs is given a rest.

    Attributes:
        until: When an attempt may be made as a probe, seconds since the epoch; None
            where one is being made.
    """

    level: ClassVar[str] = "warning"
    goal: GoalId
    subtask: SubtaskId
    skill: str
    until: float | None


class ResourceAwaited(Notice):
    """A subtask could have an agent, and waits for a resource; said once while it waits.

    Attributes:
        claim: What it wants of which supply.
        free: What of that is there for it now.
    """

    goal: GoalId
    subtask: SubtaskId
    claim: Claim
    free: float


class BudgetExhausted(Notice):
    """A budget is used up: what is left is less than a subtask demands.

    Attributes:
        claim: What the subtask wants of which budget.
        budget: What may be used of that in all.
        used: What is used up of it.
        fails: The subtask fails; otherwise it waits until more is granted.
    """

    level: ClassVar[str] = "error"
    goal: GoalId
    subtask: SubtaskId
    claim: Claim
    budget: float
    used: float
    fails: bool


class OrderAdvised(Notice):
    """A better order than the rule's was found, and is followed (`Config.planning`).

    Attributes:
        subtasks: How many have a turn by it.
        strangers: Turns that were of no use: of what has begun or is over, or with an agent
            that may not do it.
        gain: Seconds by which all should be done sooner.
    """

    subtasks: int
    strangers: int
    gain: float
