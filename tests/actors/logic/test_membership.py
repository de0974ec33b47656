"""The scheduler: who is there, and what follows when somebody comes, dies or leaves."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.messages import facts
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    Done,
    Heartbeat,
    Ping,
    Pong,
    Refused,
    ResizeAgent,
)
from callboard.messages.errors import AgentLost, UnknownAgent, problem_of
from callboard.messages.notices import AgentDoubted, HeartbeatSeen, Unschedulable
from callboard.messages.supervision import AgentGone, AgentSilent, Wake
from callboard.messages.unions import SchedulerMessage
from callboard.messages.work import (
    Accepted,
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Revoke,
)
from tests.actors.logic.desk import (
    CRASHED,
    Desk,
    agent,
    assigned,
    completed,
    done,
    down,
    lease,
    ready,
    requeued,
    revoked,
)

A, B = agent("a"), agent("b")
PULL = agent("p", pull=True, max_load=2)
S1, S2 = ready("s1"), ready("s2")
FIRST, SECOND = lease("s1", "a", 1), lease("s2", "a", 2)
OK = Tell("caller/1", Done())
SILENT = problem_of(AgentLost("p", "gave no sign of life for 30 s")).text


def beat(name: str, *held: int) -> Heartbeat:
    running = tuple(lease("any", name, number).token for number in held) or None
    return Heartbeat(agent=name, running=running, reply_to="caller/1")


def seen(name: str, now: float) -> Effect:
    return Show(HeartbeatSeen(at=now, agent=name))


def doubted(name: str, now: float) -> Effect:
    return Show(AgentDoubted(at=now, agent=name, seconds=30.0))


def left(name: str = "a", reply_to: str = "") -> AgentLeft:
    return AgentLeft(agent=name, reason="unregistered", reply_to=reply_to)


def handed_out(desk: Desk, now: float) -> int:
    [answer] = [e.message for e in desk.say(now, AssignNow(reply_to="caller/1"))
                if isinstance(e, Tell)]  # fmt: skip
    assert isinstance(answer, Assignments)
    return len(answer.leases)


# They come


def test_an_agent_gets_work_when_it_is_up_and_not_before() -> None:
    desk = Desk()
    desk.queue(S1)
    assert desk.say(1.0, AgentJoined(agent=A, reply_to="caller/1")) == [OK]
    assert desk.say(2.0, AgentUp(agent="a", incarnation=1)) == assigned(FIRST, S1, 2.0)


def test_an_agent_that_is_registered_anew_keeps_what_it_holds() -> None:
    desk = Desk(agent("a", "sql"))
    desk.queue(ready("s1", "sql"), S2)
    law = ready("s3", "law")
    assert desk.say(1.0, AgentJoined(agent=agent("a", "law", max_load=2))) == assigned(
        SECOND, S2, 1.0
    )
    desk.queue(law)
    assert desk.say(2.0, completed(FIRST)) == [
        *done(FIRST, 2.0),
        *assigned(lease("s3", "a", 3), law, 2.0),
    ]


def test_an_agent_that_changes_its_mode_loses_what_it_holds() -> None:
    desk = Desk(PULL)
    desk.queue(S1)
    handed_out(desk, 1.0)
    reason = "agent 'p' was replaced by another one of that id"
    pushed = agent("p")
    assert desk.say(2.0, AgentJoined(agent=pushed, reply_to="caller/1")) == [
        revoked(lease("s1", "p", 1), reason, 2.0),
        requeued("s1", reason, 2.0),
        OK,
    ]
    assert desk.say(3.0, AgentUp(agent="p", incarnation=1)) == assigned(
        lease("s1", "p", 2), S1, 3.0
    )


# They die


@pytest.mark.parametrize(
    "message", [down("a", 1), AgentUp(agent="a", incarnation=1), down("x"), left("x")]
)
def test_word_of_an_earlier_incarnation_or_of_a_stranger_changes_nothing(
    message: SchedulerMessage,
) -> None:
    desk = Desk(A)
    desk.say(1.0, down())
    desk.say(1.0, AgentUp(agent="a", incarnation=2))
    desk.queue(S1)
    assert desk.say(2.0, message) == []
    assert desk.say(2.0, completed(FIRST)) == done(FIRST, 2.0)


def test_a_dead_agent_gets_nothing_until_it_is_up_again() -> None:
    desk = Desk(A)
    desk.say(1.0, down())
    assert desk.queue(S1) == []
    assert desk.say(2.0, AgentUp(agent="a", incarnation=2)) == assigned(
        FIRST, S1, 2.0, incarnation=2
    )


def test_all_that_a_dead_agent_held_is_requeued_in_order() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(S1, S2)
    desk.start(FIRST)
    desk.start(SECOND)
    assert desk.say(1.0, down()) == [
        revoked(FIRST, CRASHED.text, 1.0, blamed=True),
        requeued("s1", CRASHED.text, 1.0),
        revoked(SECOND, CRASHED.text, 1.0, blamed=True),
        requeued("s2", CRASHED.text, 1.0),
    ]
    assert desk.load("a") == 0


def test_an_assignment_says_which_incarnation_it_is_for() -> None:
    """Its successor must not begin with what still waits in the mailbox."""
    desk = Desk(A)
    desk.queue(S1)
    assert desk.say(1.0, down()) == [
        revoked(FIRST, CRASHED.text, 1.0),
        requeued("s1", CRASHED.text, 1.0),
    ]
    again = assigned(lease("s1", "a", 2), S1, 2.0, incarnation=7)
    assert desk.say(2.0, AgentUp(agent="a", incarnation=7)) == again


# Their heartbeats


def test_before_its_first_heartbeat_an_agent_may_be_silent() -> None:
    assert Desk(A, PULL).say(9e9, Wake()) == []


def test_an_agent_that_falls_silent_is_reported_to_the_supervisor() -> None:
    desk = Desk(A)
    assert desk.say(1.0, beat("a")) == [seen("a", 1.0), OK]
    assert desk.say(30.0, Wake()) == []
    assert desk.say(31.0, Wake()) == [
        doubted("a", 31.0),
        Tell("supervisor", AgentSilent(agent="a", seconds=30.0, incarnation=1)),
    ]


def test_an_agent_that_was_restarted_may_be_silent_until_it_beats() -> None:
    desk = Desk(A)
    desk.say(1.0, beat("a"))
    desk.say(2.0, down())
    desk.say(3.0, AgentUp(agent="a", incarnation=2))
    assert desk.say(31.0, Wake()) == []


def test_an_agent_in_pull_mode_that_falls_silent_loses_what_it_holds() -> None:
    desk = Desk(PULL)
    desk.queue(S1)
    handed_out(desk, 1.0)
    desk.say(1.0, beat("p"))
    assert desk.say(31.0, Wake()) == [
        doubted("p", 31.0),
        revoked(lease("s1", "p", 1), SILENT, 31.0, blamed=True),
        requeued("s1", SILENT, 31.0),
    ]
    assert handed_out(desk, 32.0) == 0


@pytest.mark.parametrize("message", [beat("p"), AgentJoined(agent=PULL, reply_to="caller/1")])
def test_it_gets_work_again_when_it_speaks_again(message: SchedulerMessage) -> None:
    desk = Desk(PULL)
    desk.queue(S1)
    desk.say(1.0, beat("p"))
    desk.say(31.0, Wake())
    assert desk.say(40.0, message)[-1] == OK
    assert handed_out(desk, 41.0) == 1
    assert desk.say(70.0, Wake())[0] == doubted("p", 70.0)


def test_an_agent_in_pull_mode_that_fell_silent_too_often_with_it_poisons_nobody_else() -> None:
    desk = Desk(PULL, poison=1)
    desk.queue(S1)
    handed_out(desk, 1.0)
    desk.say(1.0, beat("p"))
    assert isinstance(desk.say(31.0, Wake())[-1], Record)
    assert desk.state() == {"parked": 1}


def test_leases_that_it_believes_in_and_does_not_hold_are_revoked_to_its_face() -> None:
    desk = Desk(A)
    desk.queue(S1)
    old = Revoke(token=lease("any", "a", 0).token, reason="it was revoked")
    assert desk.say(1.0, beat("a", 0, 1)) == [seen("a", 1.0), Tell("agent/a", old), OK]


@pytest.mark.parametrize(
    "message", [beat("x"), ResizeAgent(agent="x", max_load=2, reply_to="caller/1")]
)
def test_a_stranger_is_refused(message: SchedulerMessage) -> None:
    answer = Refused(problem=problem_of(UnknownAgent("x")))
    assert Desk(A).say(1.0, message) == [Tell("caller/1", answer)]
    assert Desk(A).say(1.0, Heartbeat(agent="x")) == []


# They run more, or less


def test_an_agent_that_may_run_more_gets_more_at_once() -> None:
    desk = Desk(A)
    desk.queue(S1, S2)
    assert desk.say(1.0, ResizeAgent(agent="a", max_load=2, reply_to="caller/1")) == [
        Record(facts.AgentResized(at=1.0, agent="a", max_load=2)),
        OK,
        *assigned(SECOND, S2, 1.0),
    ]


def test_an_agent_that_may_run_less_keeps_what_it_has() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(S1, S2, ready("s3"))
    assert desk.say(1.0, ResizeAgent(agent="a", max_load=1)) == [
        Record(facts.AgentResized(at=1.0, agent="a", max_load=1))
    ]
    assert desk.say(2.0, completed(FIRST)) == done(FIRST, 2.0)
    assert desk.say(3.0, completed(SECOND))[-2:] == assigned(lease("s3", "a", 3), ready("s3"), 3.0)


def test_who_may_run_less_than_it_was_given_hands_on_what_it_has_not_begun() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(S1, S2)
    desk.start(FIRST)
    assert desk.say(1.0, Accepted(lease=SECOND, max_load=2)) == []
    desk.say(2.0, ResizeAgent(agent="a", max_load=1))
    why = "its agent has no slot for it any more"
    assert desk.say(3.0, Accepted(lease=SECOND, max_load=1)) == [
        Tell("agent/a", Revoke(token=SECOND.token, reason=why)),
        revoked(SECOND, why, 3.0),
        requeued("s2", why, 3.0),
    ]
    desk.join(B, 4.0)
    assert desk.load("b") == 1


# They leave


def test_who_leaves_loses_what_it_holds_and_nobody_is_to_blame() -> None:
    desk = Desk(A, B, poison=1)
    desk.queue(S1)
    desk.start(FIRST)
    assert desk.say(1.0, left("a", "caller/1")) == [
        revoked(FIRST, "unregistered", 1.0),
        requeued("s1", "unregistered", 1.0),
        OK,
        *assigned(lease("s1", "b", 2), S1, 1.0),
    ]


def test_when_the_last_one_has_left_what_waits_is_unschedulable() -> None:
    desk = Desk(A)
    desk.queue(S1)
    stuck = Unschedulable(at=1.0, goal="g", subtask="s1", missing=())
    assert desk.say(1.0, left())[-1] == Show(stuck)


def test_nobody_waits_for_the_heartbeat_of_one_that_has_left() -> None:
    desk = Desk(A)
    desk.say(1.0, beat("a"))
    desk.say(2.0, left())
    assert desk.say(99.0, Wake()) == []


def test_a_draining_agent_finishes_what_it_has_and_gets_no_more() -> None:
    desk = Desk(A)
    desk.queue(S1, S2)
    assert desk.say(1.0, AgentDraining(agent="a")) == []
    over, outcome = done(FIRST, 2.0)
    gone = Tell("supervisor", AgentGone(agent="a"))
    assert desk.say(2.0, completed(FIRST)) == [over, gone, outcome]


@pytest.mark.parametrize("name", ["a", "x"])
def test_a_draining_agent_that_holds_nothing_has_gone(name: str) -> None:
    desk = Desk(A)
    gone = Tell("supervisor", AgentGone(agent=name))
    assert desk.say(1.0, AgentDraining(agent=name)) == [gone]
    assert desk.queue(S1) == ([] if name == "a" else assigned(FIRST, S1))


def test_its_figures_tell_how_many_there_are_and_how_many_are_up() -> None:
    desk = Desk(A, B, PULL)
    desk.say(1.0, down())
    [answer] = desk.say(2.0, Ping(reply_to="caller/1"))
    state = {"queued": 0, "leased": 0, "delayed": 0, "parked": 0, "settling": 0, "held": 0}
    state |= {"agents": 3, "agents_up": 2, "resting_skills": 0, "copies": 0}
    assert answer == Tell("caller/1", Pong(address="scheduler", state=state))
