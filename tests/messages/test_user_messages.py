"""The users' own messages: registered by being defined, immutable, encoded once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard import Note, UserMessage
from callboard.messages.errors.data import (
    MalformedMessage,
    MessageTagTaken,
    NotEncodable,
    UnregisteredMessage,
)
from callboard.messages.user import pack, pack_message, tag_of, type_of, unpack_message
from callboard.messages.values import Payload, unpack


class Order(UserMessage, frozen=True):
    item: str
    count: int = 1
    tags: tuple[str, ...] = ()


@given(st.text(), st.integers(-(2**63), 2**63 - 1), st.lists(st.text()).map(tuple))
def test_it_comes_back_as_it_was(item: str, count: int, tags: tuple[str, ...]) -> None:
    order = Order(item=item, count=count, tags=tags)

    assert unpack_message("Order", pack_message(order)) == order


def test_its_tag_is_its_name() -> None:
    assert (tag_of(Order(item="tea")), type_of("Order"), type_of("Note")) == ("Order", Order, Note)


def test_it_is_immutable() -> None:
    order: Any = Order(item="tea")

    with pytest.raises(AttributeError):
        order.item = "coffee"


def test_a_type_that_was_not_derived_is_refused_by_name() -> None:
    class Loose:
        pass

    with pytest.raises(UnregisteredMessage, match=r"Loose is no registered message type"):
        tag_of(Loose())
    with pytest.raises(UnregisteredMessage, match="Nothing"):
        type_of("Nothing")


def test_two_types_cannot_have_one_name() -> None:
    def define() -> type:
        class Twin(UserMessage, frozen=True):
            pass

        return Twin

    def define_another() -> type:
        class Twin(UserMessage, frozen=True):
            other: int

        return Twin

    define()
    with pytest.raises(MessageTagTaken, match="cannot have the tag 'Twin'"):
        define_another()
    define()  # the same one again, as when a module is reloaded


def test_a_field_that_cannot_be_encoded_names_the_message() -> None:
    wrong: Any = object()

    with pytest.raises(NotEncodable, match="the message Order cannot be encoded"):
        pack_message(Order(item=wrong))


def test_data_that_does_not_fit_names_the_field() -> None:
    with pytest.raises(MalformedMessage, match=r"Expected `str`, got `int` - at `\$\.item`"):
        unpack_message("Order", pack({"item": 5}, what="it"))


DATA: list[Any] = [
    None,
    0,
    1.5,
    "text",
    b"bytes",
    [1, [2, 3]],
    {"a": {"b": None}},
    True,
]


@pytest.mark.parametrize("data", DATA, ids=repr)
def test_results_are_data_and_each_reader_gets_a_copy(data: Any) -> None:
    payload = pack(data, what="the result")

    first, second = unpack(payload), unpack(payload)

    assert first == second == data
    if isinstance(data, list | dict):
        assert first is not second


def test_nothing_is_the_shortest_payload() -> None:
    assert pack(None, what="it") == Payload()
    assert unpack(None) is None


def recursive() -> list[Any]:
    data: list[Any] = []
    data.append(data)
    return data


@pytest.mark.parametrize("data", [object(), 2**70, "\ud800", {"a": object()}, recursive()])
def test_what_is_no_data_is_refused_by_name(data: Any) -> None:
    with pytest.raises(NotEncodable, match=r"^the result of 'A' cannot be encoded: "):
        pack(data, what="the result of 'A'")
