r"""Names of columns and texts of a file within sentences, before it is known where they go.

A sentence is written once and read in Markdown, on a page and in a terminal, each of which
has its own way to show a name and its own characters that mean something. So names and
texts are marked in it, by characters that no cleaned text has, and the marks are turned
into markup at the end.

>>> sentence = f"{name('speed')} differs by {text('<b>*phase*')}: 1 < 2"
>>> print(markdown(sentence))
`speed` differs by \<b\>\*phase\*: 1 < 2
>>> print(page(sentence))
<code>speed</code> differs by &lt;b&gt;*phase*: 1 &lt; 2
>>> print(plain(sentence))
speed differs by <b>*phase*: 1 < 2
"""

from __future__ import annotations

import re
from typing import Final

from callboard.demo.page.html import Html, escape, join, tag

_NAME, _TEXT, _STRONG, _END = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKED: Final = re.compile(f"([{_NAME}{_TEXT}{_STRONG}])([^{_END}]*){_END}")
_MARKS: Final = str.maketrans(dict.fromkeys((_NAME, _TEXT, _STRONG, _END)))
_TAGS: Final = {_NAME: "code", _STRONG: "b"}
_SPECIAL: Final = re.compile(r"([\\`*\[\]<>|~#&$])")
_EDGE: Final = re.compile(r"(?<!\w)_|_(?!\w)")


def name(column: str) -> str:
    """A column's name."""
    return f"{_NAME}{column.translate(_MARKS)}{_END}"


def text(value: str) -> str:
    """What a file, or the user, says."""
    return f"{_TEXT}{value.translate(_MARKS)}{_END}"


def strong(word: str) -> str:
    """A word that matters."""
    return f"{_STRONG}{word.translate(_MARKS)}{_END}"


def markdown(sentence: str) -> str:
    r"""The sentence, or a whole report, in Markdown, which takes no text for its own.

    >>> print(markdown(text("US AIRWAYS* [x](y) a_b")))
    US AIRWAYS\* \[x\](y) a_b
    """
    return _MARKED.sub(lambda found: _in_markdown(found[1], found[2]), sentence)


def plain(sentence: str) -> str:
    """The sentence without any markup."""
    return _MARKED.sub(r"\2", sentence)


def page(sentence: str) -> Html:
    """The sentence on a page."""
    parts: list[Html] = []
    place = 0
    for found in _MARKED.finditer(sentence):
        parts.append(escape(sentence[place : found.start()]))
        name_of_tag = _TAGS.get(found[1])
        parts.append(tag(name_of_tag, found[2]) if name_of_tag else escape(found[2]))
        place = found.end()
    return join(parts, sentence[place:])


def _in_markdown(mark: str, said: str) -> str:
    if mark == _NAME:
        return f"`{said.replace('`', chr(39)).replace('|', '/')}`"
    escaped = _EDGE.sub(r"\\_", _SPECIAL.sub(r"\\\1", said))
    return f"**{escaped}**" if mark == _STRONG else escaped
