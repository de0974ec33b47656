"""Agents over WebSockets, with a real server."""

from __future__ import annotations

import gc
import weakref

import pytest

from callboard.messages.errors.endings import GoalFailed
from callboard.messages.execution import Deliver
from callboard.messages.user import pack
from callboard.messages.values import Problem, Skill, unpack
from callboard.runtime.executors.processes import wire
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON, MSGPACK, Codec
from callboard.runtime.gateways.link.options import LinkOptions
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.runtime import Runtime
from tests.live import eventually
from tests.runtime.gateways.link.peer import LONG, Making, Peer

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
