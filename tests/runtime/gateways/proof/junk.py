"""Frames and requests that are nearly right, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import msgspec

from callboard.runtime.gateways.link.frames import PROTOCOL, FromWorker
from tests.runtime.gateways.proof.seeds import right, thought

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from callboard.runtime.gateways.operations.operation import AnyOperation

KINDS: tuple[type[msgspec.Struct], ...] = get_args(FromWorker)

_DEEP = "[" * 5_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, -(2**70), 0.5, -0.0, 1e308, "", "1.1.1", "s", "ann",
    "x" * 3_000, "\x00", "\u202e", "\ud800", "1e999", "general", [], {}, [[]], [None], {"a": {}},
    [1, "a", None, [2]], {"type": "hello"}, {"data": "AAAA"}, {"name": "a"}, [{"name": "a"}],
    {"error": "E", "text": "t"}, {"token": "1.1.1"}, [{"token": "1.1.1", "ended": True}],
)  # fmt: skip


_LIKELY: dict[str, tuple[Any, ...]] = {
    "token": ("1.1.1", "1.1.2", "9.9.9", "1.1", "x"),
    "held": ([], [{"token": "1.1.1"}], [{"token": "7.7.7", "ended": True}]),
    "problem": ({"error": "E", "text": "t"}, {"error": "E", "text": "t", "fault": "nobody"}),
    "given_up": (None, {"error": "E", "text": "t"}),
    "killed": (None, {"error": "E", "text": "t"}),
    "spent": ([], [{"resource": "usd", "amount": 1.0}], [{"resource": "", "amount": -1e300}]),
    "fraction": (None, 0.5, 1, -3.0, 1e300),
    "number": (1, 2, 0, -1, 2**63),
    "epoch": (1, 2, 3, -1),
    "look": (1, 2, -5),
    "call": (1, 2, 3),
    "quiet": (None, 0.1, -1.0),
    "seconds": (1.0, 0.0, -1.0, 1e300),
    "cpu": (None, 0.5, 2.0, -1.0),
    "memory": (None, 0.5, 1e300),
    "note": ("", "half"),
    "level": ("info", "nonsense"),
    "event": ("it", ""),
    "reason": ("", "enough"),
}


class Junk:
    """Makes it, the same for the same seed.

    Args:
        draw: Draws the lots.
        tokens: Of attempts that are really there.

    Attributes:
        tokens: The same.
    """

    def __init__(self, draw: random.Random, tokens: list[str]) -> None:
        self._draw = draw
        self.tokens = tokens

    # Frames

    def hello(self, agent: str) -> dict[str, Any]:
        """A good one."""
        worker = {"id": agent, "skills": [{"name": "fuzz"}], "max_load": 4}
        return {"type": "hello", "worker": worker, "life": "1", "protocol": PROTOCOL}

    def message(self, *, binary: bool, first: str = "") -> dict[str, Any]:
        """A message of a WebSocket, mostly with a frame.

        Args:
            binary: The link is in msgpack.
            first: The agent, where it is a `Hello` that is to be spoilt.
        """
        if self._draw.random() < 0.03:
            binary = not binary
        frame = self._spoilt(self.hello(first)) if first else self._any(binary=binary)
        given: Any = [frame, self._any(binary=binary)] if self._draw.random() < 0.1 else frame
        data = _encoded(given, binary=binary)
        if self._draw.random() < 0.1:
            data = self._bent(data)
        if binary:
            return {"type": "websocket.receive", "bytes": data}
        return {"type": "websocket.receive", "text": data.decode("utf-8", "replace")}

    def _any(self, *, binary: bool) -> Any:
        """Mostly one that makes sense: else no link would last until the second one."""
        if self._draw.random() < 0.3:
            return self._frame()
        frame = {**self._draw.choice(right(binary=binary))}
        if "token" in frame and self.tokens and self._draw.random() < 0.8:
            frame["token"] = self._draw.choice(self.tokens)
        return self._spoilt(frame) if self._draw.random() < 0.15 else frame

    def _frame(self) -> Any:
        if self._draw.random() < 0.05:
            return self._value()
        kind = self._draw.choice(KINDS)
        names = kind.__struct_fields__
        frame = {name: self._field(name) for name in names if self._draw.random() < 0.9}
        lot = self._draw.random()
        if "token" in names and self.tokens and lot < 0.5:
            frame["token"] = self.tokens[int(2 * lot * len(self.tokens))]
        tag = kind.__struct_config__.tag if self._draw.random() < 0.97 else self._value()
        return (
            self._spoilt({"type": tag, **frame})
            if self._draw.random() < 0.2
            else {
                "type": tag,
                **frame,
            }
        )

    def _field(self, name: str) -> Any:
        """Mostly what could stand there."""
        if name in _LIKELY and self._draw.random() < 0.9:
            return self._draw.choice(_LIKELY[name])
        return self._value()

    def _spoilt(self, table: dict[str, Any]) -> dict[str, Any]:
        """One thing of it is another."""
        name = self._draw.choice([*table, "colour"])
        inner = table.get(name)
        if self._draw.random() < 0.2:
            return {key: value for key, value in table.items() if key != name}
        if isinstance(inner, dict) and self._draw.random() < 0.7:
            within: dict[str, Any] = {**inner}
            return {**table, name: self._spoilt(within)}
        return {**table, name: self._value()}

    def _value(self) -> Any:
        return self._draw.choice(_VALUES if self._draw.random() < 0.5 else thought())

    def _bent(self, data: bytes) -> bytes:
        """Some bytes of it are others, or missing, or too many."""
        at = self._draw.randrange(len(data) + 1)
        match self._draw.randrange(5):
            case 0:
                return data[:at]
            case 1:
                return data[:at] + self._draw.randbytes(self._draw.randrange(1, 9)) + data[at:]
            case 2:
                return self._draw.randbytes(self._draw.randrange(64))
            case 3:
                return _DEEP.encode()
            case _:
                return data * 2

    # Requests

    def request(self, table: Sequence[AnyOperation]) -> Asked:
        """A request for one of these operations, or for something like it."""
        known = self._draw.choice(table)
        path = known.path
        for place in known.places:
            path = path.replace(f"{{{place}}}", self._draw.choice(_NAMES))
        method = known.method if self._draw.random() < 0.9 else self._draw.choice(_METHODS)
        fields = {f.name: self._value() for f in known.rest if self._draw.random() < 0.7}
        if self._draw.random() < 0.1:
            fields["colour"] = self._value()
        body, query = b"", b""
        if method == "GET":
            query = "&".join(f"{k}={_quoted(v)}" for k, v in fields.items()).encode()
        else:
            body = _encoded(fields if self._draw.random() < 0.9 else self._value(), binary=False)
            body = self._bent(body) if self._draw.random() < 0.2 else body
        headers = [(b"content-type", self._draw.choice(_TYPES))]
        if self._draw.random() < 0.2:
            headers.append((b"idempotency-key", self._draw.choice(_NAMES).encode()))
        return Asked(method, path, query, body, headers)


class Asked(NamedTuple):
    """A request."""

    method: str
    path: str
    query: bytes
    body: bytes
    headers: list[tuple[bytes, bytes]]


_NAMES = ("ann", "1", "..", "%00", "x" * 300, "a b", "ä", "''", "{goal_id}")
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW", "PROPFIND")
_TYPES = (b"application/json",) * 8 + (b"text/plain", b"")


def _encoded(given: object, *, binary: bool) -> bytes:
    try:
        return msgspec.msgpack.encode(given) if binary else json.dumps(given).encode()
    except (OverflowError, UnicodeEncodeError):  # msgpack cannot say that
        return b"\xc1"


def _quoted(value: object) -> str:
    return json.dumps(value).strip('"').replace("&", "%26").replace("#", "%23")[:500]
