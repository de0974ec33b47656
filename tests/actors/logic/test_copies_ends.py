"""Copies end: one is completed first, one fails or is lost, one takes too long."""

from __future__ import annotations

from callboard.actors.logic.calibration import report
from callboard.actors.logic.effects import LookAt, Record, Show, Tell
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import CompleteSubtask, Ping
from callboard.messages.notices import AttemptDeclined, ProgressMade
from callboard.messages.supervision import Wake
from callboard.messages.values import Lease, Retry, Timeouts
from callboard.messages.work import (
    Cancelled,
    CheckLease,
    Completed,
    Declined,
    LeaseStands,
    Progress,
    ResultReturned,
    SaveCheckpoint,
    Settled,
    SubtaskDone,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
    WRONG,
    Desk,
    assigned,
    completed,
    done,
    down,
    failed,
    given_up,
    lease,
    over,
    refused,
    retried,
    revoked,
    slow,
    told,
    too_late,
)
from tests.actors.logic.twins import (
    COPY,
    FIRST,
    QUERY,
    REASON,
    S1,
    A,
    B,
    C,
    copied,
    doubled,
    late,
    teach,
)

# The first is completed


def test_the_first_completion_ends_the_subtask_and_takes_the_copy_back() -> None:
    desk, now = doubled()

    said = desk.say(now, completed(FIRST))
    assert said == [revoked(COPY, REASON, now), told(COPY, REASON), *done(FIRST, now)]
    assert desk.state() == {"settling": 1}


def test_a_copy_that_is_first_takes_the_other_one_back() -> None:
    desk, now = doubled()

    said = desk.say(now, completed(COPY))
    assert said == [revoked(FIRST, REASON, now), told(FIRST, REASON), *done(COPY, now)]
    assert desk.say(now, completed(FIRST)) == refused(FIRST, "Completed", now)


def test_of_three_only_one_counts() -> None:
    desk, now = doubled(A, B, C, options=SpeculationOptions(least=3, copies=2, share=1.0))
    now += late(desk)
    desk.say(now, Wake())
    second = lease("s1", "c", 3, attempt=3, copy=2)

    said = desk.say(now, completed(second))
    assert said == [
        revoked(FIRST, REASON, now),
        told(FIRST, REASON),
        revoked(COPY, REASON, now),
        told(COPY, REASON),
        *done(second, now),
    ]


def test_it_is_learnt_that_the_one_that_was_overtaken_is_slow() -> None:
    desk, now = doubled()
    alike = Desk(A, B)
    teach(alike)
    desk.say(20 * now, Completed(lease=COPY, result=RESULT, seconds=60.0))
    desk.say(20 * now, Settled(subtasks=("s1",)))
    alike.learning.completed(S1.subtask, "b", 60.0)
    assert (
        desk.learning.expect(QUERY, 3600.0).seconds > alike.learning.expect(QUERY, 3600.0).seconds
    )

    alike.learning.outlasted(S1.subtask, "a", 20 * now)
    assert desk.learning.expect(QUERY, 3600.0) == alike.learning.expect(QUERY, 3600.0)


def test_who_was_overtaken_before_a_result_was_rejected_is_learnt_from_too() -> None:
    desk, now = doubled()
    desk.say(now + 8, completed(FIRST))
    desk.say(now + 8, ResultReturned(ready=S1, problem=WRONG, lease=FIRST))
    desk.say(now + 8, Cancelled(lease=COPY))
    second = lease("s1", "a", 3, attempt=2)
    since = now + 18
    desk.say(since, Wake())
    desk.start(second, since)
    again = lease("s1", "b", 4, attempt=3, copy=1)
    assert desk.say(since + now, Wake()) == copied(desk, again, second, since + now, since=since)
    desk.start(again, since + now)
    desk.say(since + now + 5, completed(second))
    desk.say(since + now + 5, Settled(subtasks=("s1",)))

    alike = Desk(A, B)
    teach(alike)
    alike.learning.missed("s1", "a")
    alike.learning.completed(S1.subtask, "a", 2.0)
    alike.learning.outlasted(S1.subtask, "b", 8.0)
    alike.learning.outlasted(S1.subtask, "b", 5.0)
    assert report(desk.learning) == report(alike.learning)


def test_somebody_says_from_outside_that_it_is_done_and_all_are_taken_back() -> None:
    desk, now = doubled()
    reason = "it was completed by somebody else"
    outside = CompleteSubtask(subtask="s1", result=RESULT, reply_to="caller/1")

    said = desk.say(now, outside)
    ends = SubtaskDone(subtask="s1", lease=FIRST, result=RESULT, seconds=0.0, reply_to="caller/1")
    assert said == [
        revoked(COPY, reason, now),
        told(COPY, reason),
        told(FIRST, reason),
        over(FIRST, now),
        Tell(ORCHESTRATOR, ends),
    ]


# One of them fails


def copy_failed(held: Lease, now: float) -> Record:
    return Record(facts.CopyFailed(at=now, lease=held, problem=WRONG))


def test_when_one_fails_the_other_goes_on_and_nothing_is_tried_anew() -> None:
    desk, now = doubled()

    assert desk.say(now, failed(FIRST)) == [copy_failed(FIRST, now)]
    assert desk.state() == {"leased": 1}
    assert desk.say(now, completed(COPY)) == done(COPY, now)


def test_each_failure_is_a_failed_attempt_so_the_last_one_ends_it() -> None:
    desk, now = doubled(retry=Retry(attempts=2))
    desk.say(now, failed(COPY))

    assert desk.say(now, failed(FIRST)) == [over(FIRST, now), given_up("s1", WRONG, FIRST)]


def test_when_both_have_failed_the_wait_is_that_after_two_failures() -> None:
    desk, now = doubled()
    desk.say(now, failed(COPY))

    assert desk.say(now, failed(FIRST)) == [retried(FIRST, 15.0, now)]
    third = lease("s1", "a", 3, attempt=3)
    assert desk.say(now + 15.0, Wake())[1:] == assigned(third, S1, now + 15.0)


def test_a_copy_that_is_lost_with_its_agent_uses_up_no_attempt() -> None:
    desk, now = doubled(retry=Retry(attempts=2, first=10.0, jitter=0.0))
    crashed = down("b")

    said = desk.say(now, crashed)
    assert said == [revoked(COPY, crashed.problem.text, now, blamed=True)]
    assert desk.say(now, failed(FIRST)) == [retried(FIRST, 10.0, now)]


def test_when_the_first_agent_dies_its_copy_takes_the_place_and_nothing_is_requeued() -> None:
    desk, now = doubled()
    crashed = down("a")

    said = desk.say(now, crashed)
    assert said == [revoked(FIRST, crashed.problem.text, now, blamed=True)]
    assert desk.state() == {"leased": 1}
    assert desk.say(now, completed(COPY)) == done(COPY, now)


def test_what_takes_down_too_many_agents_is_parked_with_all_that_goes_on_of_it() -> None:
    desk, now = doubled(poison=1)

    kinds = [
        type(effect.fact).__name__
        for effect in desk.say(now, down("a"))
        if isinstance(effect, Record)
    ]
    assert kinds == ["LeaseRevoked", "LeaseRevoked", "SubtaskParked"]
    assert desk.state() == {"parked": 1}


def test_another_copy_is_made_after_a_while_in_place_of_one_that_was_lost() -> None:
    desk, now = doubled(A, B, C)
    desk.say(now, failed(COPY))
    another = lease("s1", "b", 3, attempt=3, copy=1)

    assert desk.say(now + 0.5, Wake()) == []
    assert desk.say(now + 1.0, Wake()) == copied(desk, another, FIRST, now + 1.0)


def test_who_would_not_take_a_copy_is_not_asked_again_at_once() -> None:
    desk, now = doubled()
    said = desk.say(now, Declined(lease=COPY, reason="it stops"))

    shown = Show(AttemptDeclined(at=now, lease=COPY, reason="it stops"))
    assert said == [shown, revoked(COPY, "it was declined: it stops", now)]
    assert desk.say(now, Ping(reply_to="caller/1"))
    assert desk.state() == {"leased": 1}


# Limits


def test_each_has_limits_of_its_own() -> None:
    desk, now = doubled(timeouts=Timeouts(run=1000.0))
    problem = too_late("run", 1000.0)

    said = desk.say(1000.0, Wake())
    assert said == [
        revoked(FIRST, problem.text, 1000.0),
        told(FIRST, problem.text),
        slow(FIRST, "run", 1000.0, 1000.0),
        Record(facts.CopyFailed(at=1000.0, lease=FIRST, problem=problem)),
    ]
    assert desk.say(1000.0 + now - 1.0, Wake()) == []
    last = desk.say(1000.0 + now, Wake())
    assert last[0] == revoked(COPY, problem.text, 1000.0 + now)
    assert desk.state() == {"delayed": 1}


def test_a_copy_that_is_silent_is_taken_back_and_the_first_goes_on() -> None:
    desk, now = doubled(timeouts=Timeouts(silence=400.0))
    desk.say(now + 300.0, Progress(lease=FIRST, fraction=0.5))

    said = desk.say(now + 400.0, Wake())
    assert said[0] == revoked(COPY, too_late("silence", 400.0).text, now + 400.0)
    assert desk.state() == {"leased": 1}
    assert desk.say(now + 401.0, completed(FIRST)) == done(FIRST, now + 401.0)


def test_a_limit_that_is_looked_into_goes_on_to_count_where_the_copy_takes_the_place() -> None:
    desk, now = doubled(timeouts=Timeouts(run=1000.0))
    then = 1000.0 + now
    desk.say(then - 10.0, Progress(lease=FIRST))
    looks = [effect for effect in desk.hear(then, Wake()) if isinstance(effect, LookAt)]
    desk.say(then, failed(FIRST))
    assert desk.state() == {"leased": 1}

    said = desk.show(then, looks[-1])
    assert said[0] == revoked(COPY, too_late("run", 1000.0).text, then)
    assert desk.state() == {"delayed": 1}


# Progress, checkpoints, effects


def test_the_checkpoints_of_the_first_are_kept_and_those_of_the_copy_when_it_takes_over() -> None:
    desk, now = doubled()
    copys = Progress(lease=COPY, fraction=0.2, checkpoint=RESULT, number=1)
    firsts = Progress(lease=FIRST, fraction=0.9, checkpoint=OTHER, number=1)

    assert desk.say(now, copys) == [shown(COPY, 0.2, now)]
    assert desk.say(now, firsts) == [
        shown(FIRST, 0.9, now),
        Tell(ORCHESTRATOR, SaveCheckpoint(lease=FIRST, checkpoint=OTHER, number=1)),
    ]
    save = SaveCheckpoint(lease=COPY, checkpoint=RESULT, number=1)
    assert desk.say(now, failed(FIRST)) == [copy_failed(FIRST, now), Tell(ORCHESTRATOR, save)]


def shown(held: Lease, fraction: float, now: float) -> Show:
    return Show(ProgressMade(at=now, lease=held, fraction=fraction, note=""))


def test_the_checkpoints_of_a_copy_that_is_lost_are_lost_with_it() -> None:
    desk, now = doubled()
    desk.say(now, Progress(lease=COPY, checkpoint=RESULT, number=1))
    desk.say(now, failed(COPY))
    desk.say(now, failed(FIRST))

    [*_, assign] = desk.say(now + 15.0, Wake())
    assert isinstance(assign, Tell)
    assert assign == assigned(lease("s1", "a", 3, attempt=3), S1, now + 15.0)[1]


def test_both_may_have_their_side_effects_which_have_the_same_name() -> None:
    desk, now = doubled()
    for held in (FIRST, COPY):
        said = desk.say(now, CheckLease(lease=held, reply_to="caller/1"))
        assert said == [Tell("caller/1", LeaseStands(lease=held))]
