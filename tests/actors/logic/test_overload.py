"""Agents that report too much load get nothing new until there is less."""

from __future__ import annotations

from callboard.actors.logic.effects import Show
from callboard.actors.logic.overload_options import OverloadOptions
from callboard.messages.commands import Heartbeat
from callboard.messages.notices import (
    AgentOverloaded,
    AgentRelieved,
    HeartbeatSeen,
    LoadReported,
)
from callboard.messages.work import LoadSeen
from tests.actors.logic.desk import Desk, agent, assigned, completed, done, lease, ready

OPTIONS = OverloadOptions(cpu=0.9, memory=0.8, margin=0.1)


def desk() -> Desk:
    return Desk(agent("a"), overload=OPTIONS)


def test_an_overloaded_agent_gets_nothing_until_it_is_well_below_the_limit() -> None:
    at_work = desk()
    assert at_work.say(1.0, LoadSeen(agent="a", cpu=0.5, memory=0.85)) == [
        Show(LoadReported(at=1.0, agent="a", cpu=0.5, memory=0.85)),
        Show(AgentOverloaded(at=1.0, agent="a", of="memory", cpu=0.5, memory=0.85)),
    ]
    work = ready("s1")
    assert at_work.queue(work, now=2.0) == []
    assert at_work.say(3.0, LoadSeen(agent="a", memory=0.75)) == [
        Show(LoadReported(at=3.0, agent="a", memory=0.75))
    ]
    assert at_work.say(4.0, LoadSeen(agent="a", memory=0.7)) == [
        Show(LoadReported(at=4.0, agent="a", memory=0.7)),
        Show(AgentRelieved(at=4.0, agent="a", memory=0.7)),
        *assigned(lease("s1", "a"), work, 4.0),
    ]


def test_what_it_has_goes_on() -> None:
    at_work = desk()
    at_work.queue(ready("s1"))
    held = lease("s1", "a")
    at_work.say(1.0, LoadSeen(agent="a", cpu=1.0))
    assert at_work.say(2.0, completed(held)) == done(held, 2.0)


def test_an_agent_elsewhere_says_it_with_its_heartbeat() -> None:
    at_work = desk()
    assert at_work.say(1.0, Heartbeat(agent="a", cpu=0.95)) == [
        Show(HeartbeatSeen(at=1.0, agent="a")),
        Show(LoadReported(at=1.0, agent="a", cpu=0.95)),
        Show(AgentOverloaded(at=1.0, agent="a", of="cpu", cpu=0.95)),
    ]
    assert at_work.say(2.0, Heartbeat(agent="a")) == [Show(HeartbeatSeen(at=2.0, agent="a"))]
    assert at_work.queue(ready("s1"), now=2.0) == []


def test_without_limits_figures_are_shown_and_change_nothing() -> None:
    at_work = Desk(agent("a"))
    shown = Show(LoadReported(at=1.0, agent="a", cpu=1.0, memory=1.0))
    assert at_work.say(1.0, LoadSeen(agent="a", cpu=1.0, memory=1.0)) == [shown]
    assert at_work.queue(ready("s1"), now=2.0) == assigned(lease("s1", "a"), ready("s1"), 2.0)


def test_figures_of_strangers_are_passed_over() -> None:
    assert desk().say(1.0, LoadSeen(agent="b", cpu=1.0)) == []
