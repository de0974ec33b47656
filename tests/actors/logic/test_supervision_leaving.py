"""The supervisor: how agents go, and that nobody calls them back."""

from __future__ import annotations

import pytest

from callboard.actors.logic.effects import Record, StartActor, StopActor, Tell
from callboard.messages.base import SCHEDULER
from callboard.messages.commands import (
    Done,
    Refused,
    RegisterAgent,
    ResizeAgent,
    UnregisterAgent,
)
from callboard.messages.errors import (
    UnknownAgent,
    problem_of,
)
from callboard.messages.facts import (
    AgentCrashed,
    AgentRegistered,
    RestartScheduled,
)
from callboard.messages.supervision import (
    ActorExited,
    ActorStarted,
    AgentGone,
    AgentStuck,
    Shutdown,
    Wake,
)
from callboard.messages.values import replace
from callboard.messages.work import AgentDraining, AgentJoined
from tests.actors.logic.stage import (
    BOOM,
    PULL,
    A,
    Stage,
    fallen,
    gone,
)


def test_an_agent_that_is_unregistered_leaves_at_once_and_is_told_to_end() -> None:
    stage = Stage(A)
    assert stage.say(1.0, UnregisterAgent(agent="a", reply_to="caller/1")) == [
        *gone("a", "unregistered", 1.0, "caller/1"),
        Tell("agent/a", Shutdown()),
    ]
    assert stage.say(2.0, ActorExited(address="agent/a", incarnation=1)) == []
    assert stage.say(9.0, Wake()) == []


def test_late_word_of_an_earlier_life_is_not_taken_for_one_of_who_came_back() -> None:
    stage = Stage(A)
    stage.say(0.0, ActorStarted(address="agent/a", incarnation=1))
    stage.say(1.0, ActorExited(address="agent/a", incarnation=1, problem=BOOM))
    stage.say(9.0, Wake())
    stage.say(9.0, UnregisterAgent(agent="a"))
    stage.say(9.0, ActorExited(address="agent/a", incarnation=2))
    stage.say(10.0, RegisterAgent(agent=A))
    stage.say(10.0, ActorStarted(address="agent/a", incarnation=1))
    assert stage.say(11.0, ActorStarted(address="agent/a", incarnation=2)) == []
    down = stage.say(12.0, ActorExited(address="agent/a", incarnation=1, problem=BOOM))
    assert [type(effect.fact) for effect in down if isinstance(effect, Record)] == [
        AgentCrashed,
        RestartScheduled,
    ]


def test_who_is_to_end_is_told_again_until_its_time_is_over() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    told = [Tell("agent/a", Shutdown())]
    assert [stage.say(now, Wake()) for now in (2.0, 2.25, 3.5, 4.75)] == [[], told, told, told]
    assert stage.say(6.0, Wake()) == [StopActor("agent/a")]
    assert stage.say(9.0, Wake()) == []


def test_an_agent_is_resized_here_there_and_for_its_next_start() -> None:
    stage = Stage(A, runtime=(SCHEDULER,))
    stage.say(0.0, ActorStarted(address=SCHEDULER, incarnation=1))
    resize = ResizeAgent(agent="a", max_load=7, reply_to="caller/1")
    assert stage.say(1.0, resize) == [
        Tell(SCHEDULER, resize),
        Tell("agent/a", ResizeAgent(agent="a", max_load=7)),
    ]
    stage.say(2.0, ActorExited(address=SCHEDULER, incarnation=1, problem=BOOM))
    stage.say(9.0, Wake())
    started = ActorStarted(address=SCHEDULER, incarnation=2)
    assert Tell(SCHEDULER, AgentJoined(agent=replace(A, max_load=7))) in stage.say(9.0, started)


def test_who_has_left_cannot_be_resized() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    assert stage.say(1.0, ResizeAgent(agent="a", max_load=7, reply_to="caller/1")) == [
        Tell("caller/1", Refused(problem=problem_of(UnknownAgent("a"))))
    ]


def test_an_agent_that_does_not_end_is_ended() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    assert stage.say(6.0, Wake()) == [StopActor("agent/a")]
    assert stage.states() == {}


def test_an_agent_that_fails_while_it_ends_is_not_restarted() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    assert stage.say(1.1, AgentStuck(agent="a", problem=BOOM)) == []
    assert stage.crash(1.2) == []
    assert stage.say(9.0, Wake()) == []
    assert stage.states() == {}


def test_an_agent_in_pull_mode_just_leaves() -> None:
    stage = Stage(PULL)
    leave = UnregisterAgent(agent="p", reply_to="caller/1")
    assert stage.say(1.0, leave) == gone("p", "unregistered", 1.0, "caller/1")
    assert stage.states() == {}


def test_an_agent_that_waits_for_its_restart_just_leaves() -> None:
    stage = Stage(A)
    stage.crash(1.0)
    leave = UnregisterAgent(agent="a", drain=True, reply_to="caller/1")
    assert stage.say(1.1, leave) == gone("a", "unregistered", 1.1, "caller/1")
    assert stage.say(9.0, Wake()) == []


@pytest.mark.parametrize("stopping", [False, True])
def test_nobody_can_be_unregistered_who_is_not_there(*, stopping: bool) -> None:
    stage = Stage(A)
    if stopping:
        stage.say(0.5, UnregisterAgent(agent="a"))
    agent = "a" if stopping else "b"
    refused = Refused(problem=problem_of(UnknownAgent(agent)))
    leave = UnregisterAgent(agent=agent, reply_to="caller/1")
    assert stage.say(1.0, leave) == [Tell("caller/1", refused)]


def test_a_drained_agent_leaves_when_the_scheduler_holds_nothing_of_it() -> None:
    stage = Stage(A)
    drain = UnregisterAgent(agent="a", drain=True, seconds=10.0, reply_to="caller/1")
    assert stage.say(1.0, drain) == [Tell("scheduler", AgentDraining(agent="a"))]
    assert stage.states() == {"draining": 1}
    assert stage.say(4.0, AgentGone(agent="a")) == [
        *gone("a", "drained", 4.0, "caller/1"),
        Tell("agent/a", Shutdown()),
    ]
    assert stage.say(4.1, AgentGone(agent="a")) == []


def test_an_agent_that_does_not_drain_in_time_leaves_all_the_same() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a", drain=True, seconds=10.0, reply_to="caller/1"))
    assert stage.say(11.0, Wake()) == [
        *gone("a", "not drained in time", 11.0, "caller/1"),
        Tell("agent/a", Shutdown()),
    ]


def test_everybody_who_waits_for_a_drained_agent_is_answered() -> None:
    stage = Stage(A)
    for caller in ("caller/1", "caller/2"):
        stage.say(1.0, UnregisterAgent(agent="a", drain=True, reply_to=caller))
    assert stage.say(2.0, UnregisterAgent(agent="a", reply_to="caller/3")) == [
        *gone("a", "unregistered", 2.0, "caller/1"),
        Tell("caller/2", Done()),
        Tell("caller/3", Done()),
        Tell("agent/a", Shutdown()),
    ]


def test_an_agent_that_crashes_while_it_drains_is_not_restarted() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a", drain=True, reply_to="caller/1"))
    assert stage.crash(2.0) == [*fallen(BOOM, 2.0), *gone("a", BOOM.text, 2.0, "caller/1")]
    assert stage.say(99.0, Wake()) == []


def test_an_agent_that_leaves_an_id_behind_frees_it_at_once() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    assert stage.say(1.1, RegisterAgent(agent=A)) == [
        StopActor("agent/a"),
        Record(AgentRegistered(at=1.1, agent=A)),
        Tell("scheduler", AgentJoined(agent=A)),
        StartActor("agent/a", 2),
    ]


def test_the_last_word_of_an_agent_does_not_end_its_successor() -> None:
    stage = Stage(A)
    stage.say(1.0, UnregisterAgent(agent="a"))
    stage.say(6.0, Wake())
    assert stage.say(7.0, RegisterAgent(agent=A))[2] == StartActor("agent/a", 2)
    assert stage.say(8.0, ActorExited(address="agent/a", incarnation=1)) == []
    assert stage.states() == {"starting": 1}
