"""What happens to the plan of a running goal of which a subtask has failed for good."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId, SubtaskId
from callboard.messages.facts.base import Fact
from callboard.messages.values import PlanChange, Problem


class RepairWanted(Fact):
    """The planner is asked to mend the plan; what waits for what failed waits on meanwhile.

    Attributes:
        number: Which repair of the goal it is, from 1.
        failed: All that it is to make up for: where more fails before the answer, the fact
            is recorded again with the same number.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    number: int
    failed: tuple[SubtaskId, ...]


class PlanChanged(Fact):
    """The plan is mended: what failed fails the goal no longer.

    Attributes:
        number: Which repair of the goal it is, from 1.
        failed: What it makes up for.
        proposal: The number of the proposal that was approved; 0 where nobody had to.
        by: Who has approved it, as far as that was said.
    """

    durable: ClassVar[bool] = True
    goal: GoalId
    number: int
    failed: tuple[SubtaskId, ...]
    change: PlanChange
    proposal: int = 0
    by: str = ""


class ChangeProposed(Fact):
    """The plan may be mended like this, once somebody approves it.

    What does not wait for what failed goes on meanwhile.

    Attributes:
        number: Counts the proposals of that goal from 1, plans and changes together.
        failed: What it makes up for.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    number: int
    failed: tuple[SubtaskId, ...]
    change: PlanChange


class RepairAbandoned(Fact):
    """The plan is not mended, so what waits for what failed fails too.

    Attributes:
        number: Which repair of the goal it was, from 1.
        problem: Why not.
    """

    durable: ClassVar[bool] = True
    level: ClassVar[str] = "warning"
    goal: GoalId
    number: int
    problem: Problem
