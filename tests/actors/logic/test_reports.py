"""The scheduler: what agents say of their leases, and what others say of subtasks."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    CompleteSubtask,
    Done,
    FailSubtask,
    Refused,
    ResizeAgent,
)
from callboard.messages.errors import StaleLease, problem_of
from callboard.messages.notices import AttemptDeclined, ProgressMade, StaleRefused
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Lease, Timeouts, replace
from callboard.messages.work import (
    Accepted,
    AgentJoined,
    AgentUp,
    Cancelled,
    CheckLease,
    CheckpointLeft,
    Declined,
    HadStarted,
    LeaseStands,
    Progress,
    Resume,
    SaveCheckpoint,
    Settled,
    Started,
    SubtaskDone,
    Waiting,
    WaitNoted,
    WaitOver,
)
from tests.actors.logic.desk import (
    OTHER,
    RESULT,
    WRONG,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    over,
    queued,
    ready,
    refused,
    requeued,
    retried,
    revoked,
    saved,
    told,
)

A, B = agent("a"), agent("b")
S1, S2, S3 = ready("s1"), ready("s2"), ready("s3")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)
OLD = lease("s1", "a", 0)


def resumed(number: int) -> Tell:
    return Tell("agent/a", Resume(token=lease("any", "a", number).token))


# An attempt goes on


def noted(number: int, *, over: bool = False) -> Tell:
    return Tell("agent/a", WaitNoted(token=lease("any", "a", number).token, over=over))


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
