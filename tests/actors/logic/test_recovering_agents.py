"""Agents that die, drain, or are not known yet while a new scheduler asks what they run."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.membership import Addressed, Membership
from callboard.messages import facts
from callboard.messages.commands import (
    Done,
    Heartbeat,
    PauseAgent,
    Refused,
    ResizeAgent,
)
from callboard.messages.errors import UnknownAgent, problem_of
from callboard.messages.notices import HeartbeatSeen, Unschedulable
from callboard.messages.supervision import AgentGone, Wake
from callboard.messages.values import Priority, replace
from callboard.messages.work import (
    AgentDraining,
    AgentJoined,
    AgentLeft,
    AgentUp,
    Cancelled,
    Progress,
    Resync,
)
from tests.actors.logic.desk import (
    WRONG,
    Desk,
    assigned,
    completed,
    done,
    down,
    queued,
    refused,
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
    assert desk.say(0.4, Resync(subtasks=(S1,), incarnation=2)) == []


def test_what_only_its_predecessor_ran_is_not_adopted() -> None:
    desk = Successor()
    desk.say(0.2, down())
    assert desk.say(0.3, AgentUp(agent="a", incarnation=2)) == [ASK]
    assert desk.say(0.4, says(HELD)) == []  # said before it died
    assert desk.say(0.5, says(incarnation=2)) == []
    again = assigned(fresh("s1", "a"), S1, 1.0, incarnation=2)
    assert desk.say(1.0, Wake()) == [queued("s1", 1.0), *again]


def test_nor_what_somebody_ran_who_left_and_whose_id_another_one_has() -> None:
    desk = Successor()
    desk.say(0.2, AgentLeft(agent="a", reason="unregistered"))
    desk.join(A, 0.3)  # it counts its lives from the first one, too
    assert desk.say(0.4, says(HELD)) == [told(HELD, UNWANTED)]
    assert desk.say(1.0, Wake())[0] == queued("s1", 1.0)


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
    desk.say(0.2, Resync(subtasks=(S1,), incarnation=2))
    assert desk.say(0.4, says(HELD)) == [told(HELD, UNWANTED)]


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
        adopted += desk.say(0.4, Resync(subtasks=(S1,), incarnation=2))
    assert adopted == [ADOPTED]
    over, outcome = done(HELD, 0.5)
    assert desk.say(0.5, completed(HELD)) == [over, gone(), outcome]


@pytest.mark.parametrize("wanted", [True, False])
def test_or_when_what_it_said_it_runs_is_not_wanted(*, wanted: bool) -> None:
    desk = Successor(synced=False)
    desk.say(0.3, AgentDraining(agent="a"))
    assert desk.say(0.4, says(HELD)) == []
    expected = [ADOPTED] if wanted else [told(HELD, UNWANTED), gone()]
    assert desk.say(0.4, Resync(subtasks=(S1,) if wanted else (), incarnation=2)) == expected


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
    successor.say(1.1, Resync(subtasks=(), incarnation=3))
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
    desk.say(0.1, Resync(subtasks=(S1,), incarnation=2))
    assert desk.say(0.1, AgentDraining(agent="a")) == []
    assert desk.join(A, 0.2) == [ASK]
    assert desk.say(0.3, AgentDraining(agent="a")) == []  # as it is introduced
    assert desk.say(0.4, says(HELD)) == [ADOPTED]
