"""What nonsense is made of: frames that make sense, and values that Hypothesis has thought of."""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callboard.messages.bids import Bid
from callboard.messages.execution import Deliver
from callboard.messages.resources import Amount
from callboard.messages.user import pack
from callboard.messages.values import Lease, Parent, Problem, Token
from callboard.runtime.executors.processes import wire
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON, MSGPACK

TOKEN, OTHER = "1.1.1", "1.1.2"
"""Of attempts."""

THOUGHT = 100
"""Values of Hypothesis."""

_PROBLEM = Problem(error="E", text="t")
_LEASE = Lease(goal="g", subtask="s", agent="fuzz", token=Token(boot=1, incarnation=1, counter=1))
_LETTER = Deliver(agent="ann", tag="note", body=pack("hello", what="it"))
_HAND_IN = wire.HandIn(
    goal=pack("tidy up", what="it"), form="data", options=pack({}, what="it"), parent=None
)


def _done(codec: Any) -> list[Any]:
    return [
        frames.Done(token=TOKEN, result=codec.raw(pack([1, None], what="it"))),
        frames.Handled(number=1, reply=codec.raw(pack("so", what="it"))),
        frames.Progress(token=TOKEN, fraction=0.5, checkpoint=codec.raw(pack(7, what="it"))),
    ]


_OTHERS: tuple[Any, ...] = (
    frames.Running(epoch=1, held=(frames.Held(token=TOKEN), frames.Held(token=OTHER))),
    frames.Heartbeat(cpu=0.5, memory=0.25),
    frames.Progress(token=TOKEN, note="half", spent=(Amount(resource="usd", amount=1.0),)),
    frames.Waiting(token=TOKEN, number=1),
    frames.WaitOver(token=TOKEN, number=1),
    frames.Failed(token=TOKEN, problem=_PROBLEM),
    frames.Crashed(token=TOKEN, problem=_PROBLEM),
    frames.Stopped(token=TOKEN, given_up=_PROBLEM),
    frames.Handled(number=1, problem=_PROBLEM),
    frames.Looked(look=1, quiet=0.1),
    frames.Fallen(problem=_PROBLEM),
    frames.Drain(seconds=0.01),
    frames.Bye(reason="enough"),
    wire.BidMade(number=1, bid=Bid(seconds=1.0, cost=2.0, confidence=0.5), why=""),
    wire.Logged(level="info", event="it", fields=pack({"n": 1}, what="it")),
    wire.Called(call=1, wish=wire.SendOut(delivery=_LETTER)),
    wire.Called(call=2, wish=wire.AskOut(delivery=_LETTER)),
    wire.Called(call=3, wish=_HAND_IN),
    wire.Called(
        call=4, wish=msgspec.structs.replace(_HAND_IN, parent=Parent(goal="g", subtask="s"))
    ),
    wire.Called(call=5, wish=wire.Await(goal="g")),
    wire.Called(call=6, wish=wire.Check(lease=_LEASE)),
)


@functools.cache
def right(*, binary: bool) -> tuple[dict[str, Any], ...]:
    """A frame of each kind that a worker may say after its first one, as plain data."""
    codec = MSGPACK if binary else JSON
    said = [codec.write([frame]) for frame in (*_done(codec), *_OTHERS)]
    for data in said:
        codec.read(data)  # they do make sense
    return tuple(msgspec.msgpack.decode(data) if binary else json.loads(data) for data in said)


@functools.cache
def thought() -> tuple[Any, ...]:
    """Plain values that Hypothesis has thought of, the same ones every time."""
    leaves = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    )  # fmt: skip
    values = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=8,
    )
    found: list[Any] = []

    @settings(
        max_examples=THOUGHT,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(values)
    def note(value: Any) -> None:
        found.append(value)

    note()
    return tuple(found)
