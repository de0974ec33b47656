"""The ready subtasks of one queue, in order, and how they rise as they wait."""

from __future__ import annotations

import math
from typing import Any, Generic

from callboard.actors.logic.ages import Ages
from callboard.actors.logic.lines import Line
from callboard.actors.logic.places import AGEING, WAITED, E, Entry, Place


class ReadyQueue(Generic[E]):
    """The ready subtasks of one set of required skills.

    Args:
        tau: Seconds of waiting that promote by one class; infinity keeps priorities
            strict. So a LOW subtask ranks with CRITICAL after 3 tau, and whoever has
            waited to the top goes by age from then on.

    Attributes:
        live: How many wait.
    """

    def __init__(self, tau: float = AGEING) -> None:
        self._tau = tau
        self._line: Line[Place[E]] = Line()  # `Line[...]()` takes ten times as long
        self._ages: Ages[E] = Ages()
        self.live = 0
        self._dropped = 0  # since the lines were tidied

    def __len__(self) -> int:
        """How many wait."""
        return self.live

    def push(self, place: Place[E]) -> None:
        """Let a subtask wait there."""
        self.live += 1
        self._line.push(place)
        _, _, _, _, number, entry = place
        entry.place = place
        if self._tau < math.inf:
            self._ages.push(entry.since + self._tau, number, entry)

    def drop(self, entry: E) -> None:
        """It is taken or withdrawn; its places in the lines are skipped later."""
        entry.place = None
        self.live -= 1
        self._dropped += 1
        if self._dropped > 2 * self.live + 64:
            self._tidy()

    def head(self, now: float) -> E | None:
        """The one that should go next; None where nothing waits."""
        if self._ages.next <= now:
            self._promote(now)
        line = self._line
        while (place := line.first()) is not None:
            entry = place[5]
            if entry.place is place:
                return entry
            line.pop()
        return None

    def entries(self) -> list[E]:
        """All that wait, in no order."""
        return [place[5] for place in self.places()]

    def places(self) -> list[Place[E]]:
        """Where all that wait stand, in no order."""
        return [place for place in self._line if _stands(place)]

    def _promote(self, now: float) -> None:
        """Move up by one class whoever has waited for another tau."""
        ages = self._ages
        while ages.next <= now:
            due, number, entry = ages.pop()
            place = entry.place
            if place is None or place[4] != number:
                continue
            urgency, group, slack, length, _, _ = place
            if urgency > 1:
                place = (urgency - 1, group, slack, length, number, entry)
                ages.push(due + self._tau, number, entry)
            else:
                place = (0, min(WAITED, group), entry.since, 0.0, number, entry)
            entry.place = place
            self._line.push(place)

    def _tidy(self) -> None:
        self._dropped = 0
        self._line.keep(_stands)
        self._ages.keep(_lives)


def _stands(place: Place[Any]) -> bool:
    entry: Entry = place[5]
    return entry.place is place


def _lives(number: int, entry: Entry) -> bool:
    place: Place[Any] | None = entry.place
    return place is not None and place[4] == number
