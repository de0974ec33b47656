"""The scheduler: a subtask that takes too long."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Show
from callboard.messages.commands import RequeueSubtask
from callboard.messages.notices import AgentRecovered
from callboard.messages.supervision import Wake
from callboard.messages.values import DAY, Retry, Timeouts, replace
from callboard.messages.work import Cancelled, Completed
from tests.actors.logic.desk import (
    RESULT,
    Desk,
    agent,
    down,
    failed,
    given_up,
    lease,
    over,
    ready,
    refused,
    retried,
    revoked,
    slow,
    told,
    too_late,
)

A, B = agent("a"), agent("b")
S1 = ready("s1")
FIRST = lease("s1", "a", 1)


@pytest.mark.parametrize(("limit", "text"), [
    ("run", "subtask 'S1' was not finished within 60 s"),
    ("silence", "subtask 'S1' gave no sign of life for 60 s"),
    ("stall", "subtask 'S1' made no progress for 60 s"),
])  # fmt: skip
def test_an_attempt_that_takes_too_long_or_stalls_is_revoked_and_retried(
    limit: str, text: str
) -> None:
    desk = Desk(A)
    desk.queue(ready("s1", timeouts=Timeouts(**{limit: 60.0})))
    desk.start(FIRST, 1.0)
    assert desk.say(60.0, Wake()) == []  # its time counts from its start
    assert desk.say(61.0, Wake()) == [
        revoked(FIRST, text, 61.0),
        told(FIRST, text),
        slow(FIRST, limit, 60.0, 61.0),
        retried(FIRST, 10.0, 61.0, too_late(limit, 60.0)),
    ]
    recovered = Show(AgentRecovered(at=62.0, lease=FIRST, was="slow"))
    assert desk.say(62.0, failed(FIRST)) == [*refused(FIRST, "Failed", 62.0), recovered]


@pytest.mark.parametrize("given_up", [False, True])
def test_an_agent_is_slow_until_it_has_stopped_or_given_the_attempt_up(
    given_up: bool,  # noqa: FBT001
) -> None:
    desk = Desk(A, timeouts=Timeouts(run=60.0))
    desk.queue(S1)
    desk.say(60.0, Wake())
    ended = Cancelled(lease=FIRST, given_up=given_up)
    recovered = Show(AgentRecovered(at=61.0, lease=FIRST, was="slow"))
    assert desk.say(61.0, ended) == ([] if given_up else [recovered])
    assert desk.say(61.0, ended) == []
    assert desk.load("a") == 0


def test_who_cannot_be_told_to_stop_is_not_slow() -> None:
    desk = Desk(agent("p", pull=True), timeouts=Timeouts(run=60.0))
    desk.queue(S1)
    [held] = desk.logic._dispatching.hand_out(0.0)[0]  # pyright: ignore[reportPrivateUsage]
    text = too_late("run", 60.0).text
    assert desk.say(60.0, Wake()) == [
        revoked(held, text, 60.0),
        retried(held, 10.0, 60.0, too_late("run", 60.0)),
    ]


def test_a_timeout_of_the_last_attempt_is_the_reason_of_the_end() -> None:
    desk = Desk(A, timeouts=Timeouts(run=60.0), retry=Retry(attempts=1))
    desk.queue(S1)
    assert desk.say(60.0, Wake()) == [
        revoked(FIRST, too_late("run", 60.0).text, 60.0),
        told(FIRST, too_late("run", 60.0).text),
        slow(FIRST, "run", 60.0, 60.0),
        over(FIRST, 60.0),
        given_up("s1", too_late("run", 60.0), FIRST),
    ]


def test_an_attempt_without_limits_may_take_a_day() -> None:
    desk = Desk(A, retry=Retry(attempts=1))
    desk.queue(replace(S1, subtask=replace(S1.subtask, timeouts=Timeouts(total=2 * DAY))))
    assert desk.say(DAY - 1, Wake()) == []
    assert desk.say(DAY, Wake())[-1] == given_up("s1", too_late("run", DAY), FIRST)


def test_what_finds_no_agent_in_time_is_given_up() -> None:
    desk = Desk(A, timeouts=Timeouts(queue=60.0))
    desk.queue(ready("s0"), S1)
    assert desk.say(59.0, Wake()) == []
    assert desk.say(60.0, Wake()) == [given_up("s1", too_late("queue", 60.0))]


def test_each_time_in_the_queue_counts_by_itself() -> None:
    desk = Desk(A, timeouts=Timeouts(queue=60.0))
    desk.queue(S1)
    desk.say(50.0, failed(FIRST))
    desk.queue(ready("s2", rank=99.0), now=50.0)
    desk.say(60.0, Wake())  # back in the queue
    assert desk.say(119.0, Wake()) == []
    assert desk.say(120.0, Wake()) == [given_up("s1", too_late("queue", 60.0))]


@pytest.mark.parametrize("where", ["queued", "leased", "delayed"])
def test_too_long_over_all_attempts_is_the_end_wherever_it_is(where: str) -> None:
    desk = Desk(*[A] if where != "queued" else [], timeouts=Timeouts(total=60.0), poison=1)
    desk.queue(S1)
    if where == "delayed":
        desk.say(55.0, failed(FIRST))
    text = too_late("total", 60.0).text
    before = [revoked(FIRST, text, 60.0), told(FIRST, text)] if where == "leased" else []
    assert desk.say(60.0, Wake()) == [*before, given_up("s1", too_late("total", 60.0))]
    assert desk.state() == {"settling": 1}


def test_a_parked_subtask_rests_and_who_requeues_it_gives_it_new_time() -> None:
    desk = Desk(A, timeouts=Timeouts(total=60.0), poison=1)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(20.0, down())
    assert desk.say(60.0, Wake()) == []
    desk.say(70.0, RequeueSubtask(subtask="s1"))
    assert desk.say(129.0, Wake()) == []
    assert desk.say(130.0, Wake()) == [given_up("s1", too_late("total", 60.0))]


def test_the_time_that_is_named_is_the_time_that_was_given() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", "law", timeouts=Timeouts(total=60.0)), now=40.0)
    assert desk.say(100.0, Wake()) == [given_up("s1", too_late("total", 60.0))]


def test_the_goals_deadline_is_the_orchestrators_to_keep() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", "law", deadline=100.0), now=40.0)
    assert desk.say(100.0, Wake()) == []


def test_a_subtask_that_has_ended_reaches_no_limit_any_more() -> None:
    limits = Timeouts(run=60.0, queue=60.0, total=60.0, silence=60.0, stall=60.0)
    desk = Desk(A, timeouts=limits)
    desk.queue(S1)
    desk.say(1.0, Completed(lease=FIRST, result=RESULT, seconds=1.0))
    assert desk.say(99.0, Wake()) == []
