"""Long lists, a page at a time: what came last goes first, and nothing comes twice.

A page ends where the next one begins, which its `next` says: the time and the name of the
last one on it. So what is added or forgotten in between shifts nothing.

>>> from callboard.messages.values import Goal
>>> goals = [
...     GoalRecord(goal=Goal(id=f"g{n}", text="tidy up"), accepted_at=float(n)) for n in range(3)
... ]
>>> first = goal_page(goals, limit=2)
>>> [g.goal.id for g in first.goals], first.next
(['g2', 'g1'], '1.0~g1')
>>> [g.goal.id for g in goal_page(goals, limit=2, after=first.next).goals]
['g0']
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from callboard.actors.logic.records import GoalRecord, GoalStatus
from callboard.messages.base import GoalId
from callboard.messages.errors.running import InvalidCall

Place: TypeAlias = tuple[float, GoalId]
"""Where a goal stands among all: when it was accepted, and its id."""


class Page(NamedTuple):
    """Some goals.

    Attributes:
        goals: The one that was accepted last goes first.
        next: Where the next page begins, for `after`; "" where this is the last one.
    """

    goals: tuple[GoalRecord, ...]
    next: str


class Wanted(NamedTuple):
    """Which goals; what is empty leaves out none.

    Attributes:
        states: Those that they may be in.
        text: A part of their text or context, in any case.
        key: Their idempotency key.
    """

    states: frozenset[GoalStatus] = frozenset()
    text: str = ""
    key: str = ""

    def has(self, record: GoalRecord) -> bool:
        """Whether it is one of them."""
        goal, text = record.goal, self.text.casefold()
        return (
            (not self.states or record.status in self.states)
            and (not self.key or goal.key == self.key)
            and (not text or text in goal.text.casefold() or text in goal.context.casefold())
        )


ALL = Wanted()


def goal_page(
    goals: Iterable[GoalRecord], wanted: Wanted = ALL, *, limit: int, after: str = ""
) -> Page:
    """So many of the goals that are wanted.

    Args:
        goals: All that there are.
        wanted: Which ones.
        limit: How many, at the most.
        after: Where the page before has ended; "" for the first one.

    Raises:
        InvalidCall: The page cannot be so long, or begin there.
    """
    if limit < 1:
        raise InvalidCall("limit", limit, "a whole number above 0")
    some = latest(goals, wanted, before=place(after), limit=limit + 1)
    shown = tuple(some[:limit])
    return Page(shown, _named(shown[-1]) if len(some) > limit else "")


def latest(
    goals: Iterable[GoalRecord], wanted: Wanted, *, before: Place, limit: int
) -> list[GoalRecord]:
    """So many of the goals that are wanted and were accepted before, the latest first."""
    found = (record for record in goals if _key(record) < before and wanted.has(record))
    return heapq.nlargest(limit, found, key=_key)


def place(after: str) -> Place:
    """Where the page before has ended; "" says that there is none.

    Raises:
        InvalidCall: No page says so.

    >>> place("1.0~g1"), place("")
    ((1.0, 'g1'), (inf, ''))
    """
    at, tilde, goal = after.partition("~")
    try:
        if not after:
            return math.inf, ""
        if tilde and not math.isnan(float(at)):
            return float(at), goal
    except ValueError:
        pass
    raise InvalidCall("after", after, "the `next` of the page before")


def _key(record: GoalRecord) -> Place:
    return record.accepted_at, record.goal.id


def _named(record: GoalRecord) -> str:
    return f"{record.accepted_at!r}~{record.goal.id}"
