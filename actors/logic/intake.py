"""Goals come in, and get their plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.approving import plan_waits, propose
from callboard.actors.logic.effects import Effect, Show, Tell
from callboard.actors.logic.goal_states import ENDED
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.commands import GoalTaken, Refused, SubmitGoal
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.goals import DuplicateSubtask
from callboard.messages.errors.lookups import AlreadyEnded, UnknownSubtask
from callboard.messages.errors.running import RuntimeDraining
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import Decompose, PlanAwaited, PlanReady, PlanRefused

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.goal_states import GoalState
    from callboard.actors.logic.pausing import Pausing
    from callboard.messages.base import GoalId
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.values import Goal, Parent, Plan


class Intake:
    """Accepts goals, and adopts plans for them."""

    def __init__(self, books: Books, closing: Closing, pausing: Pausing) -> None:
        self._books = books
        self._closing = closing
        self._pausing = pausing

    # Goals

    def submit(self, message: SubmitGoal, now: float) -> list[Effect]:
        """Accept a goal, once for each idempotency key; from then on it will end."""
        goal, reply_to = message.goal, message.reply_to
        known = self._books.goals.by_key.get(goal.key) if goal.key else None
        if known is not None:
            return [Tell(reply_to, GoalTaken(goal=known, known=True))]
        refusal = self._refusal(message)
        if refusal is not None:
            return [Tell(reply_to, Refused(problem=problem_of(refusal)))]
        accepted = self.accept(goal, message.plan, now)
        return [*accepted, Tell(reply_to, GoalTaken(goal=goal.id))]

    def accept(self, goal: Goal, plan: Plan | None, now: float) -> list[Effect]:
        """It will end, from now on."""
        accepted = self._books.record(facts.GoalAccepted(at=now, goal=goal))
        state = self._books.goals.by_id[goal.id]
        if goal.deadline is not None:
            self._books.watch(state)
        if goal.parent is not None:
            accepted += self._pausing.joined(state)
        if plan is None:
            return [*accepted, Tell(DECOMPOSER, Decompose(goal=goal))]
        return [*accepted, *self._take(state, plan, now)]

    def _refusal(self, message: SubmitGoal) -> CallboardError | None:
        parent, plan = message.goal.parent, message.plan
        cut_off = self._closed() if parent is None else self._cut_off(parent)
        return cut_off or (None if plan is None else self.clash(plan))

    def _closed(self) -> CallboardError | None:
        return RuntimeDraining() if self._books.goals.pauses.closed else None

    def _cut_off(self, parent: Parent) -> CallboardError | None:
        superior = self._books.goals.subtasks.get(parent.subtask)
        if superior is None:
            return UnknownSubtask(parent.subtask)
        if superior.status in ENDED:
            return AlreadyEnded(parent.subtask, superior.status.value)
        return None

    # Plans

    def planned(self, message: PlanReady, now: float) -> list[Effect]:
        """Adopt the plan, if the goal still waits for one."""
        goal = self._waiting(message.goal)
        if goal is None:
            return _unwanted(message, now)
        clash = self.clash(message.plan)
        if clash is not None:
            return self._closing.fail(goal, problem_of(clash), now)
        return self._take(goal, message.plan, now)

    def unplanned(self, message: PlanRefused, now: float) -> list[Effect]:
        """Without a plan, or with one that is not whole, the goal fails."""
        goal = self._books.goals.by_id.get(message.goal)
        if goal is None or goal.ended or not goal.planning:
            return _unwanted(message, now)
        return self._closing.fail(goal, message.problem, now)

    def undecomposed(self) -> list[Effect]:
        """Ask for all plans that are still to be made, or to be ended."""
        effects: list[Effect] = []
        for goal in self._books.goals.open_goals():
            if goal.planning and goal.plan is None:
                effects.append(Tell(DECOMPOSER, Decompose(goal=goal.goal)))
            elif goal.growing:
                awaited = PlanAwaited(goal=goal.id, first=len(goal.subtasks))
                effects.append(Tell(DECOMPOSER, awaited))
        return effects

    def _waiting(self, goal_id: GoalId) -> GoalState | None:
        goal = self._books.goals.by_id.get(goal_id)
        waits = goal is not None and not goal.ended and goal.plan is None and goal.planning
        return goal if waits else None

    def _take(self, goal: GoalState, plan: Plan, now: float) -> list[Effect]:
        """Adopt it, unless somebody has to approve it first."""
        if plan_waits(goal.goal):
            return propose(self._books, goal, plan, now)
        return self.adopt(goal.id, plan, now)

    def adopt(
        self, goal: GoalId, plan: Plan, now: float, number: int = 0, by: str = ""
    ) -> list[Effect]:
        """That is how it will be done.

        Args:
            goal: Has no plan yet.
            plan: Has been checked.
            now: The time.
            number: Of the proposal that was approved; 0 where nobody had to.
            by: Who has approved it.
        """
        adopted = facts.PlanAdopted(at=now, goal=goal, plan=plan, number=number, by=by)
        return self._books.record(adopted)

    def clash(self, plan: Plan) -> CallboardError | None:
        """Why it cannot be adopted, as things stand."""
        known = self._books.goals.subtasks
        for subtask in plan.subtasks:
            if subtask.uuid in known:
                return DuplicateSubtask(subtask.uuid)
        return None


def _unwanted(message: PlanReady | PlanRefused, now: float) -> list[Effect]:
    what, reason = type(message).__name__, f"goal {message.goal} waits for no plan"
    return [Show(DeadLetter(at=now, to=ORCHESTRATOR, what=what, reason=reason))]
