"""The scheduler: a restarted one finds out what its predecessor had handed out."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import After, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    FailSubtask,
    Refused,
)
from callboard.messages.errors import StaleLease, problem_of
from callboard.messages.notices import Unschedulable
from callboard.messages.supervision import ActorStarted, Wake
from callboard.messages.values import Priority, replace
from callboard.messages.work import (
    AgentJoined,
    AgentLeft,
    AgentUp,
    Cancelled,
    Introduced,
    NotHeld,
    Progress,
    Resync,
    Revoke,
    Running,
    SchedulerStarted,
    Started,
    Withdraw,
)
from tests.actors.logic.desk import (
    WRONG,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    failed,
    lease,
    queued,
    ready,
    requeued,
    revoked,
    told,
)
from tests.actors.logic.successor import (
    ADOPTED,
    ASK,
    HELD,
    RECORDED,
    S1,
    S2,
    UNWANTED,
    A,
    B,
    Successor,
    fresh,
    says,
)


def test_it_asks_for_what_is_open_and_for_who_runs_what() -> None:
    desk = Desk(incarnation=2)
    assert desk.logic.start(0.0) == [
        Tell("supervisor", ActorStarted(address="scheduler", incarnation=2)),
        Tell("orchestrator", SchedulerStarted(incarnation=2)),
    ]
    assert desk.say(0.1, AgentJoined(agent=A)) == []
    assert desk.say(0.1, AgentUp(agent="a", incarnation=3)) == [ASK]


def test_the_first_one_asks_nobody_and_waits_for_nothing() -> None:
    desk = Desk()
    assert desk.join(A) == []
    assert desk.queue(S1) == assigned(lease("s1", "a"), S1)


def test_nothing_is_handed_out_before_the_agents_have_said_what_they_run() -> None:
    desk = Successor(S1, S2)
    desk.join(agent("p", pull=True))
    assert desk.say(0.9, AssignNow(reply_to="caller/1")) == [Tell("caller/1", Assignments())]
    assert desk.say(1.0, Wake()) == [
        queued("s1", 1.0),
        queued("s2", 1.0),
        *assigned(fresh("s1", "a"), S1, 1.0),
    ]


def test_an_attempt_that_its_agent_still_runs_goes_on() -> None:
    desk = Successor()
    assert desk.say(0.4, says(HELD)) == [ADOPTED]
    assert desk.say(0.5, completed(HELD)) == done(HELD, 0.5)


def test_an_attempt_that_goes_on_keeps_its_number_and_its_slot() -> None:
    desk = Successor(S1, S2)
    desk.say(0.4, says(HELD))
    assert desk.say(1.0, Wake()) == [queued("s2", 1.0)]
    assert isinstance(desk.say(1.5, failed(HELD))[0], Record)
    again = lease("s1", "a", 2, attempt=3, incarnation=2)
    assert desk.say(1.6, completed(fresh("s2", "a"))) != []
    assert desk.say(99.0, Wake())[1:] == assigned(again, S1, 99.0)


def test_an_attempt_that_is_not_open_any_more_is_revoked() -> None:
    desk = Successor(S2)
    assert desk.say(0.4, says(HELD)) == [told(HELD, UNWANTED)]


def test_who_answers_before_it_is_known_what_is_open_loses_nothing() -> None:
    desk = Successor(synced=False)
    gone = lease("s9", "a", 8)
    assert desk.say(0.3, says(HELD, gone)) == []
    assert desk.say(0.4, Resync(subtasks=(S1,), incarnation=2)) == [ADOPTED, told(gone, UNWANTED)]


def test_it_waits_on_until_it_is_known_what_is_open() -> None:
    desk = Successor(synced=False)
    desk.queue(S2, now=0.3)
    assert desk.say(1.0, Wake()) == []
    desk.say(1.5, Resync(subtasks=(S1, S2), incarnation=2))
    assert desk.say(2.0, Wake())[-2:] == assigned(fresh("s2", "a"), S2, 2.0)


def test_it_adopts_nothing_before_its_supervisor_has_introduced_all() -> None:
    desk = Desk(incarnation=2, recorded=RECORDED, introduced=False)
    desk.say(0.1, Resync(subtasks=(S1,), incarnation=2))
    desk.join(A, 0.2)  # word of an earlier introduction
    assert desk.say(0.3, says(HELD)) == []
    assert desk.say(0.3, Introduced(incarnation=1)) == []
    assert desk.say(0.4, Introduced(incarnation=2)) == [ADOPTED]


def test_nor_does_it_hand_out_anything_however_long_that_takes() -> None:
    desk = Desk(incarnation=2, recorded=RECORDED, introduced=False)
    desk.say(0.1, Resync(subtasks=(S1,), incarnation=2))
    assert desk.say(9e3, Wake()) == []
    desk.join(A, 9e3)
    assert desk.say(9e3, Introduced(incarnation=2)) == []
    assert desk.say(9e3 + 0.9, Wake()) == []  # they were asked only now
    assigned_anew = assigned(fresh("s1", "a"), S1, 9e3 + 1.0)
    assert desk.say(9e3 + 1.0, Wake()) == [queued("s1", 9e3 + 1.0), *assigned_anew]


def test_the_first_list_of_what_is_open_is_the_one_that_is_waited_for() -> None:
    desk = Successor(S1)
    desk.say(0.4, says(HELD))
    assert desk.say(0.5, Resync(subtasks=(S1,))) == []
    assert desk.state() == {"leased": 1}


@pytest.mark.parametrize("asker", [0, 1])
def test_a_list_that_was_not_made_for_it_may_be_older_than_what_it_knows(asker: int) -> None:
    """What had ended since is no part of its past, and would be taken for new."""
    desk = Successor(synced=False)
    old = Resync(subtasks=(S2,), incarnation=asker)
    asks_again = Tell("orchestrator", SchedulerStarted(incarnation=2))
    assert desk.say(0.3, old) == ([] if asker else [asks_again])
    assert desk.say(1.3, Wake()) == []
    desk.say(1.4, Resync(subtasks=(S1,), incarnation=2))
    assert desk.say(2.4, Wake()) == [queued("s1", 2.4), *assigned(fresh("s1", "a"), S1, 2.4)]


def test_once_it_has_its_own_any_other_is_newer() -> None:
    desk = Successor(S1)
    desk.say(0.3, Resync(subtasks=()))
    assert desk.say(1.0, Wake()) == []


# On a link that loses


def test_who_does_not_answer_is_asked_again_until_it_does() -> None:
    desk = Successor(S2, audit=5.0)
    desk.say(1.0, Wake())
    desk.say(1.1, Started(lease=fresh("s2", "a")))
    assert [desk.say(now, Wake()) for now in (5.1, 10.1)] == [[ASK], [ASK]]
    assert desk.say(10.3, says(HELD)) == [told(HELD, UNWANTED)]
    assert desk.say(15.3, Wake()) == [told(HELD, UNWANTED)]


def test_who_answers_late_goes_on_and_gives_up_what_it_got_meanwhile() -> None:
    desk = Successor(replace(S1, urgency=Priority.LOW), S2)
    new = fresh("s2", "a")
    assert assigned(new, S2, 1.0)[1] in desk.say(1.0, Wake())
    why = "its agent runs others that were thought lost"
    assert desk.say(1.2, says(HELD)) == [
        Record(facts.LeaseAdopted(at=1.2, lease=HELD)),
        told(new, why),
        revoked(new, why, 1.2),
        requeued("s2", why, 1.2),
    ]


def test_but_not_what_it_has_begun() -> None:
    desk = Successor(replace(S1, urgency=Priority.LOW), S2)
    desk.say(1.0, Wake())
    desk.start(fresh("s2", "a"), 1.1)
    assert desk.say(1.2, says(HELD)) == [Record(facts.LeaseAdopted(at=1.2, lease=HELD))]


def test_what_was_adopted_is_asked_after_unless_there_is_word_of_it() -> None:
    """The word that it is held may have been old."""
    desk = Successor(audit=5.0)
    desk.say(0.4, says(HELD))
    assert desk.say(5.4, Wake()) == [assigned(HELD, S1)[1]]
    desk.say(5.5, Progress(lease=HELD))
    assert desk.say(99.0, Wake()) == []


def test_what_is_said_to_be_stopping_is_asked_after_too() -> None:
    """That word may have been old, and nobody would say again that it has stopped."""
    desk = Desk(A, audit=5.0)
    desk.queue(S1)
    held, gone = lease("s1", "a"), "not wanted"
    desk.say(1.0, Withdraw(subtasks=("s1",), reason=gone))
    desk.say(2.0, Cancelled(lease=held))
    desk.say(3.0, Running(agent="a", leases=(), incarnation=1, stopping=(held,)))
    assert (desk.load("a"), desk.queue(S2, now=4.0)) == (1, [])
    [asked] = desk.say(8.0, Wake())
    assert isinstance(asked, Tell)
    assert isinstance(asked.message, Revoke)
    assert asked.message.token == held.token
    answer = desk.say(8.1, NotHeld(agent="a", token=held.token))
    assert answer == assigned(lease("s2", "a", 2), S2, 8.1)
    desk.say(8.2, Started(lease=lease("s2", "a", 2)))
    assert desk.say(99.0, Wake()) == []


def test_also_an_agent_that_comes_back_later_is_asked() -> None:
    desk = Successor()
    desk.say(0.4, says(HELD))
    desk.say(1.0, Wake())
    desk.say(2.0, down())
    assert desk.say(3.0, AgentUp(agent="a", incarnation=2))[0] == ASK
    new = fresh("s1", "a")
    assert (
        desk.say(3.1, says(incarnation=2)) == []
    )  # it had not yet got what it was given meanwhile
    assert desk.say(3.2, completed(new)) == done(new, 3.2)


def test_an_agent_that_never_answers_holds_up_nobody() -> None:
    desk = Successor()
    desk.join(B, 0.1)
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0), *assigned(fresh("s1", "a"), S1, 1.0)]


# Who could do what is known only afterwards


def test_nobody_is_called_unable_before_all_have_been_introduced() -> None:
    desk = Desk(incarnation=2)
    desk.say(0.1, Resync(subtasks=(ready("s1", "sql"), ready("s2", "law")), incarnation=2))
    desk.join(agent("a", "sql", max_load=0), 0.2)
    unschedulable = Show(Unschedulable(at=1.0, goal="g", subtask="s2", missing=("law",)))
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0), queued("s2", 1.0), unschedulable]


def test_it_wakes_itself_when_the_time_is_over() -> None:
    desk = Desk(incarnation=2)
    assert desk.logic.handle(AgentJoined(agent=A), 0.25) == []
    fresh_one = Desk(incarnation=2).logic
    assert [e for e in fresh_one.start(5.0) if isinstance(e, After)] == []


def test_only_what_it_waits_for_is_asked() -> None:
    desk = Desk(incarnation=2)
    assert desk.join(agent("p", pull=True)) == []


@pytest.mark.parametrize("gone", [True, False])
def test_who_pulls_keeps_what_it_was_given_unless_it_has_left_since(*, gone: bool) -> None:
    """Another one may have come under its id."""
    desk, pulls = Desk(incarnation=2, recorded=RECORDED), agent("a", pull=True)
    desk.join(pulls, 0.1)
    desk.say(0.2, Resync(subtasks=(S1,), incarnation=2))
    if gone:
        desk.say(0.3, AgentLeft(agent="a", reason="unregistered"))
        desk.join(pulls, 0.3)
    adopted = Record(facts.LeaseAdopted(at=1.0, lease=HELD))
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0) if gone else adopted]


def test_what_is_said_of_a_lease_of_an_agent_that_pulls_waits_until_it_is_known_whose_it_is() -> (
    None
):
    desk = Successor(S1)
    message = FailSubtask(lease=HELD, problem=WRONG, reply_to="caller/1")
    assert desk.say(0.5, message) == []
    stale = problem_of(StaleLease("s1", str(HELD.token)))
    assert Tell("caller/1", Refused(problem=stale)) in desk.say(1.0, Wake())
