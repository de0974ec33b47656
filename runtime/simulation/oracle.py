"""What must hold whatever happens; checked at every fact, and at the end (`audit`).

The oracle knows nothing of the runtime's own state: it follows the facts with rules
of its own, a module for each theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.messages import facts
from callboard.runtime.simulation.attendance import Attendance
from callboard.runtime.simulation.decisions import Decisions
from callboard.runtime.simulation.endings import Endings
from callboard.runtime.simulation.judgements import Judgements
from callboard.runtime.simulation.negotiations import Negotiations
from callboard.runtime.simulation.rations import Rations
from callboard.runtime.simulation.tenures import Tenures
from callboard.runtime.simulation.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from callboard.messages.base import SubtaskId
    from callboard.messages.facts import Fact
    from callboard.messages.notices import Notice
    from callboard.messages.values import Lease

    _Look: TypeAlias = Callable[[Any, Any], None]


def _together(*tables: dict[type, _Look]) -> dict[type, tuple[_Look, ...]]:
    """Who looks at what, in the order of the tables."""
    kinds = {kind for table in tables for kind in table}
    return {kind: tuple(table[kind] for table in tables if kind in table) for kind in kinds}


class Oracle(Endings, Tenures, Attendance, Rations, Negotiations, Judgements, Decisions):
    """A witness of a simulation that raises no error but keeps a list of them.

    Made and read as its `Ledger`.
    """

    def see(self, event: Fact | Notice) -> None:
        """Check one event against all that came before it."""
        self.events += 1
        kind = type(event)
        for look in _LOOKS.get(kind, ()):
            look(self, event)
        follow = _FOLLOWS.get(kind)
        if follow is not None:
            follow(self._turns, event, self.had(event.at))

    def reopened(self, kept: Sequence[Fact], unseen: Sequence[Fact], at: float) -> None:
        """The process has died and was started again: nothing is held, nobody is there.

        Args:
            kept: All facts that have survived.
            unseen: Those that were kept and shown to nobody.
            at: When it was started, seconds since the epoch.
        """
        for fact in unseen:
            if fact.durable:
                self.see(fact)
        self.lost_rations(kept)
        self._turns.reopened(self.had(at))
        self._held.clear()
        self._orphans.clear()
        self._loads.clear()
        self._waiting_ahead.clear()
        self._doers = {uuid: a for uuid, a in self._doers.items() if self._is_completed(uuid)}
        self._resting = dict.fromkeys(_parked_by(kept), "parked")
        self._calls.clear()

    def begins(self, lease: Lease, others: int) -> None:
        """An attempt begins, beside so many that its agent runs and that hold a slot."""
        most = self._largest.get(lease.agent, 0)
        self.check(others < most, lambda: f"{lease} begins beside {others} others, of {most}")

    def finish(self) -> None:
        """Check what must hold once nothing is left to happen."""
        goals = sorted(self._goals)
        self.check(not goals, lambda: f"goals without an end: {goals}")
        subtasks = sorted(set(self._subtasks) - set(self._ended))
        self.check(not subtasks, lambda: f"subtasks without an end: {subtasks}")
        leases = sorted(token for tokens in self._loads.values() for token in tokens)
        leases += sorted(token for tokens in self._waiting_ahead.values() for token in tokens)
        self.check(not leases, lambda: f"leases without an end: {[str(t) for t in leases]}")


def _parked_by(told: Sequence[Fact]) -> set[SubtaskId]:
    """Subtasks that are parked once all that has happened."""
    parked = set[Any]()
    for fact in told:
        if isinstance(fact, facts.SubtaskParked):
            parked.add(fact.subtask)
        elif isinstance(fact, facts.SubtaskUnparked):
            parked.discard(fact.subtask)
    return parked


_LOOKS = _together(
    {
        **Endings.ends,
        **Tenures.tenures,
        **Attendance.attendance,
        **Rations.rations,
        **Negotiations.negotiations,
    },
    {**Judgements.judgements, **Decisions.decisions},
)
_FOLLOWS = Turns.turns
