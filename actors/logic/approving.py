"""What waits for somebody's word: plans that are proposed, and then approved or not.

A goal that says so (`Goal.approve`) does not adopt its plan, wherever that comes from, but
proposes it (`PlanProposed`). Nothing of it is known to the scheduler before `Approve` has
come, with the number of the very proposal that was looked at. Each proposal is a fact, so
after a crash it is there again and nobody plans anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.replies import answer, refuse
from callboard.messages import facts
from callboard.messages.commands import Done, Proposed
from callboard.messages.errors.approving import NothingProposed, ProposalChanged, Rejected
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.lookups import GoalAlreadyEnded, UnknownGoal
from callboard.messages.values import DAY

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.goals import GoalState
    from callboard.actors.logic.intake import Intake
    from callboard.messages.commands import Approve, ProposePlan, Reject
    from callboard.messages.errors.base import CallboardError
    from callboard.messages.facts import PlanProposed
    from callboard.messages.values import Goal, Plan

PATIENCE = DAY
"""Seconds that a proposal waits where its goal has no deadline; as what is kept aside."""


def plan_waits(goal: Goal) -> bool:
    """Whether its plan has to be approved before it is carried out."""
    return goal.approve == "plan"


def decided_by(goal: Goal, proposal: PlanProposed) -> float:
    """When the goal fails if nobody has decided by then, seconds since the epoch."""
    return proposal.at + PATIENCE if goal.deadline is None else goal.deadline


def propose(books: Books, goal: GoalState, plan: Plan, now: float, by: str = "") -> list[Effect]:
    """It waits for somebody's word, in place of what was proposed before."""
    number = goal.proposals + 1
    fact = facts.PlanProposed(at=now, goal=goal.id, number=number, plan=plan, by=by)
    effects = books.record(fact)
    books.watch(goal)
    return effects


class Approving:
    """Decides about what is proposed, on somebody's word.

    Args:
        books: All goals.
        intake: Adopts what is approved.
        closing: Ends what is rejected.
    """

    def __init__(self, books: Books, intake: Intake, closing: Closing) -> None:
        self._books = books
        self._intake = intake
        self._closing = closing

    def approve(self, message: Approve, now: float) -> list[Effect]:
        """Carry it out, if it is what was looked at; that it is done already is as good."""
        late = self._closing.deadlines(now)
        goal = self._books.goals.by_id.get(message.goal)
        if goal is not None and message.number and message.number == goal.approved:
            return [*late, *answer(message.reply_to, Done())]
        found = self._found(goal, message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        goal, proposal = found
        # What was free when it was proposed may be another goal's by now.
        clash = self._intake.clash(proposal.plan)
        if clash is not None:
            return [*late, *refuse(message.reply_to, clash)]
        adopted = self._intake.adopt(goal.id, proposal.plan, now, proposal.number, message.by)
        self._books.watch(goal)
        return [*late, *adopted, *answer(message.reply_to, Done())]

    def propose(self, message: ProposePlan, now: float) -> list[Effect]:
        """Another plan takes the place of the one that was looked at."""
        late = self._closing.deadlines(now)
        found = self._found(self._books.goals.by_id.get(message.goal), message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        clash = self._intake.clash(message.plan)
        if clash is not None:
            return [*late, *refuse(message.reply_to, clash)]
        goal, _ = found
        effects = propose(self._books, goal, message.plan, now, message.by)
        return [*late, *effects, *answer(message.reply_to, Proposed(number=goal.proposals))]

    def reject(self, message: Reject, now: float) -> list[Effect]:
        """The goal fails: it could not be done as it was proposed, and nobody said how else."""
        late = self._closing.deadlines(now)
        found = self._found(self._books.goals.by_id.get(message.goal), message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        why = problem_of(Rejected(message.reason, message.by))
        failed = self._closing.fail(found[0], why, now)
        return [*late, *failed, *answer(message.reply_to, Done())]

    def _found(
        self, goal: GoalState | None, message: Approve | ProposePlan | Reject
    ) -> tuple[GoalState, PlanProposed] | CallboardError:
        """What is to be decided about; or why there is nothing."""
        if goal is None:
            return UnknownGoal(message.goal)
        if goal.ended:
            return GoalAlreadyEnded(message.goal)
        proposal = goal.proposal
        if proposal is None:
            return NothingProposed(message.goal, _stands(goal))
        if proposal.number != message.number:
            return ProposalChanged(message.goal, message.number, proposal.number)
        return goal, proposal


def _stands(goal: GoalState) -> str:
    if goal.plan is None:
        return "its plan is still being made"
    if goal.approved:
        return f"its plan (number {goal.approved}) was approved before"
    return "it has a plan, which nobody had to approve"
