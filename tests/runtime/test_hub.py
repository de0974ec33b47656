# pyright: reportPrivateUsage=false
"""What the hub sees stands on its board, in its stories and in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from callboard.actors.logic.board import Board
from callboard.actors.logic.records import GoalStatus
from callboard.messages import facts, notices
from callboard.messages.errors import CallboardError, UnknownAgent, UnknownGoal, UnknownSubtask
from callboard.messages.facts import Fact, SubtaskQueued
from callboard.messages.notices import Notice
from callboard.runtime.hub import Hub
from tests.actors.logic.happenings import (
    accepted,
    adopted,
    assigned,
    goal_completed,
    goal_failed,
    progressed,
    queued,
    subtask,
)
from tests.runtime.hubs import DONE, FAILED, L1, PLANNED, same, show


def test_what_it_sees_stands_on_the_board(hub: Hub) -> None:
    show(hub, *PLANNED, *DONE)
    assert hub.goal("g1").status is GoalStatus.RUNNING
    assert hub.subtask("s1").completed_at == 7.0
    assert hub.agent("a1").load == 0
    assert hub.read(lambda board: list(board.subtasks)) == ["s1", "s2"]


def test_what_is_unknown_is_an_error_that_names_it(hub: Hub) -> None:
    unknown: list[tuple[Callable[[str], object], type[CallboardError]]] = [
        (hub.goal, UnknownGoal),
        (hub.outcome, UnknownGoal),
        (hub.planned, UnknownGoal),
        (hub.subscribe, UnknownGoal),
        (hub.subtask, UnknownSubtask),
        (hub.agent, UnknownAgent),
    ]
    for ask, error in unknown:
        with pytest.raises(error, match="'x9'"):
            ask("x9")
    assert (hub.story("x9"), hub.goal_story("x9")) == ((), ())


def test_events_are_counted_by_kind(hub: Hub) -> None:
    show(hub, *PLANNED, notices.HeartbeatSeen(at=1.0, agent="a1"), *PLANNED[:1])
    assert hub.counts() == {
        "AgentRegistered": 2,
        "GoalAccepted": 1,
        "PlanAdopted": 1,
        "HeartbeatSeen": 1,
    }


def test_a_subtasks_story_is_told_by_its_own_events_and_its_leases(hub: Hub) -> None:
    stale = notices.StaleRefused(at=8.0, lease=L1, what="Completed")
    show(hub, *PLANNED, *DONE, stale, queued("s2"))
    assert hub.story("s1") == (*DONE, stale)
    assert hub.story("s2") == (queued("s2"),)
    assert hub.goal_story("g1") == (*PLANNED[1:], *DONE, stale, queued("s2"))


def test_a_story_is_bounded_and_says_what_it_lost() -> None:
    hub = Hub(story=40)
    show(hub, *PLANNED, assigned(L1), *(progressed(L1, n / 1000) for n in range(1000)))
    told = hub.goal_story("g1")
    assert len(told) <= 41
    assert isinstance(told[0], notices.EventsLost)
    assert told[0].count + len(told) - 1 == 1003
    assert told[1:4] == (*PLANNED[1:], assigned(L1))


def test_a_forgotten_goal_stays_with_who_holds_its_record(hub: Hub) -> None:
    show(hub, *PLANNED, *DONE)
    record = hub.goal("g1")
    hub.forget("g1")
    assert hub.goal("g1") is record
    show(hub, goal_completed())
    hub.forget("g1")
    assert record.subtasks["s1"].result is not None
    assert (hub.story("s1"), hub.goal_story("g1")) == ((), ())
    with pytest.raises(UnknownGoal):
        hub.goal("g1")


def test_the_orchestrator_has_goals_forgotten(hub: Hub) -> None:
    show(hub, *PLANNED, goal_completed(), facts.GoalForgotten(at=9.0, goal="g1"))
    assert hub.read(lambda board: (board.goals, board.subtasks)) == ({}, {})
    assert (hub._stories, hub._ended) == ({}, {})


def test_only_the_latest_ended_goals_are_kept() -> None:
    hub = Hub(keep_goals=2)
    for n in range(5):
        show(hub, accepted(f"g{n}"))
    for n in (3, 0, 0, 4, 1):
        show(hub, goal_completed(f"g{n}"))
    assert hub.read(lambda board: list(board.goals)) == ["g1", "g2", "g4"]
    assert set(hub._stories) == {"g1", "g2", "g4"}


def test_a_journal_gives_the_same_board_and_counts_nothing(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    history = [*PLANNED, *DONE, goal_failed()]
    with caplog.at_level(logging.DEBUG, "callboard"):
        hub.load(history)
    assert (hub.counts(), caplog.records) == ({}, [])
    live = Hub()
    show(live, *history)
    boards: list[Board] = [hub.board, live.board]
    assert boards[0].goals == boards[1].goals
    assert hub.goal_story("g1") == live.goal_story("g1")
    assert same(hub.outcome("g1").exception(0), FAILED)


def test_events_are_logged(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "callboard"):
        show(hub, accepted())
    assert [record.getMessage() for record in caplog.records] == [
        'goal_accepted goal=g1 text="analyze sales"'
    ]


def test_nothing_that_others_do_stops_what_it_sees(hub: Hub) -> None:
    def leave(_: Future[None]) -> None:
        raise SystemExit

    show(hub, *PLANNED)
    hub.outcome("g1").add_done_callback(leave)
    planned = hub.subscribe()
    show(hub, goal_completed())
    assert planned.next() == goal_completed()


def test_a_log_handler_that_raises_is_counted() -> None:
    class Bad(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError(record.name)

    hub, bad = Hub(), Bad()
    logger = logging.getLogger("callboard")
    logger.addHandler(bad)
    try:
        hub.see(goal_failed())
    finally:
        logger.removeHandler(bad)
    assert hub.faults == 1


def test_one_event_that_it_stumbles_over_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(self: Board, event: Fact | Notice) -> None:
        apply(self, event)
        if event == goal_completed():
            raise ValueError(event)

    apply = Board.apply
    monkeypatch.setattr(Board, "apply", stumble)
    hub = Hub()
    show(hub, accepted(), goal_completed(), accepted("g2"))
    assert (hub.faults, list(hub.board.goals)) == (1, ["g1", "g2"])
    assert "hub_fault kind=GoalCompleted" in caplog.text


def test_among_many_that_begin_and_end_nothing_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(board: Board, event: SubtaskQueued) -> None:
        del board
        raise ValueError(event)

    folds: dict[Any, Any] = {**Board._folds, SubtaskQueued: stumble}
    monkeypatch.setattr(Board, "_folds", folds)
    hub = Hub()
    queued = SubtaskQueued(at=2.0, goal="g1", subtask="s1")
    hub.see_all([accepted(), queued, accepted("g2"), queued, queued, goal_completed()])
    assert (hub.faults, list(hub.board.goals)) == (3, ["g1", "g2"])
    assert hub.goal_story("g1") == (accepted(), queued, queued, queued, goal_completed())
    assert caplog.text.count("hub_fault kind=SubtaskQueued") == 3


def test_many_threads_may_show_and_ask_at_once(hub: Hub) -> None:
    def work(n: int) -> None:
        for m in range(50):
            name = f"g{n}.{m}"
            show(hub, accepted(name), adopted(subtask("s" + name), of=name))
            outcome, events = hub.outcome(name), hub.subscribe(name)
            show(hub, goal_completed(name))
            ends.append((outcome.result(0), len(list(events))))

    ends: list[tuple[None, int]] = []
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ends == [(None, 3)] * 400
    assert hub.counts() == dict.fromkeys(("GoalAccepted", "PlanAdopted", "GoalCompleted"), 400)
