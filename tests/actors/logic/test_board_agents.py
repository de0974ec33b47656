"""What stands on the board of agents, of skills and of the runtime's own actors."""

from __future__ import annotations

from callboard.actors.logic.records import AgentRecord, AgentStatus, RestRecord
from callboard.messages import facts, notices
from callboard.messages.notices import Notice
from callboard.messages.values import Problem
from tests.actors.logic.boards import BEFORE, L1, board_of
from tests.actors.logic.happenings import (
    WRONG,
    agent,
    assigned,
    crashed,
    registered,
    removed,
    revoked,
    runtime_failed,
    started_up,
)


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
