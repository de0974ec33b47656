"""The orchestrator: subtasks end, and what follows for others."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.orchestration import OrchestrationLogic
from callboard.messages import facts
from callboard.messages.commands import CancelSubtask, Done, Refused, SubmitGoal
from callboard.messages.errors import (
    AlreadyEnded,
    Blocked,
    CallboardError,
    SubtaskCancelled,
    UnknownSubtask,
    problem_of,
)
from callboard.messages.notices import StaleRefused
from callboard.messages.unions import OrchestratorMessage
from callboard.messages.values import Payload, Ready, Saved, replace
from callboard.messages.work import (
    Acknowledged,
    SaveCheckpoint,
    SchedulerStarted,
    Settled,
    SubtaskDone,
    SubtasksReady,
    Withdraw,
    Withdrawn,
)
from tests.actors.logic.office import (
    OTHER,
    RESULT,
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
    goal_failed,
    lease,
    needs,
    outside,
    plan,
    ready,
    result_of,
    sent,
    settled,
    subtask,
    unready,
    withdrawn,
)

A, B, C = subtask("a"), subtask("b", "a"), subtask("c", "b")
CHAIN = plan(A, B, C)
OK = Tell("caller/1", Done())


def queued(uuid: str, now: float) -> Effect:
    return Record(facts.SubtaskQueued(at=now, goal="g", subtask=uuid))


def refused(why: CallboardError) -> Effect:
    return Tell("caller/1", Refused(problem=problem_of(why)))


def readies(effects: list[Effect]) -> tuple[Ready, ...]:
    return next(
        effect.message.subtasks
        for effect in effects
        if isinstance(effect, Tell) and isinstance(effect.message, SubtasksReady)
    )


# Completed


def test_a_completion_is_recorded_then_acknowledged_and_frees_its_dependents() -> None:
    office = Office(CHAIN)
    assert office.say(1.0, done("a")) == [
        completed("a", 1.0),
        *sent(ready(B, result_of("a"), rank=120.0, since=1.0), now=1.0),
        *acknowledged("a"),
    ]


def test_a_dependent_waits_for_all_that_it_needs() -> None:
    both = subtask("z", "a", "y")
    office = Office(plan(A, subtask("y"), both))
    assert office.say(1.0, done("y")) == [completed("y", 1.0), *acknowledged("y")]
    inputs = (result_of("a"), result_of("y"))
    assert office.say(2.0, done("a"))[1:3] == sent(ready(both, *inputs, since=2.0), now=2.0)


def test_those_that_need_the_same_share_one_input() -> None:
    office = Office(plan(A, subtask("y"), B, subtask("c", "a"), subtask("z", "a", "y")))
    first, second = readies(office.say(1.0, done("a")))
    assert (first.inputs, second.inputs) == ((result_of("a"),), (result_of("a"),))
    assert first.inputs is second.inputs
    (third,) = readies(office.say(2.0, done("y")))
    assert third.inputs == (result_of("a"), result_of("y"))
    assert third.inputs[0] is first.inputs[0]


def test_with_its_last_subtask_the_goal_is_completed() -> None:
    office = Office(plan(A))
    assert office.say(1.0, done("a")) == [
        completed("a", 1.0),
        goal_completed(1.0),
        *acknowledged("a"),
    ]


def test_the_same_completion_again_is_acknowledged_again_and_changes_nothing() -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a"))
    assert office.say(2.0, done("a")) == acknowledged("a")


def test_the_completion_of_another_attempt_is_refused_and_its_agent_may_forget_it() -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a"))
    stale = Show(StaleRefused(at=2.0, lease=lease("a", 2), what="SubtaskDone"))
    assert office.say(2.0, done("a", 2)) == [stale, *acknowledged("a", 2)]


def test_a_completion_of_an_unknown_subtask_is_refused() -> None:
    stale = Show(StaleRefused(at=1.0, lease=lease("x"), what="SubtaskDone"))
    assert Office().say(1.0, done("x")) == [stale, *acknowledged("x")]


def test_a_batch_of_completions_is_confirmed_and_acknowledged_once() -> None:
    office = OrchestrationLogic()
    office.handle(SubmitGoal(goal=goal(), plan=plan(A, B, subtask("y")), reply_to="c"), 0.0)
    for uuid in ("a", "y"):
        assert acknowledged(uuid)[1] not in office.take(done(uuid), 1.0)
    other = replace(lease("b"), agent="b")
    office.take(replace(done("b"), lease=other), 1.0)
    tokens = (lease("a").token, lease("y").token)
    assert office.settle(1.0) == [
        Tell("scheduler", Settled(subtasks=("a", "y", "b"))),
        Tell("agent/a", Acknowledged(tokens=tokens)),
        Tell("agent/b", Acknowledged(tokens=(other.token,))),
    ]
    assert office.settle(1.0) == []


def test_what_a_batch_of_completions_makes_ready_is_sent_off_together() -> None:
    office, needy = OrchestrationLogic(), subtask("z", "y")
    office.handle(SubmitGoal(goal=goal(), plan=plan(A, B, subtask("y"), needy), reply_to="c"), 0.0)
    assert [*office.take(done("a"), 1.0), *office.take(done("y"), 1.0)] == [
        completed("a", 1.0),
        queued("b", 1.0),
        completed("y", 1.0),
        queued("z", 1.0),
    ]
    both = (ready(B, result_of("a"), since=1.0), ready(needy, result_of("y"), since=1.0))
    assert office.settle(1.0)[0] == Tell("scheduler", SubtasksReady(subtasks=both))


def test_it_is_sent_off_before_anything_else_is_said_of_it() -> None:
    office = Office(plan(A, B))
    office.logic.take(done("a"), 1.0)
    cancel = CancelSubtask(subtask="b", reason="late", reply_to="caller/1")
    effects = office.logic.take(cancel, 1.0)
    freed = Tell("scheduler", SubtasksReady(subtasks=(ready(B, result_of("a"), since=1.0),)))
    assert (effects[0], effects[-1]) == (freed, OK)
    assert withdrawn("b", reason="late")[0] in effects


def test_so_it_is_where_a_sub_goal_ends_in_the_same_batch() -> None:
    office, needy = Office(plan(A, B)), subtask("z", "y")
    office.submit(child("h", "a"), plan(subtask("y"), needy))
    office.logic.take(done("y", of="h"), 1.0)
    effects = office.logic.take(done("a"), 1.0)
    freed = (
        ready(needy, result_of("y"), since=1.0, of="h"),
        ready(B, result_of("a"), since=1.0),
    )
    told = [effect for effect in effects if isinstance(effect, Tell)]
    assert told[0] == Tell("scheduler", SubtasksReady(subtasks=freed))
    assert [type(effect.message) for effect in told[1:3]] == [Withdraw, Withdrawn]
    assert SubtasksReady not in [
        type(effect.message) for effect in office.logic.settle(1.0) if isinstance(effect, Tell)
    ]


# Completed from outside


def test_a_subtask_may_be_completed_by_somebody_who_says_so() -> None:
    office = Office(plan(A))
    fact = facts.SubtaskCompleted(
        at=1.0, goal="g", subtask="a", lease=None, result=RESULT, seconds=0.0
    )
    assert office.say(1.0, outside("a")) == [Record(fact), OK, goal_completed(1.0), settled("a")]


@pytest.mark.parametrize(("result", "answer"), [
    (RESULT, OK),
    (OTHER, refused(AlreadyEnded("a", "completed with another result"))),
])  # fmt: skip
def test_doing_so_twice_is_harmless_with_the_same_result_only(
    result: Payload, answer: Effect
) -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a"))
    assert office.say(2.0, outside("a", result)) == [answer, settled("a")]


def test_one_that_is_blocked_is_refused_and_its_dependencies_named() -> None:
    office = Office(plan(subtask("y"), A, subtask("z", "y", "a")))
    assert office.say(1.0, outside("z")) == [refused(Blocked("z", ["Y", "A"]))]
    office.say(2.0, done("y"))
    assert office.say(3.0, outside("z")) == [refused(Blocked("z", ["A"]))]


@pytest.mark.parametrize("how", ["failed", "cancelled", "unknown"])
def test_one_that_has_ended_otherwise_is_refused(how: str) -> None:
    office = Office(plan(A, subtask("y")))
    if how == "failed":
        office.say(1.0, given_up("a"))
    elif how == "cancelled":
        office.say(1.0, CancelSubtask(subtask="a"))
    uuid = "x" if how == "unknown" else "a"
    why = UnknownSubtask("x") if how == "unknown" else AlreadyEnded("a", how)
    assert office.say(2.0, outside(uuid)) == [refused(why), settled(uuid)]


def test_what_nobody_waits_for_and_nobody_held_is_only_confirmed() -> None:
    nobody = SubtaskDone(subtask="x", lease=None, result=RESULT, seconds=0.0)
    assert Office().say(1.0, nobody) == [settled("x")]


# Cancelled


def test_a_cancelled_subtask_is_withdrawn_and_what_depends_on_it_fails() -> None:
    office = Office(plan(A, B, subtask("y")))
    cancel = CancelSubtask(subtask="a", reason="not wanted", reply_to="caller/1")
    assert office.say(1.0, cancel) == [
        cancelled("a", "not wanted", 1.0),
        failed("b", 1.0, needs("b", "a")),
        unready("b"),
        *withdrawn("a", reason="not wanted"),
        OK,
    ]
    assert office.say(2.0, cancel) == [OK]


def test_one_that_was_still_blocked_can_be_cancelled_too() -> None:
    office = Office(CHAIN)
    effects = office.say(1.0, CancelSubtask(subtask="b", reason="no", reply_to="caller/1"))
    assert effects[:4] == [
        cancelled("b", "no", 1.0),
        unready("b"),
        failed("c", 1.0, needs("c", "b")),
        unready("c"),
    ]
    no = problem_of(SubtaskCancelled("B", "no"))
    assert goal_failed(2.0, no, needs("c", "b")) in office.say(2.0, done("a"))


def test_a_goal_without_a_subtask_that_it_needs_is_not_completed() -> None:
    office = Office(plan(A))
    effects = office.say(1.0, CancelSubtask(subtask="a", reason="no"))
    no = problem_of(SubtaskCancelled("A", "no"))
    assert goal_failed(1.0, no) in effects


@pytest.mark.parametrize("how", ["completed", "failed", "unknown"])
def test_one_that_has_ended_cannot(how: str) -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a") if how == "completed" else given_up("a"))
    uuid = "x" if how == "unknown" else "a"
    why = UnknownSubtask("x") if how == "unknown" else AlreadyEnded("a", how)
    assert office.say(2.0, CancelSubtask(subtask=uuid, reply_to="caller/1")) == [refused(why)]


# However it ends, so do the goals that serve it


@pytest.mark.parametrize("how", ["completed", "failed", "cancelled"])
def test_with_a_subtask_its_sub_goals_end(how: str) -> None:
    office = Office(plan(A, subtask("y")))
    office.submit(child("h", "a"), plan(subtask("z")))
    office.submit(child("i", "y"), plan(subtask("u")))
    ways: dict[str, OrchestratorMessage] = {
        "completed": done("a"),
        "failed": given_up("a"),
        "cancelled": CancelSubtask(subtask="a"),
    }
    effects = office.say(1.0, ways[how])
    reason = "subtask 'A', which it served, has ended"
    ended = [
        cancelled("z", reason, 1.0, of="h"),
        goal_cancelled(1.0, reason, "h"),
        *withdrawn("z", reason=reason),
    ]
    where = effects.index(ended[0])
    assert effects[where : where + 4] == ended
    assert office.state() == {"open_goals": 2, "ended_goals": 1}


# Checkpoints


def test_a_checkpoint_is_kept_for_the_next_attempt() -> None:
    office = Office(plan(A))
    save = SaveCheckpoint(lease=lease("a"), checkpoint=OTHER)
    fact = facts.CheckpointSaved(at=1.0, lease=lease("a"), checkpoint=OTHER)
    assert office.say(1.0, save) == [Record(fact)]
    [resync] = office.say(2.0, SchedulerStarted(incarnation=2))
    assert isinstance(resync, Tell)
    assert [r.checkpoint for r in resync.message.subtasks] == [OTHER]  # type: ignore[attr-defined]


def test_an_older_checkpoint_does_not_take_the_place_of_a_newer_one() -> None:
    office = Office(plan(A))
    for number, of in ((2, 1), (1, 1), (3, 1), (1, 2), (9, 1)):
        save = SaveCheckpoint(lease=lease("a", of), checkpoint=OTHER, number=number)
        [effect] = office.say(1.0, save)
        refused = StaleRefused(at=1.0, lease=lease("a", of), what="SaveCheckpoint")
        assert (effect == Show(refused)) is ((number, of) in {(1, 1), (9, 1)})
    again = Office(history=office.facts)
    [resync] = again.say(2.0, SchedulerStarted(incarnation=2))
    assert isinstance(resync, Tell)
    which = Saved(token=lease("a", 2).token, number=1)
    assert [r.saved for r in resync.message.subtasks] == [which]  # type: ignore[attr-defined]


@pytest.mark.parametrize("uuid", ["a", "x"])
def test_a_checkpoint_of_what_has_ended_is_refused(uuid: str) -> None:
    office = Office(CHAIN)
    office.say(1.0, done("a"))
    stale = StaleRefused(at=2.0, lease=lease(uuid), what="SaveCheckpoint")
    save = SaveCheckpoint(lease=lease(uuid), checkpoint=OTHER)
    assert office.say(2.0, save) == [Show(stale)]
