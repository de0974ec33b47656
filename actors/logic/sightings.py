"""What was seen of agents when work was handed out, so that a choice can be explained.

Each change of an agent is put down as what it was before, and each choice as a place
between two changes; so any choice of the latest ones can be looked at as it was, and a
subtask costs a few hundred nanoseconds for that, and a bounded room.

>>> sightings = Sightings[str, str](choices=2)
>>> first, second = (0, 1, "free"), (1, 1, "busy")
>>> sightings.changed("ann", None)
>>> sightings.chosen(1, "sums", 5.0)
>>> sightings.changed("ann", first)
>>> sightings.chosen(2, "pay", 6.0)
>>> sightings.of(1, {"ann": second})
(5.0, 'sums', {'ann': Seen(load=0, max_load=1, state='free')})
>>> sightings.of(2, {"ann": second})
(6.0, 'pay', {'ann': Seen(load=1, max_load=1, state='busy')})
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from typing import Generic, NamedTuple, TypeAlias, TypeVar

M = TypeVar("M", bound=Hashable)
A = TypeVar("A")

CHOICES = 1000
"""Of the latest ones each can be looked at."""

_CHANGES = 4
"""For each choice, of what can be looked at: it is begun, it ends, and something else."""


Look: TypeAlias = tuple[int, int, str]
"""As `Seen`; a plain tuple is made in a fifth of the time."""


class Seen(NamedTuple):
    """An agent at one moment.

    Attributes:
        load: Slots that were taken.
        state: "free", "busy", "paused", "draining" or "down".
    """

    load: int
    max_load: int
    state: str


class Sightings(Generic[M, A]):
    """The latest changes of agents, and the latest choices among them.

    Args:
        choices: How many are remembered.
    """

    __slots__ = ("_before", "_choices", "_count")

    def __init__(self, choices: int = CHOICES) -> None:
        self._before = deque[tuple[M, Look | None]](maxlen=_CHANGES * choices)
        self._choices = deque[tuple[int, A, int, float]](maxlen=choices)
        self._count = 0

    def changed(self, member: M, before: Look | None) -> None:
        """It is not any more as it was *before*; None for not there."""
        self._count += 1
        self._before.append((member, before))

    def chosen(self, number: int, about: A, now: float) -> None:
        """Somebody was chosen for that, of all as they stood until now."""
        self._choices.append((number, about, self._count, now))

    def of(self, number: int, present: Mapping[M, Look]) -> tuple[float, A, dict[M, Seen]] | None:
        """When it was, what for, and how all stood who were there; None if too long ago.

        Args:
            number: Of the choice.
            present: How everybody stands now.
        """
        found = next((one for one in reversed(self._choices) if one[0] == number), None)
        if found is None or self._count - found[2] > len(self._before):
            return None
        _, about, count, at = found
        stood: dict[M, Look | None] = dict(present)
        # Backwards: what was before the first change after the choice remains.
        changes = list(self._before)[len(self._before) - (self._count - count) :]
        stood.update(reversed(changes))
        seen = {member: Seen(*look) for member, look in stood.items() if look is not None}
        return at, about, seen
