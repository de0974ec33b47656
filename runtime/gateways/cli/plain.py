"""Data of users as data for JSON, whatever they put into it."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from callboard.messages.values import Payload, unpack
from callboard.runtime.gateways.cli.text import printable


def plain(payload: Payload | None) -> Any:  # noqa: ANN401 - the users'
    """What a payload holds, in JSON's own types.

    Bytes become base64, dates ISO 8601, keys texts, and what is no number null.

    >>> from callboard.messages.user import pack
    >>> plain(pack({1: float("nan"), "two": b"2"}, what="it"))
    {'1': None, 'two': 'Mg=='}
    """
    return _plain(unpack(payload))


def compact(data: object) -> str:
    """Plain data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False)


def pretty(data: object, room: int) -> list[str]:
    r"""Plain data as JSON on as few lines of that many columns as are easily read.

    >>> print("\n".join(pretty({"means": [1, 2], "of": "sales, by month"}, 24)))
    {
      "means": [1, 2],
      "of": "sales, by month"
    }
    """
    whole = printable(compact(data))
    if len(whole) <= room or not isinstance(data, dict | list) or not data:
        return [whole]
    if isinstance(data, dict):
        table = cast("dict[str, object]", data)
        parts = [_keyed(compact(key), value, room - 3) for key, value in table.items()]
        first, last = "{", "}"
    else:
        listed = cast("list[object]", data)
        if not any(isinstance(item, dict | list | str) for item in listed):
            return ["[", *(f"  {line}" for line in textwrap.wrap(whole[1:-1], room - 2)), "]"]
        parts = [pretty(item, room - 3) for item in listed]
        first, last = "[", "]"
    for part in parts[:-1]:
        part[-1] += ","
    return [first, *(f"  {line}" for part in parts for line in part), last]


def _keyed(key: str, value: object, room: int) -> list[str]:
    lines = pretty(value, room - len(key) - 2)
    if len(lines) > 1:
        lines = pretty(value, room)
    return [f"{printable(key)}: {lines[0]}", *lines[1:]]


def _plain(data: object) -> object:
    if isinstance(data, Mapping):
        table = cast("Mapping[object, object]", data)
        return {_key(key): _plain(value) for key, value in table.items()}
    if isinstance(data, list | tuple):
        return [_plain(item) for item in cast("list[object]", data)]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return msgspec.to_builtins(data, builtin_types=())


def _key(key: object) -> str:
    return key if isinstance(key, str) else str(_plain(key))
