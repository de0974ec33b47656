"""Events as server-sent events: a few lines of text each.

    id: 17
    data: {"kind":"SubtaskQueued","at":1.0,"goal":"g1","subtask":"s1"}

What is said is in `data`, with its kind; there is no `event:` line, so that a page hears
everything with one `onmessage`. Facts have the id that is their position in the journal;
what has none leaves the reader's last one as it is.

>>> from callboard.messages.facts import SubtaskQueued
>>> print(framed(SubtaskQueued(at=1.0, goal="g1", subtask="s1"), 17).decode(), end="")
id: 17
data: {"kind":"SubtaskQueued","at":1.0,"goal":"g1","subtask":"s1"}
<BLANKLINE>
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, cast

import msgspec

from callboard.messages.unions import Event
from callboard.messages.user import pack
from callboard.messages.values import Payload
from callboard.runtime.gateways.cli.plain import plain

if TYPE_CHECKING:
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice

RETRY = 1_000
"""Milliseconds after which a reader that lost its connection is to come again."""

_PACKED = ("checkpoint", "data", "result", "result_schema")
"""Fields with data of users, wherever they stand in an event."""

_NONE = ("data", "result_schema")
"""Those of which null says that a subtask was given none."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_with_data: dict[type, bool] = {}


def framed(event: Fact | Notice, position: int | str | None) -> bytes:
    """An event as it is sent.

    Args:
        event: What has happened; data of users in it are shown as plain JSON.
        position: Its id; None for none.
    """
    head = b"" if position is None else b"id: %b\n" % str(position).encode()
    return b"%bdata: %b\n\n" % (head, encoded(event))


def opening(position: int | str) -> bytes:
    """What a stream begins with: from where it goes on, if it is lost before anything comes."""
    return b"retry: %d\n%b" % (RETRY, mark(position))


def mark(position: int | str) -> bytes:
    """A sign of life that nobody is shown, and how far the reader is."""
    return b": here\nid: %b\n\n" % str(position).encode()


def failing(error: bytes) -> bytes:
    """Word that the stream ends because of an error of ours.

    Args:
        error: As JSON.
    """
    return b"event: failure\ndata: %b\n\n" % error


def encoded(event: Fact | Notice) -> bytes:
    """An event as JSON, in one line."""
    kind = type(event)
    told = _with_data.get(kind)
    if told is None:
        told = _with_data[kind] = "Payload" in msgspec.json.schema(kind).get("$defs", {})
    return _encode(_plain(event)) if told else _encode(event)


def event_of(data: bytes | str) -> Event:
    """The event that was said: what `encoded` made JSON of.

    Raises:
        msgspec.ValidationError: It is none, or one that this version does not know.

    >>> event_of('{"kind":"SubtaskQueued","at":1,"goal":"g1","subtask":"s1"}')
    SubtaskQueued(at=1.0, goal='g1', subtask='s1')
    """
    found: Event = msgspec.convert(_packed(_decode(data)), Event)
    return found


def _packed(value: object) -> object:
    """The same with what users have put in as it is kept."""
    if isinstance(value, list):
        return [_packed(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    table = cast("dict[str, object]", value)
    return {name: _field(name, each) for name, each in table.items()}


def _field(name: str, value: object) -> object:
    if name not in _PACKED:
        return _packed(value)
    if value is None and name in _NONE:
        return None
    body = pack(value, what=name).data
    return {"data": base64.b64encode(body).decode()}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """The same with what users have put in decoded."""
    if isinstance(value, Payload):
        return plain(value)
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        tag = value.__struct_config__.tag
        head = {} if tag is None else {value.__struct_config__.tag_field: tag}
        return head | {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    return value
