"""Budgets are used up, by whatever was really used, until more is granted."""

from __future__ import annotations

from callboard.messages import facts
from callboard.messages.notices import BudgetExhausted
from callboard.messages.resources import Budget
from callboard.messages.work import (
    Progress,
)
from tests.actors.logic.desk import down
from tests.actors.logic.pantry import A, C, Pantry, spent, task


def test_what_was_used_takes_the_place_of_what_was_reserved_and_stays_used() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0)})
    pantry.queue(task("s1", demands={"usd": 6}), task("s2", demands={"usd": 6}))
    assert pantry.done("s1", used=spent(usd=3.0)) == {"s2": "a"}
    assert pantry.kept(facts.BudgetCharged) == [
        facts.BudgetCharged(at=1.0, resource="usd", used=3.0)
    ]


def test_without_a_word_of_its_use_the_reservation_counts_if_the_handler_ran() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0)})
    pantry.queue(task("s1", demands={"usd": 6}), task("s2", demands={"usd": 6}))
    assert pantry.done("s1") == {}
    [exhausted] = pantry.seen(BudgetExhausted)
    assert (exhausted.subtask, exhausted.used, exhausted.fails) == ("s2", 6.0, False)


def test_an_attempt_that_never_ran_has_used_nothing() -> None:
    pantry = Pantry(A, C, supplies={"usd": Budget(10.0)})
    pantry.queue(task("s1", demands={"usd": 10}))
    pantry.say(1.0, down(pantry.leases["s1"].agent))
    assert pantry.leases["s1"].attempt == 1
    assert pantry.kept(facts.BudgetCharged) == []


def test_a_used_up_budget_fails_who_wants_it_if_it_is_to() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0, then="fail")})
    pantry.queue(task("s1", demands={"usd": 6}), task("s2", demands={"usd": 6}))
    assert pantry.failed == {}  # perhaps s1 uses less
    pantry.done("s1")
    assert pantry.failed == {"s2": "BudgetUsedUp"}
    assert len(pantry.seen(BudgetExhausted)) == 1
    pantry.queue(task("s3", demands={"usd": 6}), task("s4", demands={"usd": 4}), now=2.0)
    assert pantry.failed == {"s2": "BudgetUsedUp", "s3": "BudgetUsedUp"}
    assert "s4" in pantry.leases


def test_a_goals_budget_is_its_own_and_the_runtimes_counts_as_well() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0)})
    mine = [task(f"m{n}", goal="mine", budget={"usd": 5}, demands={"usd": 4}) for n in range(2)]
    assert pantry.queue(*mine, task("other", goal="other", demands={"usd": 6})) == {
        "m0": "a",
        "other": "a",
    }
    assert pantry.done("m0", used=spent(usd=1.0)) == {}
    assert pantry.done("other", used=spent(usd=5.0)) == {"m1": "a"}
    pantry.done("m1", 3.0)
    used = [fact.used for fact in pantry.kept(facts.BudgetCharged)]
    assert used == [1.0, 6.0, 10.0]


def test_what_is_spent_meanwhile_counts_at_once_beyond_what_was_reserved() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0)})
    pantry.queue(task("s1", demands={"usd": 2}))
    held = pantry.leases["s1"]
    pantry.say(1.0, Progress(lease=held, spent=spent(usd=7.0)))
    assert pantry.queue(task("s2", demands={"usd": 4}), now=2.0) == {}
    pantry.say(3.0, Progress(lease=held, spent=spent(usd=5.0)))  # it came late
    assert pantry.done("s1", 4.0, used=spent(usd=7.0)) == {}
    assert pantry.queue(task("s3", demands={"usd": 3}), now=5.0) == {"s3": "a"}


def test_money_that_nobody_had_spoken_of_is_spent_all_the_same() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(10.0)})
    pantry.queue(task("s1", demands={"usd": 1}), task("s2"))
    pantry.done("s2", used=spent(USD=9.5, pages=3))
    assert pantry.kept(facts.ResourcesReturned)[0].used == spent(usd=9.5, pages=3)
    assert pantry.queue(task("s3", demands={"usd": 1}), now=2.0) == {}
