"""Who has what of which resource, as the facts tell it.

The scheduler goes on from it when it is rebuilt, and the board shows it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from callboard.messages import facts
from callboard.messages.resources import Amount, Budget, Claim, Rate
from callboard.messages.values import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from callboard.messages.base import GoalId, Message
    from callboard.messages.facts import Fact
    from callboard.messages.resources import Supply
    from callboard.messages.values import Token


class Source(msgspec.Struct, frozen=True, gc=False):
    """Names a supply.

    Attributes:
        of: Whose it is, as in `Claim`.
        resource: Its name.
        goal: Whose budget, where it is a goal's.
    """

    of: str
    resource: str
    goal: str = ""


def source(claim: Claim) -> Source:
    """The supply that it is a claim on."""
    return Source(claim.of, claim.resource, claim.goal)


class Holding(msgspec.Struct):
    """What one attempt has.

    Attributes:
        claims: What was reserved for it.
        spent: What it says that it has used up, by resource.
        ran: Its handler has begun, so that it may have used what it had.
    """

    lease: Lease
    claims: tuple[Claim, ...]
    spent: dict[str, float] = {}
    ran: bool = False

    def used(self, claim: Claim) -> float:
        """How much of a budget is used up if it ends now.

        What it has said counts; if it said nothing, what was reserved, for it may have
        used that all the same.
        """
        return self.spent.get(claim.resource, claim.amount if self.ran else 0.0)

    def all_used(self, budgets: Iterable[Claim]) -> tuple[Amount, ...]:
        """The same of all *budgets* that it draws on, and whatever else it has spent."""
        found = {claim.resource: self.used(claim) for claim in budgets} | self.spent
        return tuple(Amount(resource=name, amount=used) for name, used in found.items() if used)


class Ledger:
    """Reservations and what is used up, fact by fact.

    Attributes:
        supplies: What the runtime limits.
        held: What attempts have now, by token.
        used: Of budgets, so far.
        granted: To budgets, in addition.
        flows: What was taken of rates within their latest periods, each with its time.
        returned: Attempts that have given back what they had, and whose result is not
            recorded; only where the facts are read (`reading`).
    """

    def __init__(self) -> None:
        self.supplies: dict[str, Supply] = {}
        self.held: dict[Token, Holding] = {}
        self.used: dict[Source, float] = {}
        self.granted: dict[Source, float] = {}
        self.flows: dict[str, deque[tuple[float, float]]] = {}
        self.returned: set[Token] = set()

    def reading(self, recorded: Iterable[Fact]) -> Iterator[Fact]:
        """Take note of facts while somebody else reads them."""
        for fact in recorded:
            self.apply(fact)
            if type(fact) is facts.ResourcesReturned:
                self.returned.add(fact.lease.token)
            elif type(fact) is facts.SubtaskCompleted and fact.lease is not None:
                self.returned.discard(fact.lease.token)
            yield fact

    def apply(self, fact: Message) -> None:
        """Take note of one; what does not belong here is passed over."""
        change = self._changes.get(type(fact))
        if change is not None:
            change(self, fact)

    def budgets(self, claims: Iterable[Claim]) -> list[Claim]:
        """Those of *claims* that use something up."""
        return [claim for claim in claims if self._consumes(claim)]

    def forget(self, goal: GoalId) -> None:
        """What was used of that goal's budgets matters to nobody any more."""
        for table in (self.used, self.granted):
            for key in [key for key in table if key.goal == goal]:
                del table[key]

    def _consumes(self, claim: Claim) -> bool:
        whose = claim.of
        return whose == "goal" or (
            whose == "runtime" and isinstance(self.supplies.get(claim.resource), Budget)
        )

    # Facts

    def _supplied(self, fact: facts.ResourcesSupplied) -> None:
        self.supplies = {one.resource: one.supply for one in fact.supplies}

    def _reserved(self, fact: facts.ResourcesReserved) -> None:
        known = self.held.get(fact.lease.token)
        if known is not None:  # it draws on more than it had demanded
            known.claims = fact.claims
            return
        self.held[fact.lease.token] = Holding(fact.lease, fact.claims)
        for claim in fact.claims:
            supply = self.supplies.get(claim.resource) if claim.of == "runtime" else None
            if isinstance(supply, Rate):
                flow = self.flows.setdefault(claim.resource, deque())
                flow.append((fact.at, claim.amount))
                while flow[0][0] <= fact.at - supply.per:
                    flow.popleft()

    def _started(self, fact: facts.SubtaskStarted) -> None:
        holding = self.held.get(fact.lease.token)
        if holding is not None:
            holding.ran = True

    def _spent(self, fact: facts.ResourcesSpent) -> None:
        holding = self.held.get(fact.lease.token)
        if holding is None:  # it demands nothing, and spends all the same
            holding = self.held[fact.lease.token] = Holding(fact.lease, (), ran=True)
        holding.spent = {one.resource: one.amount for one in fact.spent}

    def _returned(self, fact: facts.ResourcesReturned) -> None:
        holding = self.held.pop(fact.lease.token, None)
        used = {one.resource: one.amount for one in fact.used}
        for claim in () if holding is None else self.budgets(holding.claims):
            # Of the runtime's the sum is recorded next, unless its process ends in between.
            if claim.resource in used:
                key = source(claim)
                self.used[key] = self.used.get(key, 0.0) + used[claim.resource]

    def _charged(self, fact: facts.BudgetCharged) -> None:
        self.used[Source("runtime", fact.resource)] = fact.used

    def _granted(self, fact: facts.BudgetGranted) -> None:
        key = Source("goal" if fact.goal else "runtime", fact.resource, fact.goal)
        self.granted[key] = self.granted.get(key, 0.0) + fact.amount

    def _reopened(self, fact: facts.RuntimeStarted) -> None:
        """Whoever had something has ended with the process of before."""
        del fact
        for holding in self.held.values():
            for claim in self.budgets(holding.claims):
                key = source(claim)
                self.used[key] = self.used.get(key, 0.0) + holding.used(claim)
        self.held.clear()
        self.returned.clear()

    def _goal_forgotten(self, fact: facts.GoalForgotten) -> None:
        self.forget(fact.goal)

    _changes: ClassVar[dict[type[Message], Callable[[Ledger, Any], None]]] = {
        facts.ResourcesSupplied: _supplied,
        facts.ResourcesReserved: _reserved,
        facts.ResourcesSpent: _spent,
        facts.ResourcesReturned: _returned,
        facts.BudgetCharged: _charged,
        facts.BudgetGranted: _granted,
        facts.SubtaskStarted: _started,
        facts.RuntimeStarted: _reopened,
        facts.GoalForgotten: _goal_forgotten,
    }
