"""Reads the messages of users where several threads may read the first one of a type.

What a type is made of msgspec finds out when it first reads one. A second thread that
reads one just then brings the process down (msgspec 0.22), so the first one is by itself.
"""

from __future__ import annotations

import threading

import msgspec

from callboard.messages.user import UserMessage, type_of, unpack_message
from callboard.messages.values import Payload

_finding_out = threading.Lock()
_known: set[type[UserMessage]] = set()


def read_letter(tag: str, body: Payload) -> UserMessage:
    """The message again; as `unpack_message`."""
    kind = type_of(tag)
    if kind not in _known:
        with _finding_out:
            msgspec.msgpack.Decoder(kind)
        _known.add(kind)
    return unpack_message(tag, body)
