"""How resources stand, for people: what there is, what is reserved, what is used up.

>>> ledger = Ledger()
>>> ledger.supplies = {"gpu": Pool(4.0)}
>>> standings(ledger)["gpu"].available
4.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from callboard.actors.logic.ledger import Ledger, Source, source
from callboard.actors.logic.skills import normal
from callboard.messages.resources import Budget, Pool, Rate
from callboard.messages.values import replace

if TYPE_CHECKING:
    from callboard.messages.resources import Allowance, Supply
    from callboard.messages.values import Goal

_KINDS: dict[type, Literal["pool", "budget", "rate"]] = {
    Pool: "pool",
    Budget: "budget",
    Rate: "rate",
}


class ResourceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that the runtime limits, as it stands.

    Attributes:
        kind: How it is limited.
        amount: That there is in all, with what was granted; of a rate in any period.
        reserved: What attempts have that have not ended.
        used: What is used up of a budget.
        available: What may be reserved now; None for a rate, which depends on the moment.
        per: Seconds of a rate's period; None for others.
    """

    kind: Literal["pool", "budget", "rate"]
    amount: float
    reserved: float
    used: float = 0.0
    available: float | None = None
    per: float | None = None


def left_of(goal: Goal, ledger: Ledger) -> tuple[Allowance, ...]:
    """What nothing has used up, or has reserved, of a goal's budget; never below 0."""
    reserved = _reserved(ledger)
    found: list[Allowance] = []
    for allowance in goal.budget:
        key = Source("goal", normal(allowance.resource), goal.id)
        there = allowance.amount + ledger.granted.get(key, 0.0)
        taken = ledger.used.get(key, 0.0) + reserved.get(key, 0.0)
        found.append(replace(allowance, amount=max(0.0, there - taken)))
    return tuple(found)


def standings(ledger: Ledger) -> dict[str, ResourceStanding]:
    """Each resource of the runtime, by name."""
    reserved = _reserved(ledger)
    found: dict[str, ResourceStanding] = {}
    for name, supply in ledger.supplies.items():
        key = Source("runtime", name)
        found[name] = _standing(ledger, key, supply, reserved.get(key, 0.0))
    return found


def _reserved(ledger: Ledger) -> dict[Source, float]:
    reserved: dict[Source, float] = {}
    for holding in ledger.held.values():
        for claim in holding.claims:
            key, spent = source(claim), holding.spent.get(claim.resource, 0.0)
            reserved[key] = reserved.get(key, 0.0) + max(claim.amount, spent)
    return reserved


def _standing(ledger: Ledger, key: Source, supply: Supply, reserved: float) -> ResourceStanding:
    used = ledger.used.get(key, 0.0)
    amount = supply.amount + ledger.granted.get(key, 0.0)
    if isinstance(supply, Rate):
        return ResourceStanding(kind="rate", amount=amount, reserved=reserved, per=supply.per)
    return ResourceStanding(
        kind=_KINDS[type(supply)],
        amount=amount,
        reserved=reserved,
        used=used,
        available=amount - used - reserved,
    )
