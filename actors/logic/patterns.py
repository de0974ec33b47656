r"""Looking for regular expressions in what anybody may have written, in linear time.

Python's own `re` goes back and tries again: `(a+)+$` takes years over sixty letters that
somebody wrote into a goal, and meanwhile no other thread of the process runs. This
follows all ways at once, as a set of states, and remembers what followed from a set.

Source: Thompson, Regular expression search algorithm, CACM 11(6), 1968; Cox, Regular
expression matching can be simple and fast, 2007.

>>> compiled(r"\bv\d+(\.\d+)*\b").find("Release V2.10, please")
True
>>> compiled("(a+)+$").find("a" * 10_000 + "!")
False
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from callboard.actors.logic.pattern_text import (
    Chars,
    Choice,
    Node,
    NotAPattern,
    Place,
    Repeat,
    Sequence,
    is_word,
    parse,
)

MOST_STATES = 500
"""Of an expression, with everything that it repeats written out."""

_REMEMBERED = 4_096
_EDGE = ""


@dataclass(slots=True)
class Pattern:
    """A compiled expression: states, and how one leads to the next.

    Attributes:
        text: As it was written.
        free: From a state, those that follow without a character.
        places: States that are passed only in such a place.
        chars: States that take one of these characters, and lead to the next number.
    """

    text: str
    free: list[list[int]] = field(default_factory=list[list[int]])
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    chars: dict[int, Chars] = field(default_factory=dict[int, Chars])

    def find(self, text: str) -> bool:
        """Whether it is anywhere in *text*; case does not matter."""
        known: dict[tuple[frozenset[int], str, str], frozenset[int] | None] = {}
        states, before = frozenset({0}), _EDGE
        for char in (*text, _EDGE):
            key = (states, _kind(before), char)
            if key not in known:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[key] = self._after(states, before, char)
            following = known[key]
            if following is None:
                return True
            states, before = following, char
        return False

    def _after(self, states: Iterable[int], before: str, char: str) -> frozenset[int] | None:
        """The states behind that character, and the first one; None when it was found."""
        reached = self._reached(states, before, char)
        if len(self.free) - 1 in reached:
            return None
        taken = {s + 1 for s in reached if char and s in self.chars and self.chars[s].has(char)}
        return frozenset(taken | {0})  # it may begin anywhere

    def _reached(self, states: Iterable[int], before: str, after: str) -> set[int]:
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            place = self.places.get(state)
            if place is None or _is(place, before, after):
                waiting += self.free[state]
        return reached


def compiled(text: str) -> Pattern:
    """The expression, ready to be looked for.

    Raises:
        NotAPattern: It is none, or too large a one.
    """
    pattern = Pattern(text)
    _Compiler(pattern).add(parse(text))
    pattern.free.append([])  # whoever comes here has found it
    return pattern


class _Compiler:
    """Writes states one behind the other; whatever is added begins at the next number."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern

    def add(self, node: Node) -> None:
        match node:
            case Chars():
                self._pattern.chars[self._state()] = node
            case Place():
                at = self._state()
                self._pattern.places[at] = node
                self._pattern.free[at].append(at + 1)
            case Sequence():
                for part in node.parts:
                    self.add(part)
            case Choice():
                self._choice(node)
            case Repeat():
                self._repeat(node)

    def _choice(self, node: Choice) -> None:
        fork = self._state()
        ends: list[int] = []
        for option in node.options:
            self._pattern.free[fork].append(len(self._pattern.free))
            self.add(option)
            ends.append(self._state())
        for end in ends:
            self._pattern.free[end].append(len(self._pattern.free))

    def _repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.add(node.part)
        if node.most is None:
            self._star(node.part)
            return
        forks: list[int] = []
        for _ in range(node.most - node.least):
            forks.append(self._state())
            self._pattern.free[forks[-1]].append(forks[-1] + 1)
            self.add(node.part)
        for fork in forks:
            self._pattern.free[fork].append(len(self._pattern.free))

    def _star(self, part: Node) -> None:
        fork = self._state()
        self._pattern.free[fork].append(fork + 1)
        self.add(part)
        back = self._state()
        self._pattern.free[back].append(fork)
        self._pattern.free[fork].append(back + 1)

    def _state(self) -> int:
        if len(self._pattern.free) >= MOST_STATES:
            raise NotAPattern(f"it has more than {MOST_STATES} states: repeat less")
        self._pattern.free.append([])
        return len(self._pattern.free) - 1


def _kind(char: str) -> str:
    """What of the character before matters."""
    if char in {_EDGE, "\n"}:
        return "\n"
    return "w" if is_word(char) else "-"


def _is(place: Place, before: str, after: str) -> bool:
    match place:
        case Place.LINE_BEGIN:
            return before in {_EDGE, "\n"}
        case Place.LINE_END:
            return after in {_EDGE, "\n"}
        case Place.WORD_EDGE:
            return is_word(before) != is_word(after)
        case Place.NO_WORD_EDGE:
            return is_word(before) == is_word(after)
