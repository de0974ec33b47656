"""The scheduler's gates: what is drained has its last attempt, and is idle afterwards."""

from __future__ import annotations

from callboard.messages.supervision import Wake
from callboard.messages.work import Hold
from tests.actors.logic.desk import Desk, completed, down, failed, lease, ready, retried
from tests.actors.logic.holds import HOLD, RELEASE, A, B, idle

LAST = Hold(goals=("g",), ready=("s1", "s2"), last=True)


def test_what_nobody_runs_is_idle_at_once_when_it_is_drained() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"), ready("s2"))
    assert desk.say(1.0, LAST) == [idle("s2")]
    assert desk.say(2.0, Wake()) == []


def test_it_is_idle_when_its_last_attempt_has_failed_and_is_not_tried_again() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    held = lease("s1", "a")
    desk.say(1.0, LAST)
    assert desk.say(2.0, failed(held)) == [retried(held, 10.0, 2.0), idle("s1")]


def test_it_is_idle_when_its_agent_has_died() -> None:
    desk = Desk(A, B)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    assert desk.say(2.0, down())[-1] == idle("s1")


def test_its_last_attempt_may_succeed() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    assert idle("s1") not in desk.say(2.0, completed(lease("s1", "a")))


def test_a_drained_subtask_that_comes_late_is_idle() -> None:
    desk = Desk(A)
    desk.say(1.0, LAST)
    assert desk.queue(ready("s1"), now=2.0) == [idle("s1")]


def test_a_release_does_not_undo_a_drain() -> None:
    desk = Desk(A)
    desk.queue(ready("s1"))
    desk.say(1.0, LAST)
    desk.say(1.0, HOLD)
    desk.say(1.0, RELEASE)
    assert desk.say(2.0, failed(lease("s1", "a")))[-1] == idle("s1")
