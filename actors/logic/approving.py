"""What waits for somebody's word: plans and changes that are proposed, and approved or not.

A goal that says so (`Goal.approve`) does not adopt its plan, wherever that comes from, but
proposes it (`PlanProposed`). Nothing of it is known to the scheduler before `Approve` has
come, with the number of the very proposal that was looked at. So do changes that mend it
later (`ChangeProposed`): what waits for them waits on, and all else goes on. Each proposal
is a fact, so after a crash it is there again and nobody plans anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.replies import answer, refuse
from callboard.messages import facts
from callboard.messages.commands import Done, Proposed
from callboard.messages.errors.approving import (
    NotApproved,
    NothingProposed,
    ProposalChanged,
    Rejected,
)
from callboard.messages.errors.base import CallboardError, problem_of
from callboard.messages.errors.lookups import GoalAlreadyEnded, UnknownGoal
from callboard.messages.values import DAY

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.goal_states import GoalState
    from callboard.actors.logic.intake import Intake
    from callboard.actors.logic.repairing import Repairing
    from callboard.messages.commands import Approve, ProposePlan, Reject
    from callboard.messages.values import Goal, Plan, PlanChange, Problem

    Proposal: TypeAlias = facts.PlanProposed | facts.ChangeProposed

PATIENCE = DAY
"""Seconds that a proposal waits where its goal has no deadline; as what is kept aside."""


def plan_waits(goal: Goal) -> bool:
    """Whether its plan has to be approved before it is carried out."""
    return goal.approve in ("plan", "all")


def changes_wait(goal: Goal) -> bool:
    """Whether changes that mend its plan have to be approved first."""
    return goal.approve in ("changes", "all")


def decided_by(goal: Goal, proposal: Proposal) -> float:
    """Until when somebody may decide about it, seconds since the epoch."""
    return proposal.at + PATIENCE if goal.deadline is None else goal.deadline


def propose(books: Books, goal: GoalState, plan: Plan, now: float, by: str = "") -> list[Effect]:
    """It waits for somebody's word, in place of what was proposed before."""
    number = goal.proposals + 1
    fact = facts.PlanProposed(at=now, goal=goal.id, number=number, plan=plan, by=by)
    effects = books.record(fact)
    books.watch(goal)
    return effects


def propose_change(books: Books, goal: GoalState, change: PlanChange, now: float) -> list[Effect]:
    """A change of a plan that is being carried out waits for somebody's word."""
    number = goal.proposals + 1
    fact = facts.ChangeProposed(
        at=now, goal=goal.id, number=number, failed=goal.mending, change=change
    )
    effects = books.record(fact)
    books.watch(goal)
    return effects


class Approving:
    """Decides about what is proposed, on somebody's word.

    Args:
        books: All goals.
        intake: Adopts plans that are approved.
        repairing: Carries out changes that are.
        closing: Ends what is rejected.
    """

    def __init__(
        self, books: Books, intake: Intake, repairing: Repairing, closing: Closing
    ) -> None:
        self._books = books
        self._intake = intake
        self._repairing = repairing
        self._closing = closing

    def approve(self, message: Approve, now: float) -> list[Effect]:
        """Carry it out, if it is what was looked at; that it is done already is as good."""
        late = self._late(now)
        goal = self._books.goals.by_id.get(message.goal)
        if goal is not None and message.number and message.number == goal.approved:
            return [*late, *answer(message.reply_to, Done())]
        found = self._found(goal, message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        goal, proposal = found
        if isinstance(proposal, facts.ChangeProposed):
            return [*late, *self._mend(goal, proposal, message, now)]
        # What was free when it was proposed may be another goal's by now.
        clash = self._intake.clash(proposal.plan)
        if clash is not None:
            return [*late, *refuse(message.reply_to, clash)]
        adopted = self._intake.adopt(goal.id, proposal.plan, now, proposal.number, message.by)
        self._books.watch(goal)
        return [*late, *adopted, *answer(message.reply_to, Done())]

    def _mend(
        self, goal: GoalState, proposal: facts.ChangeProposed, message: Approve, now: float
    ) -> list[Effect]:
        """Change the plan, if it is still such as it was when that was proposed."""
        try:
            self._repairing.check(goal, proposal.change)
        except CallboardError as error:
            given_up = self._repairing.abandon(goal, problem_of(error), now)
            return [*given_up, *refuse(message.reply_to, error)]
        changed = self._repairing.apply(goal, proposal.change, now, proposal.number, message.by)
        return [*changed, *answer(message.reply_to, Done())]

    def propose(self, message: ProposePlan, now: float) -> list[Effect]:
        """Another plan takes the place of the one that was looked at."""
        late = self._late(now)
        found = self._found(self._books.goals.by_id.get(message.goal), message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        if isinstance(found[1], facts.ChangeProposed):
            why = "what does is a change of its plan, to be approved or rejected as it is"
            return [*late, *refuse(message.reply_to, NothingProposed(message.goal, why))]
        clash = self._intake.clash(message.plan)
        if clash is not None:
            return [*late, *refuse(message.reply_to, clash)]
        goal, _ = found
        effects = propose(self._books, goal, message.plan, now, message.by)
        return [*late, *effects, *answer(message.reply_to, Proposed(number=goal.proposals))]

    def reject(self, message: Reject, now: float) -> list[Effect]:
        """The goal fails: it could not be done as it was proposed, and nobody said how else.

        Without a change of its plan all goes as if nobody had known any.
        """
        late = self._late(now)
        found = self._found(self._books.goals.by_id.get(message.goal), message)
        if not isinstance(found, tuple):
            return [*late, *refuse(message.reply_to, found)]
        goal, proposal = found
        why = Rejected(message.reason, message.by, what_of(proposal))
        failed = self._drop(goal, proposal, problem_of(why), now)
        return [*late, *failed, *answer(message.reply_to, Done())]

    def undecided(self, now: float) -> list[Effect]:
        """Go on without what nobody has decided about as long as it could wait."""
        effects: list[Effect] = []
        while self._closing.undecided:
            goal = self._closing.undecided.pop(0)
            proposal = goal.proposal
            if proposal is not None and not goal.ended:
                why = NotApproved(proposal.number, PATIENCE, what_of(proposal))
                effects += self._drop(goal, proposal, problem_of(why), now)
        return effects

    def _late(self, now: float) -> list[Effect]:
        """What should have ended by now, has; whoever looks at the clock first."""
        return [*self._closing.deadlines(now), *self.undecided(now)]

    def _drop(self, goal: GoalState, proposal: Proposal, why: Problem, now: float) -> list[Effect]:
        if isinstance(proposal, facts.ChangeProposed):
            return self._repairing.abandon(goal, why, now)
        return self._closing.fail(goal, why, now)

    def _found(
        self, goal: GoalState | None, message: Approve | ProposePlan | Reject
    ) -> tuple[GoalState, Proposal] | CallboardError:
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


def what_of(proposal: Proposal) -> str:
    """What is proposed, in words."""
    return "plan" if isinstance(proposal, facts.PlanProposed) else "change of its plan"


def _stands(goal: GoalState) -> str:
    if goal.plan is None:
        return "its plan is still being made"
    if goal.approved:
        return f"number {goal.approved} was approved before"
    return "it has a plan, which nobody had to approve"
