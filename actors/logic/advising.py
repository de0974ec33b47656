"""Turns that somebody has worked out: who should do what next, and when it is due.

The scheduler's rule decides at each event with what it sees then. Whoever has a moment
longer can try thousands of orders and find a better one (`runtime/timetables`). It comes
here as advice: for each subtask an agent and an instant. It is never more than that:

- what has no turn goes by the rule, and so does whatever was begun and comes back;
- a class, ageing, the front of a class and deadlines stand before it as before;
- a turn of somebody who has gone, is paused or may not do it is as good as none;
- an agent is kept for what comes next, or waited for, until a tenth of its time after it
  was due, and for an hour at the most; from then on the subtask goes by the rule, and
  the agent takes what there is.

So no advice, however bad, keeps anything from being done.

>>> from callboard.messages.work import Turn
>>> advice = Advice()
>>> sums = Turn(subtask="sum", agent="ann", start=60.0, seconds=30.0)
>>> pay = Turn(subtask="pay", agent="ann", start=90.0, seconds=30.0)
>>> advice.take([sums, pay], now=0.0)
>>> advice.slot("sum"), advice.slot("other")
(Slot(agent='ann', score=60.0), None)
>>> advice.kept("pay", 1, 50.0), advice.kept("pay", 1, 64.0), advice.kept("sum", 1, 50.0)
(63.0, None, None)
>>> advice.forget("sum")
>>> advice.kept("pay", 1, 50.0)
"""

from __future__ import annotations

import math
from bisect import insort
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.places import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.work import Turn

PATIENCE = 0.1
"""How long after its turn was due a subtask is waited for, as a part of what it takes."""

STALE = 3600.0
"""Seconds after which nothing is waited for any more because somebody once said so."""

_Line: TypeAlias = "list[tuple[float, SubtaskId]]"


class Advice:
    """The latest turns, as far as they have not been taken.

    Attributes:
        turns: Of subtasks.
        changes: Grows whenever what has been decided may be decided otherwise.
    """

    def __init__(self) -> None:
        self.turns: dict[SubtaskId, Turn] = {}
        self._lines: dict[AgentId, _Line] = {}
        self._end = 0.0
        self._stale = 0.0
        self.changes = 0

    def __len__(self) -> int:
        """How many subtasks have a turn."""
        return len(self.turns)

    def take(self, turns: Iterable[Turn], now: float) -> None:
        """These take the place of all that were said before."""
        self.turns = {turn.subtask: turn for turn in turns}
        self._lines = {}
        for turn in self.turns.values():
            insort(self._lines.setdefault(turn.agent, []), (turn.start, turn.subtask))
        self._stale = now + STALE
        self._end = max((t.start + t.seconds for t in self.turns.values()), default=0.0)
        self.changes += 1

    def forget(self, uuid: SubtaskId) -> None:
        """It was begun, or never will be; harmless where it has no turn."""
        turn = self.turns.pop(uuid, None)
        if turn is not None:
            line = self._lines[turn.agent]
            line.remove((turn.start, uuid))
            if not line:
                del self._lines[turn.agent]

    def clear(self) -> list[SubtaskId]:
        """Nobody has a turn any more; the answer is who had one."""
        had = list(self.turns)
        self.take((), 0.0)
        return had

    def look_again(self) -> None:
        """Something that was waited for is overdue."""
        self.changes += 1

    # Asked

    def turn(self, uuid: SubtaskId) -> Turn | None:
        """Its turn, if it has one."""
        return self.turns.get(uuid)

    def slot(self, uuid: SubtaskId) -> Slot | None:
        """Its turn as a queue sees it: the less is left after it, the later."""
        turn = self.turns.get(uuid)
        return None if turn is None else Slot(turn.agent, self._end - turn.start)

    def overdue(self, uuid: SubtaskId) -> float:
        """From when on its agent is not waited for any longer."""
        return self._overdue(self.turns[uuid])

    def kept(self, uuid: SubtaskId, free: int, now: float) -> float | None:
        """Until when its agent is kept for what comes before it; None where it may begin.

        What is over before the other is due may go before it.

        Args:
            uuid: What is ready, and has a turn.
            free: Slots that its agent has.
            now: Seconds since the epoch.
        """
        turn = self.turns[uuid]
        over = now + turn.seconds
        for start, other in self._lines[turn.agent]:
            if start >= turn.start or other == uuid:
                return None
            until = self._overdue(self.turns[other])
            if now < until and start < over - _tolerance(turn.seconds):
                free -= 1
                if not free:
                    return until
        return None

    def _overdue(self, turn: Turn) -> float:
        return min(self._stale, turn.start + PATIENCE * turn.seconds)


def _tolerance(seconds: float) -> float:
    """Times are sums of floats."""
    return 1e-9 * seconds


def is_sound(turn: Turn) -> bool:
    """Whether it names instants at all."""
    return math.isfinite(turn.start) and math.isfinite(turn.seconds) and turn.seconds >= 0.0
