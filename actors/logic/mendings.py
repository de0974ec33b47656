"""Changes that are being made: the planner is asked how the plan of a running goal is mended.

What it answers is checked against what it was told of. A change that cannot be is asked for
once more, with the reason; then nobody knows how the plan could be mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.changes import check_change, well_formed_change
from callboard.actors.logic.correcting import corrected
from callboard.actors.logic.effects import DropPlan, Effect, MakeChange, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, GoalId
from callboard.messages.errors.base import KNOWN, CallboardError, problem_of
from callboard.messages.errors.repairing import CannotRepair
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import ChangeMade, ChangeReady, ChangeRefused, RepairFailed
from callboard.messages.values import Plan, replace

if TYPE_CHECKING:
    from callboard.messages.planning import Repair
    from callboard.messages.values import Damage, PlanChange, Problem


class Mendings:
    """What the planner is asked to mend.

    Args:
        largest_plan: Subtasks that a plan may have.
        seconds: That a change may take.

    Attributes:
        alarms: One for each goal whose plan is being mended.
    """

    def __init__(self, largest_plan: int, seconds: float) -> None:
        self._largest_plan = largest_plan
        self._seconds = seconds
        self._open: dict[GoalId, Repair] = {}
        self.alarms = Alarms[GoalId]()

    def __contains__(self, goal: object) -> bool:
        """Whether its plan is being mended."""
        return goal in self._open

    def ask(self, repair: Repair, now: float) -> list[Effect]:
        """Have the planner mend that; what it was asked before of that goal is out of date."""
        goal, known = repair.goal.id, self._open.get(repair.goal.id)
        if known is not None and known.damage.failed == repair.damage.failed:
            return []  # asked again by an orchestrator that was restarted
        drop: list[Effect] = [] if known is None else [DropPlan(goal)]
        self.alarms.set(goal, now + self._seconds)
        return [*drop, self._begin(repair, now)]

    def _begin(self, repair: Repair, now: float) -> Effect:
        goal = repair.goal
        self._open[goal.id] = repair
        left = (self.alarms.when(goal.id) or now) - now
        return MakeChange(goal, repair.damage, max(0.0, left))

    def made(self, made: ChangeMade, now: float) -> list[Effect]:
        """The planner has answered."""
        repair = self._asked(made)
        if repair is None:
            return [_unwanted(made, now)]
        try:
            change = well_formed_change(made.change)
            added = corrected(Plan(subtasks=change.add), made.corrections)
            change = replace(change, add=added.subtasks)
            check_change(change, replace(repair.damage, left=made.left), self._largest_plan)
        except CallboardError as error:
            return self._complain(repair, error, now)
        self.forget(made.goal)
        return [Tell(ORCHESTRATOR, _ready(repair, change))]

    def _complain(self, repair: Repair, error: CallboardError, now: float) -> list[Effect]:
        goal, problem = repair.goal.id, problem_of(error)
        if repair.damage.complaint:
            self.forget(goal)
            return [_refusal(repair, problem)]
        then = "asks once more how the plan can be mended"
        setback = facts.PlanningSetback(at=now, goal=goal, problem=problem, then=then)
        damage = replace(repair.damage, complaint=str(error) or type(error).__name__)
        return [Record(setback), self._begin(replace(repair, damage=damage), now)]

    def failed(self, failed: RepairFailed, now: float) -> list[Effect]:
        """The planner has raised."""
        repair = self._asked(failed)
        if repair is None:
            return [_unwanted(failed, now)]
        self.forget(failed.goal)
        problem = failed.problem
        if problem.error not in KNOWN:
            ours = problem_of(CannotRepair(problem.text))
            problem = replace(ours, traceback=problem.traceback)
        return [_refusal(repair, problem)]

    def _asked(self, said: ChangeMade | RepairFailed) -> Repair | None:
        repair = self._open.get(said.goal)
        return repair if repair is not None and repair.damage.failed == said.failed else None

    def drop(self, goal: GoalId) -> list[Effect]:
        """Nobody wants that change any more."""
        self.forget(goal)
        return [DropPlan(goal)]

    def late(self, goal: GoalId) -> list[Effect]:
        """The planner is too slow."""
        repair = self._open.pop(goal, None)
        if repair is None:
            return []
        why = f"the planner gave no answer within {self._seconds:g} s"
        return [DropPlan(goal), _refusal(repair, problem_of(CannotRepair(why)))]

    def forget(self, goal: GoalId) -> None:
        """It is not asked about that goal any more."""
        self.alarms.clear(goal)
        self._open.pop(goal, None)


def _ready(repair: Repair, change: PlanChange) -> ChangeReady:
    damage: Damage = repair.damage
    return ChangeReady(
        goal=repair.goal.id, number=damage.number, failed=damage.failed, change=change
    )


def _refusal(repair: Repair, problem: Problem) -> Effect:
    damage = repair.damage
    refused = ChangeRefused(
        goal=repair.goal.id, number=damage.number, failed=damage.failed, problem=problem
    )
    return Tell(ORCHESTRATOR, refused)


def _unwanted(message: ChangeMade | RepairFailed, now: float) -> Effect:
    reason = f"nobody waits for such a change of goal {message.goal!r} any more"
    return Show(DeadLetter(at=now, to=DECOMPOSER, what=type(message).__name__, reason=reason))
