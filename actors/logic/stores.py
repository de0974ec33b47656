"""The stock of every supply that anybody has asked for, and what earlier schedulers knew of it.

A stock is made when it is first asked for: those of goals and concurrency keys, of which
there may be many, are there only as long as somebody needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.demands import places
from callboard.actors.logic.ledger import Ledger, source
from callboard.actors.logic.skills import normal
from callboard.actors.logic.stocks import BudgetStock, Stock, stock_of
from callboard.messages.resources import Budget, Pool

if TYPE_CHECKING:
    from callboard.actors.logic.ledger import Source
    from callboard.actors.logic.resource_options import ResourceOptions
    from callboard.messages.base import GoalId
    from callboard.messages.resources import Claim, Supply
    from callboard.messages.values import Ready, Token


class Stores:
    """All stocks.

    Args:
        options: What the runtime limits.

    Attributes:
        supplies: That, by `normal` name.
        ledger: What earlier schedulers knew, and who has what now.
    """

    def __init__(self, options: ResourceOptions) -> None:
        self.supplies = options.supplies
        self._concurrency = options.concurrency
        self.ledger = Ledger()
        self.ledger.supplies = dict(options.supplies)
        self._stocks: dict[Source, Stock] = {}
        self._inherited: dict[Source, dict[Token, float]] = {}

    def __len__(self) -> int:
        """How many stocks somebody has asked for."""
        return len(self._stocks)

    def inherit(self, ledger: Ledger) -> None:
        """Go on where an earlier scheduler was."""
        ledger.supplies = dict(self.supplies)
        self.ledger = ledger
        for token, holding in ledger.held.items():
            for claim in holding.claims:
                had = max(claim.amount, holding.spent.get(claim.resource, 0.0))
                self._inherited.setdefault(source(claim), {})[token] = had

    # Asked for

    def of(self, claim: Claim, ready: Ready) -> Stock:
        """What it is a claim on, for that subtask."""
        key = source(claim)
        stock = self._stocks.get(key)
        if stock is not None:
            return stock
        if claim.of == "runtime":
            return self._made(key, self.supplies[claim.resource])
        if claim.of == "goal":
            of = next(a for a in ready.budget if normal(a.resource) == claim.resource)
            return self._made(key, Budget(of.amount, of.then))
        return self._made(key, Pool(float(places(claim.resource, self._concurrency))))

    def known(self, key: Source) -> Stock | None:
        """That supply's, if it is there."""
        return self._stocks.get(key)

    def _made(self, key: Source, supply: Supply) -> Stock:
        ledger = self.ledger
        stock = self._stocks[key] = stock_of(
            supply,
            granted=ledger.granted.get(key, 0.0),
            used=ledger.used.get(key, 0.0),
            flow=ledger.flows.get(key.resource, ()) if key.of == "runtime" else (),
        )
        for token, had in self._inherited.pop(key, {}).items():
            stock.inherit(token, had)
        return stock

    # Changed

    def give_back(self, key: Source, token: Token, used: float) -> Stock | None:
        """It is there again, but for what is *used* up of a budget.

        Returns:
            The stock; None where nobody has asked for it since an earlier scheduler, or
            its goal has ended.
        """
        stock = self._stocks.get(key)
        if stock is None and key.of == "runtime" and key.resource in self.supplies:
            stock = self._made(key, self.supplies[key.resource])
        if stock is None:
            self._give_back_inherited(key, token, used)
        else:
            stock.give_back(token, used)
        return stock

    def _give_back_inherited(self, key: Source, token: Token, used: float) -> None:
        had = self._inherited.get(key)
        if had is None or had.pop(token, None) is None:
            return
        if key.of == "goal":
            self.ledger.used[key] = self.ledger.used.get(key, 0.0) + used
        if not had:
            del self._inherited[key]

    def grant(self, key: Source, more: float) -> None:
        """More of a budget may be used up."""
        granted = self.ledger.granted
        granted[key] = granted.get(key, 0.0) + more
        stock = self._stocks.get(key)
        if isinstance(stock, BudgetStock):
            stock.grant(more)

    # Forgotten

    def forget(self, goal: GoalId) -> None:
        """The goal has ended."""
        self.ledger.forget(goal)
        for table in (self._stocks, self._inherited):
            for key in [key for key in table if key.goal == goal]:
                del table[key]

    def tidy(self, key: Source) -> None:
        """Of a concurrency key that nobody has or waits for nothing is kept."""
        stock = self._stocks.get(key)
        if key.of == "key" and stock is not None and not stock.taken:
            del self._stocks[key]
