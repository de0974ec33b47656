"""The orchestrator: goals end, and all that serves them."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import After, Record, Tell
from callboard.messages import facts
from callboard.messages.commands import CancelGoal, CancelSubtask, Done, Refused, SubmitGoal
from callboard.messages.errors import DeadlinePassed, UnknownGoal, problem_of
from callboard.messages.planning import DropPlanning
from callboard.messages.supervision import Wake
from callboard.messages.values import Parent
from callboard.messages.work import SubtaskDone
from tests.actors.logic.office import (
    Office,
    acknowledged,
    cancelled,
    child,
    completed,
    done,
    given_up,
    goal,
    goal_cancelled,
    goal_completed,
    goal_failed,
    lease,
    needs,
    plan,
    settled,
    subtask,
    unready,
    withdrawn,
    wrong,
)

A, B = subtask("a"), subtask("b", "a")
OK = Tell("caller/1", Done())
LATE = problem_of(DeadlinePassed("g"))


def cancel(name: str = "g") -> CancelGoal:
    return CancelGoal(goal=name, reason="not wanted", reply_to="caller/1")


# Cancelled


def test_a_cancelled_goal_ends_at_once_with_all_that_is_open() -> None:
    office = Office(plan(A, B, subtask("y")))
    office.say(1.0, done("y"))
    assert office.say(2.0, cancel()) == [
        cancelled("a", "not wanted", 2.0),
        cancelled("b", "not wanted", 2.0),
        unready("b"),
        goal_cancelled(2.0, "not wanted"),
        *withdrawn("a", reason="not wanted"),
        OK,
    ]


def test_a_goal_that_still_waits_for_its_plan_needs_none_any_more() -> None:
    office = Office()
    office.submit(goal())
    assert office.say(1.0, cancel()) == [
        Tell("decomposer", DropPlanning(goal="g")),
        goal_cancelled(1.0, "not wanted"),
        OK,
    ]


def test_cancelling_twice_is_harmless_and_an_unknown_goal_is_refused() -> None:
    office = Office(plan(A))
    office.say(1.0, cancel())
    assert office.say(2.0, cancel()) == [OK]
    answer = Refused(problem=problem_of(UnknownGoal("x")))
    assert office.say(3.0, cancel("x")) == [Tell("caller/1", answer)]


def test_a_cancellation_reaches_sub_goals_of_sub_goals() -> None:
    office = Office(plan(A))
    office.submit(child("h", "a"), plan(subtask("z")))
    office.submit(goal("i", parent=Parent(goal="h", subtask="z")))
    ended = "subtask 'A', which it served, has ended"
    ended_too = "subtask 'Z', which it served, has ended"
    assert office.say(1.0, cancel()) == [
        cancelled("a", "not wanted", 1.0),
        goal_cancelled(1.0, "not wanted"),
        *withdrawn("a", reason="not wanted"),
        cancelled("z", ended, 1.0, of="h"),
        goal_cancelled(1.0, ended, "h"),
        *withdrawn("z", reason=ended),
        Tell("decomposer", DropPlanning(goal="i")),
        goal_cancelled(1.0, ended_too, "i"),
        OK,
    ]


def test_a_long_line_of_superiors_and_subordinates_ends_too() -> None:
    office = Office(plan(A))
    above = ("g", "a")
    for number in range(2000):
        serves = Parent(goal=above[0], subtask=above[1])
        above = (f"g{number}", f"s{number}")
        office.submit(goal(above[0], parent=serves), plan(subtask(above[1])))
    office.say(1.0, cancel())
    assert office.state() == {"open_goals": 0, "ended_goals": 2001}


def test_a_completion_that_comes_after_the_cancellation_is_too_late() -> None:
    office = Office(plan(A))
    office.say(1.0, cancel())
    assert settled("a") in office.say(2.0, done("a"))
    assert [e for e in office.say(3.0, done("a")) if isinstance(e, Record)] == []


# Too late


def test_a_goal_fails_at_its_deadline() -> None:
    office = Office()
    office.submit(goal("g", deadline=60.0), plan(A))
    assert office.say(59.9, Wake()) == []
    assert office.say(60.0, Wake()) == [
        cancelled("a", LATE.text, 60.0),
        goal_failed(60.0, LATE),
        *withdrawn("a", reason=LATE.text),
    ]


def test_it_is_the_deadline_also_where_the_scheduler_looks_at_the_clock_first() -> None:
    office = Office()
    office.submit(goal("g", deadline=60.0), plan(A))
    assert office.say(60.0, given_up("a")) == [
        cancelled("a", LATE.text, 60.0),
        goal_failed(60.0, LATE),
        *withdrawn("a", reason=LATE.text),
        settled("a"),
    ]
    assert office.say(60.0, Wake()) == []


def test_the_deadline_is_the_first_reason_before_those_that_there_were() -> None:
    office = Office()
    office.submit(goal("g", deadline=60.0), plan(A, B, subtask("y")))
    office.say(1.0, given_up("a"))
    assert goal_failed(60.0, LATE, wrong("a"), needs("b", "a")) in office.say(60.0, Wake())


def test_a_goal_that_has_ended_has_no_deadline_any_more() -> None:
    office = Office()
    office.submit(goal("g", deadline=60.0), plan(A))
    office.say(1.0, done("a"))
    assert office.say(60.0, Wake()) == []


def test_it_wakes_itself_at_the_next_deadline() -> None:
    effects = Office().logic.handle(_submit("g", 60.0), 10.0)
    assert effects[-1] == After(50.0, Wake())


def _submit(name: str, deadline: float) -> SubmitGoal:
    return SubmitGoal(goal=goal(name, deadline=deadline), plan=plan(A))


def test_with_a_goal_that_is_late_its_sub_goals_end() -> None:
    office = Office()
    office.submit(goal("g", deadline=60.0), plan(A))
    office.submit(child("h", "a"), plan(subtask("z")))
    reason = "subtask 'A', which it served, has ended"
    assert goal_cancelled(60.0, reason, "h") in office.say(60.0, Wake())


@pytest.mark.parametrize("end", ["cancelled", "given up"])
def test_with_what_fails_for_want_of_something_else_its_sub_goals_end(end: str) -> None:
    office = Office(plan(A, subtask("b", "a"), subtask("c", "b")))
    for name, superior in (("h", "b"), ("i", "c")):
        office.submit(child(name, superior), plan(subtask(f"z-{name}")))
    ends = CancelSubtask(subtask="a", reason="") if end == "cancelled" else given_up("a")

    said = office.say(1.0, ends)
    for name, superior in (("h", "B"), ("i", "C")):
        reason = f"subtask {superior!r}, which it served, has ended"
        assert goal_cancelled(1.0, reason, name) in said
    assert office.state()["open_goals"] == 0


# Forgotten


def forgotten(name: str, now: float) -> Record:
    return Record(facts.GoalForgotten(at=now, goal=name))


def test_of_the_goals_that_have_ended_the_latest_are_remembered() -> None:
    office = Office(plan(A), plan(subtask("y")), plan(subtask("z")), keep_goals=1)
    office.say(1.0, done("a"))
    assert office.say(2.0, done("y", of="g1"))[-4:] == [
        Record(facts.GoalCompleted(at=2.0, goal="g1")),
        forgotten("g", 2.0),
        *acknowledged("y"),
    ]
    assert office.state() == {"open_goals": 1, "ended_goals": 1}
    assert office.say(3.0, done("y", of="g1")) == acknowledged("y")
    stranger = office.say(3.0, done("a"))
    assert settled("a") in stranger
    assert office.submit(goal("again"), plan(A))[0] == Record(
        facts.GoalAccepted(at=0.0, goal=goal("again"))
    )


def test_a_forgotten_goal_leaves_nothing_behind() -> None:
    office = Office(keep_goals=0)
    for number in range(3):
        name = f"g{number}"
        office.submit(goal(name, key=name), plan(subtask("a"), subtask("b", "a")))
        office.submit(child("h", "a", key="h"), plan(subtask("z")))
        office.say(1.0, CancelGoal(goal="h"))
        books = office.goals
        assert books.children == {}
        office.say(1.0, CancelGoal(goal=name))
        assert (books.by_id, books.by_key, books.subtasks, books.children) == ({}, {}, {}, {})
        assert books.ended == {}


def test_a_goal_that_is_forgotten_at_once_still_ends_what_serves_it() -> None:
    office = Office(plan(A), keep_goals=0)
    office.submit(child("h", "a"), plan(subtask("z")))
    reason = "subtask 'A', which it served, has ended"
    assert goal_cancelled(1.0, reason, "h") in office.say(1.0, cancel())
    assert office.state() == {"open_goals": 0, "ended_goals": 0}


@pytest.mark.parametrize("keep_goals", [0, 1])
def test_a_goal_with_the_key_of_one_that_is_forgotten_is_a_new_one(keep_goals: int) -> None:
    office = Office(keep_goals=keep_goals)
    office.submit(goal("g", key="k"), plan(A))
    office.say(1.0, done("a"))
    effects = office.submit(goal("h", key="k"), plan(subtask("z")))
    assert (effects[0] == Record(facts.GoalAccepted(at=0.0, goal=goal("h", key="k")))) is (
        keep_goals == 0
    )


def test_a_goal_whose_last_subtask_is_done_is_completed_once() -> None:
    office = Office(plan(A))
    held = lease("a")
    message = SubtaskDone(subtask="a", lease=held, result=done("a").result, seconds=2.0)
    assert office.say(1.0, message)[:2] == [completed("a", 1.0), goal_completed(1.0)]
