"""Who has what, and what is used up, is known after a restart."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.supplied import ResourceStanding, standings
from callboard.messages import facts
from callboard.messages.commands import GrantBudget
from callboard.messages.resources import Budget, Pool, Rate
from callboard.messages.supervision import Wake
from callboard.messages.work import (
    Cancelled,
    Resync,
    Running,
    Withdraw,
)
from tests.actors.logic.pantry import A, Pantry, spent, task


def successor(before: Pantry, *, stopping: tuple[str, ...] = (), **more: Any) -> Pantry:
    """It hears of all that is open, and of A that it still holds what it did."""
    after = Pantry(A, incarnation=2, recorded=before.facts, **more)
    after.leases = dict(before.leases)
    running = tuple(le for u, le in before.leases.items() if u not in stopping)
    told = tuple(before.leases[uuid] for uuid in stopping)
    after.say(0.1, Running(agent="a", leases=running, stopping=told))
    return after


def test_what_attempts_have_is_known_to_the_next_scheduler() -> None:
    before = Pantry(A, supplies={"gpu": 2})
    open_ = [task(f"s{n}", demands={"gpu": 1}, keys=["k"]) for n in (1, 2)]
    before.queue(*open_)
    after = successor(before, supplies={"gpu": 2})
    after.say(0.2, Resync(subtasks=tuple(open_), incarnation=2))
    assert after.say(5.0, Wake()) == {}
    assert after.done("s1", 6.0) == {"s2": "a"}


def test_a_handler_that_an_earlier_scheduler_told_to_stop_keeps_what_it_has() -> None:
    before = Pantry(A, supplies={"gpu": 2})
    before.queue(task("s1", demands={"gpu": 2}))
    before.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    after = successor(before, stopping=("s1",), supplies={"gpu": 2})
    after.say(2.0, Resync(subtasks=(task("s2", demands={"gpu": 1}),), incarnation=2))
    assert after.say(5.0, Wake()) == {}
    assert after.say(6.0, Cancelled(lease=before.leases["s1"])) == {"s2": "a"}


def test_what_nobody_holds_any_more_is_free_after_a_restart() -> None:
    before = Pantry(A, supplies={"usd": Budget(10.0)})
    before.queue(task("s1", demands={"usd": 6}))
    before.start("s1")
    after = Pantry(A, incarnation=2, recorded=before.facts, supplies={"usd": Budget(10.0)})
    after.say(0.1, Running(agent="a", leases=()))
    after.say(0.2, Resync(subtasks=(task("s1", demands={"usd": 4}),), incarnation=2))
    assert after.say(5.0, Wake()) == {"s1": "a"}
    [charged] = after.kept(facts.BudgetCharged)
    assert charged.used == 6.0  # it ran, and nobody knows what it has used


def test_what_was_given_back_is_not_used_again_where_nobody_has_recorded_the_end() -> None:
    done = task("s1", demands={"usd": 6})
    before = Pantry(A, supplies={"usd": Budget(10.0)})
    before.queue(done)
    before.start("s1")
    before.done("s1", used=spent(usd=4.0))  # the scheduler dies before it can say so
    after = successor(before, supplies={"usd": Budget(10.0)})
    after.say(0.2, Resync(subtasks=(done,), incarnation=2))
    after.done("s1", used=spent(usd=4.0))
    assert {charged.used for charged in after.kept(facts.BudgetCharged)} == {4.0}


def test_what_was_used_and_granted_holds_in_the_next_process() -> None:
    supplies = {"usd": Budget(10.0), "calls": Rate(1, per=100.0)}
    before = Pantry(A, supplies=supplies)
    demands = {"usd": 4.0, "calls": 1.0}
    budget = {"usd": 9.0}
    before.queue(task("s1", demands=demands, budget=budget))
    before.done("s1", used=spent(usd=5.0))
    before.say(2.0, GrantBudget(resource="usd", amount=1.0))
    before.queue(task("s2", demands={"usd": 2.0}, budget=budget), now=3.0)
    before.start("s2", 3.0)
    reopened = facts.RuntimeStarted(at=9.0, boot=2)
    again = Pantry(A, recorded=[*before.facts, reopened], supplies=supplies)
    # 5 + 2 of 11 are used, and of its goal's 9 as much: 2 are left there.
    open_ = [task("s3", demands={"usd": 2.1}, budget=budget), task("s4", demands=demands)]
    assert again.queue(*open_, now=10.0) == {}
    assert again.queue(task("s5", demands={"usd": 2.0}, budget=budget), now=10.0) == {"s5": "a"}
    assert again.say(100.0, Wake()) == {}
    assert again.done("s5", 101.0, used=spent(usd=0.0)) == {"s4": "a"}


def test_the_ledger_shows_how_resources_stand() -> None:
    pantry = Pantry(A, supplies={"gpu": 4, "usd": Budget(10.0), "calls": Rate(9, per=60.0)})
    pantry.queue(task("s1", demands={"gpu": 1, "usd": 4}), task("s2", demands={"gpu": 1}))
    pantry.done("s1", used=spent(usd=3.0))
    pantry.queue(task("s3", demands={"usd": 2, "calls": 2}), now=2.0)
    told = ResourceStanding
    ledger = Ledger()
    ledger.supplies = {"gpu": Pool(4.0), "usd": Budget(10.0), "calls": Rate(9.0, 60.0)}
    for fact in pantry.facts:
        ledger.apply(fact)
    assert standings(ledger) == {
        "gpu": told(kind="pool", amount=4.0, reserved=1.0, available=3.0),
        "usd": told(kind="budget", amount=10.0, reserved=2.0, used=3.0, available=5.0),
        "calls": told(kind="rate", amount=9.0, reserved=2.0, per=60.0),
    }
