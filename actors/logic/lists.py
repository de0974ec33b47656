"""Lists that people write into a goal or its context.

>>> items_in('["a.txt", "b.txt"]'), items_in('{"files": ["a.txt"], "n": 1}', "files")
(['a.txt', 'b.txt'], ['a.txt'])
>>> items_in('''These pages:
... - Home
... - About us
...   and our team
... Thanks!''')
['Home', 'About us and our team']
"""

from __future__ import annotations

import re
from typing import cast

import msgspec

_BULLET = re.compile(r"[ \t]*(?:[-*+\u2022]|\d{1,9}[.)])[ \t]+(?P<item>\S.*)")
_INDENTED = re.compile(r"[ \t]+\S")


def items_in(text: str, key: str = "") -> list[str]:
    """What is listed in a text, in its order, without what is empty.

    A list of JSON is taken as it is; texts stand for themselves, all else is written as
    JSON again. Otherwise each line that begins with a bullet or a number is an item, with
    the deeper lines behind it, and the other lines are not; where there is no bullet at
    all, each line is an item.

    Args:
        text: Of anybody.
        key: Of the list in an object of JSON, and nothing else will do then; "" for a
            text that is the list.
    """
    listed = _listed(text, key)
    if listed is not None:
        return [item for item in map(_written, listed) if item.strip()]
    return [] if key else _lines(text)


def _listed(text: str, key: str) -> list[object] | None:
    if text.lstrip()[:1] != ("{" if key else "["):
        return None
    try:
        data: object = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    if key and isinstance(data, dict):
        data = cast("dict[str, object]", data).get(key)
    return cast("list[object]", data) if isinstance(data, list) else None


def _written(item: object) -> str:
    return item.strip() if isinstance(item, str) else msgspec.json.encode(item).decode()


def _lines(text: str) -> list[str]:
    found: list[str] = []
    open_item = False
    for line in text.splitlines():
        bullet = _BULLET.match(line)
        if bullet is not None:
            found.append(bullet["item"].rstrip())
        elif open_item and _INDENTED.match(line):
            found[-1] += f" {line.strip()}"
        open_item = bullet is not None or (open_item and bool(_INDENTED.match(line)))
    return found or [line.strip() for line in text.splitlines() if line.strip()]
