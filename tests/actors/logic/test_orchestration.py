"""The orchestrator as a whole: it is rebuilt from its facts, wherever they break off."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.effects import After, Effect, Tell
from callboard.actors.logic.goal_states import GoalState, SubtaskState
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages.commands import CancelGoal, CancelSubtask, Ping, Pong, SubmitGoal
from callboard.messages.facts import Fact
from callboard.messages.planning import Decompose, PlanReady
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.unions import OrchestratorMessage
from callboard.messages.values import Plan, replace
from callboard.messages.work import (
    Resync,
    SaveCheckpoint,
    SchedulerStarted,
    Settled,
    SubtasksReady,
)
from tests.actors.logic.office import (
    OTHER,
    RESULT,
    Office,
    child,
    completed,
    done,
    failed,
    foreseen,
    given_up,
    goal,
    goal_completed,
    goal_failed,
    goals_of,
    lease,
    needs,
    plan,
    ready,
    result_of,
    subtask,
    unready,
    withdrawn,
    wrong,
)
from tests.strategies import plans

A, B, C = subtask("a"), subtask("b", "a"), subtask("c", "b")


def up(incarnation: int) -> Tell:
    return Tell("supervisor", ActorStarted(address="orchestrator", incarnation=incarnation))


def resync(*readies: Any, ahead: Iterable[Any] = (), incarnation: int = 0) -> Tell:
    told = Resync(subtasks=readies, ahead=tuple(ahead), incarnation=incarnation)
    return Tell("scheduler", told)


def restarted(history: Iterable[Fact], now: float = 9.0) -> list[Effect]:
    return OrchestrationLogic(2, history, None).start(now)


# Started anew


def test_the_first_one_begins_with_nothing() -> None:
    assert OrchestrationLogic().start(0.0) == [up(1)]


def test_a_successor_says_what_is_open_and_asks_for_the_plans_that_are_missing() -> None:
    office = Office(plan(A, B, subtask("y")))
    office.submit(goal("h", deadline=99.0))
    office.say(1.0, done("a"))
    assert restarted(office.facts) == [
        up(2),
        resync(ready(B, result_of("a"), since=1.0), ready(subtask("y"))),
        Tell("decomposer", Decompose(goal=goal("h", deadline=99.0))),
        After(90.0, Wake()),
    ]


def test_a_new_scheduler_is_told_what_is_open() -> None:
    office = Office(plan(A, B))
    assert office.say(1.0, SchedulerStarted(incarnation=2)) == [
        resync(ready(A, rank=120.0), ahead=[foreseen(B)], incarnation=2)
    ]
    office.say(2.0, done("a"))
    expected = resync(ready(B, result_of("a"), since=2.0), incarnation=3)
    assert office.say(3.0, SchedulerStarted(incarnation=3)) == [expected]


def test_a_goal_of_which_only_the_end_was_not_recorded_ends() -> None:
    office = Office(plan(A))
    office.say(1.0, done("a"))
    assert restarted(office.facts[:-1]) == [up(2), goal_completed(9.0), resync()]


def test_what_depends_on_a_failed_subtask_fails_even_if_that_was_not_recorded() -> None:
    office = Office(plan(A, B, C))
    office.say(1.0, given_up("a"))
    broken_off = office.facts[: office.facts.index(failed("a", 1.0).fact) + 1]  # type: ignore[union-attr]
    assert restarted(broken_off) == [
        up(2),
        failed("b", 9.0, needs("b", "a")),
        unready("b"),
        failed("c", 9.0, needs("c", "b")),
        unready("c"),
        goal_failed(9.0, wrong("a"), needs("b", "a"), needs("c", "b")),
        resync(),
    ]


@pytest.mark.parametrize("keep_goals", [0, None])
def test_a_goal_that_serves_what_has_ended_ends(keep_goals: int | None) -> None:
    office = Office(plan(A, subtask("y")), keep_goals=keep_goals)
    office.submit(child("h", "a"), plan(subtask("z")))
    office.say(1.0, done("a"))
    broken_off = office.facts[: office.facts.index(completed("a", 1.0).fact) + 1]  # type: ignore[union-attr]
    effects = restarted(broken_off)
    reason = "subtask 'A', which it served, has ended"
    assert withdrawn("z", reason=reason)[0] in effects
    assert effects[-1] == resync(ready(subtask("y")))


def test_its_figures_tell_how_many_goals_are_open_and_how_many_have_ended() -> None:
    office = Office(plan(A), plan(subtask("y")))
    office.say(1.0, done("a"))
    state = {"open_goals": 1, "ended_goals": 1}
    answer = Tell("caller/1", Pong(address="orchestrator", state=state))
    assert office.say(2.0, Ping(reply_to="caller/1")) == [answer]


def test_the_garbage_collector_passes_over_what_is_remembered_of_subtasks() -> None:
    goals = Office(plan(A, B)).goals
    assert [gc.is_tracked(state) for state in goals.subtasks.values()] == [False, False]


# Whatever happens, and wherever the facts break off


def snapshot(goals: Goals) -> dict[str, Any]:
    """All that there is to know."""
    return {
        "goals": {name: _goal(state) for name, state in goals.by_id.items()},
        "keys": goals.by_key,
        "subtasks": {uuid: state.goal for uuid, state in goals.subtasks.items()},
        "children": {uuid: list(found) for uuid, found in goals.children.items()},
        "ended": list(goals.ended),
    }


def _goal(state: GoalState) -> tuple[Any, ...]:
    subtasks = {uuid: _subtask(each) for uuid, each in state.subtasks.items()}
    return (state.goal, state.plan, state.open, state.ended, state.problems, subtasks)


def _subtask(state: SubtaskState) -> tuple[Any, ...]:
    return (
        state.spec, state.rank, state.urgency, state.status, state.unmet, state.result,
        state.saved, state.problem, state.token, state.since,
        state.dependents,
    )  # fmt: skip


def replayed(history: Iterable[Fact]) -> Goals:
    goals = Goals()
    for fact in history:
        goals.apply(fact)
    return goals


def _any_message(draw: st.DrawFn, uuids: list[str], number: int) -> OrchestratorMessage:
    uuid = draw(st.sampled_from(uuids))
    sub = child(f"h{number}", uuid, deadline=draw(st.sampled_from([None, 50.0])))
    own_plan = plan(subtask(f"z{number}"), subtask(f"u{number}", f"z{number}"))
    uuids += [f"z{number}", f"u{number}"]
    messages: list[OrchestratorMessage] = [
        done(uuid),
        given_up(uuid),
        CancelSubtask(subtask=uuid),
        SaveCheckpoint(lease=lease(uuid), checkpoint=OTHER),
        SubmitGoal(goal=sub, plan=own_plan),
        CancelGoal(goal=draw(st.sampled_from(["g", f"h{number - 1}"]))),
        Wake(),
    ]
    return draw(st.sampled_from(messages))


@st.composite
def runs(draw: st.DrawFn) -> tuple[Plan, list[OrchestratorMessage]]:
    """A plan, some of its subtasks optional, and what is said to its orchestrator."""
    stated = draw(plans(6))
    optional = draw(st.sets(st.sampled_from([s.uuid for s in stated.subtasks])))
    subtasks = tuple(replace(s, optional=s.uuid in optional) for s in stated.subtasks)
    uuids = [s.uuid for s in stated.subtasks]
    count = draw(st.integers(1, 12))
    return plan(*subtasks), [_any_message(draw, uuids, number) for number in range(count)]


def play(how: Plan, messages: list[OrchestratorMessage], keep_goals: int | None) -> Office:
    """The run, with a look at the facts after every message."""
    office = Office(keep_goals=keep_goals)
    office.submit(goal("g", key="k", deadline=100.0), how)
    for number, message in enumerate(messages):
        office.say(10.0 * number, message)
        live = office.goals
        assert snapshot(replayed(office.facts)) == snapshot(live)
    return office


@given(runs(), st.sampled_from([0, 1, None]))
def test_a_replay_of_its_facts_gives_the_state_that_it_had(
    run: tuple[Plan, list[OrchestratorMessage]], keep_goals: int | None
) -> None:
    play(*run, keep_goals)


def finish(effects: list[Effect], logic: OrchestrationLogic) -> None:
    """Everything is planned and done, until nothing is asked for any more."""
    waiting = list(effects)
    while waiting:
        effect = waiting.pop(0)
        match effect:
            case Tell(message=Resync(subtasks=readies) | SubtasksReady(subtasks=readies)):
                for each in readies:
                    waiting += logic.handle(done(each.subtask.uuid, of=each.goal), 20.0)
            case Tell(message=Decompose(goal=asked)):
                made = PlanReady(goal=asked.id, plan=plan(subtask(f"new {asked.id}")))
                waiting += logic.handle(made, 20.0)
            case _:
                pass


@given(runs(), st.data())
def test_wherever_its_facts_break_off_a_successor_brings_every_goal_to_its_end(
    run: tuple[Plan, list[OrchestratorMessage]], data: st.DataObject
) -> None:
    history = play(*run, keep_goals=None).facts
    kept = data.draw(st.integers(0, len(history)))
    logic = OrchestrationLogic(2, history[:kept], None)
    finish(logic.start(10.0), logic)
    assert [g.id for g in goals_of(logic).open_goals()] == []


@given(runs())
def test_every_subtask_ends_once(run: tuple[Plan, list[OrchestratorMessage]]) -> None:
    history = play(*run, keep_goals=None).facts
    endings = ("SubtaskCompleted", "SubtaskFailed", "SubtaskCancelled")
    ended = [fact.subtask_id for fact in history if type(fact).__name__ in endings]
    assert len(ended) == len(set(ended))


def test_what_was_confirmed_is_confirmed_by_a_successor_too() -> None:
    office = Office(plan(A, B))
    office.say(1.0, done("a"))
    successor = Office(history=office.facts)
    again = successor.say(10.0, done("a"))
    assert again[0] == Tell("scheduler", Settled(subtasks=("a",)))
    assert successor.facts == office.facts
    assert RESULT in [state.result for state in successor.goals.subtasks.values()]
