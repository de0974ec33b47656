"""Why a subtask does not run: others go first."""

from __future__ import annotations

from typing import Literal

from callboard.messages.base import SubtaskId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.values import Priority
from callboard.messages.words import ago, counted, duration, listed


class Standing(Value):
    """Where a subtask stands in the order of what is ready; what comes first decides first.

    Attributes:
        urgency: Its class now; ageing and what waits for it may have raised its priority.
        priority: Its own one.
        group: "front" for work that was taken from an agent, "waited" for what has waited
            itself to the top, else "usual".
        latest: The latest start that keeps its deadline, seconds since the epoch; None
            without one.
        rank: Seconds from its start to the end of its plan, by what was learnt; of what
            has a turn in an order that was worked out, the seconds that are left of that
            order then.
        backlog: Seconds of open work of the least laden agent that may do it.
        since: When it became ready.
    """

    urgency: int
    priority: Priority
    group: Literal["front", "waited", "usual"]
    latest: float | None
    rank: float
    backlog: float
    since: float

    @property
    def score(self) -> float:
        """Seconds; of equals the larger one goes first."""
        return self.rank + self.backlog


class Ahead(Value):
    """A subtask that goes first.

    Attributes:
        because: What decides between the two: "class", "front", "deadline", "waited",
            "score" or "age".
    """

    subtask: SubtaskId
    name: str
    because: Literal["class", "front", "deadline", "waited", "score", "age"]
    standing: Standing


class InQueue(Reason):
    """It waits for its turn.

    Attributes:
        standing: Where it stands itself.
        count: How many go first, of those that want an agent which may do it.
        first: The first of them, in their order.
        until: When it fails if nobody has taken it, seconds since the epoch, or None.
    """

    standing: Standing
    count: int
    first: tuple[Ahead, ...] = ()
    until: float | None = None

    def said(self, at: float) -> str:
        """Who goes first, and why."""
        since = f"it waits for {ago(self.standing.since, at)}"
        if not self.count:
            return f"{since}, and is the next"
        told = listed(
            [f"{one.name!r} ({_because(one, self.standing)})" for one in self.first], self.count
        )
        return f"{since}, and {counted(self.count, 'subtask')} {_go(self.count)} first: {told}"


def _because(one: Ahead, mine: Standing) -> str:
    other = one.standing
    match one.because:
        case "class":
            return f"its class is {_class(other.urgency)}, this one's {_class(mine.urgency)}"
        case "front":
            return "it was taken from an agent"
        case "waited":
            return "it has waited itself to the top"
        case "deadline":
            return "its deadline leaves it less time"
        case "score":
            return f"{duration(other.score)} hang on it, on this one {duration(mine.score)}"
        case _:
            return "it came earlier"


def _class(urgency: int) -> str:
    return Priority(urgency).name


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"
