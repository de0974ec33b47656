"""The ready subtasks of one queue, in order, and how they rise as they wait.

Most of what waits is alike: subtasks that came one after the other and agree in all that
their order goes by. These are a block, which has one place in the line and rises as one;
among them the first to come goes first. So one that joins the block before it costs a
place in a list, and a block that rises costs the same however many are in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic

from callboard.actors.logic.ages import Ages
from callboard.actors.logic.lines import Line
from callboard.actors.logic.places import AGEING, WAITED, Block, E

if TYPE_CHECKING:
    from callboard.actors.logic.places import Rank, Row


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
        self._line: Line[Row[E]] = Line()  # `Line[...]()` takes ten times as long
        self._ages: Ages[Block[E]] = Ages()
        self._last: Block[E] | None = None  # that came
        self.live = 0
        self._dropped = 0  # since the lines were tidied

    def __len__(self) -> int:
        """How many wait."""
        return self.live

    def push(self, entry: E, rank: Rank, since: float, number: int) -> None:
        """Let a subtask wait there.

        Args:
            entry: What is to wait.
            rank: What its order goes by, before ageing.
            since: When it became ready.
            number: Its age: higher than that of whatever was pushed before.
        """
        self.live += 1
        last = self._last
        entry.since = since
        if last is not None and last.open and last.since == since and last.row[:4] == rank:
            last.add(entry, number)
            return
        self._last = block = Block(entry, rank, since, number)
        self._line.push(block.row)
        if self._tau < math.inf:
            self._ages.push(since + self._tau, number, block)

    def drop(self, entry: E) -> None:
        """It is taken or withdrawn; what is left of it in the lines is skipped later."""
        self.live -= 1
        entry.block.drop(entry)
        self._dropped += 1
        if self._dropped > 2 * self.live + 64:
            self._tidy()

    def head(self, now: float) -> E | None:
        """The one that should go next; None where nothing waits."""
        if self._ages.next <= now:
            self._promote(now)
        line = self._line
        while (row := line.first()) is not None:
            block = row[5]
            if block.row is row:
                return block.first()
            line.pop()
        return None

    def entries(self) -> list[E]:
        """All that wait, in no order."""
        return [entry for row in self._line if _stands(row) for entry in row[5].standing()]

    def _promote(self, now: float) -> None:
        """Move up by one class whoever has waited for another tau."""
        ages = self._ages
        while ages.next <= now:
            due, number, block = ages.pop()
            if not block.live:
                continue
            urgency, group, slack, length, _, _ = block.row
            if urgency > 1:
                row = (urgency - 1, group, slack, length, number, block)
                ages.push(due + self._tau, number, block)
            else:
                row = (0, min(WAITED, group), block.since, 0.0, number, block)
            block.rise(row)
            self._line.push(row)

    def _tidy(self) -> None:
        self._dropped = 0
        self._line.keep(_stands)
        self._ages.keep(_lives)
        for row in self._line:
            row[5].tidy()


def _stands(row: Row[E]) -> bool:
    return row[5].row is row


def _lives(_number: int, block: Block[E]) -> bool:
    return block.live > 0
