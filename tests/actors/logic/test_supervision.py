"""The supervisor: how agents come, fail and are restarted."""

from __future__ import annotations

import math

import msgspec
import pytest

from callboard.actors.logic.backoff import jittered
from callboard.actors.logic.effects import After, Effect, Record, StartActor, StopActor, Tell
from callboard.actors.logic.supervision import SupervisionLogic
from callboard.messages.commands import Done, Ping, Pong, Refused, RegisterAgent, UnregisterAgent
from callboard.messages.errors import (
    AgentIdTaken,
    AgentLost,
    problem_of,
)
from callboard.messages.facts import (
    AgentRegistered,
    AgentStarted,
    RestartScheduled,
)
from callboard.messages.supervision import (
    ActorExited,
    AgentSilent,
    AgentStuck,
    CheckStarted,
    Shutdown,
    Wake,
)
from callboard.messages.values import Agent, Problem, Skill
from callboard.messages.work import AgentDown, AgentJoined, AgentUp
from tests.actors.logic.stage import (
    BOOM,
    OPTIONS,
    PULL,
    A,
    B,
    Stage,
    fallen,
    gone,
    planned,
)

# Coming


def test_the_runtimes_actors_are_started_in_order() -> None:
    assert SupervisionLogic().start(0.0) == [
        StartActor("orchestrator", 1),
        StartActor("scheduler", 1),
        StartActor("decomposer", 1),
    ]


def test_an_agent_that_registers_is_announced_and_started() -> None:
    logic = SupervisionLogic(OPTIONS)
    assert logic.handle(RegisterAgent(agent=A, reply_to="caller/1"), 7.0) == [
        Record(AgentRegistered(at=7.0, agent=A)),
        Tell("scheduler", AgentJoined(agent=A)),
        StartActor("agent/a", 1),
        Tell("caller/1", Done()),
        After(20.0, Wake()),
        After(5.0, Wake()),
    ]


def test_an_agent_in_pull_mode_is_up_at_once_and_the_scheduler_answers() -> None:
    logic = SupervisionLogic(OPTIONS)
    assert logic.handle(RegisterAgent(agent=PULL, reply_to="caller/1"), 7.0) == [
        Record(AgentRegistered(at=7.0, agent=PULL)),
        Tell("scheduler", AgentJoined(agent=PULL, reply_to="caller/1")),
        Tell("scheduler", AgentUp(agent="p", incarnation=1)),
    ]


def test_the_scheduler_hears_of_an_agent_that_has_started() -> None:
    stage = Stage()
    stage.say(0.0, RegisterAgent(agent=A))
    started: list[Effect] = [
        Record(AgentStarted(at=2.0, agent="a", incarnation=1)),
        Tell("scheduler", AgentUp(agent="a", incarnation=1)),
    ]
    assert stage.up(2.0) == started
    assert stage.up(3.0) == []


def test_an_id_that_is_taken_is_refused() -> None:
    again = RegisterAgent(agent=A, reply_to="caller/1")
    refused = Refused(problem=problem_of(AgentIdTaken("a")))
    assert Stage(A).say(1.0, again) == [Tell("caller/1", refused)]


def test_replacing_an_agent_restarts_its_actor_and_revokes_what_it_held() -> None:
    better = Agent(id="a", skills=(Skill(name="sql"),))
    effects = Stage(A).say(1.0, RegisterAgent(agent=better, replace=True, reply_to="caller/1"))
    problem = msgspec.structs.replace(
        problem_of(AgentLost("a", "was replaced by another one of that id")), fault="caller"
    )
    assert effects == [
        Record(AgentRegistered(at=1.0, agent=better)),
        Tell("scheduler", AgentJoined(agent=better)),
        StopActor("agent/a"),
        Tell("scheduler", AgentDown(agent="a", incarnation=1, problem=problem)),
        StartActor("agent/a", 2),
        Tell("caller/1", Done()),
    ]


def test_replacing_an_agent_that_waits_for_its_restart_starts_it_at_once() -> None:
    stage = Stage(A)
    stage.crash(1.0)
    assert stage.say(1.5, RegisterAgent(agent=A, replace=True)) == [
        Record(AgentRegistered(at=1.5, agent=A)),
        Tell("scheduler", AgentJoined(agent=A)),
        StartActor("agent/a", 2),
    ]
    assert stage.say(2.0, Wake()) == []


def test_a_replaced_agent_has_all_its_restarts_before_it() -> None:
    stage = Stage(A)
    stage.crash(1.0)
    stage.restart(2.0, 2)
    stage.say(3.0, RegisterAgent(agent=A, replace=True))
    stage.up(3.0, A, 3)
    assert stage.crash(4.0, A, 3) == [*fallen(BOOM, 4.0, 3), planned(BOOM, 4.0, 1, 1.0)]


def test_replacing_an_agent_in_pull_mode_restarts_nothing() -> None:
    better = Agent(id="p", pull=True, max_load=3)
    replace = RegisterAgent(agent=better, replace=True, reply_to="caller/1")
    assert Stage(PULL).say(1.0, replace) == [
        Record(AgentRegistered(at=1.0, agent=better)),
        Tell("scheduler", AgentJoined(agent=better, reply_to="caller/1")),
    ]


def test_an_agent_in_pull_mode_that_gets_an_actor_is_started() -> None:
    stage, push = Stage(PULL), Agent(id="p")
    assert StopActor("agent/p") not in stage.say(1.0, RegisterAgent(agent=push, replace=True))
    assert stage.states() == {"starting": 1}


def test_an_agent_that_goes_into_pull_mode_loses_its_actor() -> None:
    pull = Agent(id="a", pull=True)
    effects = Stage(A).say(1.0, RegisterAgent(agent=pull, replace=True, reply_to="caller/1"))
    assert effects[1:3] == [
        Tell("scheduler", AgentJoined(agent=pull, reply_to="caller/1")),
        StopActor("agent/a"),
    ]
    assert effects[4:] == [Tell("scheduler", AgentUp(agent="a", incarnation=2))]


def test_replacing_an_agent_that_drains_lets_it_go_first() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a", drain=True, reply_to="caller/1"))
    assert stage.say(2.0, RegisterAgent(agent=A, replace=True, reply_to="caller/2")) == [
        *gone("a", "replaced", 2.0, "caller/1"),
        Tell("agent/a", Shutdown()),
        StopActor("agent/a"),
        Record(AgentRegistered(at=2.0, agent=A)),
        Tell("scheduler", AgentJoined(agent=A)),
        StartActor("agent/a", 2),
        Tell("caller/2", Done()),
    ]


# Failing


def test_a_silent_agent_is_stopped_and_restarted() -> None:
    problem = problem_of(AgentLost("a", "gave no sign of life for 15 s"))
    assert Stage(A).say(9.0, AgentSilent(agent="a", seconds=15.0)) == [
        StopActor("agent/a"),
        *fallen(problem, 9.0),
        planned(problem, 9.0, 1, 1.0),
    ]


def test_a_silent_agent_in_pull_mode_is_up_again_after_the_wait() -> None:
    stage = Stage(PULL)
    problem = problem_of(AgentLost("p", "gave no sign of life for 15 s"))
    assert stage.say(9.0, AgentSilent(agent="p", seconds=15.0)) == [
        *fallen(problem, 9.0, agent="p"),
        planned(problem, 9.0, 1, 1.0, "agent/p"),
    ]
    assert stage.say(10.0, Wake()) == [Tell("scheduler", AgentUp(agent="p", incarnation=2))]


def test_a_restart_waits_for_its_time_and_is_the_next_incarnation() -> None:
    stage = Stage(A)
    stage.crash(5.0)
    assert stage.say(5.9, Wake()) == []
    assert stage.say(6.0, Wake()) == [StartActor("agent/a", 2)]
    assert stage.up(6.5, A, 2) == [
        Record(AgentStarted(at=6.5, agent="a", incarnation=2)),
        Tell("scheduler", AgentUp(agent="a", incarnation=2)),
    ]


def test_the_alarm_is_set_for_the_restart() -> None:
    stage = Stage(A)
    effects = stage.logic.handle(ActorExited(address="agent/a", incarnation=1, problem=BOOM), 5.0)
    assert effects[-1] == After(1.0, Wake())


def test_jitter_shortens_a_wait_by_a_lot_of_its_own() -> None:
    options = msgspec.structs.replace(OPTIONS, jitter=0.5)
    delay = jittered(1.0, 0.5, "agent/a 1")
    assert Stage(A, options=options).crash(5.0)[-1] == planned(BOOM, 5.0, 1, delay)
    assert delay != jittered(1.0, 0.5, "agent/b 1")


def test_waits_double_until_the_agent_has_been_quiet_for_long() -> None:
    stage = Stage(A, options=msgspec.structs.replace(OPTIONS, period=10.0, intensity=1))
    waits: list[float] = []
    for incarnation, now in enumerate((20.0, 40.0, 60.0, 160.0, 300.0), start=1):
        last = stage.crash(now, A, incarnation)[-1]
        assert isinstance(last, Record)
        assert isinstance(last.fact, RestartScheduled)
        waits.append(last.fact.delay)
        stage.restart(now + last.fact.delay, incarnation + 1)
    assert waits == [1.0, 2.0, 4.0, 8.0, 1.0]


def test_an_agent_that_is_not_up_cannot_be_doubted() -> None:
    stage = Stage()
    stage.say(0.0, RegisterAgent(agent=A))
    assert stage.say(1.0, AgentSilent(agent="a", seconds=15.0)) == []
    assert stage.say(1.0, AgentStuck(agent="nobody", problem=BOOM)) == []


def test_a_late_word_of_a_predecessor_doubts_nobody() -> None:
    stage = Stage(A)
    stage.crash(5.0)
    stage.restart(6.0, 2)
    for number in (1, 2):
        words = (
            AgentSilent(agent="a", seconds=15.0, incarnation=number),
            AgentStuck(agent="a", problem=BOOM, incarnation=number),
        )
        done = [stage.say(7.0, word) for word in words]
        assert any(done) is (number == 2)


def test_who_is_to_start_is_asked_again_and_again_whether_it_has() -> None:
    stage = Stage()
    stage.say(0.0, RegisterAgent(agent=A))
    asked = [Tell("agent/a", CheckStarted())]
    assert [stage.say(now, Wake()) for now in (4.0, 5.0, 9.0, 10.0)] == [[], asked, [], asked]
    stage.up(11.0)
    assert stage.say(15.0, Wake()) == []


def test_without_an_audit_nobody_is_asked() -> None:
    logic = SupervisionLogic(OPTIONS, audit=math.inf)
    told = logic.handle(RegisterAgent(agent=A), 0.0)
    assert [effect for effect in told if isinstance(effect, After)] == [After(20.0, Wake())]
    assert logic.handle(Wake(), 15.0) == []


def test_an_agent_that_starts_too_late_is_stopped_when_its_word_has_come_to_nothing() -> None:
    stage = Stage()
    stage.say(0.0, RegisterAgent(agent=A))
    stage.say(20.0, Wake())
    assert stage.up(20.5) == []
    assert stage.say(21.0, Wake()) == [StartActor("agent/a", 2)]


def test_an_agent_that_has_started_in_time_is_left_alone() -> None:
    stage = Stage(A)
    assert stage.say(20.0, Wake()) == []


@pytest.mark.parametrize("problem", [None, BOOM])
def test_what_an_old_incarnation_says_is_ignored(problem: Problem | None) -> None:
    stage = Stage(A)
    stage.say(9.0, AgentSilent(agent="a", seconds=15.0))
    late = ActorExited(address="agent/a", incarnation=1, problem=problem)
    assert stage.say(9.1, late) == []
    stage.restart(10.0, 2)
    assert stage.say(10.1, late) == []
    assert stage.up(10.1, A, 1) == []
    assert stage.states() == {"running": 1}


def test_siblings_do_not_notice() -> None:
    stage = Stage(A, B)
    stage.crash(1.0)
    assert stage.states() == {"restarting": 1, "running": 1}
    assert stage.crash(1.0, B) == [
        *fallen(BOOM, 1.0, agent="b"),
        planned(BOOM, 1.0, 1, 1.0, "agent/b"),
    ]


def test_restarts_that_are_due_together_come_in_their_order() -> None:
    stage = Stage(A, B)
    stage.crash(1.0, B)
    stage.crash(1.1, A)
    assert stage.say(9.0, Wake()) == [StartActor("agent/b", 2), StartActor("agent/a", 2)]


def test_a_supervisor_in_a_failing_restart_loop_still_answers() -> None:
    stage = Stage(A, B)
    stage.crash(1.0)
    assert stage.say(1.0, Ping(reply_to="caller/1")) == [
        Tell(
            "caller/1",
            Pong(
                address="supervisor",
                state={
                    "starting": 0,
                    "running": 1,
                    "restarting": 1,
                    "draining": 0,
                    "stopping": 0,
                },
            ),
        )
    ]


def test_an_agent_that_was_given_up_may_register_again() -> None:
    stage = Stage(A, options=msgspec.structs.replace(OPTIONS, intensity=0))
    stage.crash(1.0)
    assert stage.states() == {}
    assert stage.say(2.0, RegisterAgent(agent=A))[2] == StartActor("agent/a", 1)
