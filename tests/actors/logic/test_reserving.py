"""Work waits for what it demands, nobody stands behind it, and nothing is given out twice."""

from __future__ import annotations

import pytest

from callboard.messages import facts
from callboard.messages.notices import ResourceAwaited, Unschedulable
from callboard.messages.resources import Claim, Rate
from callboard.messages.supervision import Wake
from callboard.messages.values import Priority
from callboard.messages.work import (
    Cancelled,
    Failed,
    NotHeld,
    Withdraw,
)
from tests.actors.logic.desk import WRONG, down
from tests.actors.logic.pantry import A, B, C, Pantry, task, worker

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
    assert seen.missing == ("gpu >= 2 of its own", "tape >= 1 of its own")
    pantry.note(pantry.desk.join(worker("b", offers={"gpu": 2, "tape": 1})))
    assert pantry.leases["s1"].agent == "b"


def test_of_a_stopping_handler_the_agents_resources_stay_reserved() -> None:
    pantry = Pantry(worker("a", offers={"gpu": 1}, max_load=9))
    pantry.queue(task("s1", demands={"gpu": 1}), task("s2", demands={"gpu": 1}))
    pantry.say(1.0, Withdraw(subtasks=("s1",), reason=""))
    assert pantry.say(2.0, Cancelled(lease=pantry.leases["s1"])) == {"s2": "a"}


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
