r"""The elements of a JSON document's list, each as soon as it has come whole.

Of `{"subtasks": [{...}, {...}]}` these are the inner objects. Nothing is decoded here, and
nothing believed: whoever takes an element decodes it, and in the end the whole document.

>>> elements = Elements()
>>> elements.feed('{"subtasks": [{"name": "a }"}, {"na')
['{"name": "a }"}']
>>> elements.feed('me": "b"}]}')
['{"name": "b"}']
"""

from __future__ import annotations

import re

_MARKS = re.compile(r'["\\{}\[\]]')
_IN_TEXT = re.compile(r'["\\]')

_DEPTH = 2
"""Of the elements: within the list that is within the document."""


class Elements:
    """Takes the document in pieces; every character is looked at once."""

    def __init__(self) -> None:
        self._depth = 0
        self._text = False
        self._escaped = False
        self._element: list[str] | None = None

    def feed(self, piece: str) -> list[str]:
        """The elements that end in this piece."""
        found: list[str] = []
        at = begin = 0
        while at < len(piece):
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            mark = (_IN_TEXT if self._text else _MARKS).search(piece, at)
            if mark is None:
                break
            at = mark.end()
            begin = self._see(mark[0], piece, begin, at, found)
        if self._element is not None:
            self._element.append(piece[begin:])
        return found

    def _see(self, mark: str, piece: str, begin: int, at: int, found: list[str]) -> int:
        """Take note of a mark that ends at *at*; where the element goes on from."""
        if mark == "\\":
            self._escaped = self._text
        elif mark == '"':
            self._text = not self._text
        elif mark in "{[":
            self._depth += 1
            if mark == "{" and self._depth == _DEPTH + 1 and self._element is None:
                self._element = []
                return at - 1
        else:
            self._depth -= 1
            if self._depth == _DEPTH and self._element is not None:
                found.append("".join((*self._element, piece[begin:at])))
                self._element = None
        return begin
