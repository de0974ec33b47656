"""Messages as bytes and back, and errors that name the field."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given

from callboard.messages.base import Lane, Message
from callboard.messages.codec import LARGEST, VERSION, Format, decode, encode
from callboard.messages.commands import Ping, SubmitGoal
from callboard.messages.errors.data import (
    InvalidMessage,
    MalformedMessage,
    MessageTooLarge,
    NewerMessage,
    NotEncodable,
    UnknownMessage,
)
from callboard.messages.unions import AnyMessage
from callboard.messages.values import Goal, Plan, Subtask
from callboard.messages.work import Completed
from tests.strategies import messages

both_forms = pytest.mark.parametrize("form", ["json", "msgpack"])
KINDS: tuple[type[Message], ...] = get_args(AnyMessage)


@given(message=messages())
@both_forms
def test_every_message_comes_back_as_it_was(message: Message, form: Format) -> None:
    assert decode(encode(message, form), form) == message


def test_an_encoded_message_says_what_it_is_and_in_which_version() -> None:
    assert json.loads(encode(Ping(reply_to="caller/1"))) == {
        "v": 1,
        "message": {"kind": "Ping", "reply_to": "caller/1"},
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_is_frozen_tagged_by_its_name_and_in_a_lane(kind: type[Message]) -> None:
    config = kind.__struct_config__

    assert (config.frozen, config.tag_field, config.tag) == (True, "kind", kind.__name__)
    assert config.forbid_unknown_fields
    assert kind.lane in Lane
    assert kind.__doc__


def test_messages_are_equal_by_their_type_and_content() -> None:
    kind: Any = Ping
    assert Ping(reply_to="a") == Ping(reply_to="a")
    assert Ping(reply_to="a") != Ping(reply_to="b")
    with pytest.raises(AttributeError):
        kind(reply_to="a").reply_to = "b"
    with pytest.raises(TypeError):
        kind("a")


def framed(message: object, version: object = VERSION) -> dict[str, Any]:
    return {"v": version, "message": message}


GOAL: dict[str, Any] = {"id": "g", "text": "do it"}
SUBTASK: dict[str, Any] = {"uuid": "u", "name": "A"}


def submission(**changes: Any) -> dict[str, Any]:
    subtasks = [SUBTASK, {**SUBTASK, **changes}]
    return framed({"kind": "SubmitGoal", "goal": GOAL, "plan": {"subtasks": subtasks}})


BAD: dict[str, tuple[Any, type[InvalidMessage], str]] = {
    "no object": ([], MalformedMessage, "$: Expected `object`"),
    "no version": (
        {"message": {}},
        MalformedMessage,
        "$: Object missing required field `v`",
    ),
    "no message": ({"v": 1}, MalformedMessage, "$: Object missing required field `message`"),
    "version of a wrong type": (
        framed({}, "1"),
        MalformedMessage,
        "$.v: Expected `int`, got `str`",
    ),
    "newer version": (
        framed({}, 2),
        NewerMessage,
        "$.v: version 2, known are versions up to 1",
    ),
    "no such version": (framed({}, 0), MalformedMessage, "$.v: there is no version 0"),
    "no kind": (framed({}), MalformedMessage, "$.message: Object missing required field `kind`"),
    "unknown kind": (
        framed({"kind": "Pung"}),
        UnknownMessage,
        "$.message.kind: Invalid value 'Pung'",
    ),
    "kind of a wrong type": (framed({"kind": 5}), UnknownMessage, "$.message.kind: Expected `str`"),
    "missing field": (
        framed({"kind": "Ping"}),
        MalformedMessage,
        "$.message: Object missing required field `reply_to`",
    ),
    "unknown field": (
        framed({"kind": "Ping", "reply_to": "", "loud": True}),
        MalformedMessage,
        "$.message: Object contains unknown field `loud`",
    ),
    "field of a wrong type": (
        framed({"kind": "Ping", "reply_to": 5}),
        MalformedMessage,
        "$.message.reply_to: Expected `str`, got `int`",
    ),
    "field deep within": (
        submission(estimated_duration="long"),
        MalformedMessage,
        "$.message.plan.subtasks[1].estimated_duration: Expected `float`, got `str`",
    ),
    "unknown priority": (
        submission(priority=9),
        MalformedMessage,
        "$.message.plan.subtasks[1].priority: Invalid enum value 9",
    ),
}


@both_forms
@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_an_error_that_names_the_field(case: str, form: Format) -> None:
    data, kind, text = BAD[case]
    packed = json.dumps(data).encode() if form == "json" else msgspec.msgpack.encode(data)

    with pytest.raises(InvalidMessage) as caught:
        decode(packed, form)

    assert str(caught.value).startswith(text)
    assert type(caught.value) is kind


@both_forms
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b"nonsense", b"[" * 100_000, b"\xc1"])
def test_bytes_that_are_nothing_are_an_error_of_ours(data: bytes, form: Format) -> None:
    with pytest.raises(MalformedMessage):
        decode(data, form)


def test_bytes_that_are_cut_off_anywhere_are_an_error_of_ours() -> None:
    goal = Goal(id="g", text="do it")
    message = SubmitGoal(goal=goal, plan=Plan(subtasks=(Subtask(uuid="u", name="A"),)))
    forms: tuple[Format, ...] = ("json", "msgpack")
    for form in forms:
        whole = encode(message, form)
        for length in range(len(whole)):
            with pytest.raises(InvalidMessage):
                decode(whole[:length], form)


@both_forms
def test_a_message_may_not_be_larger_than_is_taken(form: Format) -> None:
    data = encode(Ping(reply_to="x" * 100), form)

    with pytest.raises(MessageTooLarge, match=r"^\$: \d+ bytes, at most 50 are taken"):
        decode(data, form, largest=50)
    with pytest.raises(MessageTooLarge, match="16,777,217 bytes, at most 16,777,216 are taken"):
        decode(b" " * (LARGEST + 1), form)


@both_forms
@pytest.mark.parametrize("value", [object(), "\ud800", {1: object()}])
def test_what_cannot_be_written_is_an_error_that_names_the_message(
    value: Any, form: Format
) -> None:
    with pytest.raises(NotEncodable, match=r"^Ping cannot be encoded: "):
        encode(Ping(reply_to=value), form)


def test_every_kind_of_message_is_in_the_vocabulary_once() -> None:
    names = [kind.__name__ for kind in KINDS]

    assert len(names) == len(set(names)) > 80
    assert {Completed, Ping} <= set(KINDS)
