"""Agents that come with one call are, to the scheduler, as if each had come by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.skills import VERIFICATION
from callboard.messages.base import AgentId
from callboard.messages.commands import Done, Heartbeat, Ping, ResizeAgent
from callboard.messages.facts import ResourcesReserved, SubtaskAssigned
from callboard.messages.resources import Claim
from callboard.messages.values import Agent, Token, replace
from callboard.messages.work import AgentJoined, AgentsJoined, AgentUp
from tests.actors.logic.desk import Desk, agent, lease, ready
from tests.actors.logic.pantry import Pantry, task, worker

SKILLS = st.lists(st.sampled_from(["sql", "law", "general", VERIFICATION]), max_size=2)
COMING = st.lists(
    st.tuples(SKILLS, st.integers(1, 2), st.booleans(), st.integers(0, 2)), min_size=1, max_size=6
)
WORK = st.lists(st.sampled_from(["sql", "law", VERIFICATION, "cooking"]), max_size=8)
CROWD = tuple(agent(f"n{number}", "sql") for number in range(3))


def together(*coming: Agent, up: int = 1) -> AgentsJoined:
    return AgentsJoined(agents=coming, up=(up,) * len(coming))


def singly(message: AgentsJoined) -> list[AgentJoined | AgentUp]:
    told: list[AgentJoined | AgentUp] = []
    for member, up in zip(message.agents, message.up, strict=True):
        told.append(AgentJoined(agent=member))
        told += [AgentUp(agent=member.id, incarnation=up)] if up else []
    return told


def assigned(effects: list[Effect]) -> list[AgentId]:
    facts = [effect.fact for effect in effects if isinstance(effect, Record)]
    return [fact.lease.agent for fact in facts if isinstance(fact, SubtaskAssigned)]


@given(COMING, WORK)
def test_they_get_the_same_work(
    coming: list[tuple[list[str], int, bool, int]], work: list[str]
) -> None:
    agents = tuple(
        agent(f"n{number}", *skills, max_load=load, pull=pull)
        for number, (skills, load, pull, _) in enumerate(coming)
    )
    message = AgentsJoined(agents=agents, up=tuple(up for *_, up in coming))
    one, other = Desk(), Desk()
    assert one.say(1.0, message) == []
    for each in singly(message):
        assert other.say(1.0, each) == []
    open_ = [ready(f"s{number}", skill) for number, skill in enumerate(work)]
    assert one.queue(*open_, now=2.0) == other.queue(*open_, now=2.0)
    ping = Ping(reply_to="caller/1")
    assert one.say(3.0, ping) == other.say(3.0, ping)
    for name in [member.id for member in agents]:
        assert one.load(name) == other.load(name)


def test_what_waits_is_theirs_at_once() -> None:
    desk = Desk()
    desk.queue(*[ready(f"s{number}", "sql") for number in range(4)])
    assert assigned(desk.say(1.0, together(*CROWD))) == ["n0", "n1", "n2"]


def test_who_is_waited_for_gets_nothing_before_it_is_up() -> None:
    desk = Desk()
    desk.queue(ready("s1", "sql"))
    assert desk.say(1.0, together(*CROWD, up=0)) == []
    assert assigned(desk.say(2.0, AgentUp(agent="n1", incarnation=1))) == ["n1"]


def test_who_is_known_already_keeps_what_it_holds() -> None:
    desk = Desk(CROWD[1])
    desk.queue(ready("s1", "sql"), ready("s2", "sql"))
    assert assigned(desk.say(1.0, together(*CROWD))) == ["n0"]
    assert desk.load("n1") == 1


def test_a_scheduler_that_was_restarted_asks_each_what_it_runs() -> None:
    asked = [e.to for e in Desk(incarnation=2).say(1.0, together(*CROWD)) if isinstance(e, Tell)]
    assert asked == ["agent/n0", "agent/n1", "agent/n2"]


@pytest.mark.parametrize(
    "early",
    [Heartbeat(agent="n1", reply_to="c"), ResizeAgent(agent="n1", max_load=2, reply_to="c")],
    ids=["beats", "is larger"],
)
def test_what_was_said_of_one_before_it_was_known_is_heard(early: Heartbeat | ResizeAgent) -> None:
    desk = Desk(incarnation=2, introduced=False, unheard=[early])
    assert Tell("c", Done()) in desk.say(1.0, together(*CROWD))


def test_what_one_has_from_an_earlier_run_is_not_given_out_again() -> None:
    before = replace(lease("s1", "n1"), token=Token(boot=0, incarnation=1, counter=1))
    claims = (Claim(resource="gpu", of="agent", amount=1.0),)
    pantry = Pantry(recorded=[ResourcesReserved(at=0.0, lease=before, claims=claims)])
    gifted = [worker(f"n{number}", offers={"gpu": 1}, max_load=2) for number in range(3)]
    assert pantry.say(1.0, together(*gifted)) == {}
    open_ = [task(f"s{number}", demands={"gpu": 1}) for number in (2, 3, 4)]
    assert pantry.queue(*open_, now=2.0) == {"s2": "n0", "s3": "n2"}
