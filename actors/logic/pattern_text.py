r"""Reading regular expressions: the part of Python's form that needs no way back.

    characters   a  \.  \t  \n  .  [a-z_]  [^0-9]  \d \w \s  \D \W \S
    together     ab  a|b  (ab)  (?:ab)
    repeated     a*  a+  a?  a{2}  a{2,}  a{2,5}  (with `?` behind, too: it is all the same)
    places       ^ $ (begin and end of a line)  \b \B (edge of a word, or none)

Back-references and looking around are refused: no machine finds these in linear time.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

LONGEST = 1_000
"""Characters of an expression."""

DEEPEST = 50
"""Brackets within brackets."""

OFTENEST = 100
"""The largest number in braces."""


class NotAPattern(ValueError):
    """A text that is no regular expression, or one that is not taken here."""


class Place(enum.Enum):
    """Where something must stand."""

    LINE_BEGIN = "^"
    LINE_END = "$"
    WORD_EDGE = "b"
    NO_WORD_EDGE = "B"


@dataclass(frozen=True, slots=True)
class Chars:
    """One character: of these ranges or categories, or (if negated) of none of them."""

    ranges: tuple[tuple[str, str], ...] = ()
    categories: str = ""
    negated: bool = False

    def has(self, char: str) -> bool:
        """Whether it is one of them; case does not matter."""
        return self.negated != (self._listed(char) or self._of_category(char))

    def _listed(self, char: str) -> bool:
        forms = {char, char.lower(), char.upper()}
        return any(low <= form <= high for form in forms for low, high in self.ranges)

    def _of_category(self, char: str) -> bool:
        return any(_CATEGORIES[c.lower()](char) != c.isupper() for c in self.categories)


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """So often at the least, and at the most; None for without end."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = Chars | Place | Sequence | Choice | Repeat


def is_word(char: str) -> bool:
    """Whether it is a letter, a digit or an underscore."""
    return char.isalnum() or char == "_"


def parse(text: str) -> Node:
    """What a regular expression says.

    Raises:
        NotAPattern: It is none, or needs what is not known here.

    >>> parse("^$")
    Sequence(parts=(<Place.LINE_BEGIN: '^'>, <Place.LINE_END: '$'>))
    """
    if len(text) > LONGEST:
        raise NotAPattern(f"it has {len(text):,} characters, at most {LONGEST:,} are taken")
    return _Parser(text).whole()


class _Parser:
    """Goes through the text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0

    def whole(self) -> Node:
        found = self._choice()
        if self._at < len(self._text):
            self._wrong("a ) without its (")
        return found

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._skip("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._next() not in "|)":
            parts.append(self._repeated())
        return Sequence(tuple(parts))

    def _repeated(self) -> Node:
        begin = self._at
        part = self._one()
        count = self._count()
        if count is None:
            return part
        if isinstance(part, Place):
            self._wrong(f"nothing to repeat in {self._text[begin : self._at]!r}")
        self._skip("?")  # as few as may be: whether something is found is the same
        if self._count() is not None:
            self._wrong("repeated twice")
        return Repeat(part, *count)

    def _count(self) -> tuple[int, int | None] | None:
        for sign, count in _COUNTS.items():
            if self._skip(sign):
                return count
        begin = self._at
        if not self._skip("{"):
            return None
        least = self._digits()
        most = self._digits() if self._skip(",") else least
        if not self._skip("}") or (least == most == ""):
            self._at = begin  # a brace that stands for itself, as in Python
            return None
        return self._bounds(least, most)

    def _bounds(self, least: str, most: str) -> tuple[int, int | None]:
        low, high = int(least or 0), int(most) if most else None
        if max(low, high or 0) > OFTENEST:
            self._wrong(f"repeated more than {OFTENEST} times")
        if high is not None and high < low:
            self._wrong(f"at least {low} times, but at most {high}")
        return low, high

    def _digits(self) -> str:
        begin = self._at
        while self._at < len(self._text) and self._next() in "0123456789":
            self._at += 1
            if self._at - begin > 4:  # noqa: PLR2004 - more than OFTENEST has
                self._wrong(f"repeated more than {OFTENEST} times")
        return self._text[begin : self._at]

    def _one(self) -> Node:
        char = self._take()
        match char:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escaped()
            case ".":
                return Chars((("\n", "\n"),), negated=True)
            case "^":
                return Place.LINE_BEGIN
            case "$":
                return Place.LINE_END
            case _:
                if char in "*+?":
                    self._wrong(f"nothing to repeat before {char!r}")
                return Chars(((char, char),))

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            self._wrong(f"more than {DEEPEST} brackets within each other")
        if self._skip("?") and not self._skip(":"):
            self._wrong("of what begins with (? only (?:...) is known here")
        found = self._choice()
        if not self._skip(")"):
            self._wrong("a ( without its )")
        self._depth -= 1
        return found

    def _escaped(self) -> Node:
        char = self._take("a \\ that escapes nothing")
        if char in "bB":
            return Place(char)
        if char.lower() in _CATEGORIES:
            return Chars(categories=char)
        plain = self._plain(char)
        return Chars(((plain, plain),))

    def _plain(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isascii() and char.isalnum():
            self._wrong(f"\\{char} is not known here")
        return char

    def _class(self) -> Node:
        negated = self._skip("^")
        ranges: list[tuple[str, str]] = []
        categories = ""
        first = True
        while first or self._next() != "]":
            first = False
            low = self._member()
            if len(low) > 1:
                categories += low[1]
                continue
            high = low
            if self._text[self._at : self._at + 1] == "-" and self._next(1) != "]":
                self._at += 1
                high = self._member()
            if len(high) > 1 or high < low:
                self._wrong(f"no range goes from {low!r} to {high!r}")
            ranges.append((low, high))
        self._at += 1
        return Chars(tuple(ranges), categories, negated)

    def _member(self) -> str:
        """A character of a class; a category has its backslash before it."""
        char = self._take("a [ without its ]")
        if char != "\\":
            return char
        char = self._take("a [ without its ]")
        return f"\\{char}" if char.lower() in _CATEGORIES else self._plain(char)

    def _next(self, ahead: int = 0) -> str:
        if self._at + ahead >= len(self._text):
            self._wrong("a [ without its ]")
        return self._text[self._at + ahead]

    def _take(self, missing: str = "something is missing") -> str:
        if self._at >= len(self._text):
            self._wrong(missing)
        self._at += 1
        return self._text[self._at - 1]

    def _skip(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _wrong(self, what: str) -> NoReturn:
        raise NotAPattern(f"{what} (at character {self._at})")


_CATEGORIES = {"d": str.isdecimal, "w": is_word, "s": str.isspace}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
