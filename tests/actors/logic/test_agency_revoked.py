"""An agent whose work is taken away: revocations, and what ends after them."""

from __future__ import annotations

import msgspec
import pytest

from callboard.actors.logic.effects import (
    Show,
    StopWork,
    Tell,
)
from callboard.messages.base import SUPERVISOR
from callboard.messages.errors import (
    AttemptCancelled,
    problem_of,
)
from callboard.messages.execution import (
    WorkAbandoned,
    WorkDone,
    WorkFailed,
    WorkKilled,
    WorkProgressed,
    WorkReturned,
    WorkStopped,
)
from callboard.messages.notices import (
    AgentRecovered,
    ProcessLost,
    StaleRefused,
    ThreadAbandoned,
)
from callboard.messages.supervision import AgentStuck, Shutdown
from callboard.messages.work import (
    Accepted,
    Cancelled,
    Failed,
    Reconcile,
    Resume,
    Revoke,
    Running,
)
from tests.actors.logic.workshop import (
    NOW,
    PROBLEM,
    RESULT,
    Workshop,
    assign,
    begun,
    dead,
    lease,
    not_held,
    said,
    token,
)


def test_a_revoked_assignment_leaves_the_queue() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2))
    assert stage(Revoke(token=token(2), reason="late")) == [said(Cancelled(lease=lease(2)))]


def test_revoked_work_holds_its_slot_until_it_has_stopped() -> None:
    stage = Workshop()
    stage(assign(1))
    assert stage(Revoke(token=token(1), reason="late")) == [StopWork(token(1), "late")]
    stopping = Accepted(lease=lease(1), stopping=True)
    assert stage(Revoke(token=token(1), reason="late")) == [said(stopping)]
    assert stage(assign(2)) == [said(Accepted(lease=lease(2)))]
    assert stage(WorkStopped(token=token(1))) == [said(Cancelled(lease=lease(1))), *begun(2)]


def test_a_revocation_may_overtake_its_assignment() -> None:
    stage = Workshop()
    assert stage(Revoke(token=token(2), reason="late")) == [not_held(2)]
    assert stage(assign(1)) == begun(1)
    assert stage(assign(2)) == [said(Cancelled(lease=lease(2)))]


def test_revocations_of_what_is_long_gone_are_not_kept() -> None:
    stage = Workshop()
    stage.all(Revoke(token=token(1), reason=""), assign(5), Revoke(token=token(2), reason=""))
    assert stage.logic._work._revoked_early == set()  # pyright: ignore[reportPrivateUsage]


def test_a_revocation_forgets_a_completion() -> None:
    stage = Workshop()
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
    stage = Workshop()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(late) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what=type(late).__name__)),
        said(Cancelled(lease=lease(1))),
        *begun(2),
    ]


def test_progress_after_the_revocation_is_refused() -> None:
    stage = Workshop()
    stage.all(assign(1), Revoke(token=token(1), reason="late"))
    assert stage(WorkProgressed(token=token(1), fraction=0.5)) == [
        Show(StaleRefused(at=NOW, lease=lease(1), what="WorkProgressed"))
    ]


def test_reports_of_unknown_attempts_are_dead_letters() -> None:
    stage = Workshop()
    reason = "no such attempt is under way"
    assert stage(WorkDone(token=token(9), result=RESULT, seconds=1.0)) == [dead("WorkDone", reason)]
    assert stage(WorkProgressed(token=token(9))) == [dead("WorkProgressed", reason)]
    assert stage(Resume(token=token(9))) == [dead("Resume", reason)]


def test_an_abandoned_thread_is_shown_and_frees_the_slot() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkAbandoned(token=token(1), problem=PROBLEM)) == [
        Show(ThreadAbandoned(at=NOW, lease=lease(1), problem=PROBLEM)),
        said(Cancelled(lease=lease(1), given_up=True)),
        *begun(2),
    ]


def test_an_abandoned_thread_taints_an_agent_with_state() -> None:
    stage = Workshop(stateful=True)
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkAbandoned(token=token(1), problem=PROBLEM)) == [
        Show(ThreadAbandoned(at=NOW, lease=lease(1), problem=PROBLEM)),
        Tell(SUPERVISOR, AgentStuck(agent="a1", problem=PROBLEM, incarnation=3)),
        said(Cancelled(lease=lease(1), given_up=True)),
    ]
    assert stage(assign(3)) == [said(Accepted(lease=lease(3)))]


def test_who_is_stuck_says_so_until_it_is_ended() -> None:
    stuck = Tell(SUPERVISOR, AgentStuck(agent="a1", problem=PROBLEM, incarnation=3))
    stage = Workshop(audit=5.0, stateful=True)
    stage.all(assign(1), Revoke(token=token(1), reason="late"))
    stage(WorkAbandoned(token=token(1), problem=PROBLEM))
    assert stage.looks(4, 5, 9, 10) == [[], [stuck], [], [stuck]]
    stage(Shutdown(), NOW + 11)
    assert stage.looks(15) == [[]]


def test_a_killed_process_is_shown_and_its_attempt_has_stopped() -> None:
    stage = Workshop()
    stage.all(assign(1), assign(2), Revoke(token=token(1), reason="late"))
    assert stage(WorkKilled(token=token(1), problem=PROBLEM)) == [
        Show(ProcessLost(at=NOW, agent="a1", lease=lease(1), problem=PROBLEM)),
        said(Cancelled(lease=lease(1))),
        *begun(2),
    ]


def test_so_is_an_idle_one_that_died_and_nothing_follows() -> None:
    stage = Workshop()
    stage(assign(1))
    assert stage(WorkKilled(token=None, problem=PROBLEM)) == [
        Show(ProcessLost(at=NOW, agent="a1", lease=None, problem=PROBLEM))
    ]


def test_it_is_said_when_what_was_given_up_has_ended_after_all() -> None:
    stage = Workshop()
    stage.all(assign(1), Revoke(token=token(1), reason="late"))
    stage(WorkAbandoned(token=token(1), problem=PROBLEM))
    assert stage(WorkReturned(token=token(1))) == [
        Show(AgentRecovered(at=NOW, lease=lease(1), was="stuck"))
    ]
    nobody = dead("WorkReturned", "no such attempt is under way")
    assert stage(WorkReturned(token=token(1))) == [nobody]


def test_a_handler_that_stops_by_itself_has_failed() -> None:
    stage = Workshop()
    stage(assign(1))
    problem = problem_of(AttemptCancelled("its handler gave up by itself"))
    problem = msgspec.structs.replace(problem, lasting=False)
    assert stage(WorkStopped(token=token(1))) == [
        said(Failed(lease=lease(1), problem=problem, seconds=0.0))
    ]
