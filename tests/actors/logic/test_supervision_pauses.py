"""The supervisor remembers who is paused, for every scheduler that is to come."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, Tell
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages.base import SCHEDULER
from callboard.messages.commands import (
    PauseAgent,
    Refused,
    RegisterAgent,
    ResizeAgent,
    ResumeAgent,
    UnregisterAgent,
)
from callboard.messages.errors import UnknownAgent, problem_of
from callboard.messages.facts import AgentPaused, AgentRegistered, AgentResumed, AgentStarted, Fact
from callboard.messages.supervision import ActorExited, ActorStarted, Wake
from callboard.messages.values import Agent, replace
from callboard.messages.work import AgentJoined
from tests.actors.logic.stage import BOOM, OPTIONS, PULL, A, Stage
from tests.actors.logic.test_legacy import Successor

PAUSE = PauseAgent(agent="a", reason="lunch", reply_to="caller/1")
RESUME = ResumeAgent(agent="a", reply_to="caller/1")
PAUSED = replace(A, paused=True)


def introduced(stage: Stage) -> list[bool]:
    """How a scheduler that knows nobody is told of agent a: paused or not."""
    stage.say(2.0, ActorExited(address=SCHEDULER, incarnation=1, problem=BOOM))
    stage.say(9.0, Wake())
    effects = stage.say(9.0, ActorStarted(address=SCHEDULER, incarnation=2))
    joined = [e.message for e in effects if isinstance(e, Tell)]
    return [m.agent.paused for m in joined if isinstance(m, AgentJoined)]


def staged() -> Stage:
    stage = Stage(A, runtime=(SCHEDULER,))
    stage.say(0.0, ActorStarted(address=SCHEDULER, incarnation=1))
    return stage


def test_the_scheduler_of_now_answers_and_each_later_one_is_told() -> None:
    stage = staged()
    assert stage.say(1.0, PAUSE) == [Tell(SCHEDULER, PAUSE)]
    assert introduced(stage) == [True]


def test_who_was_resumed_is_introduced_like_anybody() -> None:
    stage = staged()
    stage.say(1.0, PAUSE)
    assert stage.say(1.0, RESUME) == [Tell(SCHEDULER, RESUME)]
    assert introduced(stage) == [False]


def test_who_registers_again_under_a_paused_name_is_paused() -> None:
    stage = staged()
    stage.say(1.0, PAUSE)
    again = stage.say(1.5, RegisterAgent(agent=A, replace=True))
    assert Record(AgentRegistered(at=1.5, agent=PAUSED)) in again
    assert Tell(SCHEDULER, AgentJoined(agent=PAUSED)) in again


@pytest.mark.parametrize("message", [PAUSE, RESUME], ids=repr)
def test_who_has_left_cannot_be_paused(message: PauseAgent | ResumeAgent) -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    refused = Refused(problem=problem_of(UnknownAgent("a")))
    assert stage.say(1.0, message) == [Tell("caller/1", refused)]


def test_an_agent_that_runs_its_work_by_itself_can_be_paused_too() -> None:
    stage = Stage(PULL)
    pause = PauseAgent(agent="p", reply_to="caller/1")
    assert stage.say(1.0, pause) == [Tell(SCHEDULER, pause)]


@pytest.mark.parametrize("resumed", [False, True])
def test_a_supervisor_that_is_built_again_knows_it_from_the_facts(*, resumed: bool) -> None:
    history: list[Fact] = [
        AgentRegistered(at=0.0, agent=A),
        AgentStarted(at=0.0, agent="a", incarnation=1),
        AgentPaused(at=1.0, agent="a"),
        *([AgentResumed(at=2.0, agent="a")] if resumed else []),
    ]
    successor = Successor(*history, alive={"scheduler": 1, "agent/a": 1}, runtime=("scheduler",))
    agent = A if resumed else PAUSED
    assert Tell("scheduler", AgentJoined(agent=agent)) in successor.first


def test_and_where_its_predecessor_was_asked_for_it_before_anybody_recorded_it() -> None:
    asked: dict[str, Agent] = {}
    first = SupervisionLogic(OPTIONS, runtime=(SCHEDULER,), asked=asked)
    first.handle(RegisterAgent(agent=A), 0.0)
    first.handle(PAUSE, 1.0)
    first.handle(ResizeAgent(agent="a", max_load=7), 1.0)
    registered = AgentRegistered(at=0.0, agent=A)
    successor = Successor(registered, alive={"scheduler": 1}, runtime=("scheduler",), asked=asked)
    joined = AgentJoined(agent=replace(PAUSED, max_load=7))
    assert Tell("scheduler", joined) in successor.first


def test_but_not_of_one_that_has_left_since() -> None:
    asked: dict[str, Agent] = {}
    first = SupervisionLogic(OPTIONS, runtime=(SCHEDULER,), asked=asked)
    first.handle(RegisterAgent(agent=PULL), 0.0)
    first.handle(PauseAgent(agent="p"), 1.0)
    first.handle(UnregisterAgent(agent="p"), 2.0)
    assert asked == {}
