"""Deaths of the whole process in random trials: what was acknowledged is there afterwards."""

from __future__ import annotations

import msgspec
import pytest

from callboard.runtime.simulation.crashing import Crashes
from callboard.runtime.simulation.scenario import Scenario
from callboard.runtime.simulation.trial import Trial, replay, trial
from tests.runtime.simulation.crash_bugs import BUGS, FIRST

pytestmark = pytest.mark.no_cover  # the same code thousands of times

CRASHES = Crashes()
LIMIT = 1000
STORM = 305
"""Here a restarted scheduler and an agent told each other the same for ever."""


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_every_promise_holds_across_deaths(first: int) -> None:
    reports = [trial(seed, crashes=CRASHES) for seed in range(first, first + 10)]
    assert {r.seed: r.violations for r in reports if r.violations} == {}
    assert all(report.deaths for report in reports)


def test_a_stop_that_takes_long_raises_no_storm_of_messages() -> None:
    assert trial(STORM, crashes=CRASHES).violations == ()


@pytest.mark.parametrize("seed", range(3))
def test_deaths_can_be_played_again_as_data(seed: int) -> None:
    played = Trial.of_seed(seed, crashes=CRASHES, record=True)
    report, scenario = played.play(), played.noted()
    kept = msgspec.json.decode(msgspec.json.encode(scenario), type=Scenario)
    assert replay(kept) == msgspec.structs.replace(report, seed=-1)


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_durability_that_is_put_back_is_found(
    bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUGS[bug](monkeypatch)
    first = FIRST.get(bug, 0)
    seeds = range(first, first + LIMIT)
    found = (seed for seed in seeds if trial(seed, crashes=CRASHES).violations)
    assert next(found, None) is not None
