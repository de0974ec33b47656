"""Where a subtask stands in line: which queue it is in, and what goes before what there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from callboard.actors.logic.outlook import Needs
from callboard.messages.base import AgentId
from callboard.messages.values import MINUTE

if TYPE_CHECKING:
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
        place: Where it stands; None while it does not wait.
    """

    __slots__ = ("lane", "needs", "place", "since", "uuid")

    def __init__(self, uuid: SubtaskId, needs: Needs) -> None:
        self.uuid = uuid
        self.needs = needs
        self.lane: Lane = needs
        self.since = 0.0  # when it became ready
        self.place: Place[Any] | None = None


E = TypeVar("E", bound=Entry)

Place: TypeAlias = tuple[int, int, float, float, int, E]
"""Where a subtask stands; the least goes first, and no two are alike. In it are

- its class now, which ageing lowers;
- 0 for requeued work, 1 for what has waited itself to the top, 2 else;
- the latest start that keeps its deadline, infinity without one; for what has waited
  itself to the top the time since when it has waited;
- minus its upward rank, or minus the score of its turn;
- its age, as a number;
- the subtask itself, which is found here as long as this is its place.
"""


def place_of(
    entry: E, ready: Ready, number: int, lengths: tuple[float, float], *, front: bool
) -> Place[E]:
    """Where it stands in a queue as *ready* says, before ageing.

    Args:
        entry: What is to wait.
        ready: What is known of it.
        number: Its age: how many were queued there before it, itself included.
        lengths: Upward rank, and in its place the score of its turn, if it has one.
        front: It was taken from an agent.
    """
    deadline, (rank, length) = ready.deadline, lengths
    slack = math.inf if deadline is None else deadline - rank
    entry.since = ready.since
    return ready.urgency, FRONT if front else USUAL, slack, -length, number, entry


def has_risen(entry: Entry) -> bool:
    """Whether it has waited itself to the top, and goes by age from now on."""
    return entry.place is not None and entry.place[1] == WAITED


def lane_needs(lane: Lane) -> Needs:
    """The skills that all that stands there requires."""
    return lane if type(lane) is frozenset else cast("Seat | Alike", lane).needs
