"""In which line of a TOML text each of its values stands.

`tomllib` says that only where a text is no TOML at all, and libraries that keep a text's
form do not tell either. So this goes over a text that `tomllib` has read already: it need
not find out again what is wrong, only where what is right begins.

>>> positions('''name = "x"
... [[rules]]
... words = [
...     "b"]''')
{'$.name': 1, '$.rules': 2, '$.rules[0]': 2, '$.rules[0].words': 3, '$.rules[0].words[0]': 4}
"""

from __future__ import annotations

import contextlib
import re
import tomllib

_BLANK = re.compile(r"(?:[ \t]|#[^\n]*)*")
_BLANKS = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = (
    re.compile(r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^\\"\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


def positions(text: str) -> dict[str, int]:
    """From the path of each value, as `$.rules[0].words`, to its line, counted from 1.

    Args:
        text: Of TOML that can be read; of anything else no more than was understood.
    """
    scan = _Scan(text)
    with contextlib.suppress(IndexError, RecursionError):  # only of what is no TOML
        scan.document()
    return scan.lines


def line_of(lines: dict[str, int], path: str) -> int:
    """The line of a value, or of what it is in or would be in; 0 if there is none.

    >>> line_of({"$.rules": 3}, "$.rules[1].name")
    3
    """
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)


class _Scan:
    """Goes over a text once."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._at = self._counted = 0
        self._line = 1
        self._tables: dict[str, int] = {}  # how many there are of each [[list of tables]]

    def document(self) -> None:
        here = "$"
        while self._over(_BLANKS) < len(self._text):
            here = self._header() if self._text[self._at] == "[" else self._pair(here)

    def _header(self) -> str:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        path = "$"
        keys = self._keys()
        for key in keys[:-1]:
            path = f"{path}.{key}"
            self._note(path)
            path = self._latest(path)
        path = f"{path}.{keys[-1]}"
        self._note(path)
        if many:
            self._tables[path] = self._tables.get(path, 0) + 1
            path = self._latest(path)
            self._note(path)
        self._at += 2 if many else 1
        return path

    def _latest(self, path: str) -> str:
        count = self._tables.get(path, 0)
        return f"{path}[{count - 1}]" if count else path

    def _pair(self, here: str) -> str:
        path = here
        keys = self._keys()
        for key in keys:
            path = f"{path}.{key}"
            self._note(path)
        self._at += 1  # the sign between key and value
        self._over(_BLANK)
        self._value(path)
        return here

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._text[self._at] == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._over(_BLANK)
        begin = self._at
        if self._text[begin] in "\"'":
            self._text_over()
            key = str(tomllib.loads(f"k={self._text[begin : self._at]}")["k"])
        else:
            self._over(_BARE)
            key = self._text[begin : self._at]
            if not key:
                raise IndexError
        self._over(_BLANK)
        return key

    def _value(self, path: str) -> None:
        match self._text[self._at]:
            case "[":
                self._list(path)
            case "{":
                self._table(path)
            case "'" | '"':
                self._text_over()
            case _:
                before = self._at
                if self._over(_PLAIN) == before:  # it would never come to an end
                    raise IndexError

    def _list(self, path: str) -> None:
        self._at += 1
        number = 0
        self._over(_BLANKS)
        while self._text[self._at] != "]":
            self._note(f"{path}[{number}]")
            self._value(f"{path}[{number}]")
            number += 1
            self._separated()
        self._at += 1

    def _table(self, path: str) -> None:
        self._at += 1
        self._over(_BLANKS)
        while self._text[self._at] != "}":
            self._pair(path)
            self._separated()
        self._at += 1

    def _separated(self) -> None:
        self._over(_BLANKS)
        if self._text[self._at] == ",":
            self._at += 1
            self._over(_BLANKS)

    def _text_over(self) -> None:
        for form in _TEXTS:
            found = form.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return
        raise IndexError

    def _over(self, form: re.Pattern[str]) -> int:
        found = form.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return self._at

    def _note(self, path: str) -> None:
        """The place where this path was seen first."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self.lines.setdefault(path, self._line)
