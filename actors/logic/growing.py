"""Plans grow: what there is of one is carried out while the rest is being made.

Each part is a fact of its own (`PlanGrown`), so whoever comes after a crash knows how much
of the plan there is, and that it is not all. Then it is asked for the rest (`PlanAwaited`),
and where nobody makes that any more the goal fails with this as its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Show, Tell
from callboard.actors.logic.goal_states import Status
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.planning import PlanCutOff
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import DropPlanning
from callboard.messages.values import Plan
from callboard.messages.work import Amended, SubtasksReady

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.goal_states import GoalState
    from callboard.actors.logic.intake import Intake
    from callboard.actors.logic.repairing import Repairing
    from callboard.messages.base import SubtaskId
    from callboard.messages.planning import PlanGrows
    from callboard.messages.values import Ready


class Growing:
    """Adds to plans that are being carried out."""

    def __init__(
        self, books: Books, intake: Intake, closing: Closing, repairing: Repairing
    ) -> None:
        self._books = books
        self._intake = intake
        self._closing = closing
        self._repairing = repairing

    def grow(self, message: PlanGrows, now: float) -> list[Effect]:
        """Add what is new, if its goal still waits for it."""
        goal = self._books.goals.by_id.get(message.goal)
        if goal is None or goal.ended or not goal.planning:
            reason = f"goal {message.goal} waits for no more of its plan"
            said = DeadLetter(at=now, to=ORCHESTRATOR, what="PlanGrows", reason=reason)
            return [Show(said)]
        known = len(goal.subtasks)
        lost = PlanCutOff(known) if message.first != known else None
        why = lost or self._intake.clash(message.plan)
        if why is not None:
            return self._closing.fail(goal, problem_of(why), now)
        return self._add(goal, message, now)

    def _add(self, goal: GoalState, message: PlanGrows, now: float) -> list[Effect]:
        before = waiting(goal)
        grown = facts.PlanGrown(
            at=now, goal=goal.id, first=message.first, plan=message.plan, last=message.last
        )
        effects = self._books.record(grown)
        effects += tell_of_change(goal, before, [s.uuid for s in message.plan.subtasks])
        if message.last and goal.mending:
            self._repairing.ask(goal)  # its planner is free now
        # What is new may wait for what has failed by now.
        return [*effects, *self._repairing.mend(goal, now)]


def stop_growing(books: Books, goal: GoalState, now: float) -> list[Effect]:
    """There shall be no more of its plan."""
    if not goal.growing:
        return []
    plan = Plan(subtasks=(), source="" if goal.plan is None else goal.plan.source)
    end = facts.PlanGrown(at=now, goal=goal.id, first=len(goal.subtasks), plan=plan, last=True)
    return [*books.record(end), Tell(DECOMPOSER, DropPlanning(goal=goal.id))]


def tell_of_change(
    goal: GoalState, before: dict[SubtaskId, Ready], new: Iterable[SubtaskId]
) -> list[Effect]:
    """Tell the scheduler what else has changed with a plan than what became ready by it.

    Args:
        goal: Its plan is another one now.
        before: What of it was `waiting`.
        new: What is new in it, or waits for something else.
    """
    effects: list[Effect] = []
    if not any(goal.subtasks[uuid].status is Status.READY for uuid in new):
        # Nobody was told by what became ready.
        ahead = tuple(goal.ahead())
        effects += [Tell(SCHEDULER, SubtasksReady(subtasks=(), ahead=ahead))] if ahead else []
    after = waiting(goal)
    changed = tuple(after[uuid] for uuid, ready in before.items() if after[uuid] != ready)
    effects += [Tell(SCHEDULER, Amended(subtasks=changed))] if changed else []
    return effects


def waiting(goal: GoalState, *also: Status) -> dict[str, Ready]:
    """What the scheduler was told of that goal, and is to be done; *also* what is in these."""
    among = (Status.READY, *also)
    told = (state for state in goal.subtasks.values() if state.status in among)
    return {state.spec.uuid: goal.ready(state) for state in told}
