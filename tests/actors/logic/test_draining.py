"""Drain: what runs may end, nothing else begins, and the rest is cancelled."""

from __future__ import annotations

from callboard.actors.logic.effects import Record, Tell
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages import facts
from callboard.messages.commands import (
    Done,
    DrainGoal,
    DrainRuntime,
    DrainSubtask,
    GoalTaken,
    Refused,
    ResumeRuntime,
)
from callboard.messages.errors import RuntimeDraining, UnknownGoal, UnknownSubtask, problem_of
from callboard.messages.work import Hold, Release, SubtaskIdle
from tests.actors.logic.office import (
    WRONG,
    Office,
    acknowledged,
    cancelled,
    child,
    completed,
    done,
    failed,
    given_up,
    goal,
    goal_cancelled,
    goal_completed,
    needs,
    plan,
    settled,
    subtask,
    unready,
    withdrawn,
)

DONE = Tell("caller/1", Done())
A, B, C = subtask("a"), subtask("b", "a"), subtask("c")
DRAIN = DrainGoal(goal="g", reason="closing time", reply_to="caller/1")
WHY = "closing time"
FORGET = Tell("scheduler", Release(goals=("g",), ended=True))


def last(*uuids: str) -> Tell:
    return Tell("scheduler", Hold(goals=("g",), ready=uuids, last=True))


def idle(uuid: str) -> SubtaskIdle:
    return SubtaskIdle(subtask=uuid)


def test_what_waits_for_others_is_cancelled_and_the_scheduler_says_what_runs() -> None:
    office = Office(plan(A, B, C))
    assert office.say(1.0, DRAIN) == [
        Record(facts.GoalDraining(at=1.0, goal="g", reason=WHY)),
        cancelled("b", WHY, 1.0),
        unready("b"),
        last("a", "c"),
        DONE,
    ]


def test_what_nobody_runs_is_cancelled_and_the_goal_ends_with_what_runs() -> None:
    office = Office(plan(A, B, C))
    office.say(1.0, DRAIN)
    assert office.say(2.0, idle("c")) == [
        cancelled("c", WHY, 2.0),
        *withdrawn("c", reason=WHY),
    ]
    assert office.say(3.0, done("a")) == [
        completed("a", 3.0),
        goal_cancelled(3.0, WHY),
        FORGET,
        *acknowledged("a"),
    ]


def test_a_goal_of_which_everything_ran_is_completed() -> None:
    office = Office(plan(A))
    office.say(1.0, DRAIN)
    assert goal_completed(2.0) in office.say(2.0, done("a"))


def test_a_last_attempt_may_fail_for_good() -> None:
    office = Office(plan(A))
    office.say(1.0, DRAIN)
    assert office.say(2.0, given_up("a")) == [
        failed("a", 2.0, WRONG),
        goal_cancelled(2.0, WHY),
        FORGET,
        settled("a"),
    ]


def test_a_goal_that_has_no_plan_yet_is_cancelled() -> None:
    office = Office()
    office.submit(goal())
    assert goal_cancelled(1.0, WHY) in office.say(1.0, DRAIN)


def test_without_a_reason_it_says_what_has_happened() -> None:
    office = Office(plan(A, B))
    assert cancelled("b", "drained", 1.0) in office.say(1.0, DrainGoal(goal="g"))


def test_sub_goals_of_what_runs_go_on_and_may_still_come() -> None:
    office = Office(plan(A))
    office.submit(child("h", "a"), plan(C))
    assert office.say(1.0, DRAIN)[1:] == [last("a"), DONE]
    taken = Tell("caller/1", GoalTaken(goal="i"))
    assert office.submit(child("i", "a"), plan(subtask("d")), now=2.0)[-1] == taken


def test_draining_again_or_what_has_ended_changes_nothing() -> None:
    office = Office(plan(A))
    office.say(1.0, DRAIN)
    assert office.say(2.0, DRAIN) == [DONE]
    office.say(3.0, done("a"))
    assert office.say(4.0, DRAIN) == [DONE]
    assert office.say(4.0, DrainSubtask(subtask="a", reply_to="caller/1")) == [DONE]
    assert office.say(4.0, idle("a")) == []


def test_what_is_not_there_cannot_be_drained() -> None:
    office = Office()
    refused = Tell("caller/1", Refused(problem=problem_of(UnknownGoal("g"))))
    assert office.say(1.0, DRAIN) == [refused]
    refused = Tell("caller/1", Refused(problem=problem_of(UnknownSubtask("a"))))
    assert office.say(1.0, DrainSubtask(subtask="a", reply_to="caller/1")) == [refused]


def test_a_subtask_is_drained_alone() -> None:
    office = Office(plan(A, B, C))
    assert office.say(1.0, DrainSubtask(subtask="a", reason=WHY, reply_to="caller/1")) == [
        Record(facts.SubtaskDraining(at=1.0, goal="g", subtask="a", reason=WHY)),
        Tell("scheduler", Hold(subtasks=("a",), ready=("a",), last=True)),
        DONE,
    ]
    assert office.say(2.0, idle("a"))[:3] == [
        cancelled("a", WHY, 2.0),
        Tell("scheduler", Release(subtasks=("a",), ended=True)),
        failed("b", 2.0, needs("b", "a")),
    ]


def test_a_subtask_that_waits_for_others_is_cancelled_when_it_is_drained() -> None:
    office = Office(plan(A, B))
    assert cancelled("b", "drained", 1.0) in office.say(1.0, DrainSubtask(subtask="b"))


def test_nobody_cancels_what_is_idle_and_not_drained() -> None:
    office = Office(plan(A))
    assert office.say(1.0, idle("a")) == []


# The runtime


def test_a_draining_runtime_accepts_sub_goals_only_until_it_is_resumed() -> None:
    office = Office(plan(A))
    closed = Record(facts.RuntimeDraining(at=1.0, reason=WHY))
    assert office.say(1.0, DrainRuntime(reason=WHY, reply_to="caller/1")) == [closed, DONE]
    assert office.say(1.0, DrainRuntime(reply_to="caller/1")) == [DONE]
    refused = Tell("caller/1", Refused(problem=problem_of(RuntimeDraining())))
    assert office.submit(goal("h"), plan(B)) == [refused]
    assert Tell("caller/1", GoalTaken(goal="i")) in office.submit(child("i", "a"), plan(C))
    office.say(2.0, ResumeRuntime())
    assert Tell("caller/1", GoalTaken(goal="j")) in office.submit(goal("j"), plan(subtask("j")))


def test_a_goal_that_is_known_is_known_to_a_draining_runtime_too() -> None:
    office = Office()
    office.submit(goal("h", key="k"), plan(A))
    office.say(1.0, DrainRuntime())
    known = Tell("caller/1", GoalTaken(goal="h", known=True))
    assert office.submit(goal("i", key="k")) == [known]


# After a restart


def test_a_successor_goes_on_with_it() -> None:
    office = Office(plan(A, B, C))
    office.say(1.0, DRAIN)
    office.say(1.0, DrainSubtask(subtask="c", reason="c alone"))
    office.say(1.0, DrainRuntime())
    effects = OrchestrationLogic(2, office.facts).start(2.0)
    assert [last("a", "c") in effects, Tell(
        "scheduler", Hold(subtasks=("c",), ready=("c",), last=True)
    ) in effects] == [True, True]  # fmt: skip
    successor = Office(history=office.facts)
    assert cancelled("c", "c alone", 3.0) in successor.say(3.0, idle("c"))
    refused = Tell("caller/1", Refused(problem=problem_of(RuntimeDraining())))
    assert successor.submit(goal("h")) == [refused]


def test_a_torn_journal_leaves_nothing_of_a_draining_goal_waiting() -> None:
    office = Office(plan(A, B, C))
    office.say(1.0, DRAIN)
    torn = [f for f in office.facts if not isinstance(f, facts.SubtaskCancelled)]
    assert cancelled("b", WHY, 2.0) in OrchestrationLogic(2, torn).start(2.0)
