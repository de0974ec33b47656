"""The scheduler: a restarted one finds out what its predecessor had handed out."""

from __future__ import annotations

import math

import pytest

from callboard.actors.logic.effects import After, Effect, Record, Show, Tell
from callboard.actors.logic.membership import Addressed, Membership
from callboard.messages import facts
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    Done,
    FailSubtask,
    Heartbeat,
    PauseAgent,
    Refused,
    ResizeAgent,
)
from callboard.messages.errors import StaleLease, UnknownAgent, problem_of
from callboard.messages.notices import HeartbeatSeen, Unschedulable
from callboard.messages.supervision import ActorStarted, AgentGone, Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.values import Lease, Priority, Ready, replace
from callboard.messages.work import (
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Cancelled,
    CheckLease,
    Introduced,
    LeaseStands,
    Progress,
    Reconcile,
    Resume,
    Resync,
    Running,
    SchedulerStarted,
    Started,
    Waited,
    Waiting,
    WaitNoted,
    WaitOver,
)
from tests.actors.logic.desk import (
    OTHER,
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
    refused,
    requeued,
    revoked,
    told,
)

A, B = agent("a"), agent("b")
S1, S2 = ready("s1"), ready("s2")
HELD = lease("s1", "a", 7, attempt=2)
ASK = Tell("agent/a", Reconcile())
ADOPTED = Record(facts.LeaseAdopted(at=0.4, lease=HELD))
RECORDED = [
    facts.SubtaskQueued(at=-9.0, goal="g", subtask="s1"),
    facts.SubtaskAssigned(at=-8.0, lease=HELD),
]
RUNS = lease("s2", "a", 8)
OF_S2 = [
    facts.SubtaskQueued(at=-9.0, goal="g", subtask="s2"),
    facts.SubtaskAssigned(at=-8.0, lease=RUNS),
]
UNWANTED = "it is not wanted any more"


def fresh(uuid: str, holder: str, number: int = 1) -> Lease:
    return lease(uuid, holder, number, incarnation=2)


def says(*leases: Lease, name: str = "a", incarnation: int = 1) -> Running:
    return Running(agent=name, leases=leases, incarnation=incarnation)


class Successor(Desk):
    """A second scheduler: its predecessor had given HELD to agent "a"."""

    def __init__(self, *readies: Ready, synced: bool = True, audit: float = math.inf) -> None:
        super().__init__(incarnation=2, recorded=RECORDED, audit=audit)
        self.join(A, 0.1)
        if synced:
            self.say(0.2, Resync(subtasks=readies or (S1,)))


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
    assert desk.say(0.4, Resync(subtasks=(S1,))) == [ADOPTED, told(gone, UNWANTED)]


def test_it_waits_on_until_it_is_known_what_is_open() -> None:
    desk = Successor(synced=False)
    desk.queue(S2, now=0.3)
    assert desk.say(1.0, Wake()) == []
    desk.say(1.5, Resync(subtasks=(S1, S2)))
    assert desk.say(2.0, Wake())[-2:] == assigned(fresh("s2", "a"), S2, 2.0)


def test_it_adopts_nothing_before_its_supervisor_has_introduced_all() -> None:
    desk = Desk(incarnation=2, recorded=RECORDED, introduced=False)
    desk.say(0.1, Resync(subtasks=(S1,)))
    desk.join(A, 0.2)  # word of an earlier introduction
    assert desk.say(0.3, says(HELD)) == []
    assert desk.say(0.3, Introduced(incarnation=1)) == []
    assert desk.say(0.4, Introduced(incarnation=2)) == [ADOPTED]


def test_nor_does_it_hand_out_anything_however_long_that_takes() -> None:
    desk = Desk(incarnation=2, recorded=RECORDED, introduced=False)
    desk.say(0.1, Resync(subtasks=(S1,)))
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
    desk.say(0.2, Resync(subtasks=(S1, S2)))
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


# Agents that die meanwhile


def test_what_a_dead_agent_said_that_it_runs_is_not_adopted() -> None:
    desk = Successor()
    desk.say(0.2, down())  # control: it has overtaken what the agent said before
    assert desk.say(0.4, says(HELD)) == []
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0)]


def test_nor_what_was_waiting_to_be_adopted_when_it_died() -> None:
    desk = Successor(synced=False)
    desk.say(0.3, says(HELD))
    desk.say(0.3, down())
    desk.say(0.3, AgentUp(agent="a", incarnation=2))
    assert desk.say(0.4, Resync(subtasks=(S1,))) == []


def test_what_only_its_predecessor_ran_is_not_adopted() -> None:
    desk = Successor()
    desk.say(0.2, down())
    assert desk.say(0.3, AgentUp(agent="a", incarnation=2)) == [ASK]
    assert desk.say(0.4, says(HELD)) == []  # said before it died
    assert desk.say(0.5, says(incarnation=2)) == []
    again = assigned(fresh("s1", "a"), S1, 1.0, incarnation=2)
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0), *again]


def test_what_it_names_no_longer_is_requeued() -> None:
    desk = Successor()
    assert desk.say(0.4, says(HELD)) == [ADOPTED]
    reason = "its agent does not run it"
    assert desk.say(0.5, says()) == [revoked(HELD, reason, 0.5), requeued("s1", reason, 0.5)]


def test_what_was_lost_meanwhile_is_not_adopted_when_the_answer_comes_twice() -> None:
    desk = Successor()
    desk.say(0.4, says(HELD))
    desk.say(0.5, Cancelled(lease=HELD))
    assert desk.state() == {"queued": 1}
    assert desk.say(0.6, says(HELD)) == [told(HELD, UNWANTED)]


def test_nor_what_its_agent_was_told_to_stop_when_an_answer_from_before_comes_late() -> None:
    desk = Successor(replace(S1, urgency=Priority.LOW), S2)
    desk.say(1.0, Wake())
    assert desk.say(1.1, Progress(lease=HELD)) == refused(HELD, "Progress", 1.1)
    assert desk.say(1.2, says(HELD)) == [told(HELD, UNWANTED)]


@pytest.mark.parametrize(
    "fact",
    [
        facts.RetryScheduled(at=-7.0, lease=HELD, problem=WRONG, delay=1.0),
        facts.SubtaskRequeued(at=-7.0, goal="g", subtask="s1", reason=""),
    ],
)
def test_nor_what_had_ended_under_its_predecessor(fact: facts.Fact) -> None:
    desk = Desk(incarnation=2, recorded=[*RECORDED, fact])
    desk.join(A, 0.1)
    desk.say(0.2, Resync(subtasks=(S1,)))
    assert desk.say(0.4, says(HELD)) == [told(HELD, UNWANTED)]


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


# Agents that drain meanwhile


def gone() -> Effect:
    return Tell("supervisor", AgentGone(agent="a"))


def test_a_draining_agent_has_gone_only_when_it_has_said_that_it_runs_nothing() -> None:
    desk = Successor(S2)
    assert desk.say(0.3, AgentDraining(agent="a")) == []
    assert desk.say(0.4, says()) == [gone()]


@pytest.mark.parametrize("synced", [True, False])
def test_or_when_what_it_runs_has_ended(*, synced: bool) -> None:
    desk = Successor(synced=synced)
    assert desk.say(0.3, AgentDraining(agent="a")) == []
    adopted = desk.say(0.4, says(HELD))
    if not synced:
        adopted += desk.say(0.4, Resync(subtasks=(S1,)))
    assert adopted == [ADOPTED]
    over, outcome = done(HELD, 0.5)
    assert desk.say(0.5, completed(HELD)) == [over, gone(), outcome]


@pytest.mark.parametrize("wanted", [True, False])
def test_or_when_what_it_said_it_runs_is_not_wanted(*, wanted: bool) -> None:
    desk = Successor(synced=False)
    desk.say(0.3, AgentDraining(agent="a"))
    assert desk.say(0.4, says(HELD)) == []
    expected = [ADOPTED] if wanted else [told(HELD, UNWANTED), gone()]
    assert desk.say(0.4, Resync(subtasks=(S1,) if wanted else ())) == expected


def test_or_when_it_has_not_answered_in_time() -> None:
    desk = Successor(S2)
    desk.say(0.3, AgentDraining(agent="a"))
    assert desk.say(1.0, Wake()) == [gone(), queued("s2", 1.0)]


def test_one_that_leaves_meanwhile_is_waited_for_no_longer() -> None:
    desk = Successor()
    desk.say(0.3, AgentDraining(agent="a"))
    assert desk.say(0.4, AgentLeft(agent="a", reason="unregistered")) == []
    assert desk.say(0.5, says(HELD)) == []
    unschedulable = Show(Unschedulable(at=1.0, goal="g", subtask="s1", missing=()))
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0), unschedulable]


# Agents that it does not know yet


def test_a_heartbeat_of_one_that_was_not_introduced_yet_is_heard_when_it_is() -> None:
    desk = Desk(incarnation=2)
    assert desk.say(0.1, Heartbeat(agent="a", reply_to="caller/1")) == []
    seen = Show(HeartbeatSeen(at=0.2, agent="a"))
    assert desk.say(0.2, AgentJoined(agent=A)) == [seen, Tell("caller/1", Done())]


def test_so_is_that_it_may_run_more() -> None:
    desk = Desk(incarnation=2)
    resize = ResizeAgent(agent="a", max_load=2, reply_to="caller/1")
    assert desk.say(0.1, resize) == []
    resized = Record(facts.AgentResized(at=0.2, agent="a", max_load=2))
    assert desk.say(0.2, AgentJoined(agent=A)) == [resized, Tell("caller/1", Done())]


def test_what_one_that_dies_has_not_heard_yet_its_successor_hears() -> None:
    unheard: list[Addressed] = []
    desk = Desk(incarnation=2, unheard=unheard)
    desk.join(A, 0.1)
    desk.say(0.2, PauseAgent(agent="a", reply_to="caller/1"))
    desk.say(0.2, ResizeAgent(agent="b", max_load=2, reply_to="caller/2"))
    successor = Desk(incarnation=3, unheard=unheard)
    successor.say(1.1, Resync(subtasks=()))
    resized = Record(facts.AgentResized(at=1.2, agent="b", max_load=2))
    assert successor.say(1.2, AgentJoined(agent=B)) == [resized, Tell("caller/2", Done())]
    successor.join(A, 1.3)
    paused = Record(facts.AgentPaused(at=2.0, agent="a", reason="", interrupt=False))
    assert successor.say(2.0, Wake()) == [paused, Tell("caller/1", Done())]
    assert unheard == []


def test_but_not_what_it_died_of(monkeypatch: pytest.MonkeyPatch) -> None:
    unheard: list[Addressed] = []
    desk = Desk(incarnation=2, unheard=unheard)
    desk.say(0.2, PauseAgent(agent="a"))
    desk.say(0.2, ResizeAgent(agent="a", max_load=2))
    with monkeypatch.context() as patch:
        patch.delattr(Membership, "pause")
        with pytest.raises(AttributeError):
            desk.say(0.3, AgentJoined(agent=A))
    assert unheard == [ResizeAgent(agent="a", max_load=2)]


def test_one_that_is_not_introduced_in_the_end_is_a_stranger() -> None:
    desk = Successor(S2)
    desk.say(0.3, Heartbeat(agent="x", reply_to="caller/1"))
    unknown = Refused(problem=problem_of(UnknownAgent("x")))
    assert desk.say(1.0, Wake())[0] == Tell("caller/1", unknown)


def test_a_draining_agent_that_was_not_introduced_yet_has_not_gone() -> None:
    desk = Desk(incarnation=2, recorded=RECORDED)
    desk.say(0.1, Resync(subtasks=(S1,)))
    assert desk.say(0.1, AgentDraining(agent="a")) == []
    assert desk.join(A, 0.2) == [ASK]
    assert desk.say(0.3, AgentDraining(agent="a")) == []  # as it is introduced
    assert desk.say(0.4, says(HELD)) == [ADOPTED]


# Who could do what is known only afterwards


def test_nobody_is_called_unable_before_all_have_been_introduced() -> None:
    desk = Desk(incarnation=2)
    desk.say(0.1, Resync(subtasks=(ready("s1", "sql"), ready("s2", "law"))))
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


def test_what_is_said_of_a_lease_of_an_agent_that_pulls_waits_until_it_is_known_whose_it_is() -> (
    None
):
    desk = Successor(S1)
    message = FailSubtask(lease=HELD, problem=WRONG, reply_to="caller/1")
    assert desk.say(0.5, message) == []
    stale = problem_of(StaleLease("s1", str(HELD.token)))
    assert Tell("caller/1", Refused(problem=stale)) in desk.say(1.0, Wake())
