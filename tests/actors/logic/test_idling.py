"""What waits although there is enough for it is found by a naive count."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from callboard.actors.logic.idling import idling as count
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.reserving import Reserving
from callboard.messages.resources import Claim, Rate
from tests.actors.logic.desk import TAU
from tests.actors.logic.pantry import Pantry, task, worker

A, B = worker("a", "sql", max_load=9), worker("b", "law")


def idling(pantry: Pantry, now: float) -> list[str]:
    return pantry.desk.logic.idling(now)


def test_nothing_idles_that_leaves_what_it_wants_to_older_work() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 2})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}))
    pantry.queue(task("large", "law", demands={"gpu": 2}))
    pantry.queue(task("s2", "sql", demands={"gpu": 1}, since=TAU), now=2 * TAU)
    assert idling(pantry, 2 * TAU) == []


def test_nor_what_leaves_it_to_who_was_let_in() -> None:
    works = [waits("let in", since=2.0, line=None), waits("aside", since=1.0)]
    assert naive(works, 1.0) == []
    assert naive(works, 2.0) == ["aside"]


def test_nor_what_leaves_it_to_the_oldest_that_lacks_more() -> None:
    works = [waits("oldest", since=0.0, amount=4.0), waits("aside", since=1.0)]
    assert naive(works, 3.0) == []
    assert naive(works, 4.0) == ["oldest"]
    assert naive(works, 5.0) == ["oldest", "aside"]


def test_who_was_let_in_and_is_the_oldest_is_left_what_it_wants_once() -> None:
    works = [waits("let in", since=0.0, line=None), waits("aside", since=1.0)]
    assert naive(works, 2.0) == ["aside"]


def waits(uuid: str, since: float, line: str | None = "sql", amount: float = 1.0) -> Any:
    """Work that waits for GPUs."""
    claims = (Claim(resource="gpu", of="runtime", amount=amount),)
    return SimpleNamespace(
        uuid=uuid, since=since, line=line, claims=claims, turn=1, gates=0,
        state=State.QUEUED, ready=None,
    )  # fmt: skip


def naive(works: list[Any], gpus: float) -> list[str]:
    """Who could go on if so many are free, where the oldest is not passed any more."""

    def free(*_: object) -> float:
        return gpus

    reserving: Any = SimpleNamespace(
        touched={},
        shortages=SimpleNamespace(tau=TAU),
        free=free,
        obstacle=nothing,
    )
    leasing: Any = SimpleNamespace(
        recovering=False, reserving=reserving, works={work.uuid: work for work in works}
    )
    return [work.uuid for work in count(leasing, TAU + 0.5)]


def test_nor_what_waits_for_time_to_pass() -> None:
    pantry = Pantry(A, supplies={"calls": Rate(1.0, per=10.0)})
    pantry.queue(*(task(f"s{n}", "sql", demands={"calls": 1}) for n in range(2)))
    assert idling(pantry, 11.0) == []


def test_what_nobody_looks_at_again_idles(monkeypatch: pytest.MonkeyPatch) -> None:
    pantry = Pantry(A, supplies={"gpu": 1})
    pantry.queue(*(task(f"s{n}", "sql", demands={"gpu": 1}) for n in range(2)))
    monkeypatch.setattr(Reserving, "admitted", forgetful)
    pantry.done("s0")
    assert idling(pantry, 1.0) == ["s1"]


def nothing(*_: object) -> None:
    """Nothing else is in its way."""


def forgetful(self: Reserving, now: float) -> list[object]:
    del now
    self.touched.clear()
    return []
