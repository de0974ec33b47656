"""The orchestrator: changes of plans that somebody has to approve before they are made."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.approving import PATIENCE
from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.obstacles import obstacles
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER
from callboard.messages.commands import (
    Approve,
    CancelGoal,
    Done,
    DrainGoal,
    ProposePlan,
    Refused,
    Reject,
)
from callboard.messages.errors import (
    CallboardError,
    DeadlinePassed,
    DuplicateSubtask,
    NotApproved,
    NothingProposed,
    ProposalChanged,
    Rejected,
    problem_of,
)
from callboard.messages.planning import ChangeReady, DecomposerStarted, Repair
from callboard.messages.reasons import BeingMended, ToBeApproved
from callboard.messages.supervision import Wake
from callboard.messages.values import PlanChange, Rewire
from tests.actors.logic.office import (
    Office,
    done,
    failed,
    given_up,
    goal,
    goal_failed,
    needs,
    plan,
    statuses,
    subtask,
    unready,
)

A, B, X, D = subtask("a"), subtask("b", "a"), subtask("x"), subtask("d")
CHANGE = PlanChange(add=(D,), rewire=(Rewire(subtask="b", dependencies=("d",)),), source="m")
WHAT = "change of its plan"


def approve(number: int = 1, by: str = "") -> Approve:
    return Approve(goal="g", number=number, by=by, reply_to="caller/2")


def reject(number: int = 1) -> Reject:
    return Reject(goal="g", number=number, reason="no", by="ann", reply_to="caller/2")


def proposed(now: float, number: int = 1, *lost: str) -> Record:
    fact = facts.ChangeProposed(
        at=now, goal="g", number=number, failed=lost or ("a",), change=CHANGE
    )
    return Record(fact)


def abandoned(now: float, why: CallboardError) -> Record:
    fact = facts.RepairAbandoned(at=now, goal="g", number=1, problem=problem_of(why))
    return Record(fact)


def refused(why: CallboardError) -> list[Effect]:
    return [Tell("caller/2", Refused(problem=problem_of(why)))]


DONE = Tell("caller/2", Done())


@pytest.fixture
def office() -> Office:
    """A change of its plan is proposed: what waited for "a" would wait for "d"."""
    return broken()


def broken(approve: Any = "changes", **more: Any) -> Office:
    made = Office(repairs=2)
    made.submit(goal("g", approve=approve, **more), plan(A, B, X))
    if approve == "all":
        made.say(0.5, Approve(goal="g", number=1))
    made.say(1.0, given_up("a"))
    made.say(2.0, ready())
    return made


def ready(*lost: str) -> ChangeReady:
    return ChangeReady(goal="g", number=1, failed=lost or ("a",), change=CHANGE)


def test_a_change_that_has_to_be_approved_is_only_proposed() -> None:
    office = Office(repairs=1)
    office.submit(goal("g", approve="changes"), plan(A, B, X))
    assert office.goals.by_id["g"].plan is not None  # which nobody has to approve
    office.say(1.0, given_up("a"))
    assert office.say(2.0, ready()) == [proposed(2.0)]
    assert statuses(office) == {"a": "failed", "b": "pending", "x": "ready"}


def test_it_is_made_once_it_is_approved(office: Office) -> None:
    effects = office.say(3.0, approve(by="ann"))
    changed = facts.PlanChanged(
        at=3.0, goal="g", number=1, failed=("a",), change=CHANGE, proposal=1, by="ann"
    )
    assert (effects[0], effects[-1]) == (Record(changed), DONE)
    assert office.say(4.0, approve()) == [DONE]
    for uuid in ("d", "b", "x"):
        office.say(5.0, done(uuid))
    assert facts.GoalCompleted(at=5.0, goal="g") in office.facts
    assert office.say(6.0, approve()) == [DONE]


def test_what_does_not_wait_for_it_goes_on(office: Office) -> None:
    office.say(3.0, done("x"))
    assert statuses(office) == {"a": "failed", "b": "pending", "x": "completed"}
    assert not office.goals.by_id["g"].ended


def test_plans_and_changes_are_counted_together() -> None:
    office = broken("all")
    assert office.say(3.0, approve(1)) == [DONE]  # of the plan, once more
    assert office.say(3.0, approve(3)) == refused(ProposalChanged("g", 3, 2))
    assert office.say(3.0, approve(2))[-1] == DONE


def test_a_change_that_is_rejected_is_as_good_as_none(office: Office) -> None:
    why = Rejected("no", "ann", WHAT)
    assert str(why) == "the change of its plan was rejected by ann: no"
    assert office.say(3.0, reject()) == [
        abandoned(3.0, why),
        failed("b", 3.0, needs("b", "a")),
        unready("b"),
        DONE,
    ]
    assert not office.goals.by_id["g"].ended  # "x" runs
    assert isinstance(office.say(4.0, done("x"))[-1], Tell)
    assert office.goals.by_id["g"].ended


def test_without_a_word_the_change_is_not_made_after_a_day(office: Office) -> None:
    assert office.say(2.0 + PATIENCE - 1, Wake()) == []
    effects = office.say(2.0 + PATIENCE, Wake())
    assert effects[0] == abandoned(2.0 + PATIENCE, NotApproved(1, PATIENCE, WHAT))
    assert statuses(office) == {"a": "failed", "b": "failed", "x": "ready"}


def test_a_deadline_ends_the_goal_all_the_same() -> None:
    office = broken(deadline=10.0)
    problems = [problem_of(DeadlinePassed("g"))]
    effects = office.say(10.0, Wake())
    ends = [e.fact for e in effects if isinstance(e, Record)]
    assert isinstance(ends[-1], facts.GoalFailed)
    assert list(ends[-1].problems[:1]) == problems


def test_what_is_approved_waits_for_nobody_any_more(office: Office) -> None:
    office.say(3.0, approve())
    assert office.say(2 * PATIENCE, Wake()) == []


def test_a_change_that_no_longer_fits_is_refused_and_given_up(office: Office) -> None:
    office.submit(goal("h"), plan(D))
    effects = office.say(3.0, approve())
    assert effects[0] == abandoned(3.0, DuplicateSubtask("d"))
    assert effects[-1:] == refused(DuplicateSubtask("d"))
    assert statuses(office)["b"] == "failed"


def test_what_fails_meanwhile_wants_another_change() -> None:
    office = Office(repairs=1)
    office.submit(goal("g", approve="changes"), plan(A, B, X, subtask("y", "x")))
    office.say(1.0, given_up("a"))
    office.say(2.0, ready())
    effects = office.say(3.0, given_up("x"))
    asked = [e.message for e in effects if isinstance(e, Tell) and e.to == DECOMPOSER]
    assert [type(message) for message in asked] == [Repair]
    gone = NothingProposed("g", "it has a plan, which nobody had to approve")
    assert office.say(4.0, approve()) == refused(gone)
    assert isinstance(office.say(5.0, ready())[0], Show)  # it was for "a" alone


def test_a_second_answer_is_not_wanted(office: Office) -> None:
    [effect] = office.say(3.0, ready())
    assert isinstance(effect, Show)


def test_another_plan_cannot_take_the_place_of_a_change(office: Office) -> None:
    edit = ProposePlan(goal="g", number=1, plan=plan(X), reply_to="caller/2")
    why = "what does is a change of its plan, to be approved or rejected as it is"
    assert office.say(3.0, edit) == refused(NothingProposed("g", why))


@pytest.mark.parametrize("say", [CancelGoal, DrainGoal])
def test_a_goal_whose_change_waits_can_be_ended(office: Office, say: Any) -> None:
    office.say(3.0, say(goal="g", reason="no"))
    office.say(4.0, done("x"))
    state = office.goals.by_id["g"]
    assert state.ended
    assert state.proposal is None


def test_after_a_crash_the_change_is_there_and_nobody_makes_another(office: Office) -> None:
    heir = Office(history=office.facts, repairs=2)
    assert [e for e in heir.started if isinstance(e, Tell) and e.to == DECOMPOSER] == []
    assert heir.say(3.0, DecomposerStarted(incarnation=2)) == []
    assert heir.say(4.0, approve())[-1] == DONE
    assert statuses(heir) == {"a": "failed", "b": "pending", "x": "ready", "d": "ready"}


def test_a_journal_may_end_with_any_of_these_facts(office: Office) -> None:
    office.say(3.0, approve())
    for last in range(1, len(office.facts) + 1):
        heir = Office(history=office.facts[:last], repairs=2)
        state = heir.goals.by_id["g"]
        assert bool(state.mending) == any(
            isinstance(e, Tell) and isinstance(e.message, Repair) for e in heir.started
        ) or isinstance(state.proposal, facts.ChangeProposed)


def test_what_waits_for_the_change_says_so(office: Office) -> None:
    mended, waits = obstacles(office.goals, "b")[:2]
    assert isinstance(mended, BeingMended)
    assert waits == ToBeApproved(goal="g", number=1, until=2.0 + PATIENCE, what="change")
    said = "a change of its plan (number 1) waits to be approved: approve or reject it, else"
    assert waits.said(2.0) == f"{said} it fails in 24 h"
    assert not any(isinstance(why, ToBeApproved) for why in obstacles(office.goals, "x"))


def test_nothing_waits_where_only_plans_have_to_be_approved() -> None:
    office = Office(repairs=1)
    office.submit(goal("g", approve="plan"), plan(A, B, X))
    office.say(0.5, approve())
    office.say(1.0, given_up("a"))
    [changed, *_] = office.say(2.0, ready())
    assert isinstance(changed, Record)
    assert isinstance(changed.fact, facts.PlanChanged)
    assert goal_failed(9.0) not in office.say(3.0, done("x"))
