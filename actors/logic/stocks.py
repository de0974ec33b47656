"""How much there is of a resource, how much of that is taken, and by whom.

>>> from callboard.messages.values import Token
>>> one = Token(boot=1, incarnation=1, counter=1)
>>> gpus = Stock(2.0)
>>> gpus.take(one, 1.5, 0.0)
>>> gpus.fits(1.0, 0.0), gpus.fits(0.5, 0.0)
(False, True)
>>> gpus.give_back(one, 0.0), gpus.free(0.0)
(None, 2.0)
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from callboard.messages.resources import Budget, Pool, Rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.resources import Supply, Then
    from callboard.messages.values import Token

_CLOSE = 1e-9
"""Part of the whole by which roundings may make a sum too large."""


class Stock:
    """A renewable supply: what is taken is there again when it is given back.

    Attributes:
        amount: That there is in all.
        taken: By whom, by token.
    """

    __slots__ = ("_reserved", "amount", "taken")

    def __init__(self, amount: float) -> None:
        self.amount: float = amount
        self.taken: dict[Token, float] = {}
        self._reserved = 0.0

    @property
    def reserved(self) -> float:
        """How much is taken and not given back."""
        return self._reserved

    def free(self, now: float) -> float:
        """How much can be taken; below 0 where more is than there should be."""
        del now
        return self.amount - self._reserved

    def fits(self, wanted: float, now: float) -> bool:
        """Whether so much can be taken."""
        return wanted <= self.free(now) + _CLOSE * self.amount

    def never(self, wanted: float) -> bool:
        """Whether so much could not be taken if nothing else were."""
        return wanted > self.amount * (1 + _CLOSE)

    def when(self, wanted: float, now: float) -> float | None:
        """When so much can be taken if nobody does anything; None where that helps nothing."""
        del wanted, now
        return None

    def take(self, token: Token, wanted: float, now: float) -> None:
        """It is taken, also where there is not so much; of one token the last word counts."""
        del now
        self._reserved += wanted - self.taken.get(token, 0.0)
        self.taken[token] = wanted

    def inherit(self, token: Token, had: float) -> None:
        """It was taken when an earlier scheduler was there, and is not given back yet."""
        self.take(token, had, 0.0)

    def give_back(self, token: Token, used: float) -> None:
        """It is there again, but for what is *used* up; harmless where none was taken."""
        del used
        self._reserved -= self.taken.pop(token, 0.0)
        if not self.taken:
            self._reserved = 0.0  # what roundings would leave is forgotten with the last of it


class BudgetStock(Stock):
    """A consumable supply.

    Args:
        budget: As it was said.
        granted: In addition.
        used: Of that so far.

    Attributes:
        then: What follows when it is used up.
        said: It was said that it is used up, and nothing was granted since.
    """

    __slots__ = ("said", "then", "used")

    def __init__(self, budget: Budget, granted: float = 0.0, used: float = 0.0) -> None:
        super().__init__(budget.amount + granted)
        self.then: Then = budget.then
        self.used = used
        self.said = False

    def free(self, now: float) -> float:
        """How much is neither used up nor reserved."""
        return super().free(now) - self.used

    def never(self, wanted: float) -> bool:
        """More may be granted, so nothing is impossible."""
        del wanted
        return False

    def exhausted(self, wanted: float) -> bool:
        """Whether so much would not be left if all that is reserved were given back."""
        return self.used + wanted > self.amount * (1 + _CLOSE)

    def grant(self, more: float) -> None:
        """There is more, or less."""
        self.amount += more
        self.said = False

    def give_back(self, token: Token, used: float) -> None:
        """What is used up stays so."""
        super().give_back(token, used)
        self.used += used


class RateStock(Stock):
    """A supply of which there is so much in any period: it slides, and is not given back.

    Args:
        rate: As it was said.
        taken: What was taken before, each with its time, oldest first.
    """

    __slots__ = ("_flow", "per")

    def __init__(self, rate: Rate, taken: Iterable[tuple[float, float]] = ()) -> None:
        super().__init__(rate.amount)
        self.per = rate.per
        self._flow = deque(taken)
        self._reserved = math.fsum(amount for _, amount in self._flow)

    def free(self, now: float) -> float:
        """What has not been taken within the period before *now*."""
        flow = self._flow
        while flow and flow[0][0] <= now - self.per:
            self._reserved -= flow.popleft()[1]
        if not flow:
            self._reserved = 0.0
        return self.amount - self._reserved

    def when(self, wanted: float, now: float) -> float | None:
        """When enough of what was taken is a whole period ago."""
        free = self.free(now)
        for at, amount in self._flow:
            free += amount
            if wanted <= free + _CLOSE * self.amount:
                return at + self.per
        return None

    def take(self, token: Token, wanted: float, now: float) -> None:
        """It counts from now on."""
        del token
        # A clock that was put back must not hide what is older behind what is younger.
        at = max(now, self._flow[-1][0]) if self._flow else now
        self._flow.append((at, wanted))
        self._reserved += wanted

    def inherit(self, token: Token, had: float) -> None:
        """It is in the flow already, as long as it counts."""

    def give_back(self, token: Token, used: float) -> None:
        """Nothing: time gives it back."""


def stock_of(
    supply: Supply,
    *,
    granted: float = 0.0,
    used: float = 0.0,
    flow: Iterable[tuple[float, float]] = (),
) -> Stock:
    """The stock of a supply, as it stands.

    Args:
        supply: How it is limited.
        granted: Of a budget, in addition.
        used: Of a budget.
        flow: Of a rate, what was taken, each with its time.
    """
    match supply:
        case Budget():
            return BudgetStock(supply, granted, used)
        case Rate():
            return RateStock(supply, flow)
        case Pool():
            return Stock(supply.amount)
