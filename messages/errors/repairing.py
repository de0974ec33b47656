"""Errors of changes that are to mend a plan which is being carried out."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.errors.goals import InvalidPlan, PlanningError


class OutOfReach(InvalidPlan):
    """A change touches what it may not: what does not wait for the failure.

    Attributes:
        subtask: Its name, or its uuid where there is none of that name.
        why: What it is instead.
    """

    def __init__(self, subtask: str, why: str) -> None:
        super().__init__(subtask, why)
        self.subtask, self.why = subtask, why

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} cannot be changed: {self.why}"


class WaitsInVain(InvalidPlan):
    """After the change something would still wait for what will never be done.

    Attributes:
        subtask: The name of what would wait.
        dependency: The name of what it would wait for.
        why: What has become of that.
    """

    def __init__(self, subtask: str, dependency: str, why: str) -> None:
        super().__init__(subtask, dependency, why)
        self.subtask, self.dependency, self.why = subtask, dependency, why

    def __str__(self) -> str:
        return f"subtask {self.subtask!r} would wait for {self.dependency!r}, which {self.why}"


class ChangesNothing(InvalidPlan):
    """A change adds nothing and lets nothing go on."""

    def __str__(self) -> str:
        return "the change adds no subtask, and lets none go on another way"


class CannotRepair(PlanningError):
    """The plan is not mended.

    Attributes:
        why: For what reason.
    """

    lasting: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"the plan is not mended: {self.why}"
