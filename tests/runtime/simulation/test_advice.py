"""Whatever order the scheduler is advised to follow, it keeps its promises."""

from __future__ import annotations

from random import Random

import pytest

from callboard.messages.notices import OrderAdvised
from callboard.runtime.simulation import drawing
from callboard.runtime.simulation.advice import with_advice
from callboard.runtime.simulation.drawing import CALM, Rates
from callboard.runtime.simulation.lots import DrawnLots
from callboard.runtime.simulation.trial import Trial


def advised(seed: int, rates: Rates) -> Trial:
    random = Random(f"{seed}/scenario")  # noqa: S311 - reproducible
    drawn = drawing.scenario(random, 25, 5, rates)
    drawn = with_advice(drawn, Random(f"{seed}/advice"), often=1.0)  # noqa: S311
    order = Random(f"{seed}/order")  # noqa: S311
    return Trial(drawn, DrawnLots(random, rates), order, seed=seed, keep_story=True)


@pytest.mark.parametrize("seed", range(6))
def test_promises_hold_whatever_is_advised(seed: int) -> None:
    trial = advised(seed, Rates())
    assert trial.play().violations == ()


@pytest.mark.parametrize("seed", range(3))
def test_where_nothing_goes_wrong_all_is_done_whatever_is_advised(seed: int) -> None:
    trial = advised(seed, CALM)
    report = trial.play()
    assert (report.violations, list(report.ends)) == ((), ["completed"])
    told = [event for event in trial.story if isinstance(event, OrderAdvised)]
    assert told
    assert any(event.strangers for event in told) or any(event.subtasks for event in told)
