"""The scheduler's gates: an agent that is paused gets nothing new."""

from __future__ import annotations

from callboard.actors.logic.effects import Record, Tell
from callboard.messages import facts
from callboard.messages.commands import Done, Refused, ResizeAgent, ResumeAgent
from callboard.messages.errors import UnknownAgent, problem_of
from callboard.messages.work import AgentUp
from tests.actors.logic.desk import Desk, agent, assigned, down, lease, ready
from tests.actors.logic.holds import A, B, interrupted, pause

RESUME = ResumeAgent(agent="a", reply_to="caller/1")
DONE = Tell("caller/1", Done())


def test_a_paused_agent_gets_nothing_new_and_keeps_what_it_has() -> None:
    desk = Desk(agent("a", max_load=2))
    desk.queue(ready("s1"))
    paused = Record(facts.AgentPaused(at=1.0, agent="a", reason="lunch"))
    assert desk.say(1.0, pause(reason="lunch")) == [paused, DONE]
    work = ready("s2")
    assert desk.queue(work, now=2.0) == []
    assert (desk.load("a"), desk.state()) == (1, {"leased": 1, "queued": 1})
    resumed = Record(facts.AgentResumed(at=3.0, agent="a"))
    assert desk.say(3.0, RESUME) == [resumed, DONE, *assigned(lease("s2", "a", 2), work, 3.0)]


def test_what_an_interrupted_agent_ran_goes_to_others() -> None:
    desk, work = Desk(A), ready("s1")
    desk.queue(work)
    desk.join(B)
    why, held = "agent 'a' is paused", lease("s1", "a")
    assert desk.say(1.0, pause(interrupt=True)) == [
        Record(facts.AgentPaused(at=1.0, agent="a", interrupt=True)),
        *interrupted(held, why, 1.0),
        DONE,
        *assigned(lease("s1", "b", 2), work, 1.0),
    ]
    # Its slot is free when its handler has ended.
    assert desk.load("a") == 1


def test_a_paused_agent_could_still_do_it_some_day() -> None:
    desk = Desk(agent("a", "sql"))
    desk.say(1.0, pause())
    assert desk.queue(ready("s1", "sql"), now=2.0) == []


def test_it_stays_paused_when_its_actor_is_restarted_or_resized() -> None:
    desk = Desk(A)
    desk.say(1.0, pause())
    desk.say(2.0, down())
    desk.say(3.0, AgentUp(agent="a", incarnation=2))
    desk.say(4.0, ResizeAgent(agent="a", max_load=3))
    assert desk.queue(ready("s1"), now=5.0) == []


def test_a_stranger_cannot_be_paused() -> None:
    refused = Refused(problem=problem_of(UnknownAgent("a")))
    assert Desk().say(1.0, pause()) == [Tell("caller/1", refused)]
