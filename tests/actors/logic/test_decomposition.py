from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import After, DropPlan, Effect, MakePlan, Show, Tell
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SUPERVISOR
from callboard.messages.commands import Ping, Pong
from callboard.messages.errors import (
    MalformedPlan,
    PlanHasCycle,
    PlanningError,
    PlanTooLarge,
    UnknownPriority,
    problem_of,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import (
    Corrected,
    Decompose,
    DecomposerStarted,
    DropPlanning,
    PlanGrows,
    PlanMade,
    PlanningFailed,
    PlanPart,
    PlanReady,
    PlanRefused,
)
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.values import (
    Correction,
    Goal,
    LearntDuration,
    Plan,
    Problem,
    Subtask,
    replace,
)

GOAL = Goal(id="g1", text="analyze it")
PLAN = Plan(
    subtasks=(Subtask(uuid="a", name="A"), Subtask(uuid="b", name="B", dependencies=("a",)))
)
CYCLE = Plan(subtasks=(Subtask(uuid="a", name="A", dependencies=("a",)),))


@pytest.fixture
def logic() -> DecompositionLogic:
    return DecompositionLogic(incarnation=2, largest_plan=3, planning_seconds=30.0)


def refused(error: Exception) -> list[Effect]:
    return [Tell(ORCHESTRATOR, PlanRefused(goal="g1", problem=problem_of(error)))]


def dead(what: str, at: float) -> list[Effect]:
    reason = "nobody waits for a plan of goal 'g1' any more"
    return [Show(DeadLetter(at=at, to=DECOMPOSER, what=what, reason=reason))]


def test_it_says_that_it_has_started() -> None:
    first = DecompositionLogic(incarnation=1, largest_plan=3)
    assert first.start(0.0) == [Tell(SUPERVISOR, ActorStarted(address=DECOMPOSER, incarnation=1))]


def test_one_that_follows_another_asks_what_that_one_was_to_plan(logic: DecompositionLogic) -> None:
    assert logic.start(0.0) == [
        Tell(SUPERVISOR, ActorStarted(address=DECOMPOSER, incarnation=2)),
        Tell(ORCHESTRATOR, DecomposerStarted(incarnation=2)),
    ]


def test_a_goal_is_handed_to_the_planner_with_a_deadline(logic: DecompositionLogic) -> None:
    assert logic.handle(Decompose(goal=GOAL), 1.0) == [MakePlan(GOAL, 30.0), After(30.0, Wake())]


def test_a_sound_plan_is_passed_on(logic: DecompositionLogic) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    assert logic.handle(PlanMade(goal="g1", plan=PLAN), 2.0) == [
        Tell(ORCHESTRATOR, PlanReady(goal="g1", plan=PLAN))
    ]


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (CYCLE, PlanHasCycle(["A"])),
        (Plan(subtasks=PLAN.subtasks * 2), PlanTooLarge(4, 3)),
        ("a plan", MalformedPlan("$", "expected a Plan, got str")),
    ],
)
def test_an_unsound_plan_is_refused(logic: DecompositionLogic, plan: Any, error: Exception) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    assert logic.handle(PlanMade(goal="g1", plan=plan), 2.0) == refused(error)


def test_a_planner_that_raises_is_a_refusal(logic: DecompositionLogic) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    problem = Problem(error="KeyError", text="KeyError: 'x'", traceback="line 1")
    [effect] = logic.handle(PlanningFailed(goal="g1", problem=problem), 2.0)
    expected = Problem(
        error="PlanningError",
        text="no plan could be made: KeyError: 'x'",
        details=("KeyError: 'x'",),
        fault="callboard",
        traceback="line 1",
        lasting=True,
        bases=("CallboardError",),
    )
    assert effect == Tell(ORCHESTRATOR, PlanRefused(goal="g1", problem=expected))


def test_an_error_of_our_own_is_passed_on_as_it_is(logic: DecompositionLogic) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    error = UnknownPriority("URGENT")
    failed = PlanningFailed(goal="g1", problem=problem_of(error))
    assert logic.handle(failed, 2.0) == refused(error)


def test_a_planner_that_is_silent_is_a_refusal_and_its_late_answer_is_seen(
    logic: DecompositionLogic,
) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    late = PlanningError("the planner gave no answer within 30 s")
    assert logic.handle(Wake(), 30.9) == []
    assert logic.handle(Wake(), 31.0) == [DropPlan("g1"), *refused(late)]
    assert logic.handle(PlanMade(goal="g1", plan=PLAN), 32.0) == dead("PlanMade", 32.0)


def test_what_was_dropped_is_not_answered_but_seen(logic: DecompositionLogic) -> None:
    failed = PlanningFailed(goal="g1", problem=problem_of(PlanningError("x")))
    logic.handle(Decompose(goal=GOAL), 1.0)
    assert logic.handle(DropPlanning(goal="g1"), 2.0) == [DropPlan("g1")]
    assert logic.handle(PlanMade(goal="g1", plan=PLAN), 3.0) == dead("PlanMade", 3.0)
    assert logic.handle(failed, 4.0) == dead("PlanningFailed", 4.0)
    assert logic.handle(Wake(), 31.0) == []


def test_dropping_what_is_unknown_does_no_harm(logic: DecompositionLogic) -> None:
    assert logic.handle(DropPlanning(goal="g9"), 1.0) == []


def test_a_goal_that_is_dropped_before_it_is_asked_for_is_never_planned(
    logic: DecompositionLogic,
) -> None:
    logic.handle(DropPlanning(goal="g1"), 1.0)
    assert logic.handle(Decompose(goal=GOAL), 1.0) == []
    assert logic.handle(Ping(reply_to="caller/1"), 1.0) == [
        Tell("caller/1", Pong(address=DECOMPOSER, state={"planning": 0}))
    ]


def test_a_goal_that_is_asked_for_twice_is_planned_once(logic: DecompositionLogic) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    assert logic.handle(Decompose(goal=GOAL), 2.0) == []


def test_it_answers_with_the_number_of_goals_under_way(logic: DecompositionLogic) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    assert logic.handle(Ping(reply_to="caller/1"), 2.0) == [
        Tell("caller/1", Pong(address=DECOMPOSER, state={"planning": 1}))
    ]


def learnt(uuid: str, stated: float = 60.0) -> Corrected:
    duration = LearntDuration(stated=stated, minutes=22.0, attempts=41, low=15.0, high=30.0)
    return Corrected(subtask=uuid, correction=Correction(duration=duration))


def with_it(subtask: Subtask) -> Subtask:
    correction = learnt(subtask.uuid).correction
    return replace(subtask, estimated_duration=22.0, correction=correction)


def test_what_history_contradicts_is_corrected_in_what_is_passed_on(
    logic: DecompositionLogic,
) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    made = PlanMade(goal="g1", plan=PLAN, corrections=(learnt("b"), learnt("not there")))

    a, b = PLAN.subtasks
    assert logic.handle(made, 2.0) == [
        Tell(ORCHESTRATOR, PlanReady(goal="g1", plan=Plan(subtasks=(a, with_it(b)))))
    ]


def test_parts_stay_as_they_were_corrected_when_they_came(logic: DecompositionLogic) -> None:
    """By the end more may be known; the planner answers with all that it had said."""
    a, b = PLAN.subtasks
    logic.handle(Decompose(goal=GOAL), 1.0)
    part = PlanPart(goal="g1", first=0, plan=Plan(subtasks=(a,)), corrections=(learnt("a"),))
    made = PlanMade(goal="g1", plan=PLAN, corrections=(learnt("b"),))

    assert logic.handle(part, 2.0)[0] == Tell(
        ORCHESTRATOR, PlanGrows(goal="g1", first=0, plan=Plan(subtasks=(with_it(a),)))
    )
    assert logic.handle(made, 3.0) == [
        Tell(
            ORCHESTRATOR,
            PlanGrows(goal="g1", first=1, plan=Plan(subtasks=(with_it(b),)), last=True),
        )
    ]


@pytest.mark.parametrize("stated", [float("nan"), -1.0, float("inf")])
def test_what_a_planner_claims_to_be_learnt_is_not_believed(
    logic: DecompositionLogic, stated: float
) -> None:
    logic.handle(Decompose(goal=GOAL), 1.0)
    forged = replace(PLAN.subtasks[0], correction=learnt("a", stated).correction)
    [told] = logic.handle(PlanMade(goal="g1", plan=Plan(subtasks=(forged,))), 2.0)
    assert isinstance(told, Tell)
    assert isinstance(told.message, PlanRefused)
    assert told.message.problem.error == "InvalidDuration"
