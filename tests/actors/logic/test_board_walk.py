"""Whatever happens in whatever order, what stands on the board fits together."""

from __future__ import annotations

from hypothesis import given

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import SubtaskStatus
from callboard.messages.facts import Fact
from callboard.messages.notices import Notice
from tests.actors.logic.boards import board_of, state
from tests.actors.logic.happenings import goal_completed, runs


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
