"""An attempt that waits for a sub-goal lends its slot, and gets one back."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Tell
from callboard.messages.commands import (
    ResizeAgent,
)
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Timeouts, replace
from callboard.messages.work import (
    AgentJoined,
    Progress,
    Resume,
    Waiting,
    WaitNoted,
    WaitOver,
)
from tests.actors.logic.desk import (
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    over,
    ready,
    retried,
)

A, B = agent("a"), agent("b")
S1, S2, S3 = ready("s1"), ready("s2"), ready("s3")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)


def resumed(number: int) -> Tell:
    return Tell("agent/a", Resume(token=lease("any", "a", number).token))


# An attempt goes on


def noted(number: int, *, over: bool = False) -> Tell:
    return Tell("agent/a", WaitNoted(token=lease("any", "a", number).token, over=over))


# Slots that are lent


def test_an_attempt_that_waits_for_a_sub_goal_lends_its_slot() -> None:
    desk = Desk(A)
    desk.queue(S1, S2, S3)
    assert desk.say(1.0, Waiting(lease=FIRST)) == [noted(1), *assigned(SECOND, S2, 1.0)]
    assert desk.say(1.5, Waiting(lease=FIRST)) == []
    assert desk.load("a") == 1


def test_it_gets_its_slot_back_before_new_work_gets_any() -> None:
    desk = Desk(A)
    desk.queue(S1, S2, S3)
    desk.say(1.0, Waiting(lease=FIRST))
    assert desk.say(2.0, WaitOver(lease=FIRST)) == [noted(1, over=True)]
    assert desk.say(3.0, completed(SECOND)) == [over(SECOND, 3.0), resumed(1), *done(SECOND, 3)[1:]]
    assert desk.load("a") == 1
    assert desk.say(4.0, completed(FIRST)) == [
        *done(FIRST, 4.0),
        *assigned(lease("s3", "a", 3), S3, 4.0),
    ]


def test_who_asked_first_for_its_slot_gets_it_first_and_each_only_one() -> None:
    desk = Desk(A)
    desk.queue(S1, S2, S3)
    desk.say(1.0, Waiting(lease=FIRST))
    desk.say(1.0, Waiting(lease=SECOND))
    for held in (SECOND, FIRST):
        assert desk.say(2.0, WaitOver(lease=held)) == [noted(held.token.counter, over=True)]
    for held in (SECOND, FIRST):
        assert desk.say(7.0, WaitOver(lease=held)) == []
    third = lease("s3", "a", 3)
    assert desk.say(3.0, completed(third)) == [over(third, 3.0), resumed(2), *done(third, 3.0)[1:]]
    assert desk.say(4.0, completed(SECOND))[1] == resumed(1)
    assert desk.load("a") == 1


def test_where_a_slot_is_free_it_goes_on_at_once() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, Waiting(lease=FIRST))
    assert desk.say(2.0, WaitOver(lease=FIRST)) == [resumed(1)]


def test_one_that_is_not_known_to_wait_has_its_slot() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(2.0, WaitOver(lease=FIRST)) == [resumed(1)]
    assert desk.load("a") == 1


@pytest.mark.parametrize(
    "message",
    [
        ResizeAgent(agent="a", max_load=2, reply_to="caller/1"),
        AgentJoined(agent=agent("a", max_load=2), reply_to="caller/1"),
    ],
)
def test_an_agent_that_may_run_more_lets_those_go_on_first(message: SchedulerMessage) -> None:
    desk = Desk(A)
    desk.queue(S1, S2, S3)
    desk.say(1.0, Waiting(lease=FIRST))
    desk.say(2.0, WaitOver(lease=FIRST))
    effects = desk.say(3.0, message)
    assert [e for e in effects if isinstance(e, Tell) and e.to == "agent/a"] == [resumed(1)]
    assert desk.load("a") == 2


@pytest.mark.parametrize("over_there", [False, True])
def test_an_attempt_that_ends_while_it_waits_frees_no_slot_twice(*, over_there: bool) -> None:
    desk = Desk(A)
    desk.queue(S1, S2, S3)
    desk.say(1.0, Waiting(lease=FIRST))
    if over_there:
        desk.say(1.0, WaitOver(lease=FIRST))
    assert desk.say(2.0, failed(FIRST)) == [retried(FIRST, 10.0, 2.0)]
    assert desk.load("a") == 1
    assert desk.say(3.0, completed(SECOND))[-2:] == assigned(lease("s3", "a", 3), S3, 3.0)


@pytest.mark.parametrize("limit", ["silence", "stall"])
def test_of_who_waits_for_a_sub_goal_or_for_its_slot_nothing_is_expected(limit: str) -> None:
    desk = Desk(A, timeouts=Timeouts(**{limit: 10.0}))
    patient = Timeouts(**{limit: 999.0})
    desk.queue(S1, replace(S2, subtask=replace(S2.subtask, timeouts=patient)))
    desk.say(1.0, Waiting(lease=FIRST))
    desk.say(2.0, Progress(lease=FIRST))
    assert desk.say(20.0, Wake()) == []
    desk.say(21.0, WaitOver(lease=FIRST))
    assert desk.say(40.0, Wake()) == []
    assert desk.say(41.0, completed(SECOND))[1] == resumed(1)
    assert desk.say(50.9, Wake()) == []
    assert desk.say(51.0, Wake()) != []


def test_a_dead_agent_is_not_told_to_go_on() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(S1, S2, S3)
    desk.start(FIRST)
    desk.start(SECOND)
    desk.say(1.0, Waiting(lease=SECOND))
    desk.start(lease("s3", "a", 3))
    desk.say(2.0, WaitOver(lease=SECOND))
    effects = desk.say(3.0, down())
    assert [e for e in effects if isinstance(e, Tell)] == []
    assert desk.load("a") == 0
