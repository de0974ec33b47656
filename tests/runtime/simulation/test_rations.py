"""Trials with resources keep what they promise, and the oracle sees what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from callboard.actors.logic import leasing, rationing
from callboard.actors.logic.reserving import Reserving
from callboard.actors.logic.shortages import Shortages
from callboard.actors.logic.stocks import Stock
from callboard.runtime.simulation import kinds
from callboard.runtime.simulation import rationing as drawn
from callboard.runtime.simulation.crashing import Crashes
from callboard.runtime.simulation.trial import trial
from tests.runtime.simulation.bugs import nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard.actors.logic.effects import Effect


@pytest.fixture(autouse=True)
def _every_seed_has_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "SHARE", 1.0)


@pytest.mark.parametrize("seed", [2, 35, 41, 170])
def test_no_supply_and_no_key_is_ever_given_out_twice(seed: int) -> None:
    assert trial(seed, subtasks=30, agents=4).violations == ()


@pytest.mark.parametrize("seed", [13, 45])
def test_nor_is_it_when_the_process_dies(seed: int) -> None:
    assert trial(seed, subtasks=30, agents=4, crashes=Crashes()).violations == ()


def it_is_given_back_before_the_handler_has_ended(patch: pytest.MonkeyPatch) -> None:
    def hasty(desk: Any, _: Any, member: Any, lease: Any, now: float) -> list[Effect]:
        return rationing.give_back(desk, member, [lease.token], now)

    patch.setattr(leasing, "freed", hasty)


def a_restarted_scheduler_knows_of_nothing(patch: pytest.MonkeyPatch) -> None:
    def forgetful(self: Reserving, ledger: Any) -> None:
        del self, ledger

    patch.setattr(Reserving, "inherit", forgetful)


def there_is_always_enough(patch: pytest.MonkeyPatch) -> None:
    def generous(self: Stock, wanted: float, now: float) -> bool:
        del self, wanted, now
        return True

    patch.setattr(Stock, "fits", generous)


@pytest.mark.parametrize(
    "bug",
    [
        it_is_given_back_before_the_handler_has_ended,
        a_restarted_scheduler_knows_of_nothing,
        there_is_always_enough,
    ],
)
def test_the_oracle_sees_what_is_given_out_twice(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    seeds = (2, 34, 35, 41, 170, 18, 29, 0, 1, 3, 4, 5, 6, 7)
    assert any(trial(seed, subtasks=30, agents=4).violations for seed in seeds)


def nobody_looks_who_keeps_what(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Shortages, "touch", nothing)


def nobody_looks_at_what_is_given_back(patch: pytest.MonkeyPatch) -> None:
    release = Reserving.release

    def silent(self: Reserving, token: Any, now: float) -> list[Effect]:
        before = dict(self.touched)
        effects = release(self, token, now)
        self.touched.clear()
        self.touched.update(before)
        return effects

    patch.setattr(Reserving, "release", silent)


@pytest.mark.parametrize("bug", [nobody_looks_who_keeps_what, nobody_looks_at_what_is_given_back])
def test_the_oracle_sees_who_waits_for_what_is_there(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    monkeypatch.setattr(kinds, "SHARE", 1.0)
    found = trial(36, subtasks=40).violations
    assert any("resources that are there" in line for line in found)
