"""Large demands are passed for so long only, and nobody waits for what is there."""

from __future__ import annotations

from typing import Any

from callboard.messages.commands import GrantBudget
from callboard.messages.resources import Budget
from callboard.messages.values import Priority, replace
from callboard.messages.work import (
    AgentLeft,
    AgentUp,
    Cancelled,
    Release,
    Withdraw,
)
from tests.actors.logic.desk import TAU, down
from tests.actors.logic.pantry import A, B, Pantry, spent, task, worker

# Large demands


def large(**more: Any) -> Pantry:
    """Four small ones run, a large one and more small ones wait."""
    pantry = Pantry(A, supplies={"gpu": 4}, **more)
    pantry.queue(*(task(f"s{n}", demands={"gpu": 1}) for n in range(4)))
    pantry.queue(task("large", demands={"gpu": 4}, urgency=Priority.HIGH))
    pantry.queue(*(task(f"t{n}", demands={"gpu": 1}) for n in range(20)))
    return pantry


def test_small_demands_pass_a_large_one_until_it_has_waited_for_a_promotion() -> None:
    pantry = large()
    assert pantry.done("s0", 1.0) == {"t0": "a"}
    assert pantry.done("s1", TAU - 1.0) == {"t1": "a"}
    assert [pantry.done(name, TAU) for name in ("s2", "s3", "t0")] == [{}, {}, {}]
    assert pantry.done("t1", TAU + 1.0) == {"large": "a"}
    assert pantry.done("large", TAU + 2.0) == {f"t{n}": "a" for n in (2, 3, 4, 5)}


def test_what_nobody_could_do_now_keeps_nothing_from_others() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    pantry.say(1.0, AgentLeft(agent="b", reason=""))
    assert pantry.queue(task("s2", demands={"gpu": 1}, since=TAU), now=2 * TAU) == {"s2": "a"}


def test_what_nobody_could_do_can_be_cancelled_while_it_waits_for_a_resource() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    pantry.say(1.0, AgentLeft(agent="b", reason=""))
    # It keeps nothing from others any more, which is found out when one of them comes.
    pantry.queue(task("s2", demands={"gpu": 1}, since=TAU), now=2 * TAU)
    pantry.say(2 * TAU, Withdraw(subtasks=("large",), reason=""))
    pantry.note(pantry.desk.join(replace(B, id="b2")))
    assert pantry.done("s1", 2 * TAU) == {}
    assert pantry.queue(task("s3", "law", demands={"gpu": 1}), now=2 * TAU) == {"s3": "b2"}


def kept_waiting() -> Pantry:
    """One waits for `b`, and keeps what it will take from another one."""
    pantry = Pantry(A, worker("b", "law"), supplies={"gpu": 2})
    pantry.queue(task("s1", "law"), task("s2", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    assert pantry.done("s1", 1.0) == {}
    pantry.queue(task("s3", "law"), now=1.0)
    assert pantry.done("s2", 1.0) == {}
    assert pantry.queue(task("s4", demands={"gpu": 1}, since=TAU), now=2 * TAU) == {}
    return pantry


def test_who_is_kept_waiting_by_one_that_nobody_can_do_any_more_goes_on() -> None:
    assert kept_waiting().say(2 * TAU, AgentLeft(agent="b", reason="")) == {"s4": "a"}


def test_who_is_kept_waiting_by_one_whose_agent_joins_anew_without_its_skill_goes_on() -> None:
    pantry = kept_waiting()
    assert list(pantry.note(pantry.desk.join(worker("b"), now=2 * TAU))) == ["s4"]


def test_who_waits_for_a_used_up_budget_keeps_nothing_else_from_others() -> None:
    pantry = Pantry(A, supplies={"gpu": 2, "usd": Budget(3.0)})
    pantry.queue(task("s1", demands={"usd": 2, "gpu": 1}))
    pantry.start("s1")
    pantry.queue(task("s2", demands={"gpu": 1}), task("large", demands={"gpu": 2, "usd": 2}))
    assert pantry.queue(task("s3", demands={"gpu": 1}, since=TAU), now=2 * TAU) == {}
    assert pantry.done("s2", 2 * TAU) == {}
    assert pantry.done("s1", 2 * TAU, used=spent(usd=2.0)) == {"s3": "a"}
    pantry.say(2 * TAU, GrantBudget(resource="usd", amount=1.0))
    assert pantry.done("s3", 2 * TAU) == {"large": "a"}


def test_older_work_passes_one_that_is_not_passed_by_younger_ones() -> None:
    pantry = Pantry(A, supplies={"gpu": 4, "cpu": 1})
    pantry.queue(task("s1", demands={"gpu": 1}), task("c1", demands={"cpu": 1}))
    pantry.queue(task("large", demands={"gpu": 4}, since=50.0), now=50.0)
    older = task("older", demands={"gpu": 2}, since=10.0)
    younger = task("younger", demands={"gpu": 2}, since=60.0)
    assert pantry.queue(older, younger, now=2 * TAU) == {"older": "a"}


def test_two_that_want_the_same_two_resources_do_not_wait_for_each_other() -> None:
    pantry = Pantry(A, supplies={"x": 2, "y": 2})
    pantry.queue(task("x", demands={"x": 2}), task("y", demands={"y": 2}))
    pantry.queue(task("s1", demands={"x": 2, "y": 2}), task("s2", demands={"y": 2, "x": 2}))
    assert pantry.done("x", 2 * TAU) == {}
    assert pantry.done("y", 2 * TAU) == {"s1": "a"}
    assert pantry.done("s1", 3 * TAU) == {"s2": "a"}


def test_one_that_waits_for_a_key_takes_no_more_than_it_wants_from_others() -> None:
    pantry = Pantry(A, supplies={"gpu": 4})
    pantry.queue(task("s1", keys=["k"]), task("s2", keys=["k"], demands={"gpu": 1}))
    later = [task(f"t{n}", demands={"gpu": 1}, since=2 * TAU) for n in range(5)]
    assert len(pantry.queue(*later, now=2 * TAU)) == 3
    assert pantry.done("s1", 2 * TAU) == {"s2": "a"}


# Nobody waits for what is there


def test_when_nobody_does_the_work_of_who_is_not_passed_any_more_others_go_on() -> None:
    pantry = Pantry(worker("a", "sql", max_load=9), worker("b", "law"), supplies={"gpu": 2})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    later = task("s2", "sql", demands={"gpu": 1}, since=TAU)
    assert pantry.queue(later, now=2 * TAU) == {}
    assert pantry.say(2 * TAU, down("b")) == {"s2": "a"}


def test_who_could_not_be_done_for_a_while_is_not_passed_when_it_can_be_again() -> None:
    pantry = Pantry(worker("a", "sql", max_load=9), worker("b", "law"), supplies={"gpu": 2})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    pantry.say(2 * TAU, down("b"))
    assert pantry.queue(task("s2", "sql", demands={"gpu": 1}, since=TAU), now=2 * TAU) == {
        "s2": "a"
    }
    pantry.say(2 * TAU, AgentUp(agent="b", incarnation=2))
    assert pantry.queue(task("s3", "sql", demands={"gpu": 1}, since=TAU), now=2 * TAU) == {}
    assert pantry.done("s1", 2 * TAU) == {}
    assert pantry.done("s2", 2 * TAU) == {"large": "b"}


def test_who_waits_and_could_not_be_done_for_a_while_is_withdrawn_as_any_other() -> None:
    pantry = Pantry(worker("a", "sql", max_load=9), worker("b", "law"), supplies={"gpu": 2})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    pantry.say(2 * TAU, down("b"))
    pantry.queue(task("s2", "sql", demands={"gpu": 1}, since=TAU), now=2 * TAU)
    pantry.say(2 * TAU, Withdraw(subtasks=("large",), reason=""))
    assert "queued" not in pantry.desk.state()
    pantry.say(2 * TAU, AgentUp(agent="b", incarnation=2))
    assert pantry.queue(task("s3", "law", demands={"gpu": 0.5}, since=TAU), now=2 * TAU) == {}
    assert pantry.done("s1", 2 * TAU) == {"s3": "b"}


def test_who_is_let_in_and_lacks_something_else_leaves_it_to_the_next_one() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    both = task("both", keys=["k"], demands={"gpu": 1}, urgency=Priority.HIGH)
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", keys=["k"]))
    assert pantry.queue(both, task("s3", demands={"gpu": 1})) == {}
    assert pantry.done("s1") == {"s3": "a"}
    assert [pantry.done("s3", 2.0), pantry.done("s2", 2.0)] == [{}, {"both": "a"}]


def test_who_was_let_in_and_finds_something_else_gone_leaves_it_to_the_next_one() -> None:
    pantry = Pantry(worker("a", "sql"), B, supplies={"gpu": 1})
    pantry.queue(task("s1", "law", demands={"gpu": 1}), task("s2", "sql"))
    both = task("both", "sql", keys=["k"], demands={"gpu": 1}, urgency=Priority.HIGH)
    pantry.queue(both, task("next", "sql", demands={"gpu": 1}))
    assert pantry.done("s1") == {}  # both is let in, and sql has no slot
    assert pantry.queue(task("s3", "law", keys=["k"])) == {"s3": "b"}
    assert pantry.done("s2", 2.0) == {"next": "a"}


def test_where_two_things_of_the_runtimes_are_lacking_one_is_not_enough() -> None:
    pantry = Pantry(A, supplies={"gpu": 1, "calls": 1})
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", demands={"calls": 1}))
    two = [task(f"t{n}", demands={"gpu": 1, "calls": 1}) for n in range(2)]
    pantry.queue(*two)
    assert [pantry.done("s1"), pantry.done("s2", 2.0)] == [{}, {"t0": "a"}]
    assert pantry.done("t0", 3.0) == {"t1": "a"}


def test_two_of_which_each_lacks_what_the_other_one_waits_for_are_looked_at_once() -> None:
    pantry = Pantry(A, supplies={"gpu": 2, "calls": 2})
    pantry.queue(
        *(task(f"{name}{n}", demands={name: 1}) for name in ("gpu", "calls") for n in "12")
    )
    pantry.queue(task("s1", demands={"calls": 1, "gpu": 2}))
    pantry.queue(task("s2", demands={"gpu": 1, "calls": 2}))
    assert [pantry.done("gpu1"), pantry.done("calls1")] == [{}, {}]
    assert pantry.done("gpu2", 2.0) == {"s1": "a"}
    assert pantry.done("s1", 3.0) == {}
    assert pantry.done("calls2", 4.0) == {"s2": "a"}


def test_an_older_one_that_wants_less_lets_others_have_what_was_kept_for_the_oldest() -> None:
    pantry = Pantry(A, supplies={"gpu": 4})
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", keys=["k"]))
    large, small = (
        task("large", demands={"gpu": 4}, since=1.0),
        task("small", demands={"gpu": 1}, since=2.0),
    )
    assert pantry.queue(large, small, now=2 * TAU) == {}
    older = task("older", keys=["k"], demands={"gpu": 2}, since=0.5)
    assert pantry.queue(older, now=2 * TAU) == {"small": "a"}


# A scheduler dies


def test_who_waits_and_can_be_done_by_nobody_for_long_may_be_withdrawn_all_the_same() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 2}))
    pantry.queue(task("s2", "law", demands={"gpu": 2}), task("s3", demands={"gpu": 2}), now=1.0)
    pantry.say(2.0, AgentLeft(agent="b", reason=""))
    assert pantry.queue(task("s4", demands={"gpu": 1}), now=2 * TAU) == {}
    pantry.say(2 * TAU, Withdraw(subtasks=("s2",), reason="not wanted"))
    assert pantry.done("s1", 2 * TAU) == {"s3": "a"}


def test_of_those_who_have_waited_for_what_is_gone_nothing_is_kept() -> None:
    pantry = Pantry(A, B)
    for number in range(20):
        goal, key = f"g{number}", f"customer-{number}"
        budget: dict[str, Any] = {"goal": goal, "budget": {"usd": 5}, "keys": [key]}
        pantry.queue(task(f"s{number}", **budget, demands={"usd": 1}))
        others = [task(f"{name}{number}", **budget, demands={"usd": 5}) for name in "tu"]
        pantry.queue(*others, now=1.0)
        pantry.queue(task(f"v{number}", **budget, demands={"usd": 1}, since=TAU), now=2 * TAU)
        pantry.start(f"s{number}", 2 * TAU)
        pantry.done(f"s{number}", 2 * TAU)
        uuids = tuple(f"{name}{number}" for name in "tuv")
        pantry.say(2 * TAU, Withdraw(subtasks=uuids, reason=""))
        pantry.say(2 * TAU, Cancelled(lease=pantry.leases[f"v{number}"]))
        pantry.say(2 * TAU, Release(goals=(goal,), ended=True))
    reserving = pantry.desk.logic._leasing.reserving  # pyright: ignore[reportPrivateUsage]
    kept = reserving.shortages
    assert not kept._waiters  # pyright: ignore[reportPrivateUsage]
    assert not kept._barred  # pyright: ignore[reportPrivateUsage]
    assert not len(reserving.stores)
    assert not reserving.stores.ledger.used


def test_what_an_attempt_uses_up_after_its_goal_is_not_counted_for_ever() -> None:
    pantry = Pantry(A)
    pantry.queue(task("s1", budget={"usd": 5}, demands={"usd": 1}))
    pantry.start("s1")
    pantry.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    pantry.say(1.0, Release(goals=("g",), ended=True))
    pantry.say(2.0, Cancelled(lease=pantry.leases["s1"]))
    reserving = pantry.desk.logic._leasing.reserving  # pyright: ignore[reportPrivateUsage]
    assert not reserving.stores.ledger.used
