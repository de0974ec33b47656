"""The Decomposer: owns how a goal becomes a plan."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from callboard.actors.desk import PlanningDesk, mended_by, planned_by
from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import DropPlan, MakeChange, MakePlan
from callboard.actors.shell import Shell, Stage
from callboard.messages.base import DECOMPOSER
from callboard.messages.errors.base import CallboardError, described, problem_of
from callboard.messages.errors.goals import PlanningError
from callboard.messages.errors.repairing import CannotRepair
from callboard.messages.planning import ChangeMade, PlanMade, PlanningFailed, RepairFailed
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import Effect
    from callboard.actors.ports import Archive, Planner, Teller
    from callboard.messages.base import GoalId
    from callboard.messages.resources import Allowance
    from callboard.messages.values import Goal


class Decomposer(Shell):
    """A decomposer and its planner.

    Args:
        archive: Who is registered, and how work went, for planners that want to know.
        correct: Plans are held against how work went, unless their goals say otherwise.
        background: Runs the planner beside the mailbox; it may take its time.
        left: Tells what is left of a goal's budget; called by the planner's thread.
    """

    def __init__(  # noqa: PLR0913 - a value object would only rename them
        self,
        stage: Stage,
        incarnation: int,
        *,
        largest_plan: int,
        planner: Planner,
        archive: Archive,
        correct: bool,
        background: Callable[[Callable[[], None]], None],
        teller: Teller,
        left: Callable[[Goal], tuple[Allowance, ...]],
    ) -> None:
        super().__init__(
            stage, DECOMPOSER, incarnation, DecompositionLogic(incarnation, largest_plan)
        )
        self._planner = planner
        self._archive = archive
        self._correct = correct
        self._background = background
        self._teller = teller
        self._left = left
        self._desks: dict[GoalId, PlanningDesk] = {}
        self._seating = threading.Lock()

    def special(self, effect: Effect) -> None:
        """Have the planner make a plan; it answers by a message to this actor."""
        match effect:
            case MakePlan():
                desk = self._sit_down(effect.goal, effect.seconds)
                self._background(lambda: self._work(effect.goal, desk))
            case MakeChange():
                desk = self._sit_down(effect.goal, effect.seconds)
                self._background(lambda: self._mend(effect, desk))
            case DropPlan():
                with self._seating:
                    dropped = self._desks.pop(effect.goal, None)
                if dropped is not None:
                    dropped.drop()
            case _:
                super().special(effect)

    def end(self) -> bool:
        """See `Shell`; nobody would take the plans that are being made."""
        ended = super().end()
        with self._seating:
            desks = list(self._desks.values())
        for desk in desks:
            desk.drop()
        return ended

    def _sit_down(self, goal: Goal, seconds: float) -> PlanningDesk:
        desk = PlanningDesk(
            goal,
            self._now() + seconds,
            clock=self._stage.clock,
            archive=self._archive,
            teller=self._teller,
            correct=self._correct,
        )
        with self._seating:
            self._desks[goal.id] = desk
        return desk

    def _work(self, goal: Goal, desk: PlanningDesk) -> None:
        answer = self._plan(goal, desk)
        self._leave_desk(goal.id, desk)
        # Whoever was told to stop may fail by that, and who has handed in parts has told
        # what there was: no news for anybody.
        if not (desk.dropped and (desk.parts or isinstance(answer, PlanningFailed))):
            self._teller.tell(DECOMPOSER, answer)

    def _leave_desk(self, goal: GoalId, desk: PlanningDesk) -> None:
        with self._seating:
            if self._desks.get(goal) is desk:
                del self._desks[goal]

    def _plan(self, goal: Goal, desk: PlanningDesk) -> PlanMade | PlanningFailed:
        try:
            plan = planned_by(self._planner, goal, desk)
            return PlanMade(goal=goal.id, plan=plan, corrections=desk.corrections(plan))
        except CallboardError as error:
            return PlanningFailed(goal=goal.id, problem=problem_of(error))
        except BaseException as error:  # noqa: BLE001 - a planner is user code
            why = PlanningError(described(error))
            why.__cause__ = error
            return PlanningFailed(goal=goal.id, problem=problem_of(why, with_traceback=True))

    def _mend(self, effect: MakeChange, desk: PlanningDesk) -> None:
        answer = self._change(effect, desk)
        self._leave_desk(effect.goal.id, desk)
        if not (desk.dropped and isinstance(answer, RepairFailed)):
            self._teller.tell(DECOMPOSER, answer)

    def _change(self, effect: MakeChange, desk: PlanningDesk) -> ChangeMade | RepairFailed:
        goal, failed = effect.goal, effect.damage.failed
        try:
            left = self._left(goal)
            change = mended_by(self._planner, goal, replace(effect.damage, left=left), desk)
            found = desk.corrections_of(change)
            return ChangeMade(
                goal=goal.id, failed=failed, change=change, left=left, corrections=found
            )
        except CallboardError as error:
            return RepairFailed(goal=goal.id, failed=failed, problem=problem_of(error))
        except BaseException as error:  # noqa: BLE001 - a planner is user code
            why = CannotRepair(described(error))
            why.__cause__ = error
            problem = problem_of(why, with_traceback=True)
            return RepairFailed(goal=goal.id, failed=failed, problem=problem)
