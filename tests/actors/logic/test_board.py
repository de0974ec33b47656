# pyright: reportPrivateUsage=false
from __future__ import annotations

import copy
from typing import get_args

import pytest
from hypothesis import given

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import (
    AgentRecord,
    AgentStatus,
    AttemptRecord,
    GoalRecord,
    GoalStatus,
    Quarantined,
    RestRecord,
    SubtaskRecord,
    SubtaskStatus,
)
from callboard.messages import facts, notices
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from callboard.messages.unions import AnyFact
from callboard.messages.values import Problem, replace
from tests.actors.logic.happenings import (
    RESULT,
    WRONG,
    accepted,
    adopted,
    agent,
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
    runs,
    runtime_failed,
    started,
    started_up,
    subtask,
    unparked,
)

BEFORE = (registered("a1"), started_up("a1"), accepted(), adopted(subtask("s1")))
"""One agent, one goal, one subtask that waits for an agent."""
L1 = lease("s1", "a1")


def board_of(*events: Fact | Notice) -> Board:
    board = Board()
    for event in events:
        board.apply(event)
    return board


def state(board: Board) -> object:
    return board.goals, board.subtasks, board.agents, board.counts, board.actor_restarts


def waiting(status: SubtaskStatus = SubtaskStatus.READY, **more: object) -> SubtaskRecord:
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
    assert board.subtasks["s1"] == waiting(
        SubtaskStatus.RUNNING, assigned_agent="a1", leases=(L1,), attempts=1, assigned_at=4.0
    )
    assert board.agents["a1"].held == {L1.token: L1}
    assert board.agents["a1"].load == 1


def test_it_has_started_when_its_agent_says_so() -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), progressed(L1, 0.5, "half"))
    assert board.subtasks["s1"] == waiting(
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
    assert board.subtasks["s1"] == waiting(
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
    assert board.subtasks["s1"] == waiting(status, attempts=1, assigned_at=4.0, problem=problem)
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


def test_agents_stand_in_the_order_in_which_they_registered() -> None:
    board = board_of(registered("b"), registered("a"), registered("b", "sql", at=3.0))
    assert list(board.agents.items()) == [
        ("b", AgentRecord(agent("b", "sql"), 0.0, 3.0)),
        ("a", AgentRecord(agent("a"), 0.0, 0.0)),
    ]


def test_registering_again_keeps_the_load() -> None:
    board = board_of(*BEFORE, assigned(L1), registered("a1", "sql"))
    assert board.agents["a1"].held == {L1.token: L1}


def test_who_has_left_is_gone_and_comes_back_last() -> None:
    board = board_of(registered("b"), registered("a"), removed("b"))
    assert list(board.agents) == ["a"]
    board.apply(registered("b"))
    assert list(board.agents) == ["a", "b"]


def test_an_old_lease_does_not_burden_who_came_back() -> None:
    board = board_of(*BEFORE, assigned(L1), removed("a1"), registered("a1"), revoked(L1))
    assert board.agents["a1"].load == 0


def test_an_agent_goes_down_and_up_again() -> None:
    board = board_of(registered("a1"), started_up("a1"))
    record = board.agents["a1"]
    assert record == AgentRecord(agent("a1"), 0.0, 0.5, status=AgentStatus.UP, incarnation=1)
    board.apply(crashed("a1"))
    restart = facts.RestartScheduled(
        at=7.0, address="agent/a1", attempt=1, delay=0.1, problem=WRONG
    )
    board.apply(restart)
    assert (record.status, record.problem, record.restarts) == (AgentStatus.DOWN, WRONG, 1)
    board.apply(started_up("a1", 2, at=8.0))
    assert (record.status, record.problem, record.incarnation) == (AgentStatus.UP, None, 2)
    board.apply(facts.Escalated(at=9.0, address="agent/a1", problem=WRONG))
    assert record.status is AgentStatus.GONE


def test_restarts_of_the_runtimes_own_actors_are_counted() -> None:
    restart = facts.RestartScheduled(
        at=7.0, address="scheduler", attempt=1, delay=0.1, problem=WRONG
    )
    up = facts.ActorRestarted(at=8.0, address="scheduler", incarnation=2)
    given_up = facts.Escalated(at=9.0, address="scheduler", problem=WRONG)
    assert board_of(restart, up, restart, given_up).actor_restarts == {"scheduler": 2}


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


def opened(at: float, until: float) -> Notice:
    return notices.BreakerOpened(at=at, skill="sql", failures=7, until=until, problem=WRONG)


def test_a_skill_is_given_a_rest_until_a_probe_may_be_made_and_an_attempt_succeeds() -> None:
    board = board_of(opened(5.0, 9.0))
    assert board.resting == {"sql": RestRecord(5.0, 9.0, 7, WRONG)}
    board.apply(notices.BreakerHalfOpen(at=9.0, skill="sql"))
    assert board.resting == {"sql": RestRecord(5.0, None, 7, WRONG)}
    board.apply(opened(10.0, 18.0))
    assert board.resting == {"sql": RestRecord(5.0, 18.0, 7, WRONG)}
    board.apply(notices.BreakerClosed(at=19.0, skill="sql"))
    assert board.resting == {}


def test_a_new_scheduler_knows_of_no_rests() -> None:
    up = facts.ActorRestarted(at=8.0, address="decomposer", incarnation=2)
    half_open = notices.BreakerHalfOpen(at=9.0, skill="sql")
    assert list(board_of(opened(5.0, 9.0), up).resting) == ["sql"]
    up = facts.ActorRestarted(at=8.0, address="scheduler", incarnation=2)
    assert board_of(opened(5.0, 9.0), up, half_open).resting == {}


def test_an_agent_may_be_resized_and_heard_of() -> None:
    board = board_of(
        registered("a1"),
        facts.AgentResized(at=1.0, agent="a1", max_load=7),
        notices.HeartbeatSeen(at=4.0, agent="a1"),
    )
    assert board.agents == {"a1": AgentRecord(agent("a1", max_load=7), 0.0, 4.0)}


def test_the_first_failure_of_the_runtime_is_kept() -> None:
    later = notices.RuntimeFailed(at=10.0, problem=Problem(error="E", text="later"))
    assert board_of(runtime_failed(), later).failure == WRONG


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


def test_an_ended_goal_is_forgotten_with_its_subtasks() -> None:
    board = board_of(*BEFORE, accepted("g2"), adopted(subtask("t1"), of="g2"), goal_failed())
    record = board.goals["g1"]
    assert board.forget("g1") == ("s1",)
    assert (list(board.goals), list(board.subtasks)) == (["g2"], ["t1"])
    assert sum(board.counts.values()) == 1
    assert list(record.subtasks) == ["s1"]


def test_a_record_stays_as_it_ended_when_its_goal_is_forgotten() -> None:
    board = board_of(*BEFORE, assigned(L1), started(L1), completed("s1", L1), goal_completed())
    record = board.subtasks["s1"]
    board.forget("g1")
    assert (record.assigned_agent, record.started_at, record.result) == ("a1", 5.0, RESULT)


def test_an_open_goal_is_not_forgotten() -> None:
    board = board_of(*BEFORE)
    assert (board.forget("g1"), board.forget("g9")) == ((), ())
    assert list(board.subtasks) == ["s1"]


def check(board: Board) -> None:
    """What holds at every instant."""
    for record in board.subtasks.values():
        running = record.status is SubtaskStatus.RUNNING
        assert running is bool(record.leases), record
        assert len({lease.copy for lease in record.leases}) == len(record.leases)
        assert (record.ended_at is not None) is (record.status.value in ENDED)
        for held in record.leases:
            holder = board.agents.get(held.agent)
            assert record.subtask.uuid == held.subtask
            assert holder is None or holder.held.get(held.token) in (held, None)
    current = {held.token for r in board.subtasks.values() for held in r.leases}
    for holder in board.agents.values():
        assert holder.held.keys() <= current
        assert all(held.agent == holder.agent.id for held in holder.held.values())
    for status in SubtaskStatus:
        records = board.subtasks.values()
        assert board.counts[status] == sum(r.status is status for r in records)


ENDED = {"completed", "failed", "cancelled"}


@given(runs())
def test_loads_are_the_leases_held_at_every_instant(events: list[Fact | Notice]) -> None:
    board = Board()
    for event in events:
        board.apply(event)
        check(board)


@given(runs())
def test_the_same_events_give_the_same_board(events: list[Fact | Notice]) -> None:
    assert state(board_of(*events)) == state(board_of(*events))


@given(runs())
def test_a_replayed_journal_says_the_same_of_who_has_what(events: list[Fact | Notice]) -> None:
    def told(board: Board) -> object:
        return [(r.status, r.leases, r.assigned_agent) for r in board.subtasks.values()]

    facts_only = [event for event in events if isinstance(event, Fact)]
    assert told(board_of(*facts_only)) == told(board_of(*events))


@given(runs())
def test_what_has_ended_never_changes_its_end(events: list[Fact | Notice]) -> None:
    board = Board()
    ends: dict[str, tuple[object, ...]] = {}
    for event in events:
        board.apply(event)
        for uuid, record in board.subtasks.items():
            if record.ended_at is not None:
                end = (record.status, record.ended_at, record.result, record.problem)
                assert ends.setdefault(uuid, end) == end


@given(runs())
def test_forgetting_leaves_no_trace(events: list[Fact | Notice]) -> None:
    board = board_of(*events)
    for name in tuple(board.goals):
        board.apply(goal_completed(name))
        board.forget(name)
    assert (board.goals, board.subtasks, board.over) == ({}, {}, {})
    assert sum(board.counts.values()) == sum(a.load for a in board.agents.values()) == 0
