"""The orchestrator: goals come in, and get their plans."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import CancelGoal, GoalTaken, Refused
from callboard.messages.errors import (
    AlreadyEnded,
    CallboardError,
    DuplicateSubtask,
    PlanEmpty,
    UnknownSubtask,
    problem_of,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import Decompose, DecomposerStarted, PlanReady, PlanRefused
from callboard.messages.values import Goal, Plan, Priority
from tests.actors.logic.office import (
    Office,
    child,
    done,
    foreseen,
    goal,
    goal_failed,
    plan,
    ready,
    sent,
    subtask,
)

G = goal()
A, B = subtask("a"), subtask("b", "a")
TAKEN = Tell("caller/1", GoalTaken(goal="g"))


def accepted(stated: Goal, now: float = 0.0) -> Record:
    return Record(facts.GoalAccepted(at=now, goal=stated))


def adopted(how: Plan, now: float = 0.0, of: str = "g") -> Record:
    return Record(facts.PlanAdopted(at=now, goal=of, plan=how))


def test_a_goal_is_accepted_and_given_to_the_decomposer() -> None:
    assert Office().submit(G) == [accepted(G), Tell("decomposer", Decompose(goal=G)), TAKEN]


def test_a_goal_with_a_plan_is_begun_at_once() -> None:
    how = plan(A, B, subtask("c"))
    assert Office().submit(G, how) == [
        accepted(G),
        adopted(how),
        *sent(ready(A, rank=120.0), ready(subtask("c")), ahead=[foreseen(B)]),
        TAKEN,
    ]


def test_its_subtasks_know_the_goal_and_how_urgent_they_are() -> None:
    late = goal("g", context="Q4", deadline=99.0)
    urgent = subtask("b", "a", priority=Priority.CRITICAL)
    expected = ready(A, rank=120.0, urgency=Priority.CRITICAL, context="Q4", deadline=99.0)
    later = foreseen(urgent, urgency=Priority.CRITICAL, deadline=99.0)
    assert Office().submit(late, plan(A, urgent))[2:4] == sent(expected, ahead=[later])


def test_the_same_idempotency_key_is_the_same_goal_also_when_it_has_ended() -> None:
    office = Office()
    office.submit(goal("g", key="k"), plan(A))
    known = [Tell("caller/1", GoalTaken(goal="g", known=True))]
    assert office.submit(goal("other", key="k"), plan(subtask("z"))) == known
    office.say(1.0, done("a"))
    assert office.submit(goal("third", key="k"), plan(subtask("z"))) == known
    assert office.submit(goal("fourth", key="l"), plan(subtask("z")))[-1] == Tell(
        "caller/1", GoalTaken(goal="fourth")
    )


def test_a_subtask_that_is_there_already_is_refused_and_nothing_changes() -> None:
    office = Office(plan(A))
    answer = Refused(problem=problem_of(DuplicateSubtask("a")))
    assert office.submit(goal("h"), plan(subtask("z"), A)) == [Tell("caller/1", answer)]
    assert office.state() == {"open_goals": 1, "ended_goals": 0}


def test_a_subtask_that_runs_may_submit_a_goal_of_its_own() -> None:
    office = Office(plan(A))
    sub = child("h", "a")
    assert office.submit(sub, plan(subtask("z")))[0] == accepted(sub)


@pytest.mark.parametrize(
    ("of", "why"), [("x", UnknownSubtask("x")), ("a", AlreadyEnded("a", "completed"))]
)
def test_a_goal_that_would_serve_nobody_is_refused(of: str, why: CallboardError) -> None:
    office = Office(plan(A, B))
    office.say(1.0, done("a"))
    answer = Tell("caller/1", Refused(problem=problem_of(why)))
    assert office.submit(child("h", of)) == [answer]


# Plans


def test_a_plan_that_was_made_is_adopted() -> None:
    office = Office()
    office.submit(G)
    assert office.say(1.0, PlanReady(goal="g", plan=plan(A, B))) == [
        adopted(plan(A, B), 1.0),
        *sent(ready(A, rank=120.0, since=1.0), now=1.0, ahead=[foreseen(B)]),
    ]


def test_a_goal_without_a_plan_fails() -> None:
    office = Office()
    office.submit(G)
    why = problem_of(PlanEmpty())
    effects = office.say(1.0, PlanRefused(goal="g", problem=why))
    assert goal_failed(1.0, why) in effects
    assert office.state() == {"open_goals": 0, "ended_goals": 1}


def test_so_does_one_whose_plan_has_a_subtask_that_is_there_already() -> None:
    office = Office(plan(A))
    office.submit(goal("h"))
    why = problem_of(DuplicateSubtask("a"))
    effects = office.say(1.0, PlanReady(goal="h", plan=plan(A)))
    assert goal_failed(1.0, why, name="h") in effects


@pytest.mark.parametrize("name", ["planned", "ended", "unknown"])
@pytest.mark.parametrize("what", ["PlanReady", "PlanRefused"])
def test_a_plan_that_nobody_waits_for_is_a_dead_letter(name: str, what: str) -> None:
    office = Office()
    office.submit(goal("planned"), plan(A))
    office.submit(goal("ended"))
    office.say(0.5, CancelGoal(goal="ended"))
    message = (
        PlanReady(goal=name, plan=plan(subtask("z")))
        if what == "PlanReady"
        else PlanRefused(goal=name, problem=problem_of(PlanEmpty()))
    )
    reason = f"goal {name} waits for no plan"
    dead = DeadLetter(at=1.0, to="orchestrator", what=what, reason=reason)
    assert office.say(1.0, message) == [Show(dead)]


def test_a_new_decomposer_gets_all_goals_that_have_no_plan() -> None:
    office = Office(plan(A))
    office.submit(goal("h"))
    office.submit(goal("ended"))
    office.say(0.5, CancelGoal(goal="ended"))
    again = [Tell("decomposer", Decompose(goal=goal("h")))]
    assert office.say(1.0, DecomposerStarted(incarnation=2)) == again
