"""What is named but is not there, or not now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callboard.messages.errors.base import CallboardError

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownGoal(CallboardError):
    """There is no goal with that id."""

    def __init__(self, goal: str) -> None:
        super().__init__(goal)
        self.goal = goal

    def __str__(self) -> str:
        return f"unknown goal {self.goal!r}"


class UnknownSubtask(CallboardError):
    """There is no subtask with that uuid."""

    def __init__(self, subtask: str) -> None:
        super().__init__(subtask)
        self.subtask = subtask

    def __str__(self) -> str:
        return f"unknown subtask {self.subtask!r}"


class UnknownAgent(CallboardError, ValueError):
    """There is no agent with that id.

    It is a `ValueError` too, as callers of the specification's orchestrator expect.
    """

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent

    def __str__(self) -> str:
        return f"unknown agent {self.agent!r}"


class UnknownBudget(CallboardError):
    """Neither the runtime nor that goal has such a budget, or the goal has ended."""

    def __init__(self, resource: str, goal: str = "") -> None:
        super().__init__(resource, goal)
        self.resource, self.goal = resource, goal

    def __str__(self) -> str:
        whose = f"goal {self.goal!r}" if self.goal else "the runtime"
        return f"{whose} has no budget of {self.resource!r}, or none any more"


class AlreadyEnded(CallboardError):
    """The subtask has ended already, and not in the way that is said now."""

    def __init__(self, subtask: str, status: str) -> None:
        super().__init__(subtask, status)
        self.subtask, self.status = subtask, status

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} has ended already: {self.status}"


class GoalAlreadyEnded(CallboardError):
    """The goal has ended already, so there is nothing to hold back."""

    def __init__(self, goal: str) -> None:
        super().__init__(goal)
        self.goal = goal

    def __str__(self) -> str:
        return f"goal {self.goal!r} has ended already"


class Blocked(CallboardError):
    """The subtask waits for others, so it cannot be done yet."""

    def __init__(self, subtask: str, dependencies: Sequence[str]) -> None:
        super().__init__(subtask, tuple(dependencies))
        self.subtask, self.dependencies = subtask, tuple(dependencies)

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} waits for {', '.join(map(repr, self.dependencies))}"


class NotAssigned(CallboardError):
    """The subtask is not assigned to that agent."""

    def __init__(self, subtask: str, agent: str) -> None:
        super().__init__(subtask, agent)
        self.subtask, self.agent = subtask, agent

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} is not assigned to agent {self.agent!r}"


class NotParked(CallboardError):
    """Only a parked subtask can be requeued by hand."""

    def __init__(self, subtask: str) -> None:
        super().__init__(subtask)
        self.subtask = subtask

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} is not parked"


class StillRunning(CallboardError):
    """Somebody works on the subtask, so it cannot be edited now."""

    def __init__(self, subtask: str, agent: str) -> None:
        super().__init__(subtask, agent)
        self.subtask, self.agent = subtask, agent

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} cannot be edited while {self.agent!r} works on it"


class StaleLease(CallboardError):
    """That lease is not current any more."""

    fault: ClassVar[str] = "agent"

    def __init__(self, subtask: str, token: str) -> None:
        super().__init__(subtask, token)
        self.subtask, self.token = subtask, token

    def __str__(self) -> str:
        return f"the lease {self.token} of subtask {self.subtask!r} is not current"
