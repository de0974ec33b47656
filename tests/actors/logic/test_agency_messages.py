"""An agent and the messages of other agents."""

from __future__ import annotations

from callboard.actors.logic.effects import (
    After,
    Exit,
    HandleMessage,
    ResumeWork,
    Show,
    Tell,
)
from callboard.messages.base import SUPERVISOR
from callboard.messages.commands import Refused, Replied
from callboard.messages.errors import (
    AgentLost,
    CallTimedOut,
    InboxFull,
    NoHandler,
    problem_of,
)
from callboard.messages.execution import (
    Handled,
    HookDone,
    WorkCrashed,
    WorkDone,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.notices import (
    HandlerFailed,
)
from callboard.messages.supervision import AgentStuck, Shutdown, Wake
from callboard.messages.work import (
    Accepted,
    Completed,
    Resume,
    Waiting,
    WaitOver,
)
from tests.actors.logic.workshop import (
    NOW,
    PROBLEM,
    RESULT,
    UP,
    Workshop,
    assign,
    begun,
    dead,
    lease,
    note,
    said,
    token,
)

# Messages


def test_messages_are_handled_one_at_a_time() -> None:
    stage = Workshop()
    wake = After(300.0, Wake())
    assert stage(note(1)) == [HandleMessage(note(1)), wake]
    assert stage(note(2)) == []
    assert stage(Handled(tag="Note"))[:1] == [HandleMessage(note(2))]


def test_a_reply_goes_to_who_asked() -> None:
    stage = Workshop()
    stage(note(1, reply_to="caller/7"))
    assert stage(Handled(tag="Note", reply=RESULT)) == [Tell("caller/7", Replied(body=RESULT))]


def test_a_failing_handler_is_shown_and_told_to_who_asked() -> None:
    stage = Workshop()
    stage(note(1, reply_to="caller/7"))
    assert stage(Handled(tag="Note", problem=PROBLEM)) == [
        Show(HandlerFailed(at=NOW, agent="a1", tag="Note", problem=PROBLEM)),
        Tell("caller/7", Refused(problem=PROBLEM)),
    ]


def test_messages_without_a_handler_go_to_the_inbox_even_while_work_runs() -> None:
    stage = Workshop(handles=[], concurrent_messages=False)
    stage(assign(1))
    assert stage.all(note(1), note(2)) == [HandleMessage(note(1)), HandleMessage(note(2))]


def test_a_full_inbox_leaves_a_dead_letter() -> None:
    stage = Workshop(handles=[])
    full = problem_of(InboxFull("a1", 1000))
    assert stage(Handled(tag="Note", problem=full)) == [
        dead("Note", "1,000 messages wait for agent 'a1' already")
    ]


def test_a_question_without_a_handler_is_refused() -> None:
    problem = problem_of(NoHandler("a1", "Note"))
    assert Workshop(handles=[])(note(1, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_a_message_past_its_deadline_is_refused() -> None:
    problem = problem_of(CallTimedOut("Note to agent 'a1'", 0.0))
    assert Workshop()(note(1, deadline=NOW, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_a_message_that_waits_too_long_is_refused() -> None:
    stage = Workshop()
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
    stage = Workshop()
    stage.all(*(note(1) for _ in range(1001)))
    problem = problem_of(InboxFull("a1", 1000))
    assert stage(note(2, reply_to="caller/7")) == [
        dead("Note", problem.text),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_messages_wait_until_the_agent_is_up() -> None:
    stage = Workshop(hooks=True)
    assert stage(note(1)) == []
    assert stage(HookDone(hook="on_start"))[:2] == [UP, HandleMessage(note(1))]


def test_a_handler_that_never_returns_makes_its_agent_stuck() -> None:
    stage = Workshop(audit=5.0, timeouts={"run": 5.0})
    stage(note(1))
    problem = problem_of(AgentLost("a1", "has been handling Note for more than 5 s"))
    stuck = [Tell(SUPERVISOR, AgentStuck(agent="a1", problem=problem, incarnation=3))]
    assert stage.looks(4, 5, 9, 10) == [[], stuck, [], stuck]
    stage(Handled(tag="Note"), NOW + 11)
    assert stage.looks(15) == [[]]


def test_messages_are_refused_at_the_end() -> None:
    stage = Workshop()
    stage.all(note(1), note(2, reply_to="caller/7"))
    problem = problem_of(AgentLost("a1", "is stopping"))
    refused = [dead("Note", problem.text), Tell("caller/7", Refused(problem=problem))]
    assert stage(Shutdown()) == refused
    assert stage(note(3, reply_to="caller/7")) == refused
    assert stage(Handled(tag="Note")) == [Exit(None)]


def test_a_crash_is_told_to_who_asked() -> None:
    stage = Workshop()
    stage(note(1, reply_to="caller/7"))
    assert stage(WorkCrashed(token=None, problem=PROBLEM)) == [
        Tell("caller/7", Refused(problem=PROBLEM)),
        Exit(PROBLEM),
    ]


def test_messages_turned_away_have_no_deadline_left() -> None:
    stage = Workshop()
    stage.all(assign(1), note(1), note(2, deadline=NOW + 2), Shutdown())
    assert stage(Wake(), NOW + 2) == [After(298.0, Wake())]  # for the one that runs


# Messages and work that exclude each other


def exclusive(max_load: int = 1) -> Workshop:
    return Workshop(stateful=True, concurrent_messages=False, max_load=max_load)


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
    stage = Workshop()
    stage(assign(1))
    assert stage(note(1))[:1] == [HandleMessage(note(1))]
