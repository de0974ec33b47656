"""When a rule is for a goal: which words, phrases and expressions its text must have.

>>> forms, dry = inflections("release"), ("dry", "run")
>>> ask = Trigger(any=Terms(verbs=(forms,)), none=Terms(phrases=(dry,)))
>>> ask.look("Releasing v2").why
"the word 'releasing'"
>>> ask.look("Release it (a dry-run)").why
"it has the phrase 'dry run'"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from callboard.actors.logic.patterns import Pattern, compiled
from callboard.messages.base import Value

_WORD = re.compile(r"[^\W_]+")
_HISSING = ("s", "x", "z", "ch", "sh")
_VOWELS = "aeiou"


class Terms(Value):
    """What may be found in a goal's text; case does not matter.

    Attributes:
        words: Whole words, case-folded.
        verbs: Words of which any form will do: the forms of each, case-folded.
        phrases: Words that stand one behind the other, whatever is between them.
        patterns: Regular expressions; see `callboard.actors.logic.pattern_text`.
    """

    words: frozenset[str] = frozenset()
    verbs: tuple[frozenset[str], ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.verbs or self.phrases or self.patterns)


class Sight(NamedTuple):
    """What was found.

    Attributes:
        matched: The goal is of that kind.
        why: What decided it.
    """

    matched: bool
    why: str


class Trigger(Value):
    """All that a goal's text must have, and must not have.

    Attributes:
        any: At least one of these, unless there are none.
        all: Every one of these.
        none: Not one of these.
    """

    any: Terms = Terms()
    all: Terms = Terms()
    none: Terms = Terms()

    @property
    def always(self) -> bool:
        """Every goal is of that kind."""
        return not (self.any or self.all or self.none)

    def look(self, text: str) -> Sight:
        """Whether a goal of that text is of that kind, and why."""
        looked = _Looked(text)
        there = [next(looked.found(self.any), "")] if self.any else []
        if there == [""]:
            return Sight(matched=False, why=f"it has none of {_listed(_named(self.any))}")
        unwanted = next(looked.found(self.none), "")
        if unwanted:
            return Sight(matched=False, why=f"it has {unwanted}")
        missing = next(looked.missing(self.all), "")
        if missing:
            return Sight(matched=False, why=f"it has not {missing}")
        there += _named(self.all)
        return Sight(matched=True, why=_listed(there, " and ") if there else _unasked(self.none))


def words_of(text: str) -> frozenset[str]:
    """The words of a text, case-folded.

    >>> sorted(words_of("Re-build_it, twice"))
    ['build', 'it', 're', 'twice']
    """
    return frozenset(in_words(text))


def in_words(text: str) -> tuple[str, ...]:
    """The words of a text, case-folded, one behind the other.

    >>> in_words("A dry-run, a...")
    ('a', 'dry', 'run', 'a')
    """
    return tuple(word.casefold() for word in _WORD.findall(text))


def inflections(verb: str) -> frozenset[str]:
    """The regular forms of an English verb, and who does it.

    Forms that double a consonant or follow no rule are to be listed as words.

    >>> sorted(inflections("create"))
    ['create', 'created', 'creater', 'creaters', 'creates', 'creating']
    >>> sorted(inflections("study"))
    ['studied', 'studier', 'studiers', 'studies', 'study', 'studying']
    """
    verb = verb.casefold()
    stem, third = verb, verb + "s"
    if verb.endswith("e"):
        stem = verb[:-1]
    elif verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        stem, third = verb[:-1] + "i", verb[:-1] + "ies"
    elif verb.endswith(_HISSING):
        third = verb + "es"
    going = (stem if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"
    return frozenset({verb, third, going, stem + "ed", stem + "er", stem + "ers"})


class _Looked:
    """A text that is looked through for many terms."""

    def __init__(self, text: str) -> None:
        self._text, self._in_order = text, in_words(text)
        self._words = frozenset(self._in_order)
        self._line = f" {' '.join(self._in_order)} "

    def found(self, terms: Terms) -> Iterator[str]:
        """Names of what is there."""
        wanted = terms.words.union(*terms.verbs)
        # The first one that the text has, not that the set has: whoever reads it looks for it.
        if wanted & self._words:
            yield f"the word {next(word for word in self._in_order if word in wanted)!r}"
        yield from (_phrase(one) for one in terms.phrases if self._has(one))
        yield from (_pattern(one) for one in terms.patterns if _compiled(one).find(self._text))

    def missing(self, terms: Terms) -> Iterator[str]:
        """Names of what is not there."""
        yield from (_word(word) for word in sorted(terms.words - self._words))
        yield from (_verb(forms) for forms in terms.verbs if not forms & self._words)
        yield from (_phrase(one) for one in terms.phrases if not self._has(one))
        yield from (_pattern(p) for p in terms.patterns if not _compiled(p).find(self._text))

    def _has(self, phrase: tuple[str, ...]) -> bool:
        return f" {' '.join(phrase)} " in self._line


def _named(terms: Terms) -> list[str]:
    return [
        *map(_word, sorted(terms.words)),
        *map(_verb, terms.verbs),
        *map(_phrase, terms.phrases),
        *map(_pattern, terms.patterns),
    ]


def _unasked(none: Terms) -> str:
    return f"it has none of {_listed(_named(none))}" if none else "it is for every goal"


def _word(word: str) -> str:
    return f"the word {word!r}"


def _verb(forms: frozenset[str]) -> str:
    return f"a form of {min(forms, key=lambda form: (len(form), form))!r}"


def _phrase(phrase: tuple[str, ...]) -> str:
    return f"the phrase {' '.join(phrase)!r}"


def _pattern(text: str) -> str:
    return f"the pattern {text!r}"


_SHOWN = 4


def _listed(names: list[str], between: str = ", ") -> str:
    more = len(names) - _SHOWN
    return between.join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_known: dict[str, Pattern] = {}


def _compiled(text: str) -> Pattern:
    return _known[text] if text in _known else _known.setdefault(text, compiled(text))
