"""What work takes of resources, and gives back."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import GoalId
from callboard.messages.facts.base import Fact
from callboard.messages.resources import Amount, Claim, Supplied
from callboard.messages.values import Lease


class ResourcesSupplied(Fact):
    """A scheduler begins, and the runtime limits these resources."""

    level: ClassVar[str] = "debug"
    supplies: tuple[Supplied, ...]


class ResourcesReserved(Fact):
    """An attempt has this for as long as it lasts."""

    level: ClassVar[str] = "debug"
    lease: Lease
    claims: tuple[Claim, ...]


class ResourcesSpent(Fact):
    """An attempt says what it has used up so far.

    Attributes:
        spent: In all since it began.
    """

    level: ClassVar[str] = "debug"
    lease: Lease
    spent: tuple[Amount, ...]


class ResourcesReturned(Fact):
    """An attempt has ended, and its handler with it: what it had is free.

    Attributes:
        used: What it has used up of budgets, its goal's among them; the rest is free too.
    """

    level: ClassVar[str] = "debug"
    lease: Lease
    used: tuple[Amount, ...] = ()


class BudgetCharged(Fact):
    """So much is used up of a budget of the runtime; it stays so when goals are forgotten.

    Attributes:
        used: In all, since the journal began.
    """

    level: ClassVar[str] = "debug"
    resource: str
    used: float


class BudgetGranted(Fact):
    """There is more of a budget than was said at first.

    Attributes:
        goal: Whose; "" for the runtime's.
        amount: In addition to what there was.
    """

    durable: ClassVar[bool] = True
    resource: str
    amount: float
    goal: GoalId = ""
