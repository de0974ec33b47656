"""A large demand on an agent's own resources is passed for so long, and not longer."""

from __future__ import annotations

from callboard.messages.values import Priority
from tests.actors.logic.desk import TAU, down
from tests.actors.logic.pantry import Pantry, task, worker

A = worker("a", offers={"gpu": 4}, max_load=9)
B = worker("b", offers={"gpu": 4}, max_load=9)


def crowded(*agents: object) -> Pantry:
    """Each agent's four cards are at work, a large demand and many small ones wait."""
    pantry = Pantry(*agents)  # type: ignore[arg-type]
    cards = 4 * len(agents)
    pantry.queue(*(task(f"s{n}", demands={"gpu": 1}, since=1.0) for n in range(cards)))
    pantry.queue(task("large", demands={"gpu": 4}, urgency=Priority.LOW))
    pantry.queue(*(task(f"t{n}", demands={"gpu": 1}, since=2.0) for n in range(20)))
    return pantry


def test_an_agent_is_kept_for_a_large_demand_that_has_waited_for_a_promotion() -> None:
    pantry = crowded(A)
    assert pantry.done("s0", TAU - 1.0) == {"t0": "a"}
    assert [pantry.done(name, TAU) for name in ("s1", "s2", "s3")] == [{}, {}, {}]
    assert pantry.done("t0", TAU + 1.0) == {"large": "a"}
    assert pantry.done("large", TAU + 2.0) == {f"t{n}": "a" for n in (1, 2, 3, 4)}


def test_what_needs_none_of_them_goes_on_there() -> None:
    pantry = crowded(A)
    pantry.done("s0", TAU)
    assert pantry.queue(task("plain"), now=TAU) == {"plain": "a"}


def test_only_one_agent_is_kept_for_it() -> None:
    pantry = crowded(A, B)
    kept = {pantry.leases[f"s{n}"].agent: n for n in range(8)}
    given = [pantry.done(f"s{n}", TAU) for n in kept.values()]
    assert sorted(len(one) for one in given) == [0, 1]


def test_when_the_agent_falls_another_one_is_kept() -> None:
    pantry = crowded(A, B)
    pantry.done("s0", TAU)
    pantry.say(TAU + 1.0, down("a"))
    held = [uuid for uuid, lease in pantry.leases.items() if lease.agent == "b"]
    for uuid in held[:-1]:
        assert pantry.done(uuid, TAU + 2.0) == {}
    assert pantry.done(held[-1], TAU + 3.0) == {"large": "b"}


def test_what_is_left_beside_it_is_given_to_others_at_once() -> None:
    pantry = Pantry(A)
    pantry.queue(*(task(f"s{n}", demands={"gpu": 2}) for n in range(2)))
    pantry.queue(task("large", demands={"gpu": 3}), task("small", demands={"gpu": 1}))
    assert pantry.done("s0", TAU) == {}
    assert pantry.done("s1", TAU) == {"large": "a", "small": "a"}
