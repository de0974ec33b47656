"""Work waits for what it demands, nobody stands behind it, and nothing is given out twice."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.actors.logic.ledger import Ledger
from callboard.actors.logic.supplied import ResourceStanding, standings
from callboard.messages import facts
from callboard.messages.commands import Done, GrantBudget, Refused
from callboard.messages.errors import problem_of
from callboard.messages.errors.lookups import UnknownBudget
from callboard.messages.notices import BudgetExhausted, ResourceAwaited, Unschedulable
from callboard.messages.resources import Budget, Claim, Pool, Rate
from callboard.messages.supervision import Wake
from callboard.messages.values import Priority, replace
from callboard.messages.work import (
    AgentLeft,
    AgentUp,
    Cancelled,
    Failed,
    NotHeld,
    Progress,
    Resync,
    Running,
    Withdraw,
)
from tests.actors.logic.desk import TAU, WRONG, down
from tests.actors.logic.pantry import Pantry, spent, task, worker

A, B, C = (worker("a", max_load=20), worker("b", "law", max_load=9), worker("c", max_load=9))


_OF_RESOURCES = (facts.ResourcesReserved, facts.ResourcesReturned)


# Pools


def test_a_pool_is_shared_and_what_does_not_fit_waits_while_others_pass() -> None:
    pantry = Pantry(A, supplies={"gpu": 2})
    first, second = task("s1", demands={"GPU": 2}), task("s2", demands={"gpu": 1})
    assert pantry.queue(first, second, task("s3")) == {"s1": "a", "s3": "a"}
    [awaited] = pantry.seen(ResourceAwaited)
    assert (awaited.subtask, awaited.free) == ("s2", 0.0)
    assert awaited.claim == Claim(resource="gpu", of="runtime", amount=1.0)
    assert pantry.done("s1") == {"s2": "a"}


def test_what_is_reserved_and_given_back_is_recorded() -> None:
    pantry = Pantry(A, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 2}))
    pantry.done("s1", now=5.0)
    held = pantry.leases["s1"]
    claims = (Claim(resource="gpu", of="runtime", amount=2.0),)
    assert [f for f in pantry.facts if type(f) in _OF_RESOURCES] == [
        facts.ResourcesReserved(at=0.0, lease=held, claims=claims),
        facts.ResourcesReturned(at=5.0, lease=held),
    ]


def test_of_those_who_wait_as_many_go_on_as_there_is_room_for_in_their_order() -> None:
    pantry = Pantry(A, supplies={"gpu": 4})
    pantry.queue(task("s1", demands={"gpu": 4}))
    urgent = task("s2", demands={"gpu": 2}, urgency=Priority.LOW)
    others = [task(f"s{n}", demands={"gpu": 1}, urgency=Priority.HIGH) for n in (3, 4, 5)]
    assert pantry.queue(urgent, *others) == {}
    assert pantry.done("s1") == {"s3": "a", "s4": "a", "s5": "a"}
    assert pantry.done("s3", 2.0) == {"s2": "a"}


def test_who_waits_keeps_nobody_else_from_the_resource_even_where_no_agent_is_free_for_it() -> None:
    pantry = Pantry(worker("a", "sql", max_load=2), B, supplies={"gpu": 1})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}), task("s2", "sql"))
    # Who could do s3 has no slot left; law is free all the time.
    assert pantry.queue(task("s3", "sql", demands={"gpu": 1})) == {}
    assert pantry.queue(task("s4", "law", demands={"gpu": 1}), now=1.0) == {}
    pantry.queue(task("s5", "sql"), now=1.5)
    assert pantry.done("s1", 2.0) == {"s3": "a"}
    assert pantry.done("s3", 3.0) == {"s5": "a", "s4": "b"}


def test_a_subtask_that_demands_more_than_there_is_is_reported_at_once() -> None:
    pantry = Pantry(A, supplies={"gpu": 2})
    assert pantry.queue(task("s1", demands={"gpu": 3}), task("s2", demands={"gpu": 2})) == {
        "s2": "a"
    }
    assert pantry.notices == [
        Unschedulable(at=0.0, goal="g", subtask="s1", missing=("gpu >= 3 (2 in all)",)),
        *pantry.notices[1:],
    ]


def test_what_a_failed_attempt_had_is_free_while_it_waits_for_the_next_one() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", demands={"gpu": 1}))
    assert pantry.say(1.0, Failed(lease=pantry.leases["s1"], problem=WRONG, seconds=1.0)) == {
        "s2": "a"
    }


def test_what_was_withdrawn_is_free_only_when_its_handler_has_ended() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", demands={"gpu": 1}))
    held = pantry.leases["s1"]
    assert pantry.say(1.0, Withdraw(subtasks=("s1",), reason="")) == {}
    assert pantry.say(2.0, Cancelled(lease=held)) == {"s2": "a"}


def test_a_dead_agents_resources_are_free_also_those_of_handlers_that_had_not_ended() -> None:
    pantry = Pantry(A, C, supplies={"gpu": 2})
    pantry.queue(*(task(f"s{n}", demands={"gpu": 1}) for n in (1, 2)))
    pantry.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    pantry.queue(task("s3", demands={"gpu": 2}), now=1.0)
    holder = pantry.leases["s1"].agent
    assert pantry.leases["s2"].agent != holder
    pantry.say(2.0, down(holder))
    assert pantry.done("s2", 3.0) == {"s3": pantry.leases["s2"].agent}


def test_a_waiting_subtask_that_is_cancelled_leaves_its_place_to_the_next_one() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.queue(*(task(f"s{n}", demands={"gpu": 1}) for n in (1, 2, 3)))
    pantry.say(1.0, Withdraw(subtasks=("s2",), reason=""))
    assert pantry.done("s1") == {"s3": "a"}


def test_a_let_in_subtask_that_is_cancelled_leaves_the_resource_to_who_waits() -> None:
    one = worker("a")
    pantry = Pantry(one, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 2}))
    pantry.queue(*(task(f"s{n}", demands={"gpu": 2}) for n in (2, 3)), now=1.0)
    assert pantry.done("s1", 2.0) == {"s2": "a"}
    pantry.say(3.0, Withdraw(subtasks=("s2",), reason=""))
    assert pantry.say(4.0, Cancelled(lease=pantry.leases["s2"])) == {"s3": "a"}


def test_roundings_take_nothing_away() -> None:
    pantry = Pantry(A, supplies={"cpu": 1})
    tenths = [task(f"s{n}", demands={"cpu": 0.1}) for n in range(11)]
    assert len(pantry.queue(*tenths)) == 10
    for n in range(10):
        pantry.done(f"s{n}", 1.0 + n)
    pantry.done("s10", 20.0)
    assert pantry.queue(task("all", demands={"cpu": 1}), now=21.0) == {"all": "a"}


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


# Keys


def test_of_one_concurrency_key_one_runs_at_a_time_and_others_pass() -> None:
    pantry = Pantry(A)
    first, second = (task(f"s{n}", keys=["customer-7"]) for n in (1, 2))
    assert pantry.queue(first, second, task("s3", keys=["customer-8"])) == {"s1": "a", "s3": "a"}
    assert pantry.done("s1") == {"s2": "a"}


@pytest.mark.parametrize("concurrency", [{"customer-*": 2}, {"customer-7": 2, "*": 1}])
def test_a_key_or_pattern_says_how_many_run_at_once(concurrency: dict[str, int]) -> None:
    pantry = Pantry(A, concurrency=concurrency)
    assert len(pantry.queue(*(task(f"s{n}", keys=["customer-7"]) for n in range(5)))) == 2
    assert pantry.done("s0") == {"s2": "a"}


def test_a_key_is_kept_by_an_attempt_that_has_been_told_to_stop() -> None:
    pantry = Pantry(A)
    pantry.queue(task("s1", keys=["k"]), task("s2", keys=["k"]))
    held = pantry.leases["s1"]
    pantry.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    assert pantry.say(2.0, NotHeld(agent="a", token=held.token)) == {"s2": "a"}


# What agents offer


def test_an_agents_own_resources_are_reserved_of_what_it_offers() -> None:
    pantry = Pantry(
        worker("a", offers={"gpu": 2, "memory": 8e9}, max_load=9),
        worker("b", offers={"gpu": 1}, max_load=9),
        C,
    )
    wanting = [task(f"s{n}", demands={"gpu": 1}) for n in range(4)]
    assert pantry.queue(*wanting) == {"s0": "a", "s1": "b", "s2": "a"}
    assert pantry.queue(task("big", demands={"gpu": 1, "memory": 8e9}), task("none")) == {
        "none": "c"
    }
    assert pantry.done("s1") == {"s3": "b"}
    assert pantry.done("s0", 2.0) == {"big": "a"}


def test_a_demand_that_no_agent_could_meet_is_reported_with_what_is_missing() -> None:
    pantry = Pantry(worker("a", offers={"gpu": 1}))
    pantry.queue(task("s1", demands={"gpu": 2, "tape": 1}))
    [seen] = pantry.seen(Unschedulable)
    assert seen.missing == ("resource:gpu >= 2", "resource:tape >= 1")
    pantry.note(pantry.desk.join(worker("b", offers={"gpu": 2, "tape": 1})))
    assert pantry.leases["s1"].agent == "b"


def test_of_a_stopping_handler_the_agents_resources_stay_reserved() -> None:
    pantry = Pantry(worker("a", offers={"gpu": 1}, max_load=9))
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", demands={"gpu": 1}))
    pantry.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    assert pantry.say(2.0, Cancelled(lease=pantry.leases["s1"])) == {"s2": "a"}


# Budgets


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


def test_more_is_granted_and_who_waits_goes_on() -> None:
    pantry = Pantry(A, supplies={"usd": Budget(1.0)})
    assert pantry.queue(task("s1", demands={"usd": 6})) == {}
    asked = GrantBudget(resource="USD", amount=5.0, reply_to="caller/1")
    assert pantry.say(1.0, asked) == {"s1": "a"}
    assert pantry.told[0].message == Done()
    assert pantry.kept(facts.BudgetGranted) == [
        facts.BudgetGranted(at=1.0, resource="usd", amount=5.0)
    ]


def test_nobody_grants_more_of_what_is_no_budget() -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.say(1.0, GrantBudget(resource="gpu", amount=5.0, reply_to="caller/1"))
    assert pantry.told[-1].message == Refused(problem=problem_of(UnknownBudget("gpu")))


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


# Rates


def test_of_a_rate_so_much_begins_in_any_period() -> None:
    pantry = Pantry(A, supplies={"calls": Rate(2, per=10.0)})
    wanting = [task(f"s{n}", demands={"calls": 1}) for n in range(5)]
    assert len(pantry.queue(*wanting)) == 2
    pantry.done("s0", 4.0)
    assert pantry.say(9.9, Wake()) == {}
    assert pantry.say(10.0, Wake()) == {"s2": "a", "s3": "a"}
    assert pantry.say(15.0, Wake()) == {}
    assert pantry.say(20.0, Wake()) == {"s4": "a"}


# A scheduler dies


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
    after.say(0.2, Resync(subtasks=tuple(open_)))
    assert after.say(5.0, Wake()) == {}
    assert after.done("s1", 6.0) == {"s2": "a"}


def test_a_handler_that_an_earlier_scheduler_told_to_stop_keeps_what_it_has() -> None:
    before = Pantry(A, supplies={"gpu": 2})
    before.queue(task("s1", demands={"gpu": 2}))
    before.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    after = successor(before, stopping=("s1",), supplies={"gpu": 2})
    after.say(2.0, Resync(subtasks=(task("s2", demands={"gpu": 1}),)))
    assert after.say(5.0, Wake()) == {}
    assert after.say(6.0, Cancelled(lease=before.leases["s1"])) == {"s2": "a"}


def test_what_nobody_holds_any_more_is_free_after_a_restart() -> None:
    before = Pantry(A, supplies={"usd": Budget(10.0)})
    before.queue(task("s1", demands={"usd": 6}))
    before.start("s1")
    after = Pantry(A, incarnation=2, recorded=before.facts, supplies={"usd": Budget(10.0)})
    after.say(0.1, Running(agent="a", leases=()))
    after.say(0.2, Resync(subtasks=(task("s1", demands={"usd": 4}),)))
    assert after.say(5.0, Wake()) == {"s1": "a"}
    [charged] = after.kept(facts.BudgetCharged)
    assert charged.used == 6.0  # it ran, and nobody knows what it has used


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


def test_who_waits_and_can_be_done_by_nobody_for_long_may_be_withdrawn_all_the_same() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 2}))
    pantry.queue(task("s2", "law", demands={"gpu": 2}), task("s3", demands={"gpu": 2}), now=1.0)
    pantry.say(2.0, AgentLeft(agent="b", reason=""))
    assert pantry.queue(task("s4", demands={"gpu": 1}), now=2 * TAU) == {}
    pantry.say(2 * TAU, Withdraw(subtasks=("s2",), reason="not wanted"))
    assert pantry.done("s1", 2 * TAU) == {"s3": "a"}
