"""Many agents come at once, and some need not be waited for."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import After, Record, StartActor, StopActor, Tell
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages.commands import (
    Done,
    Refused,
    RegisterAgent,
    RegisterAgents,
    UnregisterAgent,
)
from callboard.messages.errors import AgentIdTaken, problem_of
from callboard.messages.facts import AgentRegistered, AgentStarted
from callboard.messages.supervision import ActorExited, ActorStarted, Wake
from callboard.messages.values import Agent
from callboard.messages.work import AgentsJoined, AgentUp
from tests.actors.logic.stage import BOOM, OPTIONS, PULL, A, B, Stage

HOOKED = Agent(id="h", hooks=True)
BOTH = RegisterAgents(agents=(A, B), reply_to="caller/1")


def test_all_who_come_together_are_announced_and_started_and_answered_once() -> None:
    assert Stage().say(7.0, BOTH) == [
        StartActor("agent/a", 1),
        StartActor("agent/b", 1),
        Record(AgentRegistered(at=7.0, agent=A)),
        Record(AgentRegistered(at=7.0, agent=B)),
        Tell("scheduler", AgentsJoined(agents=(A, B), up=(0, 0))),
        Tell("caller/1", Done()),
    ]


def test_who_stands_in_is_up_as_soon_as_it_stands_there() -> None:
    logic = SupervisionLogic(OPTIONS, runtime=(), standins=True)
    assert logic.handle(BOTH, 7.0) == [
        StartActor("agent/a", 1),
        StartActor("agent/b", 1),
        Record(AgentRegistered(at=7.0, agent=A)),
        Record(AgentStarted(at=7.0, agent="a", incarnation=1)),
        Record(AgentRegistered(at=7.0, agent=B)),
        Record(AgentStarted(at=7.0, agent="b", incarnation=1)),
        Tell("scheduler", AgentsJoined(agents=(A, B), up=(1, 1))),
        Tell("caller/1", Done()),
    ]


def test_the_scheduler_hears_at_once_who_of_them_is_up_and_who_is_waited_for() -> None:
    logic = SupervisionLogic(OPTIONS, runtime=(), standins=True)
    effects = logic.handle(RegisterAgents(agents=(A, HOOKED, PULL)), 7.0)
    assert [e for e in effects if not isinstance(e, (Record, After))] == [
        StartActor("agent/a", 1),
        StartActor("agent/h", 1),
        Tell("scheduler", AgentsJoined(agents=(A, HOOKED, PULL), up=(1, 0, 1))),
    ]
    assert logic.handle(ActorStarted(address="agent/h", incarnation=1), 8.0) == [
        Record(AgentStarted(at=8.0, agent="h", incarnation=1)),
        Tell("scheduler", AgentUp(agent="h", incarnation=1)),
    ]


def test_who_has_hooks_is_waited_for_all_the_same() -> None:
    logic = SupervisionLogic(OPTIONS, runtime=(), standins=True)
    effects = logic.handle(RegisterAgent(agent=HOOKED), 7.0)
    assert effects[2] == StartActor("agent/h", 1)
    assert isinstance(effects[3], After)
    assert logic.handle(ActorStarted(address="agent/h", incarnation=1), 8.0) == [
        Record(AgentStarted(at=8.0, agent="h", incarnation=1)),
        Tell("scheduler", AgentUp(agent="h", incarnation=1)),
    ]


def test_who_stands_in_again_after_a_death_is_up_at_once() -> None:
    logic = SupervisionLogic(OPTIONS, runtime=(), standins=True)
    logic.handle(RegisterAgent(agent=A), 0.0)
    logic.handle(ActorExited(address="agent/a", incarnation=1, problem=BOOM), 1.0)
    due = [e for e in logic.handle(Wake(), 2.0) if not isinstance(e, After)]
    assert due == [
        StartActor("agent/a", 2),
        Record(AgentStarted(at=2.0, agent="a", incarnation=2)),
        Tell("scheduler", AgentUp(agent="a", incarnation=2)),
    ]


@pytest.mark.parametrize("agents", [(B, A), (B, PULL, B)], ids=["taken", "twice"])
def test_none_comes_where_one_is_refused(agents: tuple[Agent, ...]) -> None:
    stage = Stage(A)
    taken = AgentIdTaken("a" if A in agents else "b")
    assert stage.say(1.0, RegisterAgents(agents=agents, reply_to="caller/1")) == [
        Tell("caller/1", Refused(problem=problem_of(taken)))
    ]
    assert stage.states() == {"running": 1}


def test_an_actor_that_is_still_to_end_ends_before_its_successor_starts() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    deeds = stage.say(1.5, BOTH)[:3]
    assert deeds == [StopActor("agent/a"), StartActor("agent/a", 2), StartActor("agent/b", 1)]
