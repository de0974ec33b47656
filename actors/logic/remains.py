"""What goals that are over have taken of what everybody shares, where their facts are dropped.

A rate counts what was taken within its period, and a budget of the runtime what was used
since the journal began, whoever it was for; and what an agent's bids were worth is known
from whatever it was awarded. So a few facts take the place of those that are passed over.

>>> remains = Remains({"g1"}.__contains__, latest=9.0)
>>> list(remains.passing([facts.GoalForgotten(at=9.0, goal="g1")]))
[]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.latest import OF_EVERYBODY, Latest
from callboard.actors.logic.ledger import Ledger, source
from callboard.messages import facts
from callboard.messages.facts import goal_of
from callboard.messages.resources import Rate
from callboard.messages.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callboard.messages.base import GoalId
    from callboard.messages.facts import Fact
    from callboard.messages.resources import Claim
    from callboard.messages.values import Token

_NOBODYS = (facts.ResourcesReserved, facts.ResourcesReturned, *OF_EVERYBODY)


class Remains:
    """Facts without those of some goals.

    Args:
        gone: Whether the facts of a goal are passed over.
        latest: When the last fact of all happened, seconds since the epoch.
    """

    def __init__(self, gone: Callable[[GoalId], bool], latest: float) -> None:
        self._gone = gone
        self._latest = latest
        self._ledger = Ledger()
        self._last = Latest()
        self._told: set[Token] = set()

    def passing(self, told: Iterable[Fact]) -> Iterator[Fact]:
        """These facts, from the first one on, without those that are passed over.

        What they took of rates stays: an attempt of no goal took it, and has ended. Where
        only the latest counts `latest` has it, or `left`.
        """
        for fact in self._ledger.reading(self._last.seeing(told)):
            goal = goal_of(fact)
            # What took the place of others once is nobody's, and goes when its time is over.
            if not (self._gone(goal) or (not goal and isinstance(fact, _NOBODYS))):
                yield fact
            elif isinstance(fact, facts.ResourcesReserved) and fact.lease.token not in self._told:
                yield from self._taken(fact)

    def latest(self) -> list[Fact]:
        """What stands for the rest of them, while the process goes on."""
        return self._last.facts

    def left(self) -> list[Fact]:
        """The same, once the process has ended."""
        return [*self._charged(), *self._last.honesty]

    def _charged(self) -> Iterator[Fact]:
        """What is used up of the runtime's budgets.

        Whatever the attempts of those goals had is used up as far as they have said, or as
        was reserved if they had begun and said nothing.
        """
        ledger = self._ledger
        used = {key: used for key, used in ledger.used.items() if key.of == "runtime"}
        for holding in ledger.held.values():
            for claim in ledger.budgets(holding.claims) if self._gone(holding.lease.goal) else ():
                key = source(claim)
                if key.of == "runtime":
                    used[key] = used.get(key, 0.0) + holding.used(claim)
        for key, amount in used.items():
            yield facts.BudgetCharged(at=self._latest, resource=key.resource, used=amount)

    def _taken(self, fact: facts.ResourcesReserved) -> Iterator[Fact]:
        claims = tuple(filter(self._still_counts(fact.at), fact.claims))
        if claims:
            self._told.add(fact.lease.token)
            lease = replace(fact.lease, goal="")
            yield replace(fact, lease=lease, claims=claims)
            yield facts.ResourcesReturned(at=fact.at, lease=lease)

    def _still_counts(self, at: float) -> Callable[[Claim], bool]:
        supplies, latest = self._ledger.supplies, self._latest

        def counts(claim: Claim) -> bool:
            supply = supplies.get(claim.resource) if claim.of == "runtime" else None
            return isinstance(supply, Rate) and at + supply.per > latest

        return counts
