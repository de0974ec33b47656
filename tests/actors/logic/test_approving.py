"""The orchestrator: plans that somebody has to approve before they are carried out."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.approving import PATIENCE
from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import Effect, MakePlan, Record, Tell
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.commands import (
    Approve,
    CancelGoal,
    Done,
    DrainGoal,
    GoalTaken,
    PauseGoal,
    Proposed,
    ProposePlan,
    Refused,
    Reject,
)
from callboard.messages.errors import (
    CallboardError,
    DeadlinePassed,
    DuplicateSubtask,
    GoalAlreadyEnded,
    NotApproved,
    NothingProposed,
    PlanHasCycle,
    PlanningError,
    ProposalChanged,
    Rejected,
    UnknownGoal,
    problem_of,
)
from callboard.messages.planning import (
    Decompose,
    DecomposerStarted,
    PlanAwaited,
    PlanMade,
    PlanPart,
    PlanReady,
    PlanRefused,
)
from callboard.messages.supervision import Wake
from callboard.messages.values import Goal, Plan, replace
from callboard.messages.work import Resync
from tests.actors.logic.office import (
    Office,
    done,
    foreseen,
    goal,
    goal_cancelled,
    goal_completed,
    goal_failed,
    plan,
    ready,
    sent,
    subtask,
)

G = goal(approve="plan")
A, B, C = subtask("a"), subtask("b", "a"), subtask("c")
PLAN = plan(A, B)
DONE = Tell("caller/2", Done())


def proposed(how: Plan = PLAN, number: int = 1, now: float = 1.0, by: str = "") -> Record:
    return Record(facts.PlanProposed(at=now, goal="g", number=number, plan=how, by=by))


def approve(number: int = 1, by: str = "") -> Approve:
    return Approve(goal="g", number=number, by=by, reply_to="caller/2")


def reject(number: int = 1, reason: str = "", by: str = "") -> Reject:
    return Reject(goal="g", number=number, reason=reason, by=by, reply_to="caller/2")


def edit(how: Plan, number: int = 1) -> ProposePlan:
    return ProposePlan(goal="g", number=number, plan=how, by="ann", reply_to="caller/2")


def edit_again(number: int = 1) -> ProposePlan:
    return edit(PLAN, number)


def refused(why: CallboardError) -> list[Effect]:
    return [Tell("caller/2", Refused(problem=problem_of(why)))]


def begun(how: Plan = PLAN, number: int = 1, now: float = 2.0, by: str = "") -> list[Effect]:
    adopted = facts.PlanAdopted(at=now, goal="g", plan=how, number=number, by=by)
    work = sent(ready(A, rank=120.0, since=now), now=now, ahead=[foreseen(B)])
    return [Record(adopted), *work, DONE]


@pytest.fixture
def office() -> Office:
    """Its plan is proposed."""
    made = Office()
    made.submit(G)
    made.say(1.0, PlanReady(goal="g", plan=PLAN))
    return made


def test_a_plan_that_has_to_be_approved_is_only_proposed() -> None:
    office = Office()
    office.submit(G)
    assert office.say(1.0, PlanReady(goal="g", plan=PLAN)) == [proposed()]
    assert office.goals.subtasks == {}


def test_so_is_one_that_comes_with_its_goal() -> None:
    accepted = Record(facts.GoalAccepted(at=1.0, goal=G))
    taken = Tell("caller/1", GoalTaken(goal="g"))
    assert Office().submit(G, PLAN, now=1.0) == [accepted, proposed(), taken]


def test_it_is_carried_out_once_it_is_approved(office: Office) -> None:
    assert office.say(2.0, approve(by="ann")) == begun(by="ann")
    office.say(3.0, done("a"))
    assert goal_completed(4.0) in office.say(4.0, done("b"))


def test_to_approve_it_again_is_harmless(office: Office) -> None:
    office.say(2.0, approve())
    assert office.say(3.0, approve()) == [DONE]
    office.say(3.0, done("a"))
    office.say(4.0, done("b"))
    assert office.say(5.0, approve()) == [DONE]


def test_another_plan_takes_its_place(office: Office) -> None:
    other = plan(A, B, C)
    taken = Tell("caller/2", Proposed(number=2))
    assert office.say(2.0, edit(other)) == [proposed(other, 2, 2.0, "ann"), taken]
    assert office.say(3.0, approve(1)) == refused(ProposalChanged("g", 1, 2))
    assert office.say(4.0, approve(2))[0] == Record(
        facts.PlanAdopted(at=4.0, goal="g", plan=other, number=2)
    )


@pytest.mark.parametrize("say", [approve, reject, edit_again])
def test_a_word_about_what_is_not_proposed_any_more_changes_nothing(
    office: Office, say: Any
) -> None:
    office.say(2.0, edit(plan(C)))
    before = list(office.facts)
    assert office.say(3.0, say(1)) == refused(ProposalChanged("g", 1, 2))
    assert office.say(3.0, say(3)) == refused(ProposalChanged("g", 3, 2))
    assert office.facts == before


@pytest.mark.parametrize("say", [approve, reject, edit_again])
def test_a_word_about_what_nobody_has_to_approve_is_refused(say: Any) -> None:
    office = Office()
    assert office.say(0.0, say(1)) == refused(UnknownGoal("g"))
    office.submit(G)
    planned = NothingProposed("g", "its plan is still being made")
    assert office.say(0.0, say(1)) == refused(planned)
    open_ = Office(PLAN)
    nobody = NothingProposed("g", "it has a plan, which nobody had to approve")
    assert open_.say(0.0, say(1)) == refused(nobody)
    open_.say(1.0, CancelGoal(goal="g"))
    assert open_.say(2.0, say(1)) == refused(GoalAlreadyEnded("g"))


@pytest.mark.parametrize("say", [reject, edit_again])
def test_what_is_approved_cannot_be_rejected_or_replaced(office: Office, say: Any) -> None:
    office.say(2.0, approve())
    why = NothingProposed("g", "number 1 was approved before")
    assert office.say(3.0, say(1)) == refused(why)


def test_who_rejects_a_plan_ends_its_goal(office: Office) -> None:
    why = problem_of(Rejected("too dear", "ann"))
    assert office.say(2.0, reject(1, "too dear", "ann")) == [goal_failed(2.0, why), DONE]
    assert why.text == "its plan was rejected by ann: too dear"
    assert why.fault == "caller"
    assert office.say(3.0, approve()) == refused(GoalAlreadyEnded("g"))


def test_uuids_that_somebody_else_has_taken_meanwhile_are_refused(office: Office) -> None:
    office.submit(goal("h"), plan(A))
    assert office.say(2.0, approve()) == refused(DuplicateSubtask("a"))
    assert office.say(2.0, edit(PLAN)) == refused(DuplicateSubtask("a"))
    office.say(3.0, edit(plan(C)))
    assert office.say(4.0, approve(2))[-1] == DONE


def test_the_same_uuids_may_be_proposed_again(office: Office) -> None:
    office.say(2.0, edit(plan(A)))
    assert office.say(3.0, approve(2))[-1] == DONE


def test_its_deadline_ends_a_goal_that_nobody_decides_about() -> None:
    office = Office()
    office.submit(replace(G, deadline=10.0), PLAN)
    assert office.say(9.9, Wake()) == []
    assert office.say(10.0, Wake()) == [goal_failed(10.0, problem_of(DeadlinePassed("g")))]


def test_without_a_deadline_a_proposal_waits_for_a_day(office: Office) -> None:
    assert office.say(PATIENCE, Wake()) == []
    why = problem_of(NotApproved(1, PATIENCE))
    assert office.say(1.0 + PATIENCE, Wake()) == [goal_failed(1.0 + PATIENCE, why)]
    assert why.text == "nobody has approved its plan (number 1) within 24 h"


def test_each_proposal_waits_as_long(office: Office) -> None:
    office.say(100.0, edit(plan(C)))
    assert office.say(1.0 + PATIENCE, Wake()) == []
    why = problem_of(NotApproved(2, PATIENCE))
    assert office.say(100.0 + PATIENCE, Wake()) == [goal_failed(100.0 + PATIENCE, why)]


def test_what_is_approved_has_no_such_limit(office: Office) -> None:
    office.say(2.0, approve())
    assert office.say(2 * PATIENCE, Wake()) == []


def test_a_deadline_counts_on_once_the_plan_is_approved() -> None:
    office = Office()
    office.submit(replace(G, deadline=10.0), PLAN)
    office.say(2.0, approve())
    assert goal_failed(10.0, problem_of(DeadlinePassed("g"))) in office.say(10.0, Wake())


@pytest.mark.parametrize("say", [approve(), reject(), edit(plan(C))])
def test_a_word_that_comes_too_late_finds_the_goal_ended(say: Any) -> None:
    office = Office()
    office.submit(replace(G, deadline=10.0), PLAN)
    late = [goal_failed(10.0, problem_of(DeadlinePassed("g")))]
    assert office.say(10.0, say) == [*late, *refused(GoalAlreadyEnded("g"))]


@pytest.mark.parametrize("say", [CancelGoal, DrainGoal])
def test_a_goal_that_waits_to_be_approved_can_be_ended(office: Office, say: Any) -> None:
    ended = office.say(2.0, say(goal="g", reason="no", reply_to="caller/2"))
    assert ended == [goal_cancelled(2.0, "no"), DONE]


def test_one_that_is_paused_begins_when_it_is_resumed(office: Office) -> None:
    office.say(2.0, PauseGoal(goal="g"))
    assert office.say(3.0, approve())[-1] == DONE
    assert "g" in office.goals.pauses.goals


def test_after_a_crash_the_proposal_is_there_and_nobody_plans_anew(office: Office) -> None:
    office.say(2.0, edit(plan(C)))
    heir = Office(history=office.facts)
    asked = [e for e in heir.started if isinstance(e, Tell) and e.to == DECOMPOSER]
    assert asked == []
    assert heir.say(3.0, approve(1)) == refused(ProposalChanged("g", 1, 2))
    assert heir.say(3.0, approve(2))[-1] == DONE


def test_after_a_crash_it_still_waits_no_longer_than_a_day(office: Office) -> None:
    heir = Office(history=office.facts)
    why = problem_of(NotApproved(1, PATIENCE))
    assert heir.say(1.0 + PATIENCE, Wake()) == [goal_failed(1.0 + PATIENCE, why)]


def test_after_a_crash_what_was_approved_is_carried_out_once(office: Office) -> None:
    office.say(2.0, approve())
    heir = Office(history=office.facts)
    resync = next(e.message for e in heir.started if isinstance(e, Tell) and e.to == "scheduler")
    assert isinstance(resync, Resync)
    assert [one.subtask.uuid for one in resync.subtasks] == ["a"]
    assert heir.say(3.0, approve()) == [DONE]


@pytest.mark.parametrize("last", range(1, 6))
def test_a_journal_may_end_with_any_of_these_facts(last: int) -> None:
    whole = Office()
    whole.submit(G)
    whole.say(1.0, PlanReady(goal="g", plan=PLAN))
    whole.say(2.0, edit(plan(C)))
    whole.say(3.0, approve(2))
    heir = Office(history=whole.facts[:last])
    state = heir.goals.by_id["g"]
    if state.planning:
        heir.say(4.0, PlanReady(goal="g", plan=PLAN))
    if state.proposal is not None:
        assert heir.say(5.0, approve(state.proposal.number))[-1] == DONE
    assert state.plan is not None


def test_a_decomposer_that_starts_anew_is_asked_for_what_is_not_proposed(office: Office) -> None:
    other = goal("h", approve="plan")
    office.submit(other)
    asked = office.say(2.0, DecomposerStarted(incarnation=2))
    assert asked == [Tell(DECOMPOSER, Decompose(goal=other))]


def test_a_second_plan_is_not_wanted(office: Office) -> None:
    [effect] = office.say(2.0, PlanReady(goal="g", plan=plan(C)))
    assert not isinstance(effect, Record)
    [effect] = office.say(2.0, PlanRefused(goal="g", problem=problem_of(PlanningError("no"))))
    assert not isinstance(effect, Record)


# Whoever makes the plan

GOAL = Goal(id="g", text="do g", approve="plan")


def made(*parts: Plan, whole: Plan) -> list[Effect]:
    logic = DecompositionLogic(1, largest_plan=10)
    assert logic.handle(Decompose(goal=GOAL), 0.0)[0] == MakePlan(GOAL, 300.0)
    first = 0
    for part in parts:
        assert logic.handle(PlanPart(goal="g", first=first, plan=part), 1.0) == []
        first += len(part.subtasks)
    told = logic.handle(PlanMade(goal="g", plan=whole), 2.0)
    [again] = logic.handle(PlanAwaited(goal="g", first=0), 3.0)
    assert isinstance(again, Tell)
    assert isinstance(again.message, PlanRefused)
    return told


def test_parts_of_a_plan_wait_for_the_whole() -> None:
    whole = plan(A, B, C)
    passed_on = [Tell(ORCHESTRATOR, PlanReady(goal="g", plan=whole))]
    assert made(plan(A), plan(B), whole=whole) == passed_on
    assert made(plan(A), plan(B, C), whole=whole) == passed_on


def test_the_whole_begins_with_its_parts() -> None:
    another = PlanningError("the plan is another one than that of which parts were handed in")
    problem = problem_of(another)
    assert made(plan(A), whole=plan(C)) == [
        Tell(ORCHESTRATOR, PlanRefused(goal="g", problem=problem))
    ]


def test_a_part_that_does_not_fit_ends_the_planning() -> None:
    logic = DecompositionLogic(1, largest_plan=10)
    logic.handle(Decompose(goal=GOAL), 0.0)
    circle = plan(subtask("a", "b"), subtask("b", "a"))
    problem = problem_of(PlanHasCycle(["A", "B"]))
    refusal = Tell(ORCHESTRATOR, PlanRefused(goal="g", problem=problem))
    assert refusal in logic.handle(PlanPart(goal="g", first=0, plan=circle), 1.0)
    # It is not held against the next one.
    logic.handle(Decompose(goal=replace(GOAL, approve=None)), 2.0)
    assert logic.handle(PlanPart(goal="g", first=0, plan=plan(A)), 3.0) != []
