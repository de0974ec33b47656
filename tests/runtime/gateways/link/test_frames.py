"""Frames: what is said on one side is read on the other, in both kinds."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.messages.errors.data import MalformedMessage, NotEncodable, UnknownMessage
from callboard.messages.user import pack
from callboard.messages.values import (
    Input,
    Lease,
    Payload,
    Priority,
    Ready,
    Skill,
    Subtask,
    Timeouts,
    Token,
    unpack,
)
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.assignments import assignment, lease_of, ready_of, token_of
from callboard.runtime.gateways.link.codec import JSON, MSGPACK, Codec

LEASE = Lease(
    goal="g1",
    subtask="s1",
    agent="ann",
    token=Token(boot=1, incarnation=2, counter=30),
    attempt=3,
    copy=1,
)
READY = Ready(
    goal="g1",
    goal_text="sell more",
    subtask=Subtask(
        uuid="s1",
        name="Analyse",
        description="the numbers",
        priority=Priority.HIGH,
        estimated_duration=5.0,
        required_skills=(Skill(name="sql", level=2.0),),
        data=pack({"rows": [1, 2]}, what="data"),
    ),
    urgency=Priority.HIGH,
    rank=300.0,
    since=0.0,
    context="quarterly",
    deadline=1e9,
    inputs=(
        Input(subtask="s0", name="Collect", result=pack([1.5, None, "x"], what="data")),
        Input(subtask="s9", name="Guess", result=None),
    ),
    checkpoint=pack({"row": 7}, what="data"),
)
NAMED = "1.1.1"
BOTH = pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=lambda codec: codec.form)


@BOTH
def test_an_assignment_is_read_as_it_was_meant(codec: Codec) -> None:
    said = codec.write([assignment(LEASE, READY, codec, 12.0)])
    (heard,) = codec.hear(said)
    assert isinstance(heard, frames.Assign)
    assert lease_of(heard, "ann") == LEASE
    subtask = msgspec.structs.replace(READY.subtask, timeouts=Timeouts(run=12.0))
    assert ready_of(heard, codec) == msgspec.structs.replace(READY, subtask=subtask)


def test_json_has_the_data_of_users_as_it_is() -> None:
    said = msgspec.json.decode(JSON.write([assignment(LEASE, READY, JSON, None)]))
    assert said["type"] == "assign"
    assert said["token"] == str(LEASE.token)
    assert said["data"] == {"rows": [1, 2]}
    assert said["checkpoint"] == {"row": 7}
    assert said["inputs"] == [
        {"subtask": "s0", "name": "Collect", "result": [1.5, None, "x"]},
        {"subtask": "s9", "name": "Guess", "result": None, "failed": True},
    ]


@BOTH
def test_several_frames_travel_together(codec: Codec) -> None:
    said = [frames.Heartbeat(cpu=0.5), frames.Stopped(token=NAMED)]
    assert codec.read(codec.write(said)) == said


@BOTH
def test_what_is_left_out_is_null(codec: Codec) -> None:
    (done,) = codec.read(codec.write([frames.Done(token=NAMED)]))
    assert isinstance(done, frames.Done)
    assert codec.payload(done.result) == Payload()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
@settings(max_examples=60)
def test_data_survives_both_kinds(data: object) -> None:
    payload = pack(data, what="data")
    for codec in (JSON, MSGPACK):
        (done,) = codec.read(codec.write([frames.Done(token=NAMED, result=codec.raw(payload))]))
        assert isinstance(done, frames.Done)
        assert unpack(codec.payload(done.result)) == data


@BOTH
def test_what_is_no_frame_is_named(codec: Codec) -> None:
    write = msgspec.json.encode if codec is JSON else msgspec.msgpack.encode
    with pytest.raises(UnknownMessage, match=r"\$\.type"):
        codec.read(write({"type": "nonsense"}))
    with pytest.raises(MalformedMessage, match=r"\$\.token"):
        codec.read(write({"type": "stopped", "token": 7}))
    with pytest.raises(MalformedMessage, match="colour"):
        codec.read(write({"type": "heartbeat", "colour": "red"}))


@given(st.binary(max_size=64))
@settings(max_examples=200)
def test_bytes_of_any_kind_are_frames_or_malformed(data: bytes) -> None:
    for codec in (JSON, MSGPACK):
        with contextlib.suppress(MalformedMessage):
            codec.read(data)


def test_data_that_json_cannot_say_is_refused() -> None:
    payload = Payload(data=msgspec.msgpack.encode({(1, 2): "a pair as a key"}))
    with pytest.raises(NotEncodable):
        JSON.raw(payload)


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.3.4", "1.2.x", "-1.2.3", "1.2." + 30 * "9"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        token_of(text)
