"""What agents and others say when attempts end."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Show, Tell
from callboard.messages.commands import (
    CompleteSubtask,
    Done,
    FailSubtask,
    Refused,
)
from callboard.messages.errors import StaleLease, problem_of
from callboard.messages.notices import AttemptDeclined, StaleRefused
from callboard.messages.supervision import Wake
from callboard.messages.values import Lease, Timeouts, replace
from callboard.messages.work import (
    Cancelled,
    Declined,
    Settled,
    SubtaskDone,
)
from tests.actors.logic.desk import (
    RESULT,
    WRONG,
    Desk,
    agent,
    assigned,
    completed,
    done,
    failed,
    lease,
    over,
    queued,
    ready,
    refused,
    requeued,
    retried,
    revoked,
    told,
)

A, B = agent("a"), agent("b")
S1, S2, S3 = ready("s1"), ready("s2"), ready("s3")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)
OLD = lease("s1", "a", 0)


# An attempt ends


def test_a_completion_is_reported_and_the_next_subtask_assigned() -> None:
    desk = Desk(A)
    desk.queue(S1, S2)
    assert desk.say(2.0, completed(FIRST)) == [*done(FIRST, 2.0), *assigned(SECOND, S2, 2.0)]
    assert desk.state() == {"settling": 1, "leased": 1}
    assert desk.say(3.0, Settled(subtasks=("s1",))) == []
    assert desk.state() == {"leased": 1}


def test_the_same_completion_again_is_reported_again_until_it_is_confirmed() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(2.0, completed(FIRST))
    assert desk.say(3.0, completed(FIRST)) == done(FIRST, 3.0)[1:]
    desk.say(4.0, Settled(subtasks=("s1",)))
    assert desk.say(5.0, completed(FIRST)) == refused(FIRST, "Completed", 5.0)


def test_a_completion_after_a_failure_was_reported_is_refused() -> None:
    desk = Desk(A)
    desk.queue(ready("s1", timeouts=Timeouts(total=10.0)))
    desk.say(10.0, Wake())
    assert desk.say(11.0, completed(FIRST)) == refused(FIRST, "Completed", 11.0)


def test_a_declined_subtask_has_lost_no_attempt_and_is_tried_a_little_later() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, Declined(lease=FIRST, reason="it stops")) == [
        Show(AttemptDeclined(at=1.0, lease=FIRST, reason="it stops")),
        revoked(FIRST, "it was declined: it stops", 1.0),
    ]
    assert desk.say(1.1, Wake()) == [queued("s1", 1.1), *assigned(lease("s1", "a", 2), S1, 1.1)]


def test_an_attempt_that_its_agent_has_stopped_unasked_goes_to_the_front() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.queue(ready("s2", rank=999.0))
    reason = "its agent has stopped it"
    assert desk.say(1.0, Cancelled(lease=FIRST)) == [
        revoked(FIRST, reason, 1.0),
        requeued("s1", reason, 1.0),
        *assigned(lease("s1", "a", 2), S1, 1.0),
    ]


# Completed from outside


def outside(uuid: str) -> CompleteSubtask:
    return CompleteSubtask(subtask=uuid, result=RESULT, reply_to="caller/1")


def reported(uuid: str, *, held: bool) -> Tell:
    holder = FIRST if held else None
    done_so = SubtaskDone(
        subtask=uuid, lease=holder, result=RESULT, seconds=0.0, reply_to="caller/1"
    )
    return Tell("orchestrator", done_so)


def test_who_holds_what_somebody_else_completed_is_told() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, outside("s1")) == [
        told(FIRST, "it was completed by somebody else"),
        over(FIRST, 1.0),
        reported("s1", held=True),
    ]
    assert desk.state() == {"settling": 1}


@pytest.mark.parametrize("where", ["queued", "delayed", "unknown", "settling"])
def test_whether_a_subtask_can_be_completed_the_orchestrator_decides(where: str) -> None:
    desk = Desk(*[] if where == "queued" else [A])
    if where != "unknown":
        desk.queue(S1)
    if where == "delayed":
        desk.say(0.5, failed(FIRST))
    elif where == "settling":
        desk.say(0.5, completed(FIRST))
    assert desk.say(1.0, outside("s1")) == [reported("s1", held=False)]
    assert desk.state() == ({} if where == "unknown" else {"settling": 1})
    assert desk.say(99.0, Wake()) == []


# Who runs it for an agent in pull mode


PULLER = agent("p", pull=True)
HELD = lease("s1", "p", 1)


def pulled() -> Desk:
    desk = Desk(PULLER)
    desk.queue(S1)
    assert desk.logic._dispatching.hand_out(0.0)[0] == (HELD,)  # pyright: ignore[reportPrivateUsage]
    return desk


def stale(held: Lease) -> Tell:
    problem = problem_of(StaleLease(held.subtask, str(held.token)))
    return Tell("caller/1", Refused(problem=problem))


def test_an_attempt_in_pull_mode_fails_by_its_lease() -> None:
    desk = pulled()
    message = FailSubtask(lease=HELD, problem=WRONG, reply_to="caller/1")
    assert desk.say(1.0, message) == [retried(HELD, 10.0, 1.0), Tell("caller/1", Done())]
    assert desk.load("p") == 0
    shown = Show(StaleRefused(at=2.0, lease=HELD, what="FailSubtask"))
    assert desk.say(2.0, message) == [shown, stale(HELD)]


def test_a_completion_by_a_lease_that_is_not_current_is_refused() -> None:
    desk = pulled()
    old = replace(outside("s1"), lease=OLD)
    assert desk.say(1.0, old) == [stale(OLD)]
    held = SubtaskDone(subtask="s1", lease=HELD, result=RESULT, seconds=0.0, reply_to="caller/1")
    assert desk.say(1.0, replace(outside("s1"), lease=HELD)) == [
        over(HELD, 1.0),
        Tell("orchestrator", held),
    ]
    # What has ended is the orchestrator's: it knows whether that was the same result.
    again = replace(held, lease=None)
    assert desk.say(2.0, replace(outside("s1"), lease=HELD)) == [Tell("orchestrator", again)]
