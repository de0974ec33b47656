"""The Decomposer: owns how a goal becomes a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import MakePlan
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import DECOMPOSER
from callboard.messages.errors.base import CallboardError, described, problem_of
from callboard.messages.errors.goals import PlanningError
from callboard.messages.planning import PlanMade, PlanningFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import Effect
    from callboard.actors.ports import Planner, Teller
    from callboard.messages.values import Goal


class Decomposer(Shell):
    """A decomposer and its planner.

    Args:
        background: Runs the planner beside the mailbox; it may take its time.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        stage: Stage,
        incarnation: int,
        *,
        largest_plan: int,
        planner: Planner,
        background: Callable[[Callable[[], None]], None],
        teller: Teller,
    ) -> None:
        super().__init__(
            stage, DECOMPOSER, incarnation, DecompositionLogic(incarnation, largest_plan)
        )
        self._planner = planner
        self._background = background
        self._teller = teller

    def special(self, effect: Effect) -> None:
        """Have the planner make a plan; it answers by a message to this actor."""
        if not isinstance(effect, MakePlan):
            return super().special(effect)
        goal = effect.goal
        return self._background(lambda: self._teller.tell(DECOMPOSER, self._plan(goal)))

    def _plan(self, goal: Goal) -> PlanMade | PlanningFailed:
        try:
            return PlanMade(goal=goal.id, plan=self._planner.plan(goal))
        except CallboardError as error:
            return PlanningFailed(goal=goal.id, problem=problem_of(error))
        except BaseException as error:  # noqa: BLE001 - a planner is user code
            why = PlanningError(described(error))
            why.__cause__ = error
            return PlanningFailed(goal=goal.id, problem=problem_of(why, with_traceback=True))
