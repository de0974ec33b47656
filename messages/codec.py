"""Messages as bytes: JSON or msgpack, with a version, and errors that name the field.

An encoded message is an object with its tag in `kind`, wrapped with the version of
the format:

    {"v": 1, "message": {"kind": "Ping", "reply_to": "caller/1"}}
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

import msgspec

from callboard.messages.base import Message
from callboard.messages.errors.data import (
    MalformedMessage,
    MessageTooLarge,
    NewerMessage,
    NotEncodable,
    UnknownMessage,
)
from callboard.messages.unions import AnyMessage

VERSION = 1
LARGEST = 16 * 1024 * 1024
"""Bytes of a message that are taken at the most, unless told otherwise."""

Format: TypeAlias = Literal["json", "msgpack"]


class _Frame(msgspec.Struct):
    v: int
    message: msgspec.Raw


class _Out(msgspec.Struct):
    message: Message
    v: int = VERSION


_encoders: dict[Format, Any] = {
    "json": msgspec.json.Encoder(),
    "msgpack": msgspec.msgpack.Encoder(),
}
_frames: dict[Format, Any] = {
    "json": msgspec.json.Decoder(_Frame),
    "msgpack": msgspec.msgpack.Decoder(_Frame),
}
_bodies: dict[Format, Any] = {
    "json": msgspec.json.Decoder(AnyMessage),
    "msgpack": msgspec.msgpack.Decoder(AnyMessage),
}


def encode(message: Message, form: Format = "json") -> bytes:
    """The message as bytes.

    Raises:
        NotEncodable: A field holds what cannot be encoded.
    """
    try:
        encoded: bytes = _encoders[form].encode(_Out(message=message))
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise NotEncodable(type(message).__name__, str(error)) from None
    return encoded


def decode(data: bytes, form: Format = "json", *, largest: int = LARGEST) -> AnyMessage:
    """The message in these bytes.

    Raises:
        MessageTooLarge: There are more than *largest* bytes.
        NewerMessage: A newer version wrote it.
        UnknownMessage: Its kind is not known.
        MalformedMessage: A field is missing, unknown or of a wrong type.
    """
    if len(data) > largest:
        raise MessageTooLarge("$", f"{len(data):,} bytes, at most {largest:,} are taken")
    frame: _Frame = read(_frames[form], data, "$")
    if frame.v > VERSION:
        raise NewerMessage("$.v", f"version {frame.v}, known are versions up to {VERSION}")
    if frame.v < 1:
        raise MalformedMessage("$.v", f"there is no version {frame.v}")
    message: AnyMessage = read(_bodies[form], frame.message, "$.message")
    return message


_PATH = re.compile(r" - at `(key in )?\$?(?P<path>[^`]*)`")


def read(decoder: Any, data: bytes | msgspec.Raw, root: str = "$") -> Any:  # noqa: ANN401 - one for each type
    """What *decoder* makes of these bytes.

    Args:
        decoder: One of msgspec's.
        data: From outside.
        root: What paths in errors begin with.

    Raises:
        UnknownMessage: A tag is not known.
        MalformedMessage: A field is missing, unknown or of a wrong type.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        path = root + (found["path"] if found else "")
        why = _PATH.sub("", text)
        if path.endswith((".kind", ".type")) or "Invalid value" in why:
            raise UnknownMessage(path, why) from None
        raise MalformedMessage(path, why) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(root, str(error)) from None
