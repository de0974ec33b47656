"""Goals that have ended are forgotten, with all that stands of them on the board."""

from __future__ import annotations

from tests.actors.logic.boards import BEFORE, L1, board_of
from tests.actors.logic.happenings import (
    RESULT,
    accepted,
    adopted,
    assigned,
    completed,
    goal_completed,
    goal_failed,
    started,
    subtask,
)


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
