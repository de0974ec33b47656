"""The decomposer: changes of running plans are asked for, checked, and asked for once more."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import After, DropPlan, Effect, MakeChange, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR
from callboard.messages.commands import Ping, Pong
from callboard.messages.errors import (
    CannotRepair,
    ChangesNothing,
    MalformedPlan,
    PlanOverBudget,
    PlanTooLarge,
    UnknownPriority,
    problem_of,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import (
    ChangeMade,
    ChangeReady,
    ChangeRefused,
    DropPlanning,
    PlanningStumbled,
    PlanPart,
    Repair,
    RepairFailed,
)
from callboard.messages.resources import Allowance, Amount
from callboard.messages.supervision import Wake
from callboard.messages.values import (
    Damage,
    Failure,
    Goal,
    Plan,
    PlanChange,
    Problem,
    Rewire,
    Stands,
    Subtask,
    replace,
)

GOAL = Goal(id="g", text="dig")
A, B = Subtask(uuid="a", name="A"), Subtask(uuid="b", name="B", dependencies=("a",))
NEW = Subtask(uuid="n", name="N")
PROBLEM = Problem(error="OSError", text="rain")
DAMAGE = Damage(
    number=1,
    subtasks=(Stands(subtask=A, stage="failed"), Stands(subtask=B, stage="pending")),
    failures=(Failure(subtask="a", problem=PROBLEM),),
    waiting=("b",),
)
CHANGE = PlanChange(add=(NEW,), rewire=(Rewire(subtask="b", dependencies=("n",)),))
BAD = PlanChange(drop=("b",))
COMPLAINT = problem_of(ChangesNothing())


@pytest.fixture
def logic() -> DecompositionLogic:
    return DecompositionLogic(1, 4, 30.0)


def ask(logic: DecompositionLogic, damage: Damage = DAMAGE, now: float = 1.0) -> list[Effect]:
    return logic.handle(Repair(goal=GOAL, damage=damage), now)


def made(change: Any = CHANGE, *failed: str, **more: Any) -> ChangeMade:
    return ChangeMade(goal="g", failed=failed or ("a",), change=change, **more)


def refused(problem: Problem) -> Effect:
    return Tell(ORCHESTRATOR, ChangeRefused(goal="g", number=1, failed=("a",), problem=problem))


def dead(what: str, now: float) -> list[Effect]:
    reason = "nobody waits for such a change of goal 'g' any more"
    return [Show(DeadLetter(at=now, to=DECOMPOSER, what=what, reason=reason))]


def test_the_planner_is_asked_with_a_deadline(logic: DecompositionLogic) -> None:
    assert ask(logic) == [MakeChange(GOAL, DAMAGE, 30.0), After(30.0, Wake())]
    assert logic.handle(Ping(reply_to="caller/1"), 1.0) == [
        Tell("caller/1", Pong(address=DECOMPOSER, state={"planning": 1}))
    ]


def test_a_change_that_can_be_is_passed_on(logic: DecompositionLogic) -> None:
    ask(logic)
    ready = ChangeReady(goal="g", number=1, failed=("a",), change=CHANGE)
    assert logic.handle(made(), 2.0) == [Tell(ORCHESTRATOR, ready)]
    assert logic.handle(made(), 3.0) == dead("ChangeMade", 3.0)


def test_a_change_that_cannot_be_is_asked_for_once_more(logic: DecompositionLogic) -> None:
    ask(logic)
    then = "asks once more how the plan can be mended"
    setback = facts.PlanningSetback(at=11.0, goal="g", problem=COMPLAINT, then=then)
    again = replace(DAMAGE, complaint=str(ChangesNothing()))

    assert logic.handle(made(BAD), 11.0) == [Record(setback), MakeChange(GOAL, again, 20.0)]
    assert logic.handle(made(BAD), 12.0) == [refused(COMPLAINT)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("no change", MalformedPlan("$", "expected a PlanChange, got str")),
        (None, MalformedPlan("$", "expected a PlanChange, got NoneType")),
        (
            PlanChange(add=tuple(replace(NEW, uuid=str(n)) for n in range(3))),
            PlanTooLarge(5, 4),
        ),
    ],
)
def test_what_is_no_change_is_refused(
    logic: DecompositionLogic, given: object, error: Exception
) -> None:
    ask(logic, replace(DAMAGE, complaint="before"))
    assert logic.handle(made(given), 2.0) == [refused(problem_of(error))]


def test_no_more_is_demanded_than_is_left(logic: DecompositionLogic) -> None:
    ask(logic, replace(DAMAGE, complaint="before"))
    dear = replace(NEW, demands=(Amount(resource="usd", amount=3.0),))
    left = (Allowance(resource="usd", amount=2.0),)

    assert logic.handle(made(replace(CHANGE, add=(dear,)), left=left), 2.0) == [
        refused(problem_of(PlanOverBudget("usd", 3.0, 2.0)))
    ]


def test_a_planner_that_raises_is_a_refusal(logic: DecompositionLogic) -> None:
    ask(logic)
    problem = Problem(error="KeyError", text="KeyError: 'x'", traceback="line 1")
    expected = replace(problem_of(CannotRepair("KeyError: 'x'")), traceback="line 1")
    failed = RepairFailed(goal="g", failed=("a",), problem=problem)

    assert logic.handle(failed, 2.0) == [refused(expected)]
    assert logic.handle(failed, 3.0) == dead("RepairFailed", 3.0)


def test_an_error_of_our_own_is_passed_on_as_it_is(logic: DecompositionLogic) -> None:
    ask(logic)
    problem = problem_of(UnknownPriority("URGENT"))
    assert logic.handle(RepairFailed(goal="g", failed=("a",), problem=problem), 2.0) == [
        refused(problem)
    ]


def test_a_planner_that_is_silent_is_a_refusal(logic: DecompositionLogic) -> None:
    ask(logic)
    late = problem_of(CannotRepair("the planner gave no answer within 30 s"))
    assert logic.handle(Wake(), 30.9) == []
    assert logic.handle(Wake(), 31.0) == [DropPlan("g"), refused(late)]
    assert logic.handle(made(), 32.0) == dead("ChangeMade", 32.0)


def test_the_second_answer_has_no_more_time_than_the_first(logic: DecompositionLogic) -> None:
    ask(logic)
    logic.handle(made(BAD), 30.0)
    assert logic.handle(Wake(), 31.0)[0] == DropPlan("g")


def test_when_more_fails_it_is_asked_anew(logic: DecompositionLogic) -> None:
    ask(logic)
    more = replace(DAMAGE, failures=(*DAMAGE.failures, Failure(subtask="x", problem=PROBLEM)))
    assert ask(logic, more, 2.0)[:2] == [DropPlan("g"), MakeChange(GOAL, more, 30.0)]
    assert logic.handle(made(), 3.0) == dead("ChangeMade", 3.0)
    [told] = logic.handle(made(CHANGE, "a", "x"), 4.0)
    assert isinstance(told, Tell)
    assert isinstance(told.message, ChangeReady)


def test_an_orchestrator_that_was_restarted_may_ask_again(logic: DecompositionLogic) -> None:
    ask(logic)
    assert ask(logic) == []


def test_a_change_that_nobody_wants_any_more_is_dropped(logic: DecompositionLogic) -> None:
    ask(logic)
    assert logic.handle(DropPlanning(goal="g"), 2.0) == [DropPlan("g")]
    assert logic.handle(made(), 3.0) == dead("ChangeMade", 3.0)


def test_a_drop_that_overtakes_the_question_counts(logic: DecompositionLogic) -> None:
    logic.handle(DropPlanning(goal="g"), 1.0)
    assert ask(logic) == []


def test_what_goes_wrong_meanwhile_is_recorded(logic: DecompositionLogic) -> None:
    said = PlanningStumbled(goal="g", problem=PROBLEM, then="tries again")
    assert logic.handle(said, 1.0) == []
    ask(logic)
    setback = facts.PlanningSetback(at=2.0, goal="g", problem=PROBLEM, then="tries again")
    assert logic.handle(said, 2.0) == [Record(setback)]


def test_parts_of_a_change_are_taken_from_nobody(logic: DecompositionLogic) -> None:
    ask(logic)
    [seen] = logic.handle(PlanPart(goal="g", first=0, plan=Plan(subtasks=(NEW,))), 2.0)
    assert isinstance(seen, Show)
