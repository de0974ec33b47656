"""What attempts take of resources, and give back.

Whoever lacks something is put aside (`admitting`); how much there is of everything is
known to the `stores`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.admitting import Admitting
from callboard.actors.logic.demands import claimed, divide
from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.ledger import Holding, Source, source
from callboard.actors.logic.skills import normal
from callboard.actors.logic.stocks import BudgetStock, RateStock
from callboard.messages import facts
from callboard.messages.reasons.resources import WaitsForResource
from callboard.messages.resources import Amount, Budget, Claim, Supplied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callboard.actors.logic.alarms import Alarms
    from callboard.actors.logic.demands import Room
    from callboard.actors.logic.ledger import Ledger
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.messages.base import GoalId
    from callboard.messages.values import Lease, Ready, Skill, Token


SHOWN = 5
"""Subtasks that have something, that are told one by one."""


class Reserving(Admitting):
    """What is taken of all supplies.

    Args:
        options: As for `Admitting`.
        tau: Likewise.
        alarms: Likewise.
        could: Likewise.

    Attributes:
        held: What attempts have, by token.
        returned: Attempts that have given it back to an earlier scheduler, which nobody else
            knows to have ended.
    """

    def __init__(
        self,
        options: ResourceOptions,
        tau: float,
        alarms: Alarms[tuple[str, str]],
        could: Callable[[Needs], bool],
    ) -> None:
        super().__init__(options, tau, alarms, could)
        self.held: dict[Token, Holding] = self.stores.ledger.held
        self.returned: set[Token] = self.stores.ledger.returned

    # An earlier scheduler

    def inherit(self, ledger: Ledger) -> None:
        """Go on where an earlier one was."""
        self.stores.inherit(ledger)
        self.held, self.returned = ledger.held, ledger.returned

    def begin(self, now: float) -> list[Effect]:
        """Say what the runtime limits, and what of that is used up."""
        if not self.stores.supplies:
            return []
        listed = tuple(Supplied(resource=n, supply=s) for n, s in self.stores.supplies.items())
        effects: list[Effect] = [Record(facts.ResourcesSupplied(at=now, supplies=listed))]
        for name, supply in self.stores.supplies.items():
            used = self.stores.ledger.used.get(Source("runtime", name))
            if used and isinstance(supply, Budget):
                effects.append(_charged(name, used, now))
        return effects

    # What a subtask demands

    def claim(self, work: Work) -> None:
        """Take note of what it demands; what agents must offer is among its needs."""
        offered, work.claims = divide(work.ready, self.stores.supplies)
        if offered:
            work.needs = work.needs.union(offered)

    def offered(self, ready: Ready) -> tuple[Skill, ...]:
        """What agents must offer for a subtask."""
        return divide(ready, self.stores.supplies)[0]

    def never(self, work: Work) -> tuple[str, ...]:
        """What of it nobody could ever give, in words."""
        return tuple(
            f"{claim.resource} >= {claim.amount:g} ({stock.amount:g} in all)"
            for claim in work.claims
            if (stock := self.stores.of(claim, work.ready)).never(claim.amount)
        )

    def lacking(self, work: Work, now: float) -> Claim | None:
        """The first thing that is not there for it now; None where all is."""
        for claim in work.claims:
            wanted = claim.amount + self.shortages.kept(source(claim), work, now)
            if not self.stores.of(claim, work.ready).fits(wanted, now):
                return claim
        return None

    def reasons(self, work: Work, now: float) -> list[WaitsForResource]:
        """What is not there for it, for people; it takes O(n) of what attempts have."""
        found: list[WaitsForResource] = []
        for claim in work.claims:
            key, stock = source(claim), self.stores.of(claim, work.ready)
            kept = self.shortages.kept(key, work, now)
            if stock.fits(claim.amount + kept, now):
                continue
            held = self.held.values()
            holders = [h.lease.subtask for h in held if any(source(c) == key for c in h.claims)]
            waits = WaitsForResource(
                claim=claim,
                free=max(0.0, stock.free(now)),
                amount=stock.amount,
                used=stock.used if isinstance(stock, BudgetStock) else 0.0,
                holders=tuple(holders[:SHOWN]),
                kept=kept,
                until=stock.when(claim.amount + kept, now),
            )
            found.append(waits)
        return found

    def free(self, claim: Claim, ready: Ready, now: float) -> float | None:
        """How much of it nobody has; None where time gives it back."""
        stock = self.stores.of(claim, ready)
        return None if isinstance(stock, RateStock) else stock.free(now)

    # It has it

    def take(self, work: Work, room: Room, lease: Lease, now: float) -> list[Effect]:
        """An attempt begins; also where there is not enough, for it runs already.

        Args:
            work: The subtask.
            room: What is taken of its agent's own.
            lease: The attempt.
            now: Seconds since the epoch.
        """
        self.left(work)
        if lease.token in self.held or lease.token in self.returned:  # of an earlier scheduler
            return []
        for claim in work.claims:
            self.stores.of(claim, work.ready).take(lease.token, claim.amount, now)
        own = tuple(Claim(resource=name, of="agent", amount=a) for name, a in room)
        claims = (*work.claims, *own)
        self.held[lease.token] = Holding(lease, claims)
        return [Record(facts.ResourcesReserved(at=now, lease=lease, claims=claims))]

    def ran(self, token: Token) -> None:
        """Its handler has begun."""
        holding = self.held.get(token)
        if holding is not None:
            holding.ran = True

    def spent(
        self, work: Work | None, lease: Lease, spent: Iterable[Amount], now: float
    ) -> list[Effect]:
        """An attempt says what it has used up, in all since it began.

        Args:
            work: The subtask; None where it is somebody else's by now.
            lease: The attempt.
            spent: Of each resource.
            now: Seconds since the epoch.
        """
        holding = self.held.get(lease.token)
        if holding is None and (work is None or lease.token in self.returned):
            return []
        if holding is None:  # it demands nothing, and spends all the same
            holding = self.held[lease.token] = Holding(lease, (), ran=True)
        effects: list[Effect] = []
        news = [one for one in spent if one.amount > holding.spent.get(normal(one.resource), -1.0)]
        for one in news:
            effects += self._draw(work, holding, normal(one.resource), one.amount, now)
        if not news:
            return []
        said = tuple(Amount(resource=n, amount=a) for n, a in holding.spent.items())
        return [*effects, Record(facts.ResourcesSpent(at=now, lease=lease, spent=said))]

    def _draw(
        self, work: Work | None, holding: Holding, name: str, spent: float, now: float
    ) -> list[Effect]:
        """It has used so much, perhaps more than it had demanded or of what it had not."""
        holding.spent = {**holding.spent, name: spent}
        effects: list[Effect] = []
        if work is not None and not any(c.resource == name for c in holding.claims):
            more = claimed(name, 0.0, work.ready, self.stores.supplies)
            if more:
                effects.append(self._claim_more(work, holding, more, now))
        for claim in holding.claims:
            stock = self.stores.known(source(claim))
            if claim.resource == name and isinstance(stock, BudgetStock):
                stock.take(holding.lease.token, max(claim.amount, spent), now)
        return effects

    def _used_more(self, key: Source) -> None:
        """Who draws on it may have nothing left to wait for, and keep nothing from others."""
        if self.shortages.draws(key):
            self.shortages.touch()

    def _claim_more(self, work: Work, holding: Holding, more: list[Claim], now: float) -> Record:
        for claim in more:
            self.stores.of(claim, work.ready)
        holding.claims = (*holding.claims, *more)
        lease, claims = holding.lease, holding.claims
        return Record(facts.ResourcesReserved(at=now, lease=lease, claims=claims))

    def release(self, token: Token, now: float) -> list[Effect]:
        """An attempt has ended, and its handler: what it had is there again."""
        holding = self.held.pop(token, None)
        if holding is None:
            return []
        budgets = self.stores.ledger.budgets(holding.claims)
        lease, used = holding.lease, holding.all_used(budgets)
        effects: list[Effect] = [Record(facts.ResourcesReturned(at=now, lease=lease, used=used))]
        for claim in holding.claims:
            key = source(claim)
            effects += self._give_back(key, token, holding.used(claim), now)
            self.touched[key] = None
        return effects

    def _give_back(self, key: Source, token: Token, used: float, now: float) -> list[Effect]:
        stock = self.stores.give_back(key, token, used)
        if not isinstance(stock, BudgetStock) or not used:
            return []
        self._used_more(key)
        return [_charged(key.resource, stock.used, now)] if key.of == "runtime" else []

    # Budgets

    def grant(self, key: Source, more: float, now: float) -> list[Effect]:
        """More of a budget may be used up."""
        self.stores.grant(key, more)
        self.touched[key] = None
        self.shortages.revive(key)
        fact = facts.BudgetGranted(at=now, resource=key.resource, amount=more, goal=key.goal)
        return [Record(fact)]

    def is_budget(self, resource: str) -> bool:
        """Whether the runtime has a budget of that `normal` name."""
        return isinstance(self.stores.supplies.get(resource), Budget)

    def forget(self, goal: GoalId) -> None:
        """The goal has ended."""
        self.stores.forget(goal)


def _charged(name: str, used: float, now: float) -> Record:
    return Record(facts.BudgetCharged(at=now, resource=name, used=used))
