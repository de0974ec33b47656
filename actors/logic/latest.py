"""Facts of which only the latest counts, where others are dropped.

Each says all that is known of a budget of the runtime, or of how honest an agent's bids
are; what was said before it is history. Of an agent's bids an attempt is told of, whose
goal may be dropped while what it has taught must stay.

>>> latest = Latest()
>>> for used in (1.0, 2.0):
...     latest.see(facts.BudgetCharged(at=used, resource="usd", used=used))
>>> latest.facts
[BudgetCharged(at=2.0, resource='usd', used=2.0)]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.honesty import latest
from callboard.messages import facts
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callboard.messages.facts import Fact

OF_EVERYBODY = (facts.BudgetCharged, facts.HonestyLearnt)
"""The kinds of which only the latest counts."""


class Latest:
    """A fold over facts that others read as well."""

    def __init__(self) -> None:
        self._charged: dict[str, facts.BudgetCharged] = {}
        self._learnt: dict[str, facts.HonestyLearnt] = {}

    def seeing(self, told: Iterable[Fact]) -> Iterator[Fact]:
        """The same facts, while note is taken of them."""
        for fact in told:
            self.see(fact)
            yield fact

    def see(self, fact: Fact) -> None:
        """Take note of one."""
        if isinstance(fact, facts.BudgetCharged):
            self._charged[fact.resource] = fact
        elif isinstance(fact, facts.HonestyLearnt):
            latest(self._learnt, fact)

    @property
    def facts(self) -> list[Fact]:
        """What stands for all of them, and is nobody's."""
        return [*self._charged.values(), *self.honesty]

    @property
    def honesty(self) -> list[Fact]:
        """What stands for those of bids."""
        # What was forgotten too: an earlier one may have stayed, for its goal has.
        return [replace(fact, lease=None) for fact in self._learnt.values()]
