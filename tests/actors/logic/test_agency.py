"""An agent: its life, its assignments, and its waits for sub-goals."""

from __future__ import annotations

from callboard.actors.logic.effects import (
    Exit,
    ResumeWork,
    RunHook,
    Show,
    StopWork,
    Tell,
)
from callboard.messages.commands import Ping, Pong, ResizeAgent
from callboard.messages.execution import (
    HookDone,
    HookFailed,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.notices import (
    HandlerFailed,
    StaleRefused,
)
from callboard.messages.supervision import CheckStarted, Shutdown
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Cancelled,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    HadStarted,
    Progress,
    Reconcile,
    Resume,
    Revoke,
    Running,
    Started,
    Waited,
    Waiting,
    WaitOver,
)
from tests.actors.logic.workshop import (
    ADDRESS,
    LATER,
    NOW,
    PROBLEM,
    RESULT,
    UP,
    Workshop,
    assign,
    begun,
    dead,
    lease,
    said,
    token,
)

# Life


def test_an_agent_without_hooks_is_up_at_once() -> None:
    assert Workshop().first == [UP]


def test_an_agent_with_hooks_is_up_when_on_start_has_returned() -> None:
    stage = Workshop(hooks=True)
    assert stage.first == [RunHook("on_start")]
    assert stage(HookDone(hook="on_start")) == [UP]


def test_who_is_asked_says_that_it_is_up_as_soon_as_it_is() -> None:
    stage = Workshop(hooks=True)
    assert stage(CheckStarted()) == []
    stage(HookDone(hook="on_start"))
    assert [stage(CheckStarted()) for _ in range(2)] == [[UP], [UP]]


def test_a_failing_on_start_is_a_crash() -> None:
    stage = Workshop(hooks=True)
    assert stage(HookFailed(hook="on_start", problem=PROBLEM)) == [Exit(PROBLEM)]


def test_what_a_predecessors_hook_reports_changes_nothing() -> None:
    stage = Workshop(hooks=True)
    stage(HookDone(hook="on_start"))
    assert stage(HookFailed(hook="on_start", problem=PROBLEM)) == []
    assert stage(HookDone(hook="on_stop")) == []


def test_an_idle_agent_ends_at_once_when_it_shall() -> None:
    assert Workshop()(Shutdown()) == [Exit(None)]


def test_at_the_end_queued_work_is_declined_and_running_work_stops_first() -> None:
    stage = Workshop(hooks=True)
    stage.all(HookDone(hook="on_start"), assign(1), assign(2))
    stopping = "the agent is stopping"
    assert stage(Shutdown()) == [
        said(Declined(lease=lease(2), reason=stopping)),
        StopWork(token(1), stopping),
    ]
    assert stage(Shutdown()) == []
    assert stage(assign(3)) == [said(Declined(lease=lease(3), reason=stopping))]
    assert stage(WorkStopped(token=token(1))) == [
        said(Cancelled(lease=lease(1))),
        RunHook("on_stop"),
    ]
    assert stage(HookDone(hook="on_stop")) == [Exit(None)]


def test_a_failing_on_stop_is_shown_and_is_no_crash() -> None:
    stage = Workshop(hooks=True)
    stage.all(HookDone(hook="on_start"), Shutdown())
    failed = HandlerFailed(at=NOW, agent="a1", tag="on_stop", problem=PROBLEM)
    assert stage(HookFailed(hook="on_stop", problem=PROBLEM)) == [Show(failed), Exit(None)]


def test_an_end_during_on_start_waits_for_it() -> None:
    stage = Workshop(hooks=True)
    assert stage(Shutdown()) == []
    assert stage(HookDone(hook="on_start")) == [RunHook("on_stop")]


def test_a_crashing_handler_takes_its_agent_down() -> None:
    stage = Workshop()
    stage(assign(1))
    assert stage(WorkCrashed(token=token(1), problem=PROBLEM)) == [
        said(HadStarted(lease=lease(1))),
        Exit(PROBLEM),
    ]


def test_who_goes_down_leaves_what_its_attempts_had_saved() -> None:
    stage = Workshop(max_load=4)
    stage.all(*(assign(number) for number in range(1, 5)))
    for number, saved in ((1, LATER), (1, RESULT), (2, LATER), (3, LATER)):
        stage(WorkProgressed(token=token(number), checkpoint=saved))
    stage(Revoke(token=token(3), reason="it is not wanted any more"))
    assert stage(WorkCrashed(token=token(4), problem=PROBLEM)) == [
        *(said(HadStarted(lease=lease(number))) for number in (1, 2, 4)),
        said(CheckpointLeft(lease=lease(1), checkpoint=RESULT, number=2)),
        said(CheckpointLeft(lease=lease(2), checkpoint=LATER, number=1)),
        Exit(PROBLEM),
    ]


def test_a_crash_that_a_predecessor_reports_is_only_shown() -> None:
    stage = Workshop()
    unknown = dead("WorkCrashed", "no such attempt is under way")
    assert stage(WorkCrashed(token=token(1), problem=PROBLEM)) == [unknown]
    assert stage(WorkCrashed(token=None, problem=PROBLEM)) == [unknown]


def test_ping_is_answered_with_figures() -> None:
    stage = Workshop(max_load=1)
    stage.all(assign(1), WorkWaiting(token=token(1)), assign(2), assign(3))
    figures = {"running": 1, "waiting": 1, "queued": 1, "messages": 0, "unacknowledged": 0}
    assert stage(Ping(reply_to="caller/7")) == [
        Tell("caller/7", Pong(address=ADDRESS, state=figures))
    ]


# Assignments


def test_an_assignment_starts_where_a_slot_is_free() -> None:
    assert Workshop()(assign(1)) == begun(1)


def test_an_assignment_beyond_the_slots_is_queued_and_starts_in_turn() -> None:
    stage = Workshop(max_load=2)
    stage.all(assign(1), assign(2))
    assert stage(assign(3)) == [said(Accepted(lease=lease(3), max_load=2))]
    assert stage(assign(4)) == [said(Accepted(lease=lease(4), max_load=2))]
    assert stage(WorkDone(token=token(1), result=RESULT, seconds=2.0)) == [
        said(Completed(lease=lease(1), result=RESULT, seconds=2.0)),
        *begun(3),
    ]


def test_a_new_scheduler_is_told_who_waits_and_who_wants_its_slot_back() -> None:
    stage = Workshop(max_load=2)
    stage.all(assign(1), assign(2))
    stage.all(WorkWaiting(token=token(1)), WorkWaiting(token=token(2)))
    stage(WorkWaitOver(token=token(2)))
    waits = tuple(Waited(token=token(number), number=1, lent=True) for number in (1, 2))
    running = Running(agent="a1", leases=(lease(1), lease(2)), incarnation=3, waits=waits)
    assert stage(Reconcile()) == [
        said(running),
        said(Waiting(lease=lease(1))),
        said(Waiting(lease=lease(2))),
        said(WaitOver(lease=lease(2))),
    ]


def test_or_that_one_has_waited_and_has_its_slot_back() -> None:
    stage = Workshop()
    stage.all(assign(1), WorkWaiting(token=token(1)), WorkWaitOver(token=token(1)))
    stage(Resume(token=token(1)))
    waits = (Waited(token=token(1), number=1, lent=False),)
    running = Running(agent="a1", leases=(lease(1),), incarnation=3, waits=waits)
    assert stage(Reconcile()) == [said(running)]


def test_an_agent_that_is_resized_starts_what_is_queued() -> None:
    stage = Workshop(max_load=1)
    stage.all(assign(1), assign(2), assign(3))
    assert stage(ResizeAgent(agent="a", max_load=2)) == begun(2)


def test_one_that_may_run_less_says_what_waits_for_a_slot() -> None:
    stage = Workshop(max_load=2)
    stage.all(assign(1), assign(2), assign(3))
    waits = said(Accepted(lease=lease(3), max_load=1))
    assert stage(ResizeAgent(agent="a", max_load=1)) == [waits]


def test_an_assignment_before_the_start_is_declined() -> None:
    reason = "the agent has not started yet"
    assert Workshop(hooks=True)(assign(1)) == [said(Declined(lease=lease(1), reason=reason))]


def test_an_assignment_that_comes_twice_runs_once() -> None:
    stage = Workshop()
    stage(assign(1))
    assert stage(assign(1)) == [said(Started(lease=lease(1)))]
    completed = said(Completed(lease=lease(1), result=RESULT, seconds=2.0))
    assert stage(WorkDone(token=token(1), result=RESULT, seconds=2.0)) == [completed]
    assert stage(assign(1)) == [completed]
    stage(Acknowledged(tokens=(token(1),)))
    late = said(Declined(lease=lease(1), reason="it came after a later one"))
    assert stage(assign(1)) == [late]


def test_a_failure_is_told_and_kept_until_it_is_acknowledged() -> None:
    stage = Workshop()
    stage(assign(1))
    failed = said(Failed(lease=lease(1), problem=PROBLEM, seconds=2.0))
    assert stage(WorkFailed(token=token(1), problem=PROBLEM, seconds=2.0)) == [failed]
    holds = said(Running(agent="a1", leases=(lease(1),), incarnation=3))
    assert stage(Reconcile()) == [holds, failed]
    stage(Acknowledged(tokens=(token(1),)))
    assert stage(Reconcile()) == [said(Running(agent="a1", leases=(), incarnation=3))]


def test_progress_is_passed_on() -> None:
    stage = Workshop()
    stage(assign(1))
    progress = WorkProgressed(token=token(1), fraction=0.5, note="half", checkpoint=RESULT)
    assert stage(progress) == [
        said(Progress(lease=lease(1), fraction=0.5, note="half", checkpoint=RESULT, number=1))
    ]


def test_what_may_run_is_begun_once_for_a_whole_batch() -> None:
    stage = Workshop(max_load=2)
    stage.all(assign(1), assign(2))
    ends = [WorkDone(token=token(n), result=RESULT, seconds=2.0) for n in (1, 2)]
    assert stage.at_once(*ends, assign(3), assign(4), assign(5)) == [
        *(said(Completed(lease=lease(n), result=RESULT, seconds=2.0)) for n in (1, 2)),
        said(Accepted(lease=lease(5), max_load=2)),
        *begun(3),
        *begun(4),
    ]


def test_what_is_taken_back_in_the_batch_in_which_it_came_does_not_begin() -> None:
    revoke = Revoke(token=token(1), reason="doubted")
    assert Workshop().at_once(assign(1), revoke) == [said(Cancelled(lease=lease(1)))]


def test_reconcile_tells_all_that_is_held_and_sends_completions_again() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2), assign(3))
    stage(WorkDone(token=token(1), result=RESULT, seconds=2.0))
    assert stage(Reconcile()) == [
        said(Running(agent="a1", leases=(lease(3), lease(2), lease(1)), incarnation=3)),
        said(Completed(lease=lease(1), result=RESULT, seconds=2.0)),
    ]


def test_an_acknowledged_completion_is_forgotten() -> None:
    stage = Workshop()
    stage.all(assign(1), WorkDone(token=token(1), result=RESULT, seconds=2.0))
    assert stage(Acknowledged(tokens=(token(1),))) == []
    assert stage(Reconcile()) == [said(Running(agent="a1", leases=(), incarnation=3))]


# Waiting for sub-goals


def test_work_that_waits_gives_its_slot_to_another() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2))
    assert stage(WorkWaiting(token=token(1))) == [said(Waiting(lease=lease(1))), *begun(2)]
    assert stage(WorkWaitOver(token=token(1))) == [said(WaitOver(lease=lease(1)))]
    assert stage(Resume(token=token(1))) == []
    assert stage(WorkDone(token=token(2), result=RESULT, seconds=1.0)) == [
        said(Completed(lease=lease(2), result=RESULT, seconds=1.0)),
        ResumeWork(token(1)),
    ]


def test_work_that_resumes_goes_before_the_queue() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2), assign(3), WorkWaiting(token=token(1)))
    stage.all(WorkWaitOver(token=token(1)), Resume(token=token(1)))
    assert stage(WorkFailed(token=token(2), problem=PROBLEM, seconds=1.0)) == [
        said(Failed(lease=lease(2), problem=PROBLEM, seconds=1.0)),
        ResumeWork(token(1)),
    ]


def test_waiting_work_can_be_revoked() -> None:
    stage = Workshop()
    stage.all(assign(1), WorkWaiting(token=token(1)))
    assert stage(Revoke(token=token(1), reason="late")) == [StopWork(token(1), "late")]
    assert stage(WorkWaitOver(token=token(1))) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what="WorkWaitOver"))
    ]
    assert stage(assign(2)) == [said(Accepted(lease=lease(2)))]
