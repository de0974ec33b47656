"""Text for a terminal: harmless, on one line, and no wider than there is room."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_JOINERS = "\u200c\u200d"
_PAIR = 2


def printable(text: str) -> str:
    r"""*text* with every character shown that could upset a terminal; lines stay lines.

    >>> printable("red: \x1b[31m\tover")
    'red: \\x1b[31m over'
    """
    if text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def one_line(text: str) -> str:
    r"""The same, on one line.

    >>> one_line("a\n  b ")
    'a b'
    """
    return " ".join(printable(text).split())


def width(text: str) -> int:
    """Columns that it takes on a terminal.

    >>> width("naïve"), width("計画")
    (5, 4)
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def fit(text: str, room: int) -> str:
    """*text* if there is room for it, else its beginning with an ellipsis.

    >>> fit("Report Generation", 10)
    'Report ...'
    """
    if width(text) <= room:
        return text
    kept, left = "", room - 3
    for char in text:
        left -= _columns(char)
        if left < 0:
            break
        kept += char
    return (kept + "...")[: max(room, 0)]


def pad(text: str, room: int) -> str:
    """*text* with blanks up to that many columns."""
    return text + " " * (room - width(text))


def duration(seconds: float) -> str:
    """A duration as people say it.

    >>> duration(90)
    '1.5 min'
    """
    from callboard.messages.words import duration as said  # noqa: PLC0415 - for a quick start

    return said(seconds)


def counted(count: int, noun: str) -> str:
    """How many there are of it.

    >>> counted(1200, "subtask")
    '1,200 subtasks'
    """
    from callboard.messages.words import counted as said  # noqa: PLC0415 - likewise

    return said(count, noun)


def ranges(numbers: Iterable[int]) -> str:
    """Numbers in ascending order, neighbours together.

    >>> ranges([2, 3, 4, 7, 8])
    '2-4, 7, 8'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > _PAIR else ", ".join(map(str, r)) for r in runs)


def _shown(char: str) -> str:
    if char.isprintable() or char == "\n" or char in _JOINERS:
        return char
    return " " if char.isspace() else char.encode("unicode_escape").decode("ascii")


def _columns(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
