"""The orchestrator: plans that cannot be mended, or need not be any more."""

from __future__ import annotations

from callboard.actors.logic.effects import Record
from callboard.messages import facts
from callboard.messages.commands import CancelGoal, CancelSubtask, DrainGoal
from callboard.messages.supervision import Wake
from callboard.messages.values import PlanChange
from tests.actors.logic.office import done, failed, given_up, goal, needs, plan, unready, wrong
from tests.actors.logic.repairs import D, abandoned, asked, change, dead, dropped, office, refused


def test_a_change_that_cannot_be_is_refused_and_all_goes_as_without_it() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    bad = PlanChange(add=(D,), drop=("x",))
    effects = here.say(2.0, change(of=bad))

    [fact] = [e.fact for e in effects if isinstance(e, Record)][:1]
    assert isinstance(fact, facts.RepairAbandoned)
    assert fact.problem.text == (
        "subtask 'X' cannot be changed: it does not wait for what has failed"
    )
    assert effects[1:3] == [failed("b", 2.0, needs("b", "a")), unready("b")]
    here.say(3.0, done("x"))
    problems = (wrong("a"), needs("b", "a"), needs("c", "b"))
    assert here.facts[-1] == facts.GoalFailed(at=3.0, goal="g", problems=problems)


def test_a_uuid_that_another_goal_has_is_refused() -> None:
    here = office()
    here.submit(goal("other"), plan(D))
    here.say(1.0, given_up("a"))
    here.say(2.0, change())

    told = [one for one in here.facts if isinstance(one, facts.RepairAbandoned)]
    assert [one.problem.error for one in told] == ["DuplicateSubtask"]


def test_a_refusal_has_its_reason_kept() -> None:
    here = office()
    here.say(1.0, given_up("a"))

    assert here.say(2.0, refused())[:2] == [abandoned(2.0), failed("b", 2.0, needs("b", "a"))]


def test_nobody_is_asked_again_after_a_refusal() -> None:
    here = office(repairs=5)
    here.say(1.0, given_up("a"))
    here.say(2.0, refused())

    assert asked(here.say(3.0, given_up("x"))) == []


def test_what_is_cancelled_meanwhile_ends_the_repair() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    effects = here.say(2.0, CancelSubtask(subtask="x", reason="no", reply_to="caller/1"))

    assert dropped(effects)
    assert abandoned(2.0, "subtask 'X' is cancelled as well") in effects
    assert here.say(3.0, change()) == dead("ChangeReady", 3.0)
    assert isinstance(here.facts[-1], facts.GoalFailed)


def test_a_drain_ends_the_repair() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    effects = here.say(2.0, DrainGoal(goal="g", reply_to="caller/1"))

    assert dropped(effects)
    assert abandoned(2.0, "the goal is drained") in effects


def test_a_deadline_ends_the_repair() -> None:
    here = office(deadline=10.0)
    here.say(1.0, given_up("a"))
    effects = here.say(10.0, Wake())

    assert dropped(effects)
    assert isinstance(here.facts[-1], facts.GoalFailed)
    assert here.say(11.0, change()) == dead("ChangeReady", 11.0)


def test_a_cancelled_goal_ends_the_repair() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    assert dropped(here.say(2.0, CancelGoal(goal="g", reason="no", reply_to="caller/1")))


def test_an_answer_that_comes_twice_is_seen_and_changes_nothing() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change())
    assert here.say(3.0, change()) == dead("ChangeReady", 3.0)
