"""The orchestrator pauses and resumes, and tells every scheduler what is held."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages import facts
from callboard.messages.base import Address
from callboard.messages.commands import (
    CancelGoal,
    Done,
    GoalTaken,
    PauseGoal,
    PauseRuntime,
    PauseSubtask,
    Refused,
    ResumeGoal,
    ResumeRuntime,
    ResumeSubtask,
)
from callboard.messages.errors import (
    AlreadyEnded,
    CallboardError,
    GoalAlreadyEnded,
    UnknownGoal,
    UnknownSubtask,
    problem_of,
)
from callboard.messages.facts import Fact
from callboard.messages.supervision import Wake
from callboard.messages.values import replace
from callboard.messages.work import Hold, Release, Resync, SchedulerStarted
from tests.actors.logic.office import (
    Office,
    child,
    done,
    given_up,
    goal,
    goals_of,
    plan,
    ready,
    subtask,
)

ME: Address = "caller/1"
DONE = Tell(ME, Done())
A, B, C, D = subtask("a"), subtask("b", "a"), subtask("c"), subtask("d")


def refused(why: CallboardError) -> list[Effect]:
    return [Tell(ME, Refused(problem=problem_of(why)))]


def hold(**more: Any) -> Tell:
    return Tell("scheduler", Hold(**more))


def release(**more: Any) -> Tell:
    return Tell("scheduler", Release(**more))


def pause_goal(name: str = "g", **more: Any) -> PauseGoal:
    return PauseGoal(goal=name, reply_to=ME, **more)


def pause_subtask(uuid: str, **more: Any) -> PauseSubtask:
    return PauseSubtask(subtask=uuid, reply_to=ME, **more)


def resume_goal(name: str = "g") -> ResumeGoal:
    return ResumeGoal(goal=name, reply_to=ME)


def resume_subtask(uuid: str) -> ResumeSubtask:
    return ResumeSubtask(subtask=uuid, reply_to=ME)


def family() -> Office:
    """Goal "g" with subtasks a and c; "h" serves a with d, and "i" serves d."""
    office = Office(plan(A, C))
    office.submit(child("h", "a"), plan(D))
    office.submit(child("i", "d"), plan(subtask("e")))
    return office


# Goals


def test_a_paused_goal_is_held_and_it_is_recorded_first() -> None:
    office = Office(plan(A, B))
    fact = facts.GoalPaused(at=1.0, goal="g", reason="lunch", interrupt=True)
    assert office.say(1.0, pause_goal(reason="lunch", interrupt=True)) == [
        Record(fact),
        hold(goals=("g",), ready=("a",), reason="lunch", interrupt=True, reply_to=ME),
    ]


def test_a_resumed_goal_is_released() -> None:
    office = Office(plan(A, B))
    office.say(1.0, pause_goal())
    office.say(2.0, done("a"))
    assert office.say(3.0, resume_goal()) == [
        Record(facts.GoalResumed(at=3.0, goal="g")),
        release(goals=("g",), ready=("b",)),
        DONE,
    ]


def test_what_is_not_paused_is_resumed_without_a_word() -> None:
    office = Office(plan(A))
    assert office.say(1.0, resume_goal()) == [DONE]
    assert office.say(1.0, resume_subtask("a")) == [DONE]
    assert office.say(1.0, ResumeRuntime(reply_to=ME)) == [DONE]


def test_a_goal_without_a_plan_can_be_paused_before_it_has_one() -> None:
    office = Office()
    office.submit(goal())
    assert office.say(1.0, pause_goal())[1:] == [hold(goals=("g",), reply_to=ME)]


@pytest.mark.parametrize("message", [pause_goal("x"), resume_goal("x")], ids=repr)
def test_nobody_pauses_a_goal_that_is_not_there(message: Any) -> None:
    assert Office().say(1.0, message) == refused(UnknownGoal("x"))


@pytest.mark.parametrize("message", [pause_subtask("x"), resume_subtask("x")], ids=repr)
def test_nobody_pauses_a_subtask_that_is_not_there(message: Any) -> None:
    assert Office().say(1.0, message) == refused(UnknownSubtask("x"))


def test_what_has_ended_cannot_be_paused_and_may_be_resumed() -> None:
    office = Office(plan(A))
    office.say(1.0, done("a"))
    assert office.say(2.0, pause_goal()) == refused(GoalAlreadyEnded("g"))
    assert office.say(2.0, pause_subtask("a")) == refused(AlreadyEnded("a", "completed"))
    assert office.say(2.0, resume_goal()) == [DONE]
    assert office.say(2.0, resume_subtask("a")) == [DONE]


# Families


def test_sub_goals_are_held_with_their_superior() -> None:
    assert family().say(1.0, pause_goal())[1] == hold(
        goals=("g", "h", "i"), ready=("a", "c", "d", "e"), reply_to=ME
    )


def test_sub_goals_of_a_paused_subtask_are_held_with_it() -> None:
    assert family().say(1.0, pause_subtask("a"))[1] == hold(
        goals=("h", "i"), subtasks=("a",), ready=("a", "d", "e"), reply_to=ME
    )


def test_a_sub_goal_that_comes_later_is_held_before_it_is_ready() -> None:
    office = family()
    office.say(1.0, pause_goal(reason="lunch"))
    effects = office.submit(child("j", "c"), plan(subtask("f")), now=2.0)
    tells = [e for e in effects if isinstance(e, Tell)]
    assert tells[0] == hold(goals=("j",), reason="lunch")
    assert tells[-1] == Tell(ME, GoalTaken(goal="j"))


def test_what_was_paused_by_itself_stays_held_when_its_superior_goes_on() -> None:
    office = family()
    office.say(1.0, pause_goal())
    office.say(1.0, pause_subtask("d"))
    assert office.say(2.0, resume_goal())[1] == release(goals=("g", "h"), ready=("a", "c", "d"))
    assert office.say(3.0, resume_subtask("d"))[1] == release(
        goals=("i",), subtasks=("d",), ready=("d", "e")
    )


def test_what_its_superior_holds_is_not_released_by_itself() -> None:
    office = family()
    office.say(1.0, pause_goal("h"))
    office.say(1.0, pause_goal())
    assert office.say(2.0, resume_goal("h"))[1:] == [DONE]
    office.say(2.0, pause_subtask("d"))
    assert office.say(3.0, resume_subtask("d"))[1] == release(subtasks=("d",), ready=("d",))
    assert office.say(4.0, resume_goal())[1] == release(
        goals=("g", "h", "i"), ready=("a", "c", "d", "e")
    )


def test_a_goal_that_was_paused_by_itself_stays_held_when_its_subtask_goes_on() -> None:
    office = family()
    office.say(1.0, pause_goal("h"))
    office.say(1.0, pause_subtask("a"))
    assert office.say(2.0, resume_subtask("a"))[1] == release(subtasks=("a",), ready=("a",))


# Everything


def test_the_runtime_is_paused_and_resumed() -> None:
    office = Office(plan(A))
    fact = facts.RuntimePaused(at=1.0, reason="lunch")
    assert office.say(1.0, PauseRuntime(reason="lunch", reply_to=ME)) == [
        Record(fact),
        hold(runtime=True, reason="lunch", reply_to=ME),
    ]
    assert office.submit(goal("h"), now=2.0)[-1] == Tell(ME, GoalTaken(goal="h"))
    assert office.say(3.0, ResumeRuntime(reply_to=ME)) == [
        Record(facts.RuntimeResumed(at=3.0)),
        release(runtime=True),
        DONE,
    ]


# Ends


def test_what_ends_while_it_is_held_is_forgotten() -> None:
    office = Office(plan(A, C))
    office.say(1.0, pause_goal())
    office.say(1.0, pause_subtask("a"))
    assert release(subtasks=("a",), ended=True) in office.say(2.0, done("a"))
    effects = office.say(3.0, CancelGoal(goal="g", reply_to=ME))
    assert release(goals=("g",), ended=True) in effects
    assert office.say(4.0, SchedulerStarted(incarnation=2)) == [
        Tell("scheduler", Resync(subtasks=(), incarnation=2))
    ]


def test_a_deadline_does_not_stand_still() -> None:
    office = Office()
    office.submit(goal(deadline=10.0), plan(A))
    office.say(1.0, pause_goal())
    office.say(10.0, Wake())
    assert isinstance(office.facts[-1], facts.GoalFailed)


# After a restart


def test_each_new_scheduler_is_told_what_is_held_before_what_is_open() -> None:
    office = family()
    office.say(1.0, PauseRuntime(interrupt=True))
    office.say(1.0, pause_subtask("a", reason="lunch"))
    office.say(1.0, pause_goal("i"))
    *holds, last = office.say(2.0, SchedulerStarted(incarnation=2))
    assert holds == [
        hold(runtime=True, interrupt=True),
        hold(subtasks=("a",), ready=("a",), reason="lunch"),
        hold(goals=("h",), ready=("d",), reason="lunch"),
        hold(goals=("i",), ready=("e",)),
    ]
    assert isinstance(last, Tell)
    assert isinstance(last.message, Resync)


def test_a_successor_says_the_same() -> None:
    office = family()
    office.say(1.0, pause_goal(interrupt=True))
    office.say(1.0, pause_goal("i"))
    *holds, told = office.say(2.0, SchedulerStarted(incarnation=2))
    assert isinstance(told, Tell)
    unasked = Tell("scheduler", replace(told.message, incarnation=0))
    before = [*holds, unasked]
    successor = OrchestrationLogic(2, office.facts)
    assert [e for e in successor.start(3.0) if e in before] == before


def test_a_successor_has_the_scheduler_forget_what_ends() -> None:
    office = family()
    office.say(1.0, pause_goal())
    successor = Office(history=office.facts)
    effects = successor.say(2.0, CancelGoal(goal="i"))
    assert release(goals=("i",), ended=True) in effects


# Whatever happens


NAMES = ("g", "h", "i")
UUIDS = ("a", "c", "d", "e")
COMMANDS = st.one_of(
    st.builds(pause_goal, st.sampled_from(NAMES)),
    st.builds(resume_goal, st.sampled_from(NAMES)),
    st.builds(pause_subtask, st.sampled_from(UUIDS)),
    st.builds(resume_subtask, st.sampled_from(UUIDS)),
    st.builds(done, st.sampled_from(UUIDS)),
    st.builds(given_up, st.sampled_from(UUIDS)),
)


def should_be_held(goals: Goals) -> tuple[set[str], set[str]]:
    """Open goals and subtasks that are paused, or serve what is; by the definition."""
    paused = set(goals.pauses.goals)
    tasks = set(goals.pauses.subtasks)
    for _ in NAMES:
        for held in list(goals.open_goals()):
            parent = held.goal.parent
            if parent is None:
                continue
            above = goals.subtasks[parent.subtask].goal
            if parent.subtask in tasks or above in paused:
                paused.add(held.id)
    return paused, tasks


@given(st.lists(COMMANDS, max_size=12))
def test_the_scheduler_holds_what_is_paused_and_what_serves_it_and_nothing_else(
    messages: list[Any],
) -> None:
    office = family()
    held, tasks = set[str](), set[str]()
    for message in messages:
        for effect in office.say(1.0, message):
            told = effect.message if isinstance(effect, Tell) else None
            if isinstance(told, Hold):
                held |= set(told.goals)
                tasks |= set(told.subtasks)
            elif isinstance(told, Release):
                held -= set(told.goals)
                tasks -= set(told.subtasks)
        assert (held, tasks) == should_be_held(office.goals)


@given(st.lists(COMMANDS, max_size=12))
def test_a_replay_of_the_facts_pauses_the_same(messages: list[Any]) -> None:
    office = family()
    for message in messages:
        office.say(1.0, message)
    history: list[Fact] = office.facts
    again = goals_of(OrchestrationLogic(2, history)).pauses
    assert vars(again) == vars(office.goals.pauses)


def test_the_ready_message_says_nothing_of_it() -> None:
    # What is held may be released while the message is on its way.
    assert "paused" not in ready(A).__struct_fields__
