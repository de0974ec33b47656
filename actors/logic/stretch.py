"""Some neighbouring facts of a journal, with their places in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callboard.messages.facts import Fact


class Stretch(NamedTuple):
    """Facts that follow each other in a journal.

    Attributes:
        first: Position of the first one when it was written; they count from 1.
        last: Position of the last one, then.
        facts: What is still kept of them, in order.
    """

    first: int
    last: int
    facts: Sequence[Fact]

    @property
    def whole(self) -> bool:
        """Whether none is missing, so that the position of each is known."""
        return len(self.facts) == self.last - self.first + 1

    def numbered(self, after: int) -> Iterator[tuple[int | None, Fact]]:
        """Those that come after that position, each with its own.

        Where some are missing nobody knows which: then all come, and only the last one has
        a position, so that who is interrupted in between hears some of them again and
        misses none.

        >>> list(Stretch(5, 7, "abc").numbered(5))
        [(6, 'b'), (7, 'c')]
        >>> list(Stretch(5, 8, "abc").numbered(5))
        [(None, 'a'), (None, 'b'), (8, 'c')]
        """
        if self.whole:
            for position, fact in enumerate(self.facts, self.first):
                if position > after:
                    yield position, fact
            return
        if self.last > after and self.facts:
            for fact in self.facts[:-1]:
                yield None, fact
            yield self.last, self.facts[-1]
