"""Why a subtask waits for what it demands."""

from __future__ import annotations

from typing import Any

from callboard.actors.logic.explaining import explain
from callboard.messages.reasons import (
    AgentsCrowded,
    AnyReason,
    NotAskedFor,
    TooMuch,
    WaitsForResource,
)
from callboard.messages.resources import Budget, Claim, Rate
from tests.actors.logic.desk import TAU
from tests.actors.logic.pantry import Pantry, spent, task, worker

A = worker("a", offers={"disk": 1}, max_load=9)


def why(pantry: Pantry, uuid: str, now: float = 1.0) -> list[AnyReason]:
    leasing = pantry.desk.logic._leasing  # pyright: ignore[reportPrivateUsage]
    return list(explain(leasing, uuid, None, now))


def test_what_it_lacks_and_who_has_it() -> None:
    pantry = Pantry(A, supplies={"gpu": 2})
    pantry.queue(task("s1", demands={"gpu": 2}), task("s2", demands={"gpu": 1}))
    [reason] = why(pantry, "s2")
    claim = Claim(resource="gpu", of="runtime", amount=1.0)
    assert reason == WaitsForResource(claim=claim, free=0.0, amount=2.0, holders=("s1",))
    assert reason.said(1.0) == (
        "it wants 1 gpu, and 0 of 2 of the runtime is free; s1 has some of it"
    )


def test_what_of_a_budget_is_used() -> None:
    pantry = Pantry(A)
    ours: dict[str, Any] = {"budget": {"usd": Budget(5.0)}, "demands": {"usd": 4.0}}
    pantry.queue(task("s1", **ours), task("s2", **ours))
    pantry.done("s1", used=spent(usd=3.5))
    [reason] = why(pantry, "s2")
    assert reason.said(1.0) == (
        "it wants 4 usd, and 1.5 of 5 of its goal's budget is free, 3.5 used up"
    )


def test_when_a_rate_has_more() -> None:
    pantry = Pantry(A, supplies={"calls": Rate(1, per=60.0)})
    pantry.queue(task("s1", demands={"calls": 1}), task("s2", demands={"calls": 1}))
    [reason] = why(pantry, "s2")
    assert isinstance(reason, WaitsForResource)
    assert reason.until == 60.0
    assert reason.said(1.0).endswith("there is enough in 59 s")


def test_who_has_its_key() -> None:
    pantry = Pantry(A)
    pantry.queue(task("s1", keys=["k"]), task("s2", keys=["k"]))
    [reason] = why(pantry, "s2")
    assert reason.said(1.0) == "only 1 at once may run with the key 'k'; s1 has some of it"


def test_what_is_kept_for_one_that_has_waited_longer() -> None:
    pantry = Pantry(A, supplies={"gpu": 4})
    pantry.queue(task("s1", demands={"gpu": 1}), task("large", demands={"gpu": 4}))
    pantry.queue(task("s2", demands={"gpu": 1}, since=TAU), now=TAU)
    [reason] = why(pantry, "s2", TAU)
    assert isinstance(reason, WaitsForResource)
    assert (reason.kept, reason.free) == (4.0, 3.0)


def test_what_could_never_be_had() -> None:
    pantry = Pantry(A, supplies={"gpu": 4})
    pantry.queue(task("s1", demands={"gpu": 5}))
    reason = why(pantry, "s1")[0]
    assert reason == TooMuch(missing=("gpu >= 5 (4 in all)",))


def test_agents_that_have_no_room() -> None:
    pantry = Pantry(A)
    pantry.queue(task("s1", demands={"disk": 1}), task("s2", demands={"disk": 1}))
    assert why(pantry, "s2")[0] == AgentsCrowded(agents=("a",), count=1)


def test_an_agent_that_pulls_and_has_room_is_told_of_and_not_those_who_have_none() -> None:
    pulling = worker("b", offers={"disk": 1}, pull=True)
    pantry = Pantry(A, pulling)
    pantry.queue(task("s1", demands={"disk": 1}), task("s2", demands={"disk": 1}))
    assert why(pantry, "s2")[0] == NotAskedFor(agents=("b",), count=1)


def test_what_several_agents_offer_and_none_alone() -> None:
    pantry = Pantry(A, worker("b", offers={"gpu": 1}))
    pantry.queue(task("s1", demands={"disk": 1, "gpu": 1}))
    reason = why(pantry, "s1")[0]
    assert reason.said(1.0).startswith(
        "no single agent covers all of disk >= 1 of its own and gpu >= 1 of its own; it fails"
    )
