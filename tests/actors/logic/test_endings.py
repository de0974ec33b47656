"""How a subtask ended, and what became of its attempts."""

from __future__ import annotations

from callboard.actors.logic.board import Board
from callboard.actors.logic.endings import earlier, ending, in_detail
from callboard.messages.errors import DependencyFailed, problem_of
from callboard.messages.facts import Fact, SubtaskFailed
from callboard.messages.reasons import (
    AnyReason,
    Attempt,
    Dependency,
    EarlierAttempts,
    HasCompleted,
    HasFailed,
    WaitsForOthers,
    WasCancelled,
)
from tests.actors.logic.happenings import (
    WRONG,
    accepted,
    adopted,
    assigned,
    cancelled,
    completed,
    failed,
    lease,
    registered,
    retried,
    revoked,
    subtask,
)


def board_of(*events: Fact) -> Board:
    board = Board()
    board.apply(registered("a1"))
    board.apply(accepted())
    board.apply(adopted(subtask("s1"), subtask("s2", "s1"), subtask("s3", "s2")))
    for event in events:
        board.apply(event)
    return board


def end_of(board: Board, uuid: str) -> list[AnyReason]:
    return list(ending(board.subtasks[uuid], board.subtasks))


def blocked(uuid: str, by: str) -> Fact:
    problem = problem_of(DependencyFailed(uuid.upper(), by.upper()))
    return SubtaskFailed(at=8.0, goal="g1", subtask=uuid, problem=problem)


def test_what_is_open_has_no_end() -> None:
    assert end_of(board_of(), "s1") == []


def test_who_completed_it() -> None:
    held = lease("s1", "a1")
    board = board_of(assigned(held), completed("s1", held))
    assert end_of(board, "s1") == [HasCompleted(agent="a1", when=7.0, seconds=2.0)]
    outside = board_of(completed("s1", None))
    assert end_of(outside, "s1") == [HasCompleted(agent="", when=7.0, seconds=2.0)]


def test_why_it_failed_or_was_cancelled() -> None:
    board = board_of(failed("s1"), cancelled("s2"))
    assert end_of(board, "s1") == [HasFailed(problem=WRONG, when=7.0)]
    assert end_of(board, "s2") == [WasCancelled(why="not wanted", when=7.0)]


def test_what_failed_first_is_at_the_bottom_of_it() -> None:
    board = board_of(failed("s1"), blocked("s2", "s1"), blocked("s3", "s2"))
    [reason] = end_of(board, "s3")
    assert isinstance(reason, HasFailed)
    assert reason.root == ("S1", WRONG)


def test_attempts_that_did_not_end_it_are_told_once_each() -> None:
    held, again = lease("s1", "a1"), lease("s1", "a2", 2, attempt=2)
    story = [assigned(held), revoked(held, 5.0), retried(held, at=5.0), assigned(again)]
    assert list(earlier(story)) == [
        EarlierAttempts(count=1, latest=(Attempt(agent="a1", number=1, when=5.0, how=WRONG.text),))
    ]
    assert list(earlier([assigned(held), completed("s1", held)])) == []


def test_of_many_attempts_the_latest_are_told() -> None:
    story = [retried(lease("s1", "a1", n, attempt=n), at=float(n)) for n in range(1, 10)]
    [reason] = earlier(story)
    assert isinstance(reason, EarlierAttempts)
    assert (reason.count, [one.number for one in reason.latest]) == (9, [5, 6, 7, 8, 9])


def test_what_is_waited_for_is_told_with_who_has_it() -> None:
    board = board_of(assigned(lease("s1", "a1")))
    told = WaitsForOthers(open=(Dependency(subtask="s1", name="S1", status="ready"),))
    known = Dependency(subtask="s1", name="S1", status="running", agent="a1")
    assert list(in_detail([told], board.subtasks)) == [WaitsForOthers(open=(known,))]
