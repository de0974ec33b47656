"""Goals that are over leave what they took of rates, and used up of budgets."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.ledger import Ledger, Source
from callboard.actors.logic.remains import Remains
from callboard.messages import facts
from callboard.messages.facts import Fact, goal_of
from callboard.messages.resources import Budget, Rate
from callboard.messages.values import replace
from callboard.messages.work import Progress
from tests.actors.logic.desk import lease
from tests.actors.logic.pantry import A, Pantry, spent, task

SUPPLIES: dict[str, Any] = {"gpu": 9, "usd": Budget(20.0), "calls": Rate(9, per=100.0)}
REOPENED = facts.RuntimeStarted(at=50.0, boot=2)


def two_goals() -> list[Fact]:
    """What `over` and `open` took, each with an attempt that ended and one that had not."""
    pantry = Pantry(A, supplies=SUPPLIES)
    for goal in ("over", "open"):
        demands = {"gpu": 1, "usd": 2, "calls": 2}
        tasks = [task(f"{goal}-{n}", goal=goal, demands=demands) for n in range(2)]
        pantry.queue(*tasks, now=10.0)
        for each in tasks:
            pantry.start(each.subtask.uuid, 10.0)
        pantry.done(f"{goal}-0", 20.0, used=spent(usd=1.0))
    used = spent(usd=3.0)
    pantry.say(30.0, Progress(lease=pantry.leases["over-1"], fraction=0.5, spent=used))
    return pantry.facts


def ledger(told: list[Fact]) -> Ledger:
    found = Ledger()
    for fact in told:
        found.apply(fact)
    return found


def without(told: list[Fact], latest: float = 40.0) -> list[Fact]:
    """What stands for these facts in the next process."""
    remains = Remains("over".__eq__, latest)
    return [*remains.passing(told), *remains.left()]


def test_the_next_process_knows_what_was_used_and_what_was_taken_of_rates() -> None:
    told = two_goals()
    whole, left = ledger([*told, REOPENED]), ledger([*without(told), REOPENED])
    assert left.used == whole.used == {Source("runtime", "usd"): 7.0}
    assert left.flows == whole.flows
    assert sum(amount for _, amount in left.flows["calls"]) == 8.0
    assert left.held == whole.held == {}


def test_nothing_else_of_those_goals_is_left() -> None:
    left = without(two_goals())
    assert {goal_of(fact) for fact in left} == {"", "open"}
    kinds = {type(fact) for fact in left if getattr(fact, "goal", None) != "open"}
    assert facts.SubtaskQueued not in kinds


def test_what_a_rate_does_not_count_any_more_is_left_out() -> None:
    told = two_goals()
    of_nobody = [f for f in without(told, 111.0) if isinstance(f, facts.ResourcesReserved)]
    assert [fact.lease.goal for fact in of_nobody] == ["open", "open"]


def test_what_has_taken_their_place_once_goes_in_its_time() -> None:
    remains = Remains("over".__eq__, 40.0)
    once = list(remains.passing(two_goals()))
    assert list(Remains("over".__eq__, 40.0).passing(once)) == once
    later = list(Remains("over".__eq__, 111.0).passing(once))
    assert sum(amount for _, amount in ledger(later).flows["calls"]) == 4.0


def test_what_was_used_counts_where_the_sum_was_not_recorded_any_more() -> None:
    told = two_goals()
    last = max(n for n, fact in enumerate(told) if isinstance(fact, facts.BudgetCharged))
    assert isinstance(told[last - 1], facts.ResourcesReturned)
    whole, torn = ledger(told[: last + 1]), ledger(told[:last])
    assert torn.used == whole.used == {Source("runtime", "usd"): 2.0}


def test_of_a_budget_only_the_latest_sum_is_left() -> None:
    told = two_goals()
    assert sum(isinstance(fact, facts.BudgetCharged) for fact in told) == 2
    assert [f.used for f in without(told) if isinstance(f, facts.BudgetCharged)] == [5.0]
    going_on = Remains("over".__eq__, 40.0)
    kept = [*going_on.passing(told), *going_on.latest()]
    assert [f.used for f in kept if isinstance(f, facts.BudgetCharged)] == [2.0]
    again = Remains("over".__eq__, 40.0)
    assert [*again.passing(kept), *again.latest()] == kept


def learnt(agent: str, goal: str, weight: float) -> facts.HonestyLearnt:
    held = replace(lease("s", agent), goal=goal)
    return facts.HonestyLearnt(at=weight, agent=agent, lease=held, weight=weight)


def test_what_bids_were_worth_is_left_of_goals_that_are_over() -> None:
    told = [learnt("a", "over", 1.0), learnt("b", "open", 2.0), learnt("a", "over", 3.0)]
    of_nobody = [replace(told[1], lease=None), replace(told[2], lease=None)]
    assert without([*told]) == [told[1], *of_nobody]
    assert without(without([*told])) == [told[1], *of_nobody]


def test_what_was_forgotten_of_bids_does_not_come_back() -> None:
    forgotten = facts.HonestyLearnt(at=4.0, agent="a")
    assert without([learnt("a", "open", 1.0), forgotten])[-1] == forgotten
