from __future__ import annotations

import math

import msgspec
import pytest

from callboard.actors.logic.agency import AgencyLogic
from callboard.actors.logic.effects import (
    After,
    Effect,
    Exit,
    HandleMessage,
    ResumeWork,
    RunHook,
    Show,
    StartWork,
    StopWork,
    Tell,
)
from callboard.messages.base import SCHEDULER, SUPERVISOR
from callboard.messages.commands import Ping, Pong, Refused, Replied, ResizeAgent
from callboard.messages.errors import (
    AgentLost,
    AttemptCancelled,
    CallTimedOut,
    InboxFull,
    NoHandler,
    problem_of,
)
from callboard.messages.execution import (
    Deliver,
    Handled,
    HookDone,
    HookFailed,
    WorkAbandoned,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkReturned,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.notices import (
    AgentRecovered,
    DeadLetter,
    HandlerFailed,
    ProcessLost,
    StaleRefused,
    ThreadAbandoned,
)
from callboard.messages.supervision import ActorStarted, AgentStuck, Shutdown, Wake
from callboard.messages.unions import AgentMessage
from callboard.messages.values import Agent, Lease, Payload, Priority, Ready, Subtask, Token
from callboard.messages.work import (
    Accepted,
    Acknowledged,
    Assign,
    Cancelled,
    CheckpointLeft,
    Completed,
    Declined,
    Failed,
    NotHeld,
    Progress,
    Reconcile,
    Resume,
    Revoke,
    Running,
    Started,
    Waiting,
    WaitOver,
)

NOW = 100.0
ADDRESS = "agent/a1"
PROBLEM = problem_of(ValueError("broken"))
RESULT = Payload(data=b"\x07")
LATER = Payload(data=b"\x08")
UP = Tell(SUPERVISOR, ActorStarted(address=ADDRESS, incarnation=3))


def token(number: int) -> Token:
    return Token(boot=1, incarnation=1, counter=number)


def lease(number: int) -> Lease:
    return Lease(goal="g", subtask=f"s{number}", agent="a1", token=token(number))


def ready(number: int) -> Ready:
    subtask = Subtask(uuid=f"s{number}", name=f"Step {number}")
    return Ready(
        goal="g", goal_text="go", subtask=subtask, urgency=Priority.MEDIUM, rank=1.0, since=0.0
    )


def assign(number: int) -> Assign:
    return Assign(lease=lease(number), ready=ready(number), incarnation=3)


def not_held(number: int) -> Effect:
    return said(NotHeld(agent="a1", token=token(number)))


def begun(number: int) -> list[Effect]:
    return [StartWork(lease(number), ready(number)), said(Started(lease=lease(number)))]


def said(message: object) -> Effect:
    assert isinstance(message, msgspec.Struct)
    return Tell(SCHEDULER, message)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def note(number: int, *, deadline: float | None = None, reply_to: str = "") -> Deliver:
    body = Payload(data=bytes([number]))
    return Deliver(agent="a1", tag="Note", body=body, deadline=deadline, reply_to=reply_to)


def dead(what: str, reason: str, at: float = NOW) -> Effect:
    return Show(DeadLetter(at=at, to=ADDRESS, what=what, reason=reason))


class Stage:
    """A logic object that has started, and the hand that feeds it."""

    def __init__(self, **options: object) -> None:
        agent = msgspec.convert({"id": "a1", "handles": ["Note"], **options}, Agent)
        self.logic = AgencyLogic(agent, 3, math.inf)
        self.first = self.logic.start(NOW)

    def __call__(self, message: AgentMessage, now: float = NOW) -> list[Effect]:
        return self.logic.handle(message, now)

    def all(self, *messages: AgentMessage) -> list[Effect]:
        return [effect for message in messages for effect in self(message)]


# Life


def test_an_agent_without_hooks_is_up_at_once() -> None:
    assert Stage().first == [UP]


def test_an_agent_with_hooks_is_up_when_on_start_has_returned() -> None:
    stage = Stage(hooks=True)
    assert stage.first == [RunHook("on_start")]
    assert stage(HookDone(hook="on_start")) == [UP]


def test_a_failing_on_start_is_a_crash() -> None:
    stage = Stage(hooks=True)
    assert stage(HookFailed(hook="on_start", problem=PROBLEM)) == [Exit(PROBLEM)]


def test_what_a_predecessors_hook_reports_changes_nothing() -> None:
    stage = Stage(hooks=True)
    stage(HookDone(hook="on_start"))
    assert stage(HookFailed(hook="on_start", problem=PROBLEM)) == []
    assert stage(HookDone(hook="on_stop")) == []


def test_an_idle_agent_ends_at_once_when_it_shall() -> None:
    assert Stage()(Shutdown()) == [Exit(None)]


def test_at_the_end_queued_work_is_declined_and_running_work_stops_first() -> None:
    stage = Stage(hooks=True)
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
    stage = Stage(hooks=True)
    stage.all(HookDone(hook="on_start"), Shutdown())
    failed = HandlerFailed(at=NOW, agent="a1", tag="on_stop", problem=PROBLEM)
    assert stage(HookFailed(hook="on_stop", problem=PROBLEM)) == [Show(failed), Exit(None)]


def test_an_end_during_on_start_waits_for_it() -> None:
    stage = Stage(hooks=True)
    assert stage(Shutdown()) == []
    assert stage(HookDone(hook="on_start")) == [RunHook("on_stop")]


def test_a_crashing_handler_takes_its_agent_down() -> None:
    stage = Stage()
    stage(assign(1))
    assert stage(WorkCrashed(token=token(1), problem=PROBLEM)) == [Exit(PROBLEM)]


def test_who_goes_down_leaves_what_its_attempts_had_saved() -> None:
    stage = Stage(max_load=4)
    stage.all(*(assign(number) for number in range(1, 5)))
    for number, saved in ((1, LATER), (1, RESULT), (2, LATER), (3, LATER)):
        stage(WorkProgressed(token=token(number), checkpoint=saved))
    stage(Revoke(token=token(3), reason="it is not wanted any more"))
    assert stage(WorkCrashed(token=token(4), problem=PROBLEM)) == [
        said(CheckpointLeft(lease=lease(1), checkpoint=RESULT)),
        said(CheckpointLeft(lease=lease(2), checkpoint=LATER)),
        Exit(PROBLEM),
    ]


def test_a_crash_that_a_predecessor_reports_is_only_shown() -> None:
    stage = Stage()
    unknown = dead("WorkCrashed", "no such attempt is under way")
    assert stage(WorkCrashed(token=token(1), problem=PROBLEM)) == [unknown]
    assert stage(WorkCrashed(token=None, problem=PROBLEM)) == [unknown]


def test_ping_is_answered_with_figures() -> None:
    stage = Stage(max_load=1)
    stage.all(assign(1), WorkWaiting(token=token(1)), assign(2), assign(3))
    figures = {"running": 1, "waiting": 1, "queued": 1, "messages": 0, "unacknowledged": 0}
    assert stage(Ping(reply_to="caller/7")) == [
        Tell("caller/7", Pong(address=ADDRESS, state=figures))
    ]


# Assignments


def test_an_assignment_starts_where_a_slot_is_free() -> None:
    assert Stage()(assign(1)) == begun(1)


def test_an_assignment_beyond_the_slots_is_queued_and_starts_in_turn() -> None:
    stage = Stage(max_load=2)
    stage.all(assign(1), assign(2))
    assert stage(assign(3)) == [said(Accepted(lease=lease(3), max_load=2))]
    assert stage(assign(4)) == [said(Accepted(lease=lease(4), max_load=2))]
    assert stage(WorkDone(token=token(1), result=RESULT, seconds=2.0)) == [
        said(Completed(lease=lease(1), result=RESULT, seconds=2.0)),
        *begun(3),
    ]


def test_a_new_scheduler_is_told_who_waits_and_who_wants_its_slot_back() -> None:
    stage = Stage(max_load=2)
    stage.all(assign(1), assign(2))
    stage.all(WorkWaiting(token=token(1)), WorkWaiting(token=token(2)))
    stage(WorkWaitOver(token=token(2)))
    assert stage(Reconcile()) == [
        said(Running(agent="a1", leases=(lease(1), lease(2)), incarnation=3)),
        said(Waiting(lease=lease(1))),
        said(Waiting(lease=lease(2))),
        said(WaitOver(lease=lease(2))),
    ]


def test_an_agent_that_is_resized_starts_what_is_queued() -> None:
    stage = Stage(max_load=1)
    stage.all(assign(1), assign(2), assign(3))
    assert stage(ResizeAgent(agent="a", max_load=2)) == begun(2)


def test_an_assignment_before_the_start_is_declined() -> None:
    reason = "the agent has not started yet"
    assert Stage(hooks=True)(assign(1)) == [said(Declined(lease=lease(1), reason=reason))]


def test_an_assignment_that_comes_twice_runs_once() -> None:
    stage = Stage()
    stage(assign(1))
    assert stage(assign(1)) == [said(Started(lease=lease(1)))]
    completed = said(Completed(lease=lease(1), result=RESULT, seconds=2.0))
    assert stage(WorkDone(token=token(1), result=RESULT, seconds=2.0)) == [completed]
    assert stage(assign(1)) == [completed]
    stage(Acknowledged(token=token(1)))
    late = said(Declined(lease=lease(1), reason="it came after a later one"))
    assert stage(assign(1)) == [late]


def test_a_failure_is_told_and_kept_until_it_is_acknowledged() -> None:
    stage = Stage()
    stage(assign(1))
    failed = said(Failed(lease=lease(1), problem=PROBLEM, seconds=2.0))
    assert stage(WorkFailed(token=token(1), problem=PROBLEM, seconds=2.0)) == [failed]
    holds = said(Running(agent="a1", leases=(lease(1),), incarnation=3))
    assert stage(Reconcile()) == [holds, failed]
    stage(Acknowledged(token=token(1)))
    assert stage(Reconcile()) == [said(Running(agent="a1", leases=(), incarnation=3))]


def test_progress_is_passed_on() -> None:
    stage = Stage()
    stage(assign(1))
    progress = WorkProgressed(token=token(1), fraction=0.5, note="half", checkpoint=RESULT)
    assert stage(progress) == [
        said(Progress(lease=lease(1), fraction=0.5, note="half", checkpoint=RESULT))
    ]


def test_reconcile_tells_all_that_is_held_and_sends_completions_again() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2), assign(3))
    stage(WorkDone(token=token(1), result=RESULT, seconds=2.0))
    assert stage(Reconcile()) == [
        said(Running(agent="a1", leases=(lease(3), lease(2), lease(1)), incarnation=3)),
        said(Completed(lease=lease(1), result=RESULT, seconds=2.0)),
    ]


def test_an_acknowledged_completion_is_forgotten() -> None:
    stage = Stage()
    stage.all(assign(1), WorkDone(token=token(1), result=RESULT, seconds=2.0))
    assert stage(Acknowledged(token=token(1))) == []
    assert stage(Reconcile()) == [said(Running(agent="a1", leases=(), incarnation=3))]


# Revocations


def test_a_revoked_assignment_leaves_the_queue() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2))
    assert stage(Revoke(token=token(2), reason="late")) == [said(Cancelled(lease=lease(2)))]


def test_revoked_work_holds_its_slot_until_it_has_stopped() -> None:
    stage = Stage()
    stage(assign(1))
    assert stage(Revoke(token=token(1), reason="late")) == [StopWork(token(1), "late")]
    stopping = Accepted(lease=lease(1), stopping=True)
    assert stage(Revoke(token=token(1), reason="late")) == [said(stopping)]
    assert stage(assign(2)) == [said(Accepted(lease=lease(2)))]
    assert stage(WorkStopped(token=token(1))) == [said(Cancelled(lease=lease(1))), *begun(2)]


def test_a_revocation_may_overtake_its_assignment() -> None:
    stage = Stage()
    assert stage(Revoke(token=token(2), reason="late")) == [not_held(2)]
    assert stage(assign(1)) == begun(1)
    assert stage(assign(2)) == [said(Cancelled(lease=lease(2)))]


def test_revocations_of_what_is_long_gone_are_not_kept() -> None:
    stage = Stage()
    stage.all(Revoke(token=token(1), reason=""), assign(5), Revoke(token=token(2), reason=""))
    assert stage.logic._work._revoked_early == set()  # pyright: ignore[reportPrivateUsage]


def test_a_revocation_forgets_a_completion() -> None:
    stage = Stage()
    stage.all(assign(1), WorkDone(token=token(1), result=RESULT, seconds=2.0))
    assert stage(Revoke(token=token(1), reason="late")) == [said(Cancelled(lease=lease(1)))]
    assert stage(Reconcile()) == [said(Running(agent="a1", leases=(), incarnation=3))]


@pytest.mark.parametrize(
    "late",
    [
        WorkDone(token=token(1), result=RESULT, seconds=2.0),
        WorkFailed(token=token(1), problem=PROBLEM, seconds=2.0),
    ],
)
def test_an_end_after_the_revocation_is_refused_and_frees_the_slot(
    late: WorkDone | WorkFailed,
) -> None:
    stage = Stage()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(late) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what=type(late).__name__)),
        said(Cancelled(lease=lease(1))),
        *begun(2),
    ]


def test_progress_after_the_revocation_is_refused() -> None:
    stage = Stage()
    stage.all(assign(1), Revoke(token=token(1), reason="late"))
    assert stage(WorkProgressed(token=token(1), fraction=0.5)) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what="WorkProgressed"))
    ]


def test_reports_of_unknown_attempts_are_dead_letters() -> None:
    stage = Stage()
    reason = "no such attempt is under way"
    assert stage(WorkDone(token=token(9), result=RESULT, seconds=1.0)) == [dead("WorkDone", reason)]
    assert stage(WorkProgressed(token=token(9))) == [dead("WorkProgressed", reason)]
    assert stage(Resume(token=token(9))) == [dead("Resume", reason)]


def test_an_abandoned_thread_is_shown_and_frees_the_slot() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkAbandoned(token=token(1), problem=PROBLEM)) == [
        Show(ThreadAbandoned(at=NOW, lease=lease(1), problem=PROBLEM)),
        said(Cancelled(lease=lease(1), given_up=True)),
        *begun(2),
    ]


def test_an_abandoned_thread_taints_an_agent_with_state() -> None:
    stage = Stage(stateful=True)
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkAbandoned(token=token(1), problem=PROBLEM)) == [
        Show(ThreadAbandoned(at=NOW, lease=lease(1), problem=PROBLEM)),
        Tell(SUPERVISOR, AgentStuck(agent="a1", problem=PROBLEM)),
        said(Cancelled(lease=lease(1), given_up=True)),
    ]
    assert stage(assign(3)) == [said(Accepted(lease=lease(3)))]


def test_a_killed_process_is_shown_and_its_attempt_has_stopped() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkKilled(token=token(1), problem=PROBLEM)) == [
        Show(ProcessLost(at=NOW, agent="a1", lease=lease(1), problem=PROBLEM)),
        said(Cancelled(lease=lease(1))),
        *begun(2),
    ]


def test_so_is_an_idle_one_that_died_and_nothing_follows() -> None:
    stage = Stage()
    stage(assign(1))
    assert stage(WorkKilled(token=None, problem=PROBLEM)) == [
        Show(ProcessLost(at=NOW, agent="a1", lease=None, problem=PROBLEM))
    ]


def test_it_is_said_when_what_was_given_up_has_ended_after_all() -> None:
    stage = Stage()
    stage.all(assign(1), Revoke(token=token(1), reason="late"))
    stage(WorkAbandoned(token=token(1), problem=PROBLEM))
    assert stage(WorkReturned(token=token(1))) == [
        Show(AgentRecovered(at=NOW, lease=lease(1), was="stuck"))
    ]
    nobody = dead("WorkReturned", "no such attempt is under way")
    assert stage(WorkReturned(token=token(1))) == [nobody]


def test_a_handler_that_stops_by_itself_has_failed() -> None:
    stage = Stage()
    stage(assign(1))
    problem = problem_of(AttemptCancelled("its handler gave up by itself"))
    problem = msgspec.structs.replace(problem, lasting=False)
    assert stage(WorkStopped(token=token(1))) == [
        said(Failed(lease=lease(1), problem=problem, seconds=0.0))
    ]


# Waiting for sub-goals


def test_work_that_waits_gives_its_slot_to_another() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2))
    assert stage(WorkWaiting(token=token(1))) == [said(Waiting(lease=lease(1))), *begun(2)]
    assert stage(WorkWaitOver(token=token(1))) == [said(WaitOver(lease=lease(1)))]
    assert stage(Resume(token=token(1))) == []
    assert stage(WorkDone(token=token(2), result=RESULT, seconds=1.0)) == [
        said(Completed(lease=lease(2), result=RESULT, seconds=1.0)),
        ResumeWork(token(1)),
    ]


def test_work_that_resumes_goes_before_the_queue() -> None:
    stage = Stage()
    stage.all(assign(1), assign(2), assign(3), WorkWaiting(token=token(1)))
    stage.all(WorkWaitOver(token=token(1)), Resume(token=token(1)))
    assert stage(WorkFailed(token=token(2), problem=PROBLEM, seconds=1.0)) == [
        said(Failed(lease=lease(2), problem=PROBLEM, seconds=1.0)),
        ResumeWork(token(1)),
    ]


def test_waiting_work_can_be_revoked() -> None:
    stage = Stage()
    stage.all(assign(1), WorkWaiting(token=token(1)))
    assert stage(Revoke(token=token(1), reason="late")) == [StopWork(token(1), "late")]
    assert stage(WorkWaitOver(token=token(1))) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what="WorkWaitOver"))
    ]
    assert stage(assign(2)) == [said(Accepted(lease=lease(2)))]


# Messages


def test_messages_are_handled_one_at_a_time() -> None:
    stage = Stage()
    wake = After(300.0, Wake())
    assert stage(note(1)) == [HandleMessage(note(1)), wake]
    assert stage(note(2)) == []
    assert stage(Handled(tag="Note"))[:1] == [HandleMessage(note(2))]


def test_a_reply_goes_to_who_asked() -> None:
    stage = Stage()
    stage(note(1, reply_to="caller/7"))
    assert stage(Handled(tag="Note", reply=RESULT)) == [Tell("caller/7", Replied(body=RESULT))]


def test_a_failing_handler_is_shown_and_told_to_who_asked() -> None:
    stage = Stage()
    stage(note(1, reply_to="caller/7"))
    assert stage(Handled(tag="Note", problem=PROBLEM)) == [
        Show(HandlerFailed(at=NOW, agent="a1", tag="Note", problem=PROBLEM)),
        Tell("caller/7", Refused(problem=PROBLEM)),
    ]


def test_messages_without_a_handler_go_to_the_inbox_even_while_work_runs() -> None:
    stage = Stage(handles=[], concurrent_messages=False)
    stage(assign(1))
    assert stage.all(note(1), note(2)) == [HandleMessage(note(1)), HandleMessage(note(2))]


def test_a_full_inbox_leaves_a_dead_letter() -> None:
    stage = Stage(handles=[])
    full = problem_of(InboxFull("a1", 1000))
    assert stage(Handled(tag="Note", problem=full)) == [
        dead("Note", "1,000 messages wait for agent 'a1' already")
    ]


def test_a_question_without_a_handler_is_refused() -> None:
    problem = problem_of(NoHandler("a1", "Note"))
    assert Stage(handles=[])(note(1, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_a_message_past_its_deadline_is_refused() -> None:
    problem = problem_of(CallTimedOut("Note to agent 'a1'", 0.0))
    assert Stage()(note(1, deadline=NOW, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_a_message_that_waits_too_long_is_refused() -> None:
    stage = Stage()
    stage(note(1))
    assert stage(note(2, deadline=NOW + 2, reply_to="caller/7")) == [After(2.0, Wake())]
    problem = problem_of(CallTimedOut("Note to agent 'a1'", 2.0))
    assert stage(Wake(), NOW + 2) == [
        dead("Note", problem.text, at=NOW + 2),
        Tell("caller/7", Refused(problem=problem)),
        After(298.0, Wake()),
    ]
    assert stage(Handled(tag="Note")) == []


def test_too_many_messages_are_refused() -> None:
    stage = Stage()
    stage.all(*(note(1) for _ in range(1001)))
    problem = problem_of(InboxFull("a1", 1000))
    assert stage(note(2, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_messages_wait_until_the_agent_is_up() -> None:
    stage = Stage(hooks=True)
    assert stage(note(1)) == []
    assert stage(HookDone(hook="on_start"))[:2] == [UP, HandleMessage(note(1))]


def test_a_handler_that_never_returns_makes_its_agent_stuck() -> None:
    stage = Stage(timeouts={"run": 5.0})
    stage(note(1))
    problem = problem_of(AgentLost("a1", "has been handling Note for more than 5 s"))
    assert stage(Wake(), NOW + 5) == [Tell(SUPERVISOR, AgentStuck(agent="a1", problem=problem))]


def test_messages_are_refused_at_the_end() -> None:
    stage = Stage()
    stage.all(note(1), note(2, reply_to="caller/7"))
    problem = problem_of(AgentLost("a1", "is stopping"))
    refused = [dead("Note", problem.text), Tell("caller/7", Refused(problem=problem))]
    assert stage(Shutdown()) == refused
    assert stage(note(3, reply_to="caller/7")) == refused
    assert stage(Handled(tag="Note")) == [Exit(None)]


def test_a_crash_is_told_to_who_asked() -> None:
    stage = Stage()
    stage(note(1, reply_to="caller/7"))
    assert stage(WorkCrashed(token=None, problem=PROBLEM)) == [
        Tell("caller/7", Refused(problem=PROBLEM)),
        Exit(PROBLEM),
    ]


def test_messages_turned_away_have_no_deadline_left() -> None:
    stage = Stage()
    stage.all(assign(1), note(1), note(2, deadline=NOW + 2), Shutdown())
    assert stage(Wake(), NOW + 2) == [After(298.0, Wake())]  # for the one that runs


# Messages and work that exclude each other


def exclusive(max_load: int = 1) -> Stage:
    return Stage(stateful=True, concurrent_messages=False, max_load=max_load)


def test_an_exclusive_message_waits_until_no_work_runs() -> None:
    stage = exclusive()
    stage.all(assign(1), assign(2))
    assert stage(note(1)) == []
    assert stage(WorkDone(token=token(1), result=RESULT, seconds=1.0))[:2] == [
        said(Completed(lease=lease(1), result=RESULT, seconds=1.0)),
        HandleMessage(note(1)),
    ]


def test_work_waits_until_an_exclusive_message_is_handled_and_then_goes_first() -> None:
    stage = exclusive()
    stage(note(1))
    assert stage(assign(1)) == [said(Accepted(lease=lease(1)))]
    assert stage(note(2)) == []
    assert stage(Handled(tag="Note")) == begun(1)


def test_a_waiting_exclusive_message_is_not_starved_by_new_work() -> None:
    stage = exclusive(max_load=2)
    stage.all(assign(1), note(1))
    assert stage(assign(2)) == [said(Accepted(lease=lease(2), max_load=2))]


def test_an_exclusive_message_is_handled_while_work_waits_for_a_sub_goal() -> None:
    stage = exclusive()
    stage.all(assign(1), note(1))
    assert stage(WorkWaiting(token=token(1)))[:2] == [
        said(Waiting(lease=lease(1))),
        HandleMessage(note(1)),
    ]
    assert stage(WorkWaitOver(token=token(1))) == [said(WaitOver(lease=lease(1)))]
    assert stage(Resume(token=token(1))) == []
    assert stage(Handled(tag="Note")) == [ResumeWork(token(1))]


def test_messages_run_beside_work_where_they_may() -> None:
    stage = Stage()
    stage(assign(1))
    assert stage(note(1))[:1] == [HandleMessage(note(1))]
