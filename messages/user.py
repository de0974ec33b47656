"""Messages that agents send to each other: the users' own types.

A type is registered by being derived from `UserMessage`; its tag is its name:

    class Question(UserMessage):
        text: str
"""

from __future__ import annotations

import msgspec

from callboard.messages.errors.data import (
    MalformedMessage,
    MessageTagTaken,
    NotEncodable,
    UnregisteredMessage,
)
from callboard.messages.values import Payload

_types: dict[str, type[UserMessage]] = {}


class UserMessage(msgspec.Struct, frozen=True):
    """Base of the users' message types; instances are immutable.

    Raises:
        MessageTagTaken: Another class of that name is registered (on definition).
    """

    def __init_subclass__(cls) -> None:
        """Register the type by its name."""
        first = _types.get(cls.__name__)
        if first is not None and _place(first) != _place(cls):
            raise MessageTagTaken(cls.__name__, _place(first), _place(cls))
        _types[cls.__name__] = cls


class Note(UserMessage, frozen=True):
    """A text from one agent to another."""

    text: str


def tag_of(message: object) -> str:
    """The tag of a user's message.

    Raises:
        UnregisteredMessage: Its type was not derived from `UserMessage`.
    """
    kind = type(message)
    if _types.get(kind.__name__) is not kind:
        raise UnregisteredMessage(_place(kind))
    return kind.__name__


def type_of(tag: str) -> type[UserMessage]:
    """The type that is registered by that tag.

    Raises:
        UnregisteredMessage: There is none.
    """
    try:
        return _types[tag]
    except KeyError:
        raise UnregisteredMessage(tag) from None


def pack_message(message: UserMessage) -> Payload:
    """The message as data.

    Raises:
        UnregisteredMessage: Its type was not derived from `UserMessage`.
        NotEncodable: A field holds what cannot be encoded.
    """
    return pack(message, what=f"the message {tag_of(message)}")


def unpack_message(tag: str, body: Payload) -> UserMessage:
    """The message again.

    Raises:
        UnregisteredMessage: The tag is not known here.
        MalformedMessage: The data does not fit the type.
    """
    try:
        return msgspec.msgpack.decode(body.data, type=type_of(tag))
    except msgspec.DecodeError as error:
        raise MalformedMessage(tag, str(error)) from None


_NONE = Payload()
_encode = msgspec.msgpack.Encoder().encode


def pack(data: object, *, what: str) -> Payload:
    """Data of a user, encoded.

    Args:
        data: Whatever msgspec encodes: numbers, texts, bytes, dates, lists, mappings,
            dataclasses, structs.
        what: How an error names it.

    Raises:
        NotEncodable: It holds what cannot be encoded.
    """
    if data is None:
        return _NONE
    try:
        return Payload(data=_encode(data))
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise NotEncodable(what, str(error) or type(error).__name__) from None


def _place(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
