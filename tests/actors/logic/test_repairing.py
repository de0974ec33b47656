"""The orchestrator: plans are mended when a subtask has failed for good."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.goal_states import Status
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.commands import (
    CancelGoal,
    CancelSubtask,
    DrainGoal,
    DrainSubtask,
    EditSubtask,
    PauseGoal,
)
from callboard.messages.errors import CannotRepair, problem_of
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import (
    ChangeReady,
    ChangeRefused,
    DecomposerStarted,
    DropPlanning,
    PlanGrows,
    PlanRefused,
    Repair,
)
from callboard.messages.supervision import Wake
from callboard.messages.values import (
    Damage,
    Failure,
    PlanChange,
    Rewire,
    Stands,
    Verification,
    replace,
)
from callboard.messages.work import Amended, SchedulerStarted, SubtasksReady
from tests.actors.logic.office import (
    Office,
    cancelled,
    child,
    done,
    failed,
    foreseen,
    given_up,
    goal,
    needs,
    plan,
    ready,
    result_of,
    sent,
    settled,
    subtask,
    unready,
    wrong,
)

A, B, C, X = subtask("a"), subtask("b", "a"), subtask("c", "b"), subtask("x")
D = subtask("d")
CHANGE = PlanChange(add=(D,), rewire=(Rewire(subtask="b", dependencies=("d",)),), source="m")


def office(*subtasks: Any, repairs: int = 1, **more: Any) -> Office:
    """Its plan, or of one whose last subtask waits for one that waits for another."""
    found = Office(repairs=repairs)
    found.submit(goal("g", **more), plan(*(subtasks or (A, B, C, X))))
    return found


def change(number: int = 1, *lost: str, of: PlanChange = CHANGE) -> ChangeReady:
    return ChangeReady(goal="g", number=number, failed=lost or ("a",), change=of)


def refused(number: int = 1, *lost: str, why: str = "no idea") -> ChangeRefused:
    problem = problem_of(CannotRepair(why))
    return ChangeRefused(goal="g", number=number, failed=lost or ("a",), problem=problem)


def wanted(now: float, *lost: str, number: int = 1) -> Effect:
    return Record(facts.RepairWanted(at=now, goal="g", number=number, failed=lost or ("a",)))


def abandoned(now: float, why: str = "no idea", number: int = 1) -> Effect:
    problem = problem_of(CannotRepair(why))
    return Record(facts.RepairAbandoned(at=now, goal="g", number=number, problem=problem))


def dead(what: str, now: float) -> list[Effect]:
    reason = "goal g waits for no such change"
    return [Show(DeadLetter(at=now, to=ORCHESTRATOR, what=what, reason=reason))]


def asked(effects: list[Effect]) -> list[Repair]:
    told = [e.message for e in effects if isinstance(e, Tell) and e.to == DECOMPOSER]
    return [message for message in told if isinstance(message, Repair)]


def dropped(effects: list[Effect]) -> bool:
    return Tell(DECOMPOSER, DropPlanning(goal="g")) in effects


def statuses(found: Office) -> dict[str, str]:
    return {uuid: state.status.value for uuid, state in found.goals.by_id["g"].subtasks.items()}


# Asked


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


# Mended


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


# Not mended


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


# Whoever comes after


def test_a_decomposer_that_was_restarted_is_asked_again() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    assert [r.damage.failed for r in asked(here.say(2.0, DecomposerStarted(incarnation=2)))] == [
        ("a",)
    ]


def test_an_orchestrator_that_was_restarted_asks_again() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    after = Office(history=here.facts, repairs=1)

    assert [repair.damage.failed for repair in asked(after.started)] == [("a",)]
    assert after.say(2.0, change()) == here.say(2.0, change())


def test_a_scheduler_that_was_restarted_is_told_of_what_is_left() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change(of=PlanChange(add=(D,), rewire=(Rewire(subtask="c"),), drop=("b",))))
    [told] = here.say(3.0, SchedulerStarted(incarnation=2))

    assert isinstance(told, Tell)
    assert {one.subtask.uuid for one in told.message.subtasks} == {"x", "d", "c"}  # type: ignore[attr-defined]


def test_a_failure_that_the_journal_ends_with_is_made_up_for() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    torn = [fact for fact in here.facts if not isinstance(fact, facts.RepairWanted)]
    after = Office(history=torn, repairs=1)

    assert [type(fact).__name__ for fact in after.facts[len(torn) :]] == ["RepairWanted"]
    assert [repair.damage.failed for repair in asked(after.started)] == [("a",)]


def test_a_change_that_the_journal_ends_with_is_carried_out() -> None:
    here = office()
    here.say(1.0, given_up("a"))
    here.say(2.0, change(of=PlanChange(rewire=(Rewire(subtask="c"),), drop=("b",))))
    [last] = [n for n, fact in enumerate(here.facts) if isinstance(fact, facts.PlanChanged)]
    after = Office(history=here.facts[: last + 1], repairs=1)

    assert (
        statuses(after)
        == statuses(here)
        == {
            "a": "failed",
            "b": "cancelled",
            "c": "ready",
            "x": "ready",
        }
    )
