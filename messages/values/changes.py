"""A plan that is being carried out and is mended: what is broken, and what is done about it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from callboard.messages.base import SubtaskId, Value
from callboard.messages.resources import Allowance
from callboard.messages.values.leases import Problem
from callboard.messages.values.plans import Subtask

Stage: TypeAlias = Literal["pending", "ready", "verifying", "completed", "failed", "cancelled"]
"""How far a subtask is, as whoever owns the plan sees it."""


class Rewire(Value):
    """A subtask waits for others than its plan said.

    Attributes:
        dependencies: All that it waits for from now on.
    """

    subtask: SubtaskId
    dependencies: tuple[SubtaskId, ...] = ()


class PlanChange(Value):
    """What mends a plan: nothing but what waits for a subtask that failed is touched.

    Attributes:
        add: What is to be done besides.
        rewire: What waits for others from now on.
        drop: What is not to be done any more.
        source: Who made it: a planner.
        reason: For people.
    """

    add: tuple[Subtask, ...] = ()
    rewire: tuple[Rewire, ...] = ()
    drop: tuple[SubtaskId, ...] = ()
    source: str = "caller"
    reason: str = ""


class Stands(Value):
    """A subtask of a plan, and how far it is."""

    subtask: Subtask
    stage: Stage


class Failure(Value):
    """A subtask that has failed for good.

    Attributes:
        problem: Why. Its text is what an agent, or an error of its code, has said.
    """

    subtask: SubtaskId
    problem: Problem


class Damage(Value):
    """What is broken of a plan, and what there is to mend it with.

    Attributes:
        number: Which repair of the goal it is, from 1.
        subtasks: All of the plan that counts, in its order.
        failures: What has failed for good, and is to be made up for.
        waiting: What waits for that, directly or not: the part that may be changed.
        left: Of the goal's budget.
        complaint: Why the change that was proposed before cannot be; "" at first.
    """

    number: int
    subtasks: tuple[Stands, ...]
    failures: tuple[Failure, ...]
    waiting: tuple[SubtaskId, ...] = ()
    left: tuple[Allowance, ...] = ()
    complaint: str = ""

    @property
    def failed(self) -> tuple[SubtaskId, ...]:
        """The subtasks that have failed."""
        return tuple([failure.subtask for failure in self.failures])
