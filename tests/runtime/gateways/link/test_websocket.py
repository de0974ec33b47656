"""Agents over WebSockets, with a real server."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest

from callboard.messages.errors.endings import GoalFailed
from callboard.messages.execution import Deliver
from callboard.messages.user import pack
from callboard.messages.values import Problem, Skill, unpack
from callboard.runtime.config import Config
from callboard.runtime.executors.processes import wire
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import token_of
from callboard.runtime.gateways.link.codec import JSON, MSGPACK, Codec
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.runtime import Runtime
from tests.live import eventually
from tests.runtime.gateways.link.peer import LONG, Peer

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.runtime.executors.task import Task

Making = Callable[..., "Peer"]
BOTH = pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=lambda codec: codec.form)
WRONG = Problem(error="ValueError", text="not so", lasting=True)


@BOTH
def test_an_agent_elsewhere_does_a_goal(runtime: Runtime, peer: Making, codec: Codec) -> None:
    ann = peer("ann", codec=codec)
    ann.join(skills=(Skill(name="sql"),))
    goal = runtime.submit([{"name": "a", "data": {"x": 1}}, {"name": "b", "dependencies": ["a"]}])
    first = ann.expect(frames.Assign)
    assert first.name == "a"
    assert unpack(codec.payload(first.data)) == {"x": 1}
    ann.say(frames.Progress(token=first.token, fraction=0.5, note="half"))
    ann.done(first, [1, 2])
    assert ann.expect(frames.Ack) == frames.Ack(token=first.token)
    second = ann.expect(frames.Assign)
    assert [unpack(codec.payload(one.result)) for one in second.inputs] == [[1, 2]]
    ann.done(second, "done")
    assert dict(goal.result(LONG)) == {"a": [1, 2], "b": "done"}
    agents = runtime.agents()
    assert agents["ann"].agent.elsewhere


def test_what_fails_elsewhere_fails_here(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    ann.say(frames.Failed(token=assign.token, problem=WRONG))
    with pytest.raises(GoalFailed, match="not so"):
        goal.result(LONG)
    assert ann.expect(frames.Ack).refused == ""


def test_a_completion_said_twice_is_acknowledged_twice(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    ann.done(assign, 1)
    assert ann.expect(frames.Ack) == frames.Ack(token=assign.token)
    ann.done(assign, 2)
    assert ann.expect(frames.Ack) == frames.Ack(token=assign.token)
    assert dict(goal.result(LONG)) == {"a": 1}


def test_a_goal_that_is_cancelled_stops_what_runs(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    goal.cancel("no longer wanted")
    stop = ann.expect(frames.Stop)
    assert stop.token == assign.token
    ann.say(frames.Stopped(token=assign.token))
    assert ann.expect(frames.Ack).token == assign.token
    again = runtime.submit([{"name": "b"}])  # its slot is free
    ann.done(ann.expect(frames.Assign), "b")
    assert dict(again.result(LONG)) == {"b": "b"}


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


def test_another_program_may_not_be_an_agent_that_is_there(peer: Making) -> None:
    peer("ann", life="one").join()
    other = peer("ann", life="two")
    other.hello()
    refused = other.expect(frames.Refused)
    assert refused.kind == "LinkTaken"
    assert not refused.lasting
    assert list(other.hear()) == []


def idle(task: Task) -> None:
    """Does nothing."""


def of_bob(task: Task) -> str:  # noqa: ARG001
    return "bob's"


def test_an_agent_here_is_not_one_elsewhere(runtime: Runtime, peer: Making) -> None:
    runtime.register(idle, id="ann", skills=[])
    other = peer("ann")
    other.hello()
    assert other.expect(frames.Refused).kind == "AgentIdTaken"


@pytest.mark.parametrize(
    ("options_", "kind"),
    [
        ({"max_load": 0}, "InvalidOption"),
        ({"skills": (Skill(name=" "),)}, "InvalidSkills"),
    ],
)
def test_what_makes_no_sense_is_refused(
    peer: Making, options_: dict[str, object], kind: str
) -> None:
    ann = peer()
    ann.hello(**options_)  # type: ignore[arg-type]
    refused = ann.expect(frames.Refused)
    assert (refused.kind, refused.lasting) == (kind, True)


def test_another_version_is_refused(peer: Making) -> None:
    ann = peer()
    ann.say(frames.Hello(worker=frames.Worker(id="ann"), life="x", protocol=7))
    assert ann.expect(frames.Refused).kind == "OtherProtocol"


@pytest.mark.parametrize("said", [b"\xff", b"", "{", '{"type": "heartbeat"}', "[]", "7"])
def test_what_is_no_hello_is_refused(peer: Making, said: str | bytes) -> None:
    ann = peer(codec=MSGPACK if isinstance(said, bytes) else JSON)
    ann.say_raw(said)
    assert ann.expect(frames.Refused).kind in {"MalformedMessage", "UnknownMessage"}
    assert list(ann.hear()) == []


def test_nonsense_later_closes_the_link_and_nothing_else(runtime: Runtime, peer: Making) -> None:
    ann = peer("ann", life="one")
    ann.join()
    bob = peer("bob")
    bob.join()
    ann.say(frames.Progress(token="1.1.1", fraction=7.0))  # noqa: S106 - of a lease
    assert list(ann.hear()) == []
    goal = runtime.submit([{"name": "a"}])
    runtime.unregister("ann")
    bob.done(bob.expect(frames.Assign), 1)
    assert dict(goal.result(LONG)) == {"a": 1}


def test_who_is_let_go_is_told_so(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    runtime.unregister("ann")
    assert ann.expect(frames.Bye).reason
    assert list(ann.hear()) == []
    assert "ann" not in runtime.agents()


def test_who_drains_ends_what_it_has(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    ann.say(frames.Drain(seconds=LONG))
    ann.done(assign, 1)
    assert ann.expect(frames.Ack) == frames.Ack(token=assign.token)
    ann.expect(frames.Bye)
    assert list(ann.hear()) == []
    assert dict(goal.result(LONG)) == {"a": 1}
    assert "ann" not in runtime.agents()


def test_who_says_bye_is_gone_and_its_work_elsewhere(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    ann.expect(frames.Assign)
    ann.say(frames.Bye(reason="the machine goes down"))
    bob = peer("bob")
    bob.join()
    bob.done(bob.expect(frames.Assign), 2)
    assert dict(goal.result(LONG)) == {"a": 2}


def test_of_an_agent_that_is_gone_nothing_is_kept(runtime: Runtime) -> None:
    brief = build(runtime, link=LinkOptions(grace=0.01))
    with Server(runtime, port=0, app=brief) as server, Peer(server.url, "fleeting") as ann:
        ann.join()
        station = weakref.ref(brief.state.links.station("fleeting"))
        assert station() is not None
        ann.say(frames.Bye(reason="that is all"))

        eventually(lambda: gc.collect() >= 0 and station() is None, "it is forgotten")


def test_a_handler_elsewhere_hands_in_a_goal_and_waits(runtime: Runtime, peer: Making) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    wish = wire.HandIn(
        goal=pack([{"name": "part"}], what="the goal"),
        form="data",
        options=pack({}, what="options"),
        parent=None,
    )
    ann.say(wire.Called(call=1, wish=wish))
    part = unpack(ann.expect(wire.Answered).value)
    ann.say(wire.Called(call=1, wish=wish))  # said again: it is the same goal
    assert unpack(ann.expect(wire.Answered).value) == part
    ann.say(
        wire.Called(call=2, wish=wire.Await(goal=part)),
        frames.Waiting(token=assign.token, number=1),
    )
    inner = ann.expect(frames.Assign)  # in the slot that it lends
    ann.done(inner, 42)
    assert ann.expect(wire.Answered).problem is None
    ann.say(frames.WaitOver(token=assign.token, number=1))
    assert ann.expect(frames.Granted) == frames.Granted(token=assign.token, number=1)
    ann.done(assign, "whole")
    assert dict(goal.result(LONG)) == {"a": "whole"}
    assert len(runtime.hub.board.goals) == 2


def test_an_agent_elsewhere_speaks_only_for_itself(peer: Making) -> None:
    ann = peer()
    ann.join()
    bob = peer("bob")
    bob.join()
    delivery = Deliver(agent="bob", tag="Note", body=pack({}, what="a note"), sender="eve")
    ann.say(wire.Called(call=1, wish=wire.SendOut(delivery=delivery)))
    letter = bob.expect(frames.Letter)
    assert letter.delivery.sender == "ann"
    bob.say(frames.Handled(number=letter.number))
    ann.say(wire.Called(call=2, wish=wire.CountLetters()))
    assert ann.expect(wire.Answered, lambda it: it.call == 2).problem is not None


def test_a_completion_of_what_was_to_be_stopped_does_not_count(
    runtime: Runtime, peer: Making
) -> None:
    ann = peer()
    ann.join()
    goal = runtime.submit([{"name": "a"}])
    assign = ann.expect(frames.Assign)
    goal.cancel("no longer wanted")
    ann.expect(frames.Stop)
    ann.done(assign, 1)
    assert ann.expect(frames.Ack).refused


def test_it_is_told_at_once_how_patient_its_server_is_and_how_much_it_takes(
    runtime: Runtime,
) -> None:
    limits = Limits(body_bytes=100_000)
    with Server(runtime, port=0, limits=limits) as server, Peer(server.url) as ann:
        ann.hello(grace=7.0)
        welcome = ann.expect(frames.Welcome)
    assert (welcome.grace, welcome.longest) == (7.0, 100_000)


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
