"""The goals of a journal, a row each: found again by id or by key, also when compacted.

A row says between which facts everything about its goal stands, so that one goal is
read without reading all; and once the goal is compacted, it is what remains of it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from callboard.messages import facts
from callboard.runtime.journal.explaining import explained

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from callboard.actors.logic.pages import Place
    from callboard.messages.base import GoalId
    from callboard.messages.facts import Fact

SCHEMA = """
CREATE TABLE goal (
    id TEXT PRIMARY KEY, key TEXT, text TEXT NOT NULL, first INTEGER NOT NULL,
    last INTEGER, accepted REAL NOT NULL, ended REAL, status TEXT NOT NULL,
    subtasks INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    kept INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE UNIQUE INDEX goal_by_key ON goal (key) WHERE key IS NOT NULL;
CREATE INDEX goal_by_end ON goal (ended) WHERE kept = 0 AND ended IS NOT NULL;
"""


class Kept(enum.IntEnum):
    """How much of a goal the file still holds."""

    ALL = 0
    GOING = 1  # compacted: what is left of its facts is passed over, until it has gone
    SUMMARY = 2


class Entry(NamedTuple):
    """A goal in the ledger.

    Attributes:
        first: Number of the fact that accepted it.
        last: Number of the fact that ended it; None while it is open.
        accepted: Seconds since the epoch.
        ended: Seconds since the epoch; None while it is open.
        status: "accepted", "proposed", "running", "completed", "failed" or "cancelled".
        subtasks: How many its plan has.
        reason: Why it failed or was cancelled.
        kept: How much of it the file still holds.
    """

    id: GoalId
    key: str | None
    text: str
    first: int
    last: int | None
    accepted: float
    ended: float | None
    status: str
    subtasks: int
    reason: str
    kept: Kept


class Ledger:
    """The table of goals; each call belongs into the transaction of its facts."""

    def __init__(self, base: sqlite3.Connection, path: Path) -> None:
        self._base = base
        self._path = path

    def concerns(self, facts: Sequence[Fact]) -> bool:
        """Whether any of these says something of a goal; nearly always none does."""
        return not self._entries.keys().isdisjoint(map(type, facts))

    def note(self, facts: Sequence[Fact], first: int) -> None:
        """Enter what these say of goals.

        Args:
            facts: In their order.
            first: Number of the first one.
        """
        for number, fact in enumerate(facts, first):
            enter = self._entries.get(type(fact))
            if enter is not None:
                enter(self, fact, number)

    def by_key(self, key: str) -> Entry | None:
        """The goal with that idempotency key."""
        return self._one("key = ?", key)

    def by_id(self, goal: GoalId) -> Entry | None:
        """The goal with that id."""
        return self._one("id = ?", goal)

    def open_before(self, number: int) -> list[Entry]:
        """Goals that had not ended when that fact was written, as far as facts tell."""
        return self._some("first < ?1 AND (last IS NULL OR last >= ?1)", number)

    def ended_before(self, at: float) -> list[Entry]:
        """Goals that ended before then and are whole, the earliest first."""
        return self._some("kept = 0 AND ended < ? ORDER BY ended", at)

    def compacted_since(self, number: int) -> list[Entry]:
        """Goals that ended with that fact or later, and are not whole any more."""
        return self._some("kept != 0 AND last >= ?", number)

    def going(self) -> list[Entry]:
        """Goals whose facts are passed over, and have not gone yet."""
        return self._some("kept = ?", int(Kept.GOING))

    def all(self) -> list[Entry]:
        """Every goal, in the order of acceptance."""
        return self._some("? ORDER BY first", 1)

    def before(self, place: Place, states: Iterable[str]) -> Iterator[Entry]:
        """Goals that were accepted before that one, in one of these states, the latest first."""
        given = tuple(states)
        among = ", ".join("?" * len(given))
        where = f"(accepted, id) < (?, ?) AND status IN ({among}) ORDER BY accepted DESC, id DESC"
        return self._each(where, *place, *given)

    def keep(self, goals: Iterable[GoalId], kept: Kept) -> None:
        """Say how much the file still holds of these."""
        rows = [(int(kept), goal) for goal in goals]
        self._base.executemany("UPDATE goal SET kept = ? WHERE id = ?", rows)

    def _one(self, where: str, value: str) -> Entry | None:
        return next(iter(self._some(where, value)), None)

    def _some(self, where: str, value: str | float) -> list[Entry]:
        return list(self._each(where, value))

    def _each(self, where: str, *values: str | float) -> Iterator[Entry]:
        with explained(self._path):
            rows = self._base.execute(f"SELECT * FROM goal WHERE {where}", values)  # noqa: S608 - ours
            for row in rows:
                yield Entry(*row)._replace(kept=Kept(row[-1]))

    def _accepted(self, fact: facts.GoalAccepted, number: int) -> None:
        goal = fact.goal
        self._base.execute(
            "INSERT INTO goal (id, key, text, first, accepted, status) "
            "VALUES (?, ?, ?, ?, ?, 'accepted')",
            (goal.id, goal.key or None, goal.text, number, fact.at),
        )

    def _planned(self, fact: facts.PlanAdopted, _: int) -> None:
        self._stand(fact.goal, "running", len(fact.plan.subtasks))

    def _proposed(self, fact: facts.PlanProposed | facts.ChangeProposed, _: int) -> None:
        self._mark(fact.goal, "proposed")

    def _goes_on(self, fact: facts.RepairWanted | facts.RepairAbandoned, _: int) -> None:
        self._mark(fact.goal, "running")

    def _mark(self, goal: GoalId, status: str) -> None:
        self._base.execute("UPDATE goal SET status = ? WHERE id = ?", (status, goal))

    def _grown(self, fact: facts.PlanGrown, _: int) -> None:
        self._stand(fact.goal, "running", fact.first + len(fact.plan.subtasks))

    def _stand(self, goal: GoalId, status: str, subtasks: int) -> None:
        self._base.execute(
            "UPDATE goal SET status = ?, subtasks = ? WHERE id = ?", (status, subtasks, goal)
        )

    def _changed(self, fact: facts.PlanChanged, _: int) -> None:
        self._base.execute(
            "UPDATE goal SET status = 'running', subtasks = subtasks + ? WHERE id = ?",
            (len(fact.change.add), fact.goal),
        )

    def _completed(self, fact: facts.GoalCompleted, number: int) -> None:
        self._end(fact, number, "completed", "")

    def _failed(self, fact: facts.GoalFailed, number: int) -> None:
        self._end(fact, number, "failed", "\n".join(map(str, fact.problems)))

    def _cancelled(self, fact: facts.GoalCancelled, number: int) -> None:
        self._end(fact, number, "cancelled", fact.reason)

    def _end(self, fact: _End, number: int, status: str, reason: str) -> None:
        self._base.execute(
            "UPDATE goal SET status = ?, ended = ?, last = ?, reason = ? WHERE id = ?",
            (status, fact.at, number, reason, fact.goal),
        )

    _entries: ClassVar[dict[type[Fact], Callable[[Ledger, Any, int], None]]] = {
        facts.GoalAccepted: _accepted,
        facts.PlanAdopted: _planned,
        facts.PlanGrown: _grown,
        facts.PlanProposed: _proposed,
        facts.ChangeProposed: _proposed,
        facts.RepairWanted: _goes_on,
        facts.RepairAbandoned: _goes_on,
        facts.PlanChanged: _changed,
        facts.GoalCompleted: _completed,
        facts.GoalFailed: _failed,
        facts.GoalCancelled: _cancelled,
    }


_End = facts.GoalCompleted | facts.GoalFailed | facts.GoalCancelled
