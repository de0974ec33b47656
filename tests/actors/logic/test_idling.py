"""What waits although there is enough for it is found by a naive count."""

from __future__ import annotations

import pytest

from callboard.actors.logic.reserving import Reserving
from callboard.messages.resources import Rate
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


def test_nor_what_leaves_it_to_who_was_let_in_and_has_no_agent_yet() -> None:
    pantry = Pantry(A, B, supplies={"gpu": 1})
    pantry.queue(task("s1", "sql", demands={"gpu": 1}), task("b1", "law"))
    pantry.queue(*(task(f"t{n}", "law", demands={"gpu": 1}) for n in range(2)))
    pantry.queue(task("b2", "law"))
    assert pantry.done("s1") == {}
    assert idling(pantry, 1.0) == []


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


def forgetful(self: Reserving, now: float) -> list[object]:
    del now
    self.touched.clear()
    return []
