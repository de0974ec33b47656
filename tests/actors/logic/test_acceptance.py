"""The scheduler: a result that does not fit its subtask's schema is a failed attempt."""

from __future__ import annotations

from typing import Any

import msgspec

from callboard.actors.logic.effects import Record, Tell
from callboard.messages import facts
from callboard.messages.commands import AssignNow, CompleteSubtask, Refused
from callboard.messages.errors import ResultRejected, problem_of
from callboard.messages.supervision import Wake
from callboard.messages.values import Payload, Problem, replace
from callboard.messages.work import SubtaskDone
from tests.actors.logic.desk import (
    Desk,
    agent,
    assigned,
    completed,
    done,
    failed,
    given_up,
    lease,
    over,
    queued,
    ready,
    retried,
)


def packed(data: Any) -> Payload:
    return Payload(data=msgspec.msgpack.encode(data))


SCHEMA = packed({"type": "object", "required": ["total"]})
GOOD, BAD = packed({"total": 3}), packed([3])
WHY = ("$: expected object, got array",)
WORK = ready("s1", result_schema=SCHEMA)


def rejected(*reasons: str) -> Problem:
    return problem_of(ResultRejected("S1", reasons or WHY))


def test_what_does_not_fit_goes_back_with_the_reasons() -> None:
    desk = Desk(agent("a"))
    first, second = lease("s1", "a"), lease("s1", "a", 2, attempt=2)
    desk.queue(WORK)
    desk.start(first)

    assert desk.say(1.0, completed(first, BAD)) == [retried(first, 10.0, 1.0, rejected())]
    assert desk.say(11.0, Wake()) == [
        queued("s1", 11.0),
        *assigned(second, replace(WORK, rejected=WHY), 11.0),
    ]
    assert desk.say(12.0, completed(second, GOOD)) == done(second, 12.0, GOOD)


def test_it_fails_with_the_reasons_when_no_attempt_is_left() -> None:
    desk = Desk(agent("a"))
    desk.queue(WORK)
    for number, now in ((1, 0.0), (2, 20.0)):
        desk.say(now, completed(lease("s1", "a", number, attempt=number), BAD))
        desk.say(now + 15.0, Wake())
    last = lease("s1", "a", 3, attempt=3)

    assert desk.say(60.0, completed(last, BAD)) == [
        over(last, 60.0),
        given_up("s1", rejected(), last),
    ]


def test_a_rebuilt_scheduler_tells_the_next_attempt_why_too() -> None:
    first = lease("s1", "a")
    recorded = [
        facts.SubtaskQueued(at=0.0, goal="g", subtask="s1"),
        facts.SubtaskAssigned(at=0.0, lease=first),
        facts.RetryScheduled(at=1.0, lease=first, problem=rejected(), delay=10.0),
    ]
    desk = Desk(recorded=recorded)
    desk.queue(WORK, now=5.0)
    desk.join(agent("a"), 5.0)

    second = lease("s1", "a", attempt=2)
    assert assigned(second, replace(WORK, rejected=WHY), 11.0)[-1] in desk.say(11.0, Wake())


def test_another_failure_after_it_is_not_said_to_be_one() -> None:
    desk = Desk(agent("a"))
    desk.queue(WORK)
    desk.say(0.0, completed(lease("s1", "a"), BAD))
    desk.say(10.0, Wake())
    second = lease("s1", "a", 2, attempt=2)
    desk.start(second, 10.0)
    other = Problem(error="ValueError", text="ValueError: no data")
    desk.say(11.0, failed(second, other))
    third = lease("s1", "a", 3, attempt=3)

    assert assigned(third, WORK, 30.0)[-1] in desk.say(30.0, Wake())


def test_in_pull_mode_who_completes_it_is_told_and_somebody_tries_again() -> None:
    desk = Desk(agent("a", pull=True))
    desk.queue(WORK)
    desk.say(0.0, AssignNow(reply_to="caller/1"))
    first = lease("s1", "a")
    bad = CompleteSubtask(subtask="s1", result=BAD, reply_to="caller/2")
    good = CompleteSubtask(subtask="s1", result=GOOD, reply_to="caller/3")

    assert desk.say(1.0, bad) == [
        retried(first, 10.0, 1.0, rejected()),
        Tell("caller/2", Refused(problem=rejected())),
    ]
    outcome = SubtaskDone(subtask="s1", lease=None, result=GOOD, seconds=0.0, reply_to="caller/3")
    assert desk.say(2.0, good) == [Tell("orchestrator", outcome)]


def test_who_completes_what_another_runs_is_refused_and_it_runs_on() -> None:
    desk = Desk(agent("a"))
    desk.queue(WORK)
    bad = CompleteSubtask(subtask="s1", result=BAD, reply_to="caller/2")

    assert desk.say(1.0, bad) == [Tell("caller/2", Refused(problem=rejected()))]
    assert (
        desk.say(2.0, completed(lease("s1", "a"), GOOD))[-1]
        == done(lease("s1", "a"), 2.0, GOOD)[-1]
    )


def test_what_fits_leaves_no_other_trace() -> None:
    desk = Desk(agent("a"))
    desk.queue(WORK)

    effects = desk.say(2.0, completed(lease("s1", "a"), GOOD))
    assert not [e for e in effects if isinstance(e, Record)]
