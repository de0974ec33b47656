"""Agents over WebSockets whose links are lost, and who come back."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from callboard.messages.values import Skill
from callboard.runtime.config import Config
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import token_of
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.runtime import Runtime
from tests.runtime.gateways.link.peer import LONG, Making, Peer

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.runtime.executors.task import Task


def test_a_link_that_comes_back_goes_on(runtime: Runtime, peer: Making) -> None:
    ann = peer(life="one")
    ann.join(max_load=3)
    goal = runtime.submit([{"name": "a"}, {"name": "b"}, {"name": "c"}])
    given = {one.name: one for one in (ann.expect(frames.Assign) for _ in range(3))}
    with ann:
        pass
    back = peer(life="one")
    held = frames.Held(token=given["a"].token, subtask=given["a"].subtask)
    ended = frames.Held(token=given["b"].token, subtask=given["b"].subtask, ended=True)
    assert back.join(held, ended, max_load=3).resumed
    # It has never heard of the third one.
    again = back.expect(frames.Assign)
    assert again.token == given["c"].token
    for one in given.values():
        back.done(one, one.name.upper())
    assert dict(goal.result(LONG)) == {"a": "A", "b": "B", "c": "C"}
    assert runtime.agents()["ann"].restarts == 0


def test_a_completion_whose_acknowledgement_was_lost_is_acknowledged(
    runtime: Runtime, peer: Making
) -> None:
    ann = peer(life="one")
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    ann.done(assign, 1)
    goal.result(LONG)
    with ann:
        pass
    back = peer(life="one")
    held = frames.Held(token=assign.token, subtask=assign.subtask, ended=True)
    welcome = back.join(held)
    # Either the acknowledgement comes with the welcome or, where it was not decided yet, after.
    if assign.token not in welcome.acknowledged:
        assert back.expect(frames.Ack) == frames.Ack(token=assign.token)


def test_what_a_stranger_holds_is_in_vain(peer: Making) -> None:
    ann = peer()
    running = frames.Held(token="1.1.99", subtask="s1")  # noqa: S106 - of a lease
    ended = frames.Held(token="1.1.98", subtask="s2", ended=True)  # noqa: S106 - likewise
    welcome = ann.join(running, ended)
    assert not welcome.resumed
    assert welcome.acknowledged == ()
    assert ann.expect(frames.Stop).token == running.token
    assert ann.expect(frames.Ack).refused


@pytest.mark.parametrize("options", [LinkOptions(grace=0.0)])
def test_work_of_a_link_that_is_lost_goes_elsewhere(runtime: Runtime, peer: Making) -> None:
    ann, bob = peer("ann"), peer("bob")
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    bob.join()
    with ann:
        pass
    again = bob.expect(frames.Assign)
    assert again.subtask == assign.subtask
    assert token_of(again.token) > token_of(assign.token)
    bob.done(again, "bob's")
    assert dict(goal.result(LONG)) == {"a": "bob's"}


@pytest.mark.parametrize("options", [LinkOptions(grace=0.0)])
def test_who_comes_back_too_late_is_told_so(runtime: Runtime, peer: Making) -> None:
    ann, bob = peer("ann", life="one"), peer("bob")
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    bob.join()
    with ann:
        pass
    bob.done(bob.expect(frames.Assign), "bob's")
    goal.result(LONG)
    back = peer("ann", life="one")
    assert not back.join(frames.Held(token=assign.token, subtask=assign.subtask)).resumed
    assert back.expect(frames.Stop).token == assign.token
    back.done(assign, "ann's")
    assert back.expect(frames.Ack).refused
    # And gets work again.
    another = runtime.submit([{"name": "b"}, {"name": "c"}])
    back.done(back.expect(frames.Assign), "x")
    bob.done(bob.expect(frames.Assign), "y")
    assert set(another.result(LONG).values()) >= {"x", "y"}


def test_another_program_may_take_an_agents_place(runtime: Runtime, peer: Making) -> None:
    ann = peer("ann", life="one")
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    first = ann.expect(frames.Assign)
    other = peer("ann", life="two")
    other.hello(replace=True)
    other.expect(frames.Welcome)
    assert list(ann.hear()) == []  # its link is closed
    again = other.expect(frames.Assign)
    assert (again.subtask, again.token == first.token) == (first.subtask, False)
    other.done(again, "other's")
    assert dict(goal.result(LONG)) == {"a": "other's"}


def test_an_agent_that_comes_with_other_skills_is_that_one(runtime: Runtime, peer: Making) -> None:
    ann = peer("ann", life="one")
    ann.join(skills=(Skill(name="sql"),))
    with ann:
        pass
    back = peer("ann", life="one")
    back.join(skills=(Skill(name="python"),), max_load=2)
    goal = runtime.submit([{"name": "a", "required_skills": ["python"]}])
    back.done(back.expect(frames.Assign), 1)
    assert dict(goal.result(LONG)) == {"a": 1}
    assert runtime.agents()["ann"].agent.max_load == 2


def of_bob(task: Task) -> str:  # noqa: ARG001
    return "bob's"


@pytest.mark.parametrize("config", [Config(heartbeat_timeout=0.2)])
def test_a_frozen_worker_is_doubted_and_may_come_back(runtime: Runtime, peer: Making) -> None:
    ann = peer("ann")
    ann.join(skills=(Skill(name="sql"),))
    goal = runtime.submit([{"name": "a"}])
    lost = ann.expect(frames.Assign)
    ann.say(frames.Heartbeat())  # its last one
    runtime.register(of_bob, id="bob", skills=["python"])
    assert dict(goal.result(LONG)) == {"a": "bob's"}
    # It thaws: all that it missed has waited for it.
    assert ann.expect(frames.Stop).token == lost.token
    ann.expect(frames.Reconcile)
    another = runtime.submit([{"name": "b", "required_skills": ["sql"]}])
    ann.done(ann.expect(frames.Assign), "ann's")
    assert dict(another.result(LONG)) == {"b": "ann's"}


def test_workers_come_back_to_a_server_that_was_started_anew(tmp_path: Path) -> None:
    journal = tmp_path / "work.db"
    with served(journal) as (runtime, ann):
        ann.join(max_load=2)
        goal = runtime.submit([{"name": "a"}, {"name": "b"}]).id
        first, second = ann.expect(frames.Assign), ann.expect(frames.Assign)
        ann.done(first, 1)
        assert ann.expect(frames.Ack) == frames.Ack(token=first.token)
    held = (
        frames.Held(token=first.token, subtask=first.subtask, ended=True),
        frames.Held(token=second.token, subtask=second.subtask),
    )
    with served(journal) as (runtime, ann):
        welcome = ann.join(*held, max_load=2)
        # The acknowledgement may have been lost; what it was of is not run again.
        assert welcome.acknowledged == (first.token,)
        assert ann.expect(frames.Stop).token == second.token
        again = ann.expect(frames.Assign)
        assert again.subtask == second.subtask
        ann.done(again, 2)
        assert dict(runtime.goal(goal).result(LONG)) == {"a": 1, "b": 2}


@contextlib.contextmanager
def served(journal: Path) -> Generator[tuple[Runtime, Peer]]:
    with (
        Runtime.open(journal) as runtime,
        Server(runtime, port=0) as server,
        Peer(server.url, life="one") as ann,
    ):
        yield runtime, ann
