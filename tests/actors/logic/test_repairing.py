"""The orchestrator: when a subtask has failed for good, the planner is asked to mend its plan."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Tell
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER
from callboard.messages.commands import CancelSubtask, DrainGoal, DrainSubtask
from callboard.messages.errors import CannotRepair, problem_of
from callboard.messages.planning import PlanGrows, PlanRefused, Repair
from callboard.messages.values import (
    Damage,
    Failure,
    PlanChange,
    Rewire,
    Stands,
    Verification,
    replace,
)
from tests.actors.logic.office import (
    Office,
    done,
    failed,
    given_up,
    goal,
    needs,
    plan,
    settled,
    statuses,
    subtask,
    wrong,
)
from tests.actors.logic.repairs import A, B, C, X, asked, change, dead, office, refused, wanted


def test_the_planner_is_asked_and_what_waits_waits_on() -> None:
    here = office()
    damage = Damage(
        number=1,
        subtasks=(
            Stands(subtask=A, stage="failed"),
            Stands(subtask=B, stage="pending"),
            Stands(subtask=C, stage="pending"),
            Stands(subtask=X, stage="ready"),
        ),
        failures=(Failure(subtask="a", problem=wrong("a")),),
        waiting=("b", "c"),
    )

    assert here.say(1.0, given_up("a")) == [
        failed("a", 1.0),
        wanted(1.0),
        settled("a"),
        Tell(DECOMPOSER, Repair(goal=goal(), damage=damage)),
    ]
    assert statuses(here) == {"a": "failed", "b": "pending", "c": "pending", "x": "ready"}


def test_the_goal_does_not_end_as_long_as_it_may_be_mended() -> None:
    here = office(A)
    here.say(1.0, given_up("a"))

    assert not here.goals.by_id["g"].ended


def test_where_nobody_mends_plans_all_that_waits_fails() -> None:
    here = office(repairs=0)
    expected = [failed("a", 1.0), failed("b", 1.0, needs("b", "a"))]

    assert here.say(1.0, given_up("a"))[:2] == expected


@pytest.mark.parametrize(("usual", "said"), [(0, 1), (1, 0)])
def test_what_a_goal_says_counts_more_than_what_is_usual(usual: int, said: int) -> None:
    here = Office(repairs=usual)
    here.submit(goal(repairs=said), plan(A, B))
    assert len(asked(here.say(1.0, given_up("a")))) == said


def test_what_is_optional_needs_no_repair() -> None:
    here = office(replace(A, optional=True), B)
    assert asked(here.say(1.0, given_up("a"))) == []


def test_what_somebody_cancels_is_not_made_up_for() -> None:
    here = office()
    effects = here.say(1.0, CancelSubtask(subtask="a", reason="no", reply_to="caller/1"))
    assert asked(effects) == []


def test_a_verification_is_never_mended() -> None:
    here = office(replace(A, verify=Verification()))
    here.say(1.0, done("a"))
    effects = here.say(2.0, given_up("a.verify-1"))

    [one] = asked(effects)
    assert (one.goal.id, one.damage.failed) == ("g", ("a",))


def test_a_draining_subtask_is_not_made_up_for() -> None:
    here = office()
    here.say(1.0, DrainSubtask(subtask="a", reply_to="caller/1"))
    assert asked(here.say(2.0, given_up("a"))) == []


def test_a_draining_goal_is_not_mended() -> None:
    here = office()
    here.say(1.0, DrainGoal(goal="g", reply_to="caller/1"))
    assert asked(here.say(2.0, given_up("a"))) == []


def test_no_more_repairs_are_made_than_the_goal_has() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change())

    effects = here.say(3.0, given_up("d"))
    assert asked(effects) == []
    assert failed("b", 3.0, needs("b", "d")) in effects


def test_a_second_repair_makes_up_for_what_the_first_one_added() -> None:
    here = office(repairs=2)
    here.say(1.0, given_up("a"))
    here.say(2.0, change())
    [second] = asked(here.say(3.0, given_up("d")))

    assert [one.subtask.uuid for one in second.damage.subtasks] == ["b", "c", "x", "d"]
    assert (second.damage.number, second.damage.failed) == (2, ("d",))
    again = PlanChange(add=(subtask("e"),), rewire=(Rewire(subtask="b", dependencies=("e",)),))
    here.say(4.0, change(2, "d", of=again))
    for uuid in ("e", "b", "c", "x"):
        here.say(5.0, done(uuid))
    assert here.facts[-1] == facts.GoalCompleted(at=5.0, goal="g")


def test_what_fails_meanwhile_is_made_up_for_together() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    effects = here.say(2.0, given_up("x"))

    assert wanted(2.0, "a", "x") in effects
    [again] = asked(effects)
    assert (again.damage.number, again.damage.failed) == (1, ("a", "x"))


def test_an_answer_that_knows_less_than_what_has_failed_is_not_taken() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, given_up("x"))

    assert here.say(3.0, change()) == dead("ChangeReady", 3.0)
    assert here.say(3.0, refused()) == dead("ChangeRefused", 3.0)


def test_what_fails_in_one_turn_is_asked_for_once() -> None:
    here = office()
    logic = here.logic
    effects = [*logic.take(given_up("a"), 1.0), *logic.take(given_up("x"), 1.0)]
    effects += logic.settle(1.0)

    [only] = asked(effects)
    assert only.damage.failed == ("a", "x")


def test_a_plan_that_grows_is_mended_once_it_is_whole() -> None:
    here = Office(repairs=1)
    here.submit(goal())
    here.say(1.0, PlanGrows(goal="g", first=0, plan=plan(A)))
    effects = here.say(2.0, given_up("a"))
    assert wanted(2.0) in effects
    assert asked(effects) == []

    [repair] = asked(here.say(3.0, PlanGrows(goal="g", first=1, plan=plan(B), last=True)))
    assert repair.damage.waiting == ("b",)


def test_a_plan_that_grows_and_is_cut_off_fails_with_all_reasons() -> None:
    here = Office(repairs=1)
    here.submit(goal())
    here.say(1.0, PlanGrows(goal="g", first=0, plan=plan(A)))
    here.say(2.0, given_up("a"))
    problem = problem_of(CannotRepair("the planner has gone"))
    here.say(3.0, PlanRefused(goal="g", problem=problem))

    assert here.facts[-1] == facts.GoalFailed(at=3.0, goal="g", problems=(problem, wrong("a")))
