"""The orchestrator: plans that grow while they are carried out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.actors.logic.decomposition import DecompositionLogic
from callboard.actors.logic.effects import DropPlan, Effect, MakePlan, Record, Show, Tell
from callboard.actors.logic.goal_states import Status
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, ORCHESTRATOR, SCHEDULER
from callboard.messages.commands import Done, DrainGoal
from callboard.messages.errors import (
    CallboardError,
    DuplicateSubtask,
    MalformedPlan,
    PlanCutOff,
    PlanHasCycle,
    PlanningError,
    UnknownDependency,
    problem_of,
)
from callboard.messages.notices import DeadLetter
from callboard.messages.planning import (
    Decompose,
    DecomposerStarted,
    DropPlanning,
    PlanAwaited,
    PlanGrows,
    PlanMade,
    PlanPart,
    PlanRefused,
)
from callboard.messages.values import Compound, Plan, Priority, Subtask, replace
from callboard.messages.work import Amended, SubtasksReady
from tests.actors.logic.office import (
    Office,
    done,
    foreseen,
    given_up,
    goal,
    plan,
    ready,
    result_of,
    sent,
    subtask,
)
from tests.strategies import plans

A, B, C = subtask("a"), subtask("b", "a"), subtask("c", "b")


def grows(first: int, *subtasks: Subtask, last: bool = False) -> PlanGrows:
    return PlanGrows(goal="g", first=first, plan=plan(*subtasks), last=last)


def grown(first: int, *subtasks: Subtask, now: float = 1.0, last: bool = False) -> Record:
    return Record(facts.PlanGrown(at=now, goal="g", first=first, plan=plan(*subtasks), last=last))


def failed(why: CallboardError, effects: list[Effect]) -> bool:
    ends = [e.fact for e in effects if isinstance(e, Record)]
    return any(isinstance(f, facts.GoalFailed) and f.problems[0] == problem_of(why) for f in ends)


@pytest.fixture
def office() -> Office:
    made = Office()
    made.submit(goal())
    return made


def test_what_there_is_of_a_plan_is_begun(office: Office) -> None:
    assert office.say(1.0, grows(0, A, B)) == [
        grown(0, A, B),
        *sent(ready(A, rank=120.0, since=1.0), now=1.0, ahead=[foreseen(B)]),
    ]


def test_more_of_it_makes_what_waits_more_urgent(office: Office) -> None:
    office.say(1.0, grows(0, A))
    urgent = replace(B, priority=Priority.HIGH)
    high = ready(A, rank=120.0, since=1.0, urgency=Priority.HIGH)
    assert office.say(2.0, grows(1, urgent)) == [
        grown(1, urgent, now=2.0),
        Tell(
            SCHEDULER,
            SubtasksReady(subtasks=(), ahead=(foreseen(urgent, urgency=Priority.HIGH),)),
        ),
        Tell(SCHEDULER, Amended(subtasks=(high,))),
    ]


def test_what_is_done_already_is_not_waited_for(office: Office) -> None:
    office.say(1.0, grows(0, A))
    office.say(2.0, done("a"))
    assert office.say(3.0, grows(1, B)) == [
        grown(1, B, now=3.0),
        *sent(ready(B, result_of("a"), since=3.0), now=3.0),
    ]


def test_a_goal_whose_plan_grows_has_not_ended(office: Office) -> None:
    office.say(1.0, grows(0, A))
    office.say(2.0, done("a"))
    assert not office.goals.by_id["g"].ended
    assert office.say(3.0, grows(1, last=True)) == [
        grown(1, now=3.0, last=True),
        Record(facts.GoalCompleted(at=3.0, goal="g")),
    ]


@pytest.mark.parametrize("late", [False, True])
def test_what_is_new_fails_with_what_it_needs(office: Office, late: bool) -> None:  # noqa: FBT001
    office.say(1.0, grows(0, A, *([] if late else [B])))
    office.say(2.0, given_up("a"))
    office.say(3.0, grows(1 if late else 2, *([B, C] if late else [C]), last=True))
    states = office.goals.by_id["g"].subtasks
    assert {uuid: state.status for uuid, state in states.items()} == {
        "a": Status.FAILED, "b": Status.FAILED, "c": Status.FAILED,
    }  # fmt: skip
    assert office.goals.by_id["g"].ended


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (grows(0, B), PlanCutOff(1)),
        (grows(2, subtask("z")), PlanCutOff(1)),
        (grows(1, A), DuplicateSubtask("a")),
        (PlanRefused(goal="g", problem=problem_of(PlanningError("no"))), PlanningError("no")),
    ],
)
def test_what_does_not_fit_or_does_not_come_fails_the_goal(
    office: Office, message: PlanGrows | PlanRefused, why: CallboardError
) -> None:
    office.say(1.0, grows(0, A))
    effects = office.say(2.0, message)
    assert failed(why, effects)
    assert Tell(DECOMPOSER, DropPlanning(goal="g")) in effects


def test_nobody_waits_for_more_of_a_whole_plan(office: Office) -> None:
    office.say(1.0, grows(0, A, last=True))
    (effect,) = office.say(2.0, grows(1, B))
    assert isinstance(effect, Show)
    assert isinstance(effect.notice, DeadLetter)


def test_a_goal_that_is_drained_has_its_whole_plan(office: Office) -> None:
    office.say(1.0, grows(0, A, B))
    effects = office.say(2.0, DrainGoal(goal="g", reply_to="caller/1"))
    assert grown(2, now=2.0, last=True) in effects
    assert Tell(DECOMPOSER, DropPlanning(goal="g")) in effects
    assert effects[-1] == Tell("caller/1", Done())
    assert not office.goals.by_id["g"].growing


def test_a_successor_asks_for_the_rest(office: Office) -> None:
    office.say(1.0, grows(0, A, B))
    again = Office(history=office.facts)
    awaited = Tell(DECOMPOSER, PlanAwaited(goal="g", first=2))
    assert awaited in again.started
    assert again.say(2.0, DecomposerStarted(incarnation=2)) == [awaited]
    assert failed(PlanCutOff(2), again.say(3.0, refused(PlanCutOff(2))))


def refused(why: CallboardError) -> PlanRefused:
    return PlanRefused(goal="g", problem=problem_of(why))


@settings(max_examples=40)
@given(plans(largest=8), st.data())
def test_a_plan_in_parts_is_the_same_in_the_end(whole: Plan, data: st.DataObject) -> None:
    """Whatever the parts are, and whatever ends in between."""
    order = {s.uuid: s for s in whole.subtasks}
    queue = [order[uuid] for uuid in sorted(order, key=lambda one: int(one[1:]))]
    office = Office()
    office.submit(goal())
    first = 0
    while first < len(queue):
        size = data.draw(st.integers(1, len(queue) - first))
        office.say(1.0, grows(first, *queue[first : first + size]))
        first += size
        open_ones = [u for u, s in office.goals.subtasks.items() if s.status is Status.READY]
        for uuid in open_ones:
            if data.draw(st.booleans()):
                office.say(1.0, done(uuid))
    office.say(1.0, grows(first, last=True))
    at_once = Office(plan(*queue))
    for state in office.goals.by_id["g"].subtasks.values():
        other = at_once.goals.subtasks[state.spec.uuid]
        assert (state.rank, state.urgency) == (other.rank, other.urgency)
        assert sorted(state.dependents) == sorted(other.dependents)
    while open_ones := [u for u, s in office.goals.subtasks.items() if s.status is Status.READY]:
        office.say(1.0, done(open_ones[0]))
    assert office.goals.by_id["g"].ended
    replayed = Office(history=office.facts)
    assert {u: s.status for u, s in replayed.goals.subtasks.items()} == dict.fromkeys(
        order, Status.COMPLETED
    )


# The decomposer


@pytest.fixture
def logic() -> DecompositionLogic:
    made = DecompositionLogic(incarnation=1, largest_plan=3, planning_seconds=30.0)
    assert made.handle(Decompose(goal=goal()), 0.0)[0] == MakePlan(goal(), 30.0)
    return made


def part(first: int, *subtasks: Subtask) -> PlanPart:
    return PlanPart(goal="g", first=first, plan=plan(*subtasks))


def effects(logic: DecompositionLogic, message: PlanPart | PlanMade | PlanAwaited) -> list[Effect]:
    return [e for e in logic.handle(message, 1.0) if isinstance(e, (Tell, DropPlan))]


def gives_up(why: CallboardError) -> list[Effect]:
    return [DropPlan("g"), Tell(ORCHESTRATOR, refused(why))]


def test_parts_are_passed_on_and_the_answer_is_the_last_one(logic: DecompositionLogic) -> None:
    assert effects(logic, part(0, A)) == [Tell(ORCHESTRATOR, grows(0, A))]
    assert effects(logic, part(1, B)) == [Tell(ORCHESTRATOR, grows(1, B))]
    made = PlanMade(goal="g", plan=plan(A, B, C))
    assert effects(logic, made) == [Tell(ORCHESTRATOR, grows(2, C, last=True))]


def test_there_may_be_nothing_left_to_say(logic: DecompositionLogic) -> None:
    effects(logic, part(0, A))
    made = PlanMade(goal="g", plan=plan(A))
    assert effects(logic, made) == [Tell(ORCHESTRATOR, grows(1, last=True))]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (part(1, A), DuplicateSubtask("a")),
        (part(1, subtask("b", "z")), UnknownDependency("B", "z")),
        (part(1, subtask("b", "c"), subtask("c", "b")), PlanHasCycle(["B", "C"])),
        (part(0, B), PlanCutOff(1)),
    ],
)
def test_no_part_is_passed_on_that_does_not_fit(
    logic: DecompositionLogic, bad: PlanPart, why: CallboardError
) -> None:
    effects(logic, part(0, A))
    assert effects(logic, bad) == gives_up(why)
    (late,) = logic.handle(part(1, B), 2.0)
    assert isinstance(late, Show)


def test_what_was_decomposed_is_said_in_the_end(logic: DecompositionLogic) -> None:
    whole = Compound(subtask=subtask("w"), source="rules")
    own = replace(A, parent_task_uuid="w")
    made = Plan(subtasks=(own,), compounds=(whole,))
    early = PlanPart(goal="g", first=0, plan=made)
    assert effects(logic, early) == gives_up(
        MalformedPlan("$.compounds", "only a whole plan has them, in the end")
    )
    logic.handle(Decompose(goal=goal()), 2.0)
    effects(logic, part(0, own))
    assert effects(logic, PlanMade(goal="g", plan=made)) == [
        Tell(
            ORCHESTRATOR,
            PlanGrows(goal="g", first=1, plan=replace(made, subtasks=()), last=True),
        )
    ]


def test_a_plan_of_parts_is_no_larger_than_another(logic: DecompositionLogic) -> None:
    effects(logic, part(0, A, B))
    dropped, told = effects(logic, part(2, C, subtask("d")))
    assert dropped == DropPlan("g")
    assert isinstance(told, Tell)
    assert isinstance(told.message, PlanRefused)
    assert told.message.problem.error == "PlanTooLarge"


def test_an_answer_that_is_not_what_was_begun_is_refused(logic: DecompositionLogic) -> None:
    effects(logic, part(0, A))
    why = PlanningError("the plan is another one than that of which parts were handed in")
    made = PlanMade(goal="g", plan=plan(subtask("z"), B))
    assert effects(logic, made) == [Tell(ORCHESTRATOR, refused(why))]


def test_whoever_awaits_a_plan_that_nobody_makes_is_told(logic: DecompositionLogic) -> None:
    assert effects(logic, PlanAwaited(goal="g", first=2)) == []
    effects(logic, PlanMade(goal="g", plan=plan(A)))
    told = effects(logic, PlanAwaited(goal="g", first=2))
    assert told == [Tell(ORCHESTRATOR, refused(PlanCutOff(2)))]
