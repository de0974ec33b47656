"""The scheduler: what agents say of their leases, and what others say of subtasks."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    Refused,
)
from callboard.messages.errors import StaleLease, problem_of
from callboard.messages.notices import ProgressMade, StaleRefused
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Lease, Timeouts
from callboard.messages.work import (
    Accepted,
    AgentUp,
    Cancelled,
    CheckLease,
    CheckpointLeft,
    Declined,
    HadStarted,
    LeaseStands,
    Progress,
    SaveCheckpoint,
    Started,
    Waiting,
    WaitOver,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    ready,
    refused,
    revoked,
    saved,
)

A, B = agent("a"), agent("b")
S1, S2, S3 = ready("s1"), ready("s2"), ready("s3")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)
OLD = lease("s1", "a", 0)


def test_a_subtask_has_started_when_its_agent_says_so() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(0.5, Accepted(lease=FIRST)) == []
    assert desk.say(1.0, Started(lease=FIRST)) == [
        Record(facts.SubtaskStarted(at=1.0, lease=FIRST))
    ]


def test_who_confirms_that_it_stops_an_old_attempt_is_not_told_to_stop_it_again() -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(0.5, Accepted(lease=OLD))[1:] != []
    assert desk.say(0.6, Accepted(lease=OLD, stopping=True)) == []


def test_progress_is_shown_and_a_checkpoint_is_kept_for_the_next_attempt() -> None:
    desk = Desk(A)
    desk.queue(S1)
    half = Progress(lease=FIRST, fraction=0.5, note="means done", checkpoint=OTHER, number=1)
    assert desk.say(1.0, half) == [
        Show(ProgressMade(at=1.0, lease=FIRST, fraction=0.5, note="means done")),
        Tell("orchestrator", SaveCheckpoint(lease=FIRST, checkpoint=OTHER, number=1)),
    ]
    desk.say(2.0, failed(FIRST))
    again = lease("s1", "a", 2, attempt=2)
    assert desk.say(12.0, Wake())[1:] == assigned(again, saved(S1, FIRST), 12.0)


def test_of_two_checkpoints_the_newer_one_stays_whichever_comes_first() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Progress(lease=FIRST, checkpoint=OTHER, number=2))
    late = Progress(lease=FIRST, checkpoint=RESULT, number=1)
    assert desk.say(2.0, late) == [Show(StaleRefused(at=2.0, lease=FIRST, what="Progress"))]
    assert desk.say(2.0, Progress(lease=FIRST, checkpoint=OTHER, number=2)) == []
    desk.say(3.0, failed(FIRST))
    again = lease("s1", "a", 2, attempt=2)
    assert desk.say(13.0, Wake())[1:] == assigned(again, saved(S1, FIRST, 2), 13.0)
    first = Progress(lease=again, checkpoint=RESULT, number=1)
    assert desk.say(14.0, first) == [
        Tell("orchestrator", SaveCheckpoint(lease=again, checkpoint=RESULT, number=1))
    ]


def test_an_old_checkpoint_is_a_sign_of_life_and_no_progress() -> None:
    desk = Desk(A, timeouts=Timeouts(stall=10.0))
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Progress(lease=FIRST, checkpoint=OTHER, number=2))
    desk.say(5.0, Progress(lease=FIRST, checkpoint=RESULT, number=1))
    assert desk.say(10.9, Wake()) == []
    assert desk.say(11.0, Wake()) != []


def test_who_does_not_count_its_checkpoints_has_the_last_one_kept() -> None:
    desk = Desk(A)
    desk.queue(S1)
    for payload in (OTHER, RESULT, OTHER):
        kept = [Tell("orchestrator", SaveCheckpoint(lease=FIRST, checkpoint=payload))]
        assert desk.say(1.0, Progress(lease=FIRST, checkpoint=payload)) == kept


def test_what_an_agent_leaves_that_goes_down_is_kept_for_the_next_attempt() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.start(FIRST)
    assert desk.say(1.0, CheckpointLeft(lease=FIRST, checkpoint=OTHER, number=2)) == [
        Tell("orchestrator", SaveCheckpoint(lease=FIRST, checkpoint=OTHER, number=2))
    ]
    # It has overtaken what was said before.
    late = Progress(lease=FIRST, checkpoint=RESULT, number=1)
    assert desk.say(1.0, late) == [Show(StaleRefused(at=1.0, lease=FIRST, what="Progress"))]
    desk.say(2.0, down())
    again = lease("s1", "a", 2)
    assert desk.say(3.0, AgentUp(agent="a", incarnation=2)) == assigned(
        again, saved(S1, FIRST, 2), 3.0, incarnation=2
    )
    assert len(desk.say(4.0, Progress(lease=again, checkpoint=RESULT, number=1))) == 1


def test_what_had_started_when_its_agent_went_down_may_be_to_blame_for_that() -> None:
    desk = Desk(A, poison=1)
    desk.queue(S1)
    # Both overtake the word that it has started.
    assert desk.say(1.0, HadStarted(lease=FIRST)) == [
        Record(facts.SubtaskStarted(at=1.0, lease=FIRST))
    ]
    effects = desk.say(1.0, down())
    recorded = [effect.fact for effect in effects if isinstance(effect, Record)]
    assert [fact.subtask for fact in recorded if isinstance(fact, facts.SubtaskParked)] == ["s1"]
    late = desk.say(1.0, Started(lease=FIRST))
    assert late == [Show(StaleRefused(at=1.0, lease=FIRST, what="Started"))]


def test_what_is_known_already_is_not_kept_twice() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, Progress(lease=FIRST, checkpoint=OTHER, number=1))
    assert desk.say(2.0, CheckpointLeft(lease=FIRST, checkpoint=OTHER, number=1)) == []


def test_silence_means_nothing_before_the_handler_runs() -> None:
    desk = Desk(A, timeouts=Timeouts(silence=10.0))
    desk.queue(S1)
    assert desk.say(99.0, Wake()) == []
    desk.start(FIRST, now=100.0)
    assert desk.say(109.9, Wake()) == []
    assert desk.say(110.0, Wake()) != []


def test_a_mere_sign_of_life_says_nothing_and_puts_off_the_silence_timeout() -> None:
    desk = Desk(A, timeouts=Timeouts(silence=10.0))
    desk.queue(S1)
    assert desk.say(9.0, Progress(lease=FIRST)) == []
    assert desk.say(10.0, Wake()) == []
    assert desk.say(19.0, Wake())[-1:] != []


@pytest.mark.parametrize(("said", "counts"), [
    (Progress(lease=FIRST, fraction=0.5), True),
    (Progress(lease=FIRST, fraction=0.2), False),
    (Progress(lease=FIRST, fraction=0.1), False),
    (Progress(lease=FIRST, fraction=0.1, checkpoint=OTHER), True),
    (Progress(lease=FIRST), False),
])  # fmt: skip
def test_only_what_is_further_puts_off_the_stall_timeout(said: Progress, counts: bool) -> None:  # noqa: FBT001
    desk = Desk(A, timeouts=Timeouts(stall=10.0))
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Progress(lease=FIRST, fraction=0.2))
    desk.say(9.0, said)
    assert (desk.say(11.0, Wake()) == []) is counts
    assert counts is (desk.state() == {"leased": 1})


def test_each_attempt_begins_with_nothing_done() -> None:
    desk = Desk(A, timeouts=Timeouts(stall=10.0))
    desk.queue(S1)
    desk.say(1.0, Progress(lease=FIRST, fraction=0.9))
    desk.say(2.0, failed(FIRST))
    again = lease("s1", "a", 2, attempt=2)
    desk.say(12.0, Wake())
    desk.start(again, 12.0)
    desk.say(20.0, Progress(lease=again, fraction=0.1))
    assert desk.say(22.0, Wake()) == []
    assert desk.say(30.0, Wake()) != []


def test_signs_of_life_alone_do_not_put_off_a_stall_nor_progress_a_silence() -> None:
    desk = Desk(A, timeouts=Timeouts(silence=5.0, stall=12.0))
    desk.queue(S1)
    desk.start(FIRST)
    for now in (4.0, 8.0):
        desk.say(now, Progress(lease=FIRST))
    assert desk.say(11.9, Wake()) == []
    desk.say(11.9, Progress(lease=FIRST))
    [fact, *_] = desk.say(12.0, Wake())
    assert fact == revoked(FIRST, "subtask 'S1' made no progress for 12 s", 12.0)


# Old tokens


@pytest.mark.parametrize(
    "message",
    [
        Started(lease=OLD),
        Progress(lease=OLD, fraction=0.5, checkpoint=OTHER),
        CheckpointLeft(lease=OLD, checkpoint=OTHER),
        Waiting(lease=OLD),
        WaitOver(lease=OLD),
        completed(OLD),
        failed(OLD),
    ],
)
def test_what_comes_with_an_old_token_is_refused_and_shown_and_the_agent_told(
    message: SchedulerMessage,
) -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, message) == refused(OLD, type(message).__name__, 1.0)
    assert desk.say(2.0, completed(FIRST)) == done(FIRST, 2.0)


@pytest.mark.parametrize("message", [Declined(lease=OLD, reason="late"), Cancelled(lease=OLD)])
def test_that_an_old_attempt_was_not_taken_or_was_stopped_is_as_it_should_be(
    message: SchedulerMessage,
) -> None:
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, message) == []
    assert desk.state() == {"leased": 1}


# A handler is about to do what cannot be undone


def check(held: Lease) -> CheckLease:
    return CheckLease(lease=held, reply_to="caller/7")


def no_longer(held: Lease) -> Tell:
    problem = problem_of(StaleLease(held.subtask, str(held.token)))
    return Tell("caller/7", Refused(problem=problem))


@pytest.mark.parametrize("started", [False, True])
def test_a_lease_stands_while_it_is_current(*, started: bool) -> None:
    desk = Desk(A)
    desk.queue(S1)
    if started:
        desk.start(FIRST)
    assert desk.say(1.0, check(FIRST)) == [Tell("caller/7", LeaseStands(lease=FIRST))]


def test_a_lease_that_waits_for_a_sub_goal_stands() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, Waiting(lease=FIRST))
    assert desk.say(2.0, check(FIRST)) == [Tell("caller/7", LeaseStands(lease=FIRST))]


def test_a_lease_that_has_ended_stands_no_more_and_its_agent_is_told_before_its_handler() -> None:
    desk = Desk(A)
    desk.queue(S1)
    desk.say(1.0, completed(FIRST))
    assert desk.say(2.0, check(FIRST)) == [*refused(FIRST, "CheckLease", 2.0), no_longer(FIRST)]


def test_a_lease_stands_no_more_the_moment_its_agent_is_doubted() -> None:
    desk = Desk(A, B)
    desk.queue(S1)
    desk.start(FIRST)
    desk.say(1.0, down("a"))
    stale = Show(StaleRefused(at=2.0, lease=FIRST, what="CheckLease"))
    assert desk.say(2.0, check(FIRST)) == [stale, no_longer(FIRST)]
