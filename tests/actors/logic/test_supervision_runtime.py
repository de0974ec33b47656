"""The supervisor and the runtime's own actors."""

from __future__ import annotations

import msgspec

from callboard.actors.logic.effects import Record, Show, StartActor, Tell
from callboard.messages.commands import RegisterAgent, UnregisterAgent
from callboard.messages.errors import (
    RuntimeBroken,
    problem_of,
)
from callboard.messages.facts import (
    ActorRestarted,
    Escalated,
)
from callboard.messages.notices import RuntimeFailed
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    Wake,
)
from callboard.messages.values import Agent
from callboard.messages.work import AgentDraining, AgentJoined, AgentUp, Introduced
from tests.actors.logic.stage import (
    BOOM,
    OPTIONS,
    PULL,
    A,
    B,
    Stage,
    exhausted,
    planned,
)


def test_an_actor_of_the_runtime_is_restarted_and_that_is_a_fact() -> None:
    stage = Stage(runtime=("decomposer",))
    assert stage.say(0.1, ActorStarted(address="decomposer", incarnation=1)) == []
    exited = ActorExited(address="decomposer", incarnation=1, problem=BOOM)
    assert stage.say(1.0, exited) == [planned(BOOM, 1.0, 1, 1.0, "decomposer")]
    assert stage.say(2.0, Wake()) == [StartActor("decomposer", 2)]
    assert stage.say(2.1, ActorStarted(address="decomposer", incarnation=2)) == [
        Record(ActorRestarted(at=2.1, address="decomposer", incarnation=2))
    ]


def test_an_actor_of_the_runtime_may_take_its_time_to_start() -> None:
    assert Stage(runtime=("orchestrator",)).say(9999.0, Wake()) == []


def test_an_actor_of_the_runtime_that_ends_without_a_problem_was_told_to() -> None:
    stage = Stage(runtime=("decomposer",))
    assert stage.say(1.0, ActorExited(address="decomposer", incarnation=1)) == []
    assert stage.say(99.0, Wake()) == []
    assert stage.states() == {}


def test_the_runtime_fails_when_one_of_its_actors_cannot_be_mended() -> None:
    stage = Stage(runtime=("decomposer",), options=msgspec.structs.replace(OPTIONS, intensity=0))
    problem = exhausted("decomposer", 0)
    broken = msgspec.structs.replace(
        problem_of(RuntimeBroken(problem.text)), traceback=BOOM.traceback
    )
    exited = ActorExited(address="decomposer", incarnation=1, problem=BOOM)
    assert stage.say(1.0, exited) == [
        Record(Escalated(at=1.0, address="decomposer", problem=problem)),
        Show(RuntimeFailed(at=1.0, problem=broken)),
    ]
    assert broken.fault == "callboard"


def test_the_runtime_fails_when_its_actors_fail_too_often_together() -> None:
    stage = Stage(runtime=("orchestrator", "decomposer"))
    deaths = [("orchestrator", 1), ("decomposer", 1), ("orchestrator", 2)]
    for now, (address, incarnation) in enumerate(deaths):
        stage.say(now, ActorExited(address=address, incarnation=incarnation, problem=BOOM))
        stage.say(now + 1.0, Wake())
    effects = stage.say(9.0, ActorExited(address="decomposer", incarnation=2, problem=BOOM))
    assert [type(effect) for effect in effects] == [Record, Show]
    assert effects[0] == Record(
        Escalated(at=9.0, address="decomposer", problem=exhausted("decomposer", 3))
    )


def test_agents_do_not_use_up_the_restarts_of_the_runtime() -> None:
    company = [Agent(id=str(n)) for n in range(9)]
    stage = Stage(*company, runtime=("decomposer",))
    for agent in company:
        stage.crash(1.0, agent)
    exited = ActorExited(address="decomposer", incarnation=1, problem=BOOM)
    assert stage.say(1.0, exited) == [planned(BOOM, 1.0, 1, 1.0, "decomposer")]


def test_a_restarted_scheduler_is_told_about_the_whole_company() -> None:
    late, ill = Agent(id="late"), Agent(id="ill")
    stage = Stage(A, PULL, ill, B, runtime=("scheduler",))
    stage.say(1.0, RegisterAgent(agent=late))
    stage.say(1.0, UnregisterAgent(agent="a", drain=True))
    stage.say(1.0, UnregisterAgent(agent="b"))
    stage.crash(1.0, ill)
    stage.say(1.0, ActorExited(address="scheduler", incarnation=1, problem=BOOM))
    stage.say(2.0, Wake())
    assert stage.say(3.0, ActorStarted(address="scheduler", incarnation=2)) == [
        Record(ActorRestarted(at=3.0, address="scheduler", incarnation=2)),
        Tell("scheduler", AgentJoined(agent=A)),
        Tell("scheduler", AgentUp(agent="a", incarnation=1)),
        Tell("scheduler", AgentDraining(agent="a")),
        Tell("scheduler", AgentJoined(agent=PULL)),
        Tell("scheduler", AgentUp(agent="p", incarnation=1)),
        Tell("scheduler", AgentJoined(agent=ill)),
        Tell("scheduler", AgentJoined(agent=late)),
        Tell("scheduler", Introduced(incarnation=2)),
    ]
