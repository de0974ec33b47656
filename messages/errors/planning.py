"""Errors of plans that somebody thought up: by a model, or by whoever else proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from callboard.messages.errors.goals import InvalidPlan, PlanningError

if TYPE_CHECKING:
    from collections.abc import Sequence


class PlanTooDeep(InvalidPlan):
    """More subtasks of the plan wait for each other in a row than may."""

    def __init__(self, depth: int, limit: int) -> None:
        super().__init__(depth, limit)
        self.depth, self.limit = depth, limit

    def __str__(self) -> str:
        return f"{self.depth:,} subtasks wait for each other in a row, at most {self.limit:,} may"


class NobodyCan(InvalidPlan):
    """A subtask requires what none of the agents covers that are registered now.

    Attributes:
        subtask: Its name.
        lacking: What nobody has; or all that it requires, where nobody has all of it.
        offered: The skills that there are.
    """

    def __init__(self, subtask: str, lacking: Sequence[str], offered: Sequence[str]) -> None:
        super().__init__(subtask, tuple(lacking), tuple(offered))
        self.subtask, self.lacking, self.offered = subtask, tuple(lacking), tuple(offered)

    def __str__(self) -> str:
        lacking, offered = ", ".join(self.lacking), ", ".join(self.offered)
        what = f"subtask {self.subtask!r} requires {lacking}"
        return f"{what}, which no agent covers; there is {offered}"


class PlanOverBudget(InvalidPlan):
    """The subtasks demand more of a resource than their goal may use up."""

    def __init__(self, resource: str, wanted: float, allowed: float) -> None:
        super().__init__(resource, wanted, allowed)
        self.resource, self.wanted, self.allowed = resource, wanted, allowed

    def __str__(self) -> str:
        return (
            f"the subtasks demand {self.wanted:g} of {self.resource}, "
            f"the goal's budget has {self.allowed:g}"
        )


class PlanCutOff(PlanningError):
    """A plan that was being carried out while it was made will not be finished.

    Attributes:
        subtasks: That it has.
    """

    lasting: ClassVar[bool] = False

    def __init__(self, subtasks: int) -> None:
        super().__init__(f"what there is of the plan ends after {subtasks:,} subtasks")
        self.args = (subtasks,)
        self.subtasks = subtasks


class ModelUnreachable(PlanningError):
    """The model's endpoint cannot be reached, or breaks off."""

    lasting: ClassVar[bool] = False


class ModelRefused(PlanningError):
    """The model's endpoint answers, but with an error, or the model will not.

    Attributes:
        status: Of HTTP; 200 where the model itself refuses.
    """

    lasting: ClassVar[bool] = False

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.args = (why, status)
        self.status = status


class AnswerUnusable(PlanningError):
    """What the model answers is no plan: cut off, too long, or not what was asked for."""

    lasting: ClassVar[bool] = False


class ModelTooSlow(PlanningError):
    """The model gave no plan in the time that there was."""

    lasting: ClassVar[bool] = False
