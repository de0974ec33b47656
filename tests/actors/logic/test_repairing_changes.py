"""The orchestrator: what a change makes of a plan."""

from __future__ import annotations

from callboard.actors.logic.effects import Record, Tell
from callboard.actors.logic.goal_states import Status
from callboard.messages import facts
from callboard.messages.commands import EditSubtask, PauseGoal
from callboard.messages.values import PlanChange, Rewire, replace
from callboard.messages.work import Amended, SubtasksReady
from tests.actors.logic.office import (
    cancelled,
    child,
    done,
    failed,
    foreseen,
    given_up,
    needs,
    plan,
    ready,
    result_of,
    sent,
    statuses,
    subtask,
    unready,
)
from tests.actors.logic.repairs import CHANGE, A, B, C, D, X, asked, change, office


def test_a_change_mends_the_plan() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    new = replace(B, dependencies=("d",))
    expected = facts.PlanChanged(at=2.0, goal="g", number=1, failed=("a",), change=CHANGE)

    assert here.say(2.0, change()) == [
        Record(expected),
        *sent(
            ready(D, rank=180.0, since=2.0),
            now=2.0,
            ahead=[foreseen(new, rank=120.0), foreseen(C)],
        ),
    ]


def test_a_mended_plan_is_completed_without_what_failed() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change())
    here.say(3.0, done("x"))
    here.say(3.0, done("d"))
    effects = here.say(4.0, done("b"))
    assert sent(ready(C, result_of("b"), since=4.0), now=4.0)[1] in effects
    here.say(5.0, done("c"))

    assert here.facts[-1] == facts.GoalCompleted(at=5.0, goal="g")
    assert statuses(here)["a"] == "failed"


def test_what_is_dropped_is_cancelled_and_fails_nothing() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    less = PlanChange(rewire=(Rewire(subtask="c"),), drop=("b",))
    effects = here.say(2.0, change(of=less))

    why = "the plan was changed, and goes on without it"
    assert cancelled("b", why, 2.0) in effects
    assert unready("b") in effects
    here.say(3.0, done("c"))
    here.say(3.0, done("x"))
    assert here.facts[-1] == facts.GoalCompleted(at=3.0, goal="g")


def test_what_serves_something_that_is_dropped_ends_with_it() -> None:
    here = office()
    here.submit(child("below", "b"), plan(subtask("y")))
    here.say(1.0, given_up("a"))
    here.say(2.0, change(of=PlanChange(rewire=(Rewire(subtask="c"),), drop=("b",))))

    why = "subtask 'B', which it served, has ended"
    assert facts.GoalCancelled(at=2.0, goal="below", reason=why) in here.facts


def test_what_waits_already_is_told_that_it_is_more_urgent() -> None:
    here = office(A, B, X)
    here.say(1.0, given_up("a"))
    more = PlanChange(rewire=(Rewire(subtask="b", dependencies=("x",)),))
    effects = here.say(2.0, change(of=more))

    new = replace(B, dependencies=("x",))
    assert effects[1:] == [
        Tell("scheduler", SubtasksReady(subtasks=(), ahead=(foreseen(new),))),
        Tell("scheduler", Amended(subtasks=(ready(X, rank=120.0),))),
    ]


def test_what_is_optional_may_be_left_to_fail() -> None:
    here = office(A, replace(B, optional=True), C)
    here.say(1.0, given_up("a"))
    effects = here.say(2.0, change(of=PlanChange(add=(D,))))

    assert failed("b", 2.0, needs("b", "a")) in effects
    assert here.goals.subtasks["c"].status is Status.READY


def test_a_result_of_what_is_done_reaches_what_is_new() -> None:
    here = office(X, subtask("a", "x"), B)
    here.say(1.0, done("x"))
    here.say(2.0, given_up("a"))
    spade = subtask("d", "x")
    effects = here.say(3.0, change(of=replace(CHANGE, add=(spade,))))

    assert sent(ready(spade, result_of("x"), rank=120.0, since=3.0), now=3.0)[0] in effects
    assert here.goals.by_id["g"].ready(here.goals.subtasks["d"]).inputs == (result_of("x"),)


def test_an_edit_meanwhile_stands() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    to = replace(B, description="with care")
    here.say(2.0, EditSubtask(subtask="b", fields=("description",), to=to))
    here.say(3.0, change())

    assert here.goals.subtasks["b"].spec == replace(to, dependencies=("d",))


def test_a_pause_holds_the_work_and_not_the_repair() -> None:
    here = office()
    here.say(1.0, PauseGoal(goal="g", reply_to="caller/1"))
    assert asked(here.say(2.0, given_up("a")))
    here.say(3.0, change())
    assert "d" in statuses(here)
