"""What users hand over is encoded once, and values are changed by making others."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from callboard.messages.base import Value

V = TypeVar("V", bound=Value)


NULL = b"\xc0"
"""None, in msgpack."""


class Payload(Value):
    """Data of a user, encoded once (msgpack); every reader decodes a copy of its own."""

    data: bytes = NULL


def replace(value: V, **changes: object) -> V:
    """The same value or message with some fields changed."""
    return msgspec.structs.replace(value, **changes)


_decode = msgspec.msgpack.decode


def unpack(payload: Payload | None) -> Any:  # noqa: ANN401 - the user's
    """A copy of the data in *payload*; None for none."""
    return None if payload is None else _decode(payload.data)
