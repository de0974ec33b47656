# pyright: reportPrivateUsage=false
"""What stands on the board of subtasks and of their goals."""

from __future__ import annotations

import copy
from typing import get_args

import pytest

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import (
    AgentStatus,
    AttemptRecord,
    GoalRecord,
    GoalStatus,
    Quarantined,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages import facts, notices
from callboard.messages.facts import Fact
from callboard.messages.unions import AnyFact
from callboard.messages.values import replace
from tests.actors.logic.boards import BEFORE, L1, board_of, state
from tests.actors.logic.happenings import (
    RESULT,
    WRONG,
    accepted,
    adopted,
    assigned,
    cancelled,
    completed,
    crashed,
    failed,
    goal,
    goal_cancelled,
    goal_completed,
    goal_failed,
    lease,
    over,
    parked,
    progressed,
    queued,
    registered,
    removed,
    requeued,
    retried,
    revoked,
    started,
    started_up,
    subtask,
    unparked,
)


def expected(status: SubtaskStatus = SubtaskStatus.READY, **more: object) -> SubtaskRecord:
    """Of "s1", as it stands after `BEFORE` but for these."""
    record = SubtaskRecord(subtask("s1"), "g1", status, 2.0)
    for name, value in more.items():
        whose = record.tried() if name in AttemptRecord.__struct_fields__ else record
        setattr(whose, name, value)
    return record


def test_every_fact_has_a_fold() -> None:
    assert set(get_args(AnyFact)) <= set(Board._folds)


def test_a_goal_that_is_accepted_waits_for_its_plan() -> None:
    assert board_of(accepted()).goals == {"g1": GoalRecord(goal(), 1.0)}


def test_an_adopted_plan_lists_its_subtasks_in_order() -> None:
    board = board_of(accepted(), adopted(subtask("s2"), subtask("s1", "s2")))
    first = SubtaskRecord(subtask("s2"), "g1", SubtaskStatus.READY, 2.0)
    second = SubtaskRecord(subtask("s1", "s2"), "g1", SubtaskStatus.PENDING, 2.0)
    assert list(board.subtasks.items()) == [("s2", first), ("s1", second)]
    assert board.goals["g1"] == GoalRecord(
        goal(),
        1.0,
        status=GoalStatus.RUNNING,
        planned_at=2.0,
        subtasks={"s2": first, "s1": second},
        source="caller",
    )


def test_a_plan_that_changes_keeps_what_stays() -> None:
    board = board_of(*BEFORE, assigned(L1), adopted(subtask("s1"), subtask("s9"), at=5.0))
    assert list(board.subtasks) == ["s1", "s9"]
    assert board.subtasks["s1"].lease == L1
    board.apply(adopted(subtask("s9"), at=6.0))
    assert list(board.subtasks) == list(board.goals["g1"].subtasks) == ["s9"]
    assert board.agents["a1"].load == 0
    assert board.goals["g1"].planned_at == 2.0


def test_what_depends_on_others_is_pending_until_it_is_queued() -> None:
    events = (accepted(), adopted(subtask("s1"), subtask("s2", "s1")), queued("s2"))
    assert board_of(*events[:2]).subtasks["s2"].status is SubtaskStatus.PENDING
    assert board_of(*events).subtasks["s2"].status is SubtaskStatus.READY


def test_an_assigned_subtask_runs_and_loads_its_agent() -> None:
    board = board_of(*BEFORE, assigned(L1))
    assert board.subtasks["s1"] == expected(
        SubtaskStatus.RUNNING, assigned_agent="a1", leases=(L1,), attempts=1, assigned_at=4.0
    )
    assert board.agents["a1"].held == {L1.token: L1}
    assert board.agents["a1"].load == 1


def test_it_has_started_when_its_agent_says_so() -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), progressed(L1, 0.5, "half"))
    assert board.subtasks["s1"] == expected(
        SubtaskStatus.RUNNING,
        assigned_agent="a1",
        leases=(L1,),
        attempts=1,
        assigned_at=4.0,
        started_at=5.0,
        progress=0.5,
        note="half",
    )
    assert board.agents["a1"].last_heartbeat == 6.0


def test_an_agent_in_pull_mode_starts_when_it_is_assigned() -> None:
    board = board_of(registered("a1", pull=True), *BEFORE[2:], assigned(L1))
    assert board.subtasks["s1"].started_at == 4.0
    assert board.agents["a1"].status is AgentStatus.UP


def test_a_completion_ends_it_and_frees_its_agent() -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), completed("s1", L1))
    assert board.subtasks["s1"] == expected(
        SubtaskStatus.COMPLETED,
        assigned_agent="a1",
        attempts=1,
        assigned_at=4.0,
        started_at=5.0,
        ended_at=7.0,
        result=RESULT,
        seconds=2.0,
        progress=1.0,
    )
    assert board.subtasks["s1"].completed_at == 7.0
    assert board.agents["a1"].load == 0


def test_it_may_be_completed_though_nobody_held_it() -> None:
    record = board_of(*BEFORE, completed("s1", None)).subtasks["s1"]
    assert (record.status, record.assigned_agent) == (SubtaskStatus.COMPLETED, None)


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (failed("s1"), SubtaskStatus.FAILED),
        (cancelled("s1"), SubtaskStatus.CANCELLED),
        (completed("s1", L1), SubtaskStatus.COMPLETED),
    ],
)
def test_what_has_ended_stays_ended_whatever_comes_late(
    ending: Fact, status: SubtaskStatus
) -> None:
    board = board_of(*BEFORE, assigned(L1), ending)
    before = copy.deepcopy(state(board))
    late = lease("s1", "a1", 2)
    for event in (
        *(revoked(L1), retried(L1), requeued("s1"), queued("s1"), parked("s1"), unparked("s1")),
        *(assigned(late), started(late), failed("s1"), cancelled("s1"), completed("s1", late)),
    ):
        board.apply(event)
    assert state(board) == before
    assert board.subtasks["s1"].status is status
    assert (board.subtasks["s1"].completed_at is None) is (status is not SubtaskStatus.COMPLETED)


def test_why_it_failed_or_was_cancelled_is_kept() -> None:
    assert board_of(*BEFORE, failed("s1")).subtasks["s1"].problem == WRONG
    assert board_of(*BEFORE, cancelled("s1")).subtasks["s1"].reason == "not wanted"


@pytest.mark.parametrize(
    ("event", "status", "problem"),
    [
        (revoked(L1), SubtaskStatus.READY, None),
        (requeued("s1"), SubtaskStatus.READY, None),
        (queued("s1"), SubtaskStatus.READY, None),
        (retried(L1, 0.5), SubtaskStatus.PENDING, WRONG),
        (retried(L1, 0.0), SubtaskStatus.READY, WRONG),
        (parked("s1"), SubtaskStatus.PARKED, WRONG),
        (crashed("a1"), SubtaskStatus.READY, None),
        (removed("a1"), SubtaskStatus.READY, None),
    ],
)
def test_what_is_put_back_has_no_holder(
    event: Fact, status: SubtaskStatus, problem: object
) -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), progressed(L1, 0.5, "half"), event)
    assert board.subtasks["s1"] == expected(status, attempts=1, assigned_at=4.0, problem=problem)
    assert [a.load for a in board.agents.values()] in ([0], [])


def test_a_load_is_freed_once_though_several_facts_tell_of_it() -> None:
    other = lease("s2", "a1", 2)
    board = board_of(*BEFORE[:3], adopted(subtask("s1"), subtask("s2")), assigned(L1))
    for event in (assigned(other), revoked(L1), requeued("s1"), revoked(L1), retried(L1)):
        board.apply(event)
    assert board.agents["a1"].held == {other.token: other}


@pytest.mark.parametrize("end", [crashed("a1", at=8.0), removed("a1", at=8.0)])
def test_nobody_has_what_is_done_and_not_yet_recorded_once_its_agent_has_gone(end: Fact) -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), over(L1), end)
    record = board.subtasks["s1"]
    assert (record.status, record.leases) == (SubtaskStatus.READY, ())
    board.apply(completed("s1", L1, at=9.0))
    assert (record.status, record.assigned_agent) == (SubtaskStatus.COMPLETED, "a1")


@pytest.mark.parametrize("end", [crashed("a1", at=8.0), removed("a1", at=8.0)])
def test_what_its_scheduler_says_of_a_lease_that_has_fallen_with_its_agent_is_old(
    end: Fact,
) -> None:
    """It has not heard of that yet."""
    board = board_of(*BEFORE, assigned(L1), end, started(L1, at=8.0))
    record = board.subtasks["s1"]
    assert (record.status, record.leases) == (SubtaskStatus.READY, ())
    board.apply(facts.LeaseAdopted(at=9.0, lease=L1))
    assert record.leases == (L1,)


def test_what_is_done_and_not_yet_recorded_is_still_its_agents() -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), over(L1))
    assert board.subtasks["s1"].leases == (L1,)
    assert board.agents["a1"].load == 0


def test_what_is_unparked_waits_for_an_agent() -> None:
    record = board_of(*BEFORE, parked("s1"), unparked("s1")).subtasks["s1"]
    assert record.status is SubtaskStatus.READY


def test_a_new_lease_takes_the_place_of_one_whose_end_was_never_told() -> None:
    new = lease("s1", "a2", 2, attempt=2)
    board = board_of(*BEFORE, registered("a2"), assigned(L1), started(L1), assigned(new, at=6.0))
    record = board.subtasks["s1"]
    assert (record.leases, record.assigned_agent) == ((new,), "a2")
    assert (record.attempts, record.started_at) == (2, None)
    assert [a.load for a in board.agents.values()] == [0, 1]


def test_a_scheduler_may_adopt_what_runs() -> None:
    board = board_of(*BEFORE, started(L1))
    assert board.subtasks["s1"].status is SubtaskStatus.RUNNING
    assert board.agents["a1"].load == 1


def test_two_copies_run_until_the_last_one_is_gone() -> None:
    twin = lease("s1", "a2", 2, copy=1)
    board = board_of(*BEFORE, registered("a2"), assigned(L1), assigned(twin))
    record = board.subtasks["s1"]
    assert (record.leases, record.assigned_agent) == ((L1, twin), "a1")
    board.apply(revoked(L1))
    assert (record.leases, record.assigned_agent) == ((twin,), "a2")
    assert record.status is SubtaskStatus.RUNNING
    board.apply(completed("s1", twin))
    assert [a.load for a in board.agents.values()] == [0, 0]
    assert record.assigned_agent == "a2"


def test_progress_of_a_revoked_lease_changes_nothing() -> None:
    assert board_of(*BEFORE, progressed(L1, 0.5)).subtasks["s1"].progress == 0.0


def test_a_goal_ends_in_one_way() -> None:
    ends = (goal_completed(), goal_failed(at=10.0), goal_cancelled(at=11.0))
    for first in ends:
        goals = [board_of(accepted(), first, *ends).goals, board_of(accepted(), first).goals]
        assert goals[0] == goals[1]
    assert board_of(accepted(), ends[0]).goals["g1"].status is GoalStatus.COMPLETED
    assert board_of(accepted(), ends[1]).goals["g1"].problems == (WRONG,)
    assert board_of(accepted(), ends[2]).goals["g1"].reason == "not wanted"


def test_a_goal_that_has_ended_takes_no_plan() -> None:
    assert board_of(accepted(), goal_cancelled(), adopted(subtask("s1"))).subtasks == {}


def test_what_is_parked_is_listed_until_it_is_not() -> None:
    board = board_of(accepted(), adopted(subtask("s1"), subtask("s2")), parked("s2"), parked("s1"))
    first, second = board.quarantine()
    assert first == Quarantined(
        subtask=subtask("s2"),
        goal="g1",
        problem=WRONG,
        setbacks=(),
        attempts=0,
        since=7.0,
        until=99.0,
    )
    assert second.subtask == subtask("s1")
    board.apply(unparked("s2"))
    board.apply(cancelled("s1"))
    assert board.quarantine() == ()


def test_of_a_goal_that_is_forgotten_nothing_is_parked() -> None:
    board = board_of(accepted(), adopted(subtask("s1")), parked("s1"), goal_failed())
    board.forget("g1")
    assert board.quarantine() == ()


def test_an_edited_subtask_is_shown_as_it_is_now() -> None:
    new = replace(subtask("s1"), description="anew")
    edited = facts.SubtaskEdited(at=8.0, goal="g1", subtask="s1", spec=new)
    board = board_of(accepted(), adopted(subtask("s1")), parked("s1"), edited)
    assert board.goals["g1"].subtasks["s1"].subtask == new
    assert board.quarantine()[0].subtask == new


def test_nothing_that_is_unknown_raises() -> None:
    strange = lease("s9", "a9", of="g9")
    board = board_of(
        *(adopted(subtask("s9"), of="g9"), queued("s9"), assigned(strange), started(strange)),
        *(progressed(strange, 0.5), revoked(strange), retried(strange), requeued("s9")),
        *(parked("s9"), unparked("s9"), completed("s9", strange), failed("s9"), cancelled("s9")),
        *(goal_completed("g9"), goal_failed("g9"), goal_cancelled("g9"), crashed("a9")),
        *(started_up("a9"), removed("a9"), facts.AgentResized(at=1.0, agent="a9", max_load=1)),
        facts.RestartScheduled(at=1.0, address="agent/a9", attempt=1, delay=1.0, problem=WRONG),
        facts.Escalated(at=1.0, address="agent/a9", problem=WRONG),
        facts.CheckpointSaved(at=1.0, lease=strange, checkpoint=RESULT),
        notices.HeartbeatSeen(at=1.0, agent="a9"),
        notices.DeadLetter(at=1.0, to="agent/a9", what="Assign", reason="unknown"),
    )
    assert state(board) == state(Board())
