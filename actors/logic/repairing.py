"""Plans are mended: what the planner is asked when a subtask has failed for good.

What waits for the failure waits on, and everything else goes on, until there is an answer.
It changes nothing but what waits (`changes`), and is a fact of its own; without one, or with
one that cannot be, all goes as if nobody had been asked. So no goal can end well or badly in
between, except by its deadline or because somebody wants it to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.approving import changes_wait, propose_change
from callboard.actors.logic.changes import check_change
from callboard.actors.logic.closing import cancelled
from callboard.actors.logic.consequences import fail_dependents
from callboard.actors.logic.damage import damage_of, failed_itself, unaccounted
from callboard.actors.logic.effects import Effect, Show, Tell
from callboard.actors.logic.goal_states import Status
from callboard.actors.logic.growing import tell_of_change, waiting
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.errors.goals import DuplicateSubtask
from callboard.messages.errors.repairing import CannotRepair
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import ChangeReady, DropPlanning, Repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.planning import ChangeRefused
    from callboard.messages.values import PlanChange, Problem

DROPPED = "the plan was changed, and goes on without it"
"""Why what a change drops is cancelled."""


class Repairing:
    """Has plans mended.

    Args:
        books: All goals.
        closing: Ends them.
        usual: How many repairs a goal gets that does not say.

    Attributes:
        to_ask: Goals for which a change is to be asked for, until it is.
    """

    def __init__(self, books: Books, closing: Closing, usual: int) -> None:
        self._books = books
        self._closing = closing
        self._usual = usual
        self.to_ask: dict[GoalId, None] = {}

    # Asked for

    def may(self, goal: GoalState, failed: Sequence[SubtaskId]) -> bool:
        """Whether its plan may be mended once these have failed, and nothing else.

        Several that fail while a change is being made are made up for together.
        """
        pauses = self._books.goals.pauses
        if goal.ended or goal.plan is None or goal.goal.verifies or goal.unmendable:
            return False
        if goal.id in pauses.draining_goals or pauses.draining_subtasks.keys() & set(failed):
            return False
        left = self._allowed(goal) - goal.repairs
        return (left > 0 or bool(goal.mending)) and not set(unaccounted(goal)) - set(failed)

    def _allowed(self, goal: GoalState) -> int:
        given = goal.goal.repairs
        return self._usual if given is None else given

    def want(self, goal: GoalState, failed: Sequence[SubtaskId], now: float) -> list[Effect]:
        """Have it mended: that was found to be possible."""
        number = goal.repairs if goal.mending else goal.repairs + 1
        wanted = facts.RepairWanted(
            at=now, goal=goal.id, number=number, failed=(*goal.mending, *failed)
        )
        self.ask(goal)
        recorded = self._books.record(wanted)
        self._books.watch(goal)  # a change that was proposed does not make up for all of it
        return recorded

    def ask(self, goal: GoalState) -> None:
        """Ask for a change, once for all that fails in one turn."""
        self.to_ask[goal.id] = None

    def asked(self) -> list[Effect]:
        """What the planner is asked now: nothing of plans that it still makes."""
        goals, effects = self._books.goals.by_id, list[Effect]()
        for goal_id in self.to_ask:
            goal = goals.get(goal_id)
            if goal is not None and _is_open(goal):
                repair = Repair(goal=goal.goal, damage=damage_of(goal))
                effects.append(Tell(DECOMPOSER, repair))
        self.to_ask.clear()
        return effects

    def ask_again(self) -> None:
        """For all changes that are still to be made: nobody may be making them."""
        for goal in self._books.goals.open_goals():
            if goal.mending and goal.proposal is None:
                self.ask(goal)

    # Answered

    def changed(self, message: ChangeReady, now: float) -> list[Effect]:
        """Mend the plan, if what is broken is what the change is for."""
        goal = self._awaiting(message)
        if goal is None:
            return _unwanted(message, now)
        try:
            self.check(goal, message.change)
        except CallboardError as error:
            return self.abandon(goal, problem_of(error), now)
        if changes_wait(goal.goal):
            return propose_change(self._books, goal, message.change, now)
        return self.apply(goal, message.change, now)

    def refused(self, message: ChangeRefused, now: float) -> list[Effect]:
        """Nobody knows how it could be mended."""
        goal = self._awaiting(message)
        if goal is None:
            return _unwanted(message, now)
        return self.abandon(goal, message.problem, now)

    def _awaiting(self, message: ChangeReady | ChangeRefused) -> GoalState | None:
        goal = self._books.goals.by_id.get(message.goal)
        if goal is None or goal.ended or goal.mending != message.failed or goal.proposal:
            return None
        return goal if goal.repairs == message.number else None

    def check(self, goal: GoalState, change: PlanChange) -> None:
        """Make sure that the plan can be mended so, as it stands now.

        Raises:
            InvalidPlan: It cannot.
        """
        known = self._books.goals.subtasks
        for subtask in change.add:
            if subtask.uuid in known:
                raise DuplicateSubtask(subtask.uuid)
        check_change(change, damage_of(goal), None)

    def apply(
        self, goal: GoalState, change: PlanChange, now: float, proposal: int = 0, by: str = ""
    ) -> list[Effect]:
        """Mend the plan by a change that was checked.

        Args:
            goal: Whose plan.
            change: As it was checked.
            now: The time.
            proposal: Its number, where somebody had to approve it.
            by: Who has.
        """
        before = waiting(goal)
        fact = facts.PlanChanged(
            at=now,
            goal=goal.id,
            number=goal.repairs,
            failed=goal.mending,
            change=change,
            proposal=proposal,
            by=by,
        )
        effects = self._books.record(fact)
        self._books.watch(goal)
        new = (*(subtask.uuid for subtask in change.add), *(one.subtask for one in change.rewire))
        effects += tell_of_change(goal, before, new)
        return [*effects, *self.mend(goal, now)]

    # Given up

    def abandon(self, goal: GoalState, problem: Problem, now: float) -> list[Effect]:
        """It is not mended: what waits for the failure fails, and so does the goal in the end."""
        failed = [goal.subtasks[uuid] for uuid in goal.mending]
        effects = self._books.record(
            facts.RepairAbandoned(at=now, goal=goal.id, number=goal.repairs, problem=problem)
        )
        self._books.watch(goal)
        for state in failed:
            effects += fail_dependents(self._books, self._closing, state, now)
        return [*effects, *self._closing.close_if_done(goal, now)]

    def review(self, goal: GoalState, now: float) -> list[Effect]:
        """Something else may have happened meanwhile that no change can make up for."""
        if goal.ended or not goal.mending:
            return []
        draining = goal.id in self._books.goals.pauses.draining_goals
        others = unaccounted(goal)
        if not draining and not others:
            return []
        why = "the goal is drained" if draining else _lost(goal.subtasks[others[0]])
        drop = Tell(DECOMPOSER, DropPlanning(goal=goal.id))
        return [drop, *self.abandon(goal, problem_of(CannotRepair(why)), now)]

    # Carried out

    def mend(self, goal: GoalState, now: float) -> list[Effect]:
        """Draw the consequences, also those that a torn journal does not tell of any more."""
        if goal.ended:
            return []
        new = [u for u in unaccounted(goal) if failed_itself(goal.subtasks[u])]
        if new and self.may(goal, new):
            return self.want(goal, new, now)
        effects = self.review(goal, now)
        for uuid in goal.superseded:  # first, lest it becomes ready by what fails next
            state = goal.subtasks[uuid]
            if state.status is Status.BLOCKED:
                effects += self._books.record(cancelled(state, DROPPED, now))
                effects += self._closing.end_children(state, now)
        for uuid, state in goal.subtasks.items():
            lost = state.status is Status.FAILED and not state.spec.optional
            if uuid not in goal.mending and (lost or state.status is Status.CANCELLED):
                effects += fail_dependents(self._books, self._closing, state, now)
        return [*effects, *self._closing.close_if_done(goal, now)]


def _is_open(goal: GoalState) -> bool:
    """Whether a change of its plan is to be made now."""
    return bool(goal.mending) and goal.proposal is None and not (goal.ended or goal.growing)


def _unwanted(message: ChangeReady | ChangeRefused, now: float) -> list[Effect]:
    what, reason = type(message).__name__, f"goal {message.goal} waits for no such change"
    return [Show(DeadLetter(at=now, to=ORCHESTRATOR, what=what, reason=reason))]


def _lost(state: SubtaskState) -> str:
    return f"subtask {state.spec.name!r} is {state.status.value} as well"
