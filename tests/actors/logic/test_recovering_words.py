"""What agents say of their attempts while a new scheduler does not know them yet."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    Heartbeat,
    Refused,
)
from callboard.messages.errors import StaleLease, problem_of
from callboard.messages.notices import HeartbeatSeen
from callboard.messages.supervision import Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Lease, replace
from callboard.messages.work import (
    AgentLeft,
    Cancelled,
    CheckLease,
    LeaseStands,
    Progress,
    Resume,
    Resync,
    Running,
    Started,
    Waited,
    Waiting,
    WaitNoted,
    WaitOver,
)
from tests.actors.logic.desk import (
    OTHER,
    Desk,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    queued,
    refused,
    requeued,
    revoked,
)
from tests.actors.logic.successor import (
    ADOPTED,
    HELD,
    RECORDED,
    RUNS,
    S1,
    S2,
    A,
    B,
    Successor,
    fresh,
    says,
)

OF_S2 = [
    facts.SubtaskQueued(at=-9.0, goal="g", subtask="s2"),
    facts.SubtaskAssigned(at=-8.0, lease=RUNS),
]


# What agents say meanwhile


@pytest.mark.parametrize("first", [True, False])
def test_a_completion_that_comes_early_counts(*, first: bool) -> None:
    desk = Successor()
    if first:
        assert desk.say(0.3, completed(HELD)) == []
    effects = desk.say(0.4, says(HELD))
    if not first:
        effects += desk.say(0.4, completed(HELD))
    assert effects == [ADOPTED, *done(HELD, 0.4)]


def test_a_completion_of_which_its_agent_does_not_speak_counts_in_the_end() -> None:
    desk = Successor()
    desk.say(0.3, completed(HELD))
    desk.say(0.4, down())
    assert desk.say(1.0, Wake()) == [
        Record(facts.LeaseAdopted(at=1.0, lease=HELD)),
        *done(HELD, 1.0),
    ]


def test_unless_that_agent_has_left() -> None:
    desk = Successor()
    desk.join(B, 0.1)
    desk.say(0.3, completed(HELD))
    desk.say(0.4, AgentLeft(agent="a", reason="unregistered"))
    assert desk.say(1.0, Wake()) == [
        *refused(HELD, "Completed", 1.0)[:1],
        queued("s1", 1.0),
        *assigned(fresh("s1", "b"), S1, 1.0),
    ]


def test_of_two_early_completions_the_first_counts() -> None:
    desk = Successor()
    desk.join(B, 0.1)
    other = lease("s1", "b", 8)
    desk.say(0.3, completed(HELD))
    desk.say(0.3, completed(other, OTHER))
    effects = desk.say(1.0, Wake())
    assert effects == [
        Record(facts.LeaseAdopted(at=1.0, lease=HELD)),
        *done(HELD, 1.0),
        *refused(other, "Completed", 1.0),
    ]


def test_what_an_attempt_says_before_it_is_adopted_is_heard_when_it_is() -> None:
    desk = Successor(S1)
    for message in (Started(lease=HELD), Progress(lease=HELD), Waiting(lease=HELD)):
        assert desk.say(0.3, message) == []
    noted = Tell("agent/a", WaitNoted(token=HELD.token))
    assert desk.say(0.4, says(HELD)) == [ADOPTED, noted]
    assert desk.load("a") == 0


def test_an_attempt_that_wanted_its_slot_back_early_goes_on() -> None:
    desk = Successor()
    desk.say(0.3, WaitOver(lease=HELD))
    resume = Tell("agent/a", Resume(token=HELD.token))
    assert desk.say(0.4, says(HELD)) == [ADOPTED, resume]


def holds_and_has_waited(*, lent: bool) -> Running:
    waited = Waited(token=HELD.token, number=1, lent=lent)
    return Running(agent="a", leases=(HELD,), waits=(waited,))


def test_one_that_has_lent_its_slot_gets_one_back_only_where_one_is_free() -> None:
    desk = Successor(S1, S2)
    desk.say(0.3, WaitOver(lease=HELD, number=1))
    resume = Tell("agent/a", Resume(token=HELD.token))
    assert desk.say(0.4, holds_and_has_waited(lent=True)) == [ADOPTED, resume]


@pytest.mark.parametrize("leases", [(RUNS, HELD), (HELD, RUNS)])
def test_and_it_is_not_free_where_another_attempt_runs(leases: tuple[Lease, ...]) -> None:
    desk = Desk(A, incarnation=2, recorded=[*RECORDED, *OF_S2])
    desk.say(0.2, Resync(subtasks=(S1, S2), incarnation=2))
    desk.say(0.3, WaitOver(lease=HELD, number=1))
    resume = Tell("agent/a", Resume(token=HELD.token))
    assert resume not in desk.say(0.4, replace(holds_and_has_waited(lent=True), leases=leases))
    assert desk.load("a") == 1
    assert resume in desk.say(0.5, completed(RUNS))


def test_word_of_a_wait_that_is_long_over_lends_no_slot() -> None:
    desk = Successor()
    desk.say(0.4, holds_and_has_waited(lent=False))
    desk.say(0.5, Waiting(lease=HELD, number=1))
    assert desk.load("a") == 1


def test_an_attempt_that_was_stopped_early_is_requeued() -> None:
    desk = Successor()
    desk.say(0.3, Cancelled(lease=HELD))
    reason = "its agent has stopped it"
    assert desk.say(0.4, says(HELD)) == [
        ADOPTED,
        revoked(HELD, reason, 0.4),
        requeued("s1", reason, 0.4),
    ]


@pytest.mark.parametrize("message", [Progress(lease=HELD), Waiting(lease=HELD), failed(HELD)])
def test_what_an_attempt_says_that_nobody_runs_is_refused_in_the_end(
    message: SchedulerMessage,
) -> None:
    desk = Successor()
    desk.say(0.3, message)
    desk.say(0.4, says())
    assert desk.say(1.0, Wake()) == [
        *refused(HELD, type(message).__name__, 1.0),
        queued("s1", 1.0),
        *assigned(fresh("s1", "a"), S1, 1.0),
    ]


CHECK = CheckLease(lease=HELD, reply_to="caller/7")


def test_whether_a_lease_stands_is_answered_when_it_is_adopted() -> None:
    desk = Successor()
    assert desk.say(0.3, CHECK) == []
    assert desk.say(0.4, says(HELD)) == [ADOPTED, Tell("caller/7", LeaseStands(lease=HELD))]


def test_or_when_it_is_known_that_nobody_holds_it() -> None:
    desk = Successor()
    desk.say(0.3, CHECK)
    desk.say(0.4, says())
    problem = problem_of(StaleLease(HELD.subtask, str(HELD.token)))
    assert desk.say(1.0, Wake())[:3] == [
        *refused(HELD, "CheckLease", 1.0),
        Tell("caller/7", Refused(problem=problem)),
    ]


def test_a_heartbeat_is_no_reason_to_revoke_what_may_be_adopted() -> None:
    desk = Successor()
    beat = Heartbeat(agent="a", running=(HELD.token,))
    assert desk.say(0.3, beat) == [Show(HeartbeatSeen(at=0.3, agent="a"))]
    assert desk.say(0.4, says(HELD)) == [ADOPTED]
