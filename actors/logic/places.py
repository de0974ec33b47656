"""Where a subtask stands in line: which queue it is in, and what goes before what there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

from callboard.actors.logic.outlook import Needs
from callboard.messages.base import AgentId
from callboard.messages.values import MINUTE

if TYPE_CHECKING:
    from typing import Self

    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Ready

AGEING = 10 * MINUTE
"""Seconds of waiting that promote a subtask by one class (tau)."""

FRONT, WAITED, USUAL = 0, 1, 2
"""How those of one class stand: taken from an agent, waited to the top, all others."""


class Seat(NamedTuple):
    """Where those stand that need these skills and have a turn with that agent."""

    needs: Needs
    agent: AgentId


class Alike(NamedTuple):
    """Where those stand that need these skills and are work of one kind and about one size.

    Only work of which some agents are known to be faster at it than others.

    Attributes:
        size: Of the estimate in seconds, as the power of two that is above it.
    """

    needs: Needs
    kind: str
    size: int


class Slot(NamedTuple):
    """A turn as a queue sees it.

    Attributes:
        agent: Who is to do it.
        score: Seconds; takes the place of rank plus backlog.
    """

    agent: AgentId
    score: float


Lane: TypeAlias = Needs | Seat | Alike
"""Which queue it is."""


class Entry:
    """A subtask that can wait in a queue.

    Attributes:
        needs: The skills that it requires.
        lane: The queue in which it waits, or has.
        block: With what it stands there, or has stood last.
        number: Its age: the smaller, the older; 0 while it does not wait.
        since: When it became ready, seconds since the epoch.
    """

    __slots__ = ("block", "lane", "needs", "number", "since", "uuid")

    def __init__(self, uuid: SubtaskId, needs: Needs) -> None:
        self.uuid = uuid
        self.needs = needs
        self.lane: Lane = needs
        self.since = 0.0
        self.block: Block[Any]  # from the first time on that it waits
        self.number = 0

    @property
    def place(self) -> Place[Self] | None:
        """Where it stands; None while it does not wait."""
        if not self.number:
            return None
        urgency, group, slack, length, _, _ = self.block.row
        return urgency, group, slack, length, self.number, self


E = TypeVar("E", bound=Entry)

Rank: TypeAlias = tuple[int, int, float, float]
"""What goes first, of what waits in one queue; the least does. In it are

- its class now, which ageing lowers;
- 0 for requeued work, 1 for what has waited itself to the top, 2 else;
- the latest start that keeps its deadline, infinity without one; for what has waited
  itself to the top the time since when it has waited;
- minus its upward rank, or minus the score of its turn.
"""

Place: TypeAlias = tuple[int, int, float, float, int, E]
"""Where a subtask stands: its rank, its age as a number, and itself. No two are alike."""

Row: TypeAlias = "tuple[int, int, float, float, int, Block[E]]"
"""Where a block stands: its rank, the age of its first one, and itself."""

_SPENT = 32
"""Places of those that have gone which a block keeps at least before it is made smaller."""


class Block(Generic[E]):
    """What came to a queue one after the other, and agrees in all that its order goes by.

    Attributes:
        row: Where it stands; the block is found there as long as this is its place.
        since: When all of it became ready, seconds since the epoch.
        live: How many wait in it. When nothing does, nothing will.
        open: Others may join it. Not after it has risen, nor once somebody has left from
            its midst: that one might come back, and would stand in two places.
    """

    __slots__ = ("_entries", "_start", "live", "open", "row", "since")

    def __init__(self, entry: E, rank: Rank, since: float, number: int) -> None:
        self.row: Row[E] = (*rank, number, self)
        self.since = since
        self.live = 1
        self.open = True
        self._entries: list[E | None] = [entry]
        self._start = 0  # before it nothing waits any more
        entry.block, entry.number = self, number

    def add(self, entry: E, number: int) -> None:
        """It is the last of them from now on."""
        entry.block, entry.number = self, number
        self._entries.append(entry)
        self.live += 1

    def drop(self, entry: E) -> None:
        """It waits no longer."""
        entry.number = 0
        self.live -= 1
        if not self.live:
            self._entries.clear()
            self.row, self.open = _NOWHERE, False  # so that it refers to itself no more
            return
        start = self._start
        if self._entries[start] is not entry:
            self.open = False  # it is passed over later
            return
        self._entries[start] = None
        self._start = start = start + 1
        if start > _SPENT and start > self.live:
            del self._entries[:start]
            self._start = 0

    def rise(self, row: Row[E]) -> None:
        """It has waited, and stands there from now on."""
        self.row, self.open = row, False

    def first(self) -> E:
        """The oldest that waits.

        Raises:
            IndexError: Nothing does.
        """
        while True:
            entry = self._entries[self._start]
            if entry is not None and self._holds(entry):
                return entry
            self._entries[self._start] = None
            self._start += 1

    def standing(self) -> list[E]:
        """All that wait, the oldest first."""
        return [entry for entry in self._entries if entry is not None and self._holds(entry)]

    def tidy(self) -> None:
        """Forget whatever does not wait any more."""
        self._entries[:] = self.standing()
        self._start = 0

    def _holds(self, entry: E) -> bool:
        return entry.number > 0 and entry.block is self


_NOWHERE: Row[Any] = (0, 0, 0.0, 0.0, 0, cast("Block[Any]", None))


def rank_of(ready: Ready, rank: float, length: float, *, front: bool) -> Rank:
    """What the order of that subtask goes by, before ageing.

    Args:
        ready: What is known of it.
        rank: Upward rank, seconds.
        length: In its place the score of its turn, if it has one.
        front: It was taken from an agent.
    """
    slack = math.inf if ready.deadline is None else ready.deadline - rank
    return ready.urgency, FRONT if front else USUAL, slack, -length


def has_risen(entry: Entry) -> bool:
    """Whether it has waited itself to the top, and goes by age from now on."""
    return entry.number > 0 and entry.block.row[1] == WAITED


def lane_needs(lane: Lane) -> Needs:
    """The skills that all that stands there requires."""
    return lane if isinstance(lane, frozenset) else lane.needs
