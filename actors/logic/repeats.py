"""What was said and not answered yet: it is said again after a while.

Messages between agents and the rest may be lost. Whoever needs an answer asks again
until there is one; whoever answers does so however often it is asked.

>>> from callboard.messages.supervision import Wake
>>> repeats = Repeats[str](every=5.0, longest=20.0)
>>> _ = repeats.say("tea", Tell("cook", Wake()), 0.0)
>>> [list(repeats.due(now)) for now in (4.9, 5.0, 14.9, 15.0)]
[[], [Tell(to='cook', message=Wake())], [], [Tell(to='cook', message=Wake())]]
>>> repeats.noted("tea", 16.0)
>>> [list(repeats.due(now)) for now in (35.9, 36.0)]
[[], [Tell(to='cook', message=Wake())]]
>>> repeats.answered("tea")
>>> list(repeats.due(99.0))
[]
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.effects import Tell

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

K = TypeVar("K", bound="Hashable")

AUDIT = 5.0
"""Seconds without an answer after which something is said again, unless told otherwise."""


class Repeats(Generic[K]):
    """What is said again, each under a key of its own.

    Args:
        every: Seconds before the first repetition; infinity repeats nothing.
        longest: Seconds that no pause exceeds; they double from *every* on.

    Attributes:
        alarms: When what is said again.
    """

    __slots__ = ("_every", "_longest", "_said", "alarms")

    def __init__(self, every: float, longest: float) -> None:
        self._every = every
        self._longest = longest
        self._said: dict[K, tuple[Tell, float]] = {}
        self.alarms: Alarms[K] = Alarms()

    def __contains__(self, key: K) -> bool:
        """Whether an answer is awaited."""
        return key in self._said

    def say(self, key: K, word: Tell, now: float) -> Tell:
        """Say *word*, again and again until there is an answer; in place of an earlier one."""
        if self._every < math.inf:
            self._said[key] = (word, self._every)
            self.alarms.set(key, now + self._every)
        return word

    def noted(self, key: K, now: float) -> None:
        """It was heard, and its answer may take a while: say it again no sooner than ever."""
        said = self._said.get(key)
        if said is not None:
            self._said[key] = (said[0], self._longest)
            self.alarms.set(key, now + self._longest)

    def answered(self, key: K) -> None:
        """There is an answer, or nobody waits for one any more."""
        if self._said.pop(key, None) is not None:
            self.alarms.clear(key)

    def due(self, now: float) -> Iterator[Tell]:
        """What is to be said again now."""
        for key in self.alarms.due(now):
            word, pause = self._said[key]
            pause = min(2 * pause, self._longest)
            self._said[key] = (word, pause)
            self.alarms.set(key, now + pause)
            yield word
