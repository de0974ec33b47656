"""What is left of a goal's budget."""

from __future__ import annotations

from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.supplied import left_of
from callboard.messages import facts
from callboard.messages.resources import Allowance, Amount, Claim
from callboard.messages.values import Goal
from tests.actors.logic.office import lease

GOAL = Goal(id="g", text="dig", budget=(Allowance(resource="USD", amount=10.0, then="fail"),))


def usd(amount: float, goal: str = "g") -> Claim:
    return Claim(resource="usd", of="goal", amount=amount, goal=goal)


def left(ledger: Ledger) -> float:
    [allowance] = left_of(GOAL, ledger)
    assert (allowance.resource, allowance.then) == ("USD", "fail")
    return allowance.amount


def test_what_is_reserved_used_and_granted_counts() -> None:
    ledger = Ledger()
    assert left(ledger) == 10.0
    ledger.apply(facts.ResourcesReserved(at=1.0, lease=lease("a", 1), claims=(usd(3.0),)))
    assert left(ledger) == 7.0
    used = (Amount(resource="usd", amount=1.0),)
    ledger.apply(facts.ResourcesReturned(at=2.0, lease=lease("a", 1), used=used))
    assert left(ledger) == 9.0
    ledger.apply(facts.BudgetGranted(at=3.0, resource="usd", amount=5.0, goal="g"))
    assert left(ledger) == 14.0


def test_what_others_use_does_not_count_and_nothing_is_below_zero() -> None:
    ledger = Ledger()
    other = facts.ResourcesReserved(at=1.0, lease=lease("x", 1, "h"), claims=(usd(3.0, "h"),))
    ledger.apply(other)
    assert left(ledger) == 10.0
    ledger.apply(facts.BudgetGranted(at=3.0, resource="usd", amount=-50.0, goal="g"))
    assert left(ledger) == 0.0
