"""Agents over WebSockets that are refused, and messages that make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callboard.messages.values import Skill
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON, MSGPACK
from callboard.runtime.runtime import Runtime
from tests.runtime.gateways.link.peer import LONG, Making

if TYPE_CHECKING:
    from callboard.runtime.executors.task import Task


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
