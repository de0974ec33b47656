"""A scenario that breaks a promise is cut down to what it needs for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.runtime.simulation.drawing import Rates
from callboard.runtime.simulation.scenario import (
    Blow,
    Commission,
    Job,
    Scenario,
    Worker,
    read,
    write,
)
from callboard.runtime.simulation.shrinking import kinds, shrink
from callboard.runtime.simulation.trial import Trial, replay
from tests.runtime.simulation.bugs import BUGS


def noted(seed: int) -> Scenario:
    """All that a seed decides."""
    played = Trial.of_seed(seed, subtasks=20, rates=Rates(), record=True)
    played.play()
    return played.noted()


def test_all_that_does_not_matter_is_left_out() -> None:
    whole = noted(1)
    wanted = whole.jobs[7].id

    def breaks(scenario: Scenario) -> list[str]:
        hit = any(blow.what == "crash" for blow in scenario.blows)
        there = any(job.id == wanted for job in scenario.jobs)
        return ["both"] if hit and there and len(scenario.order) >= 100 else []

    small = shrink(whole, breaks)
    assert [job.id for job in small.jobs] == [wanted]
    assert [blow.what for blow in small.blows] == ["crash"]
    assert (len(small.workers), small.fates, small.slips) == (1, {}, {})
    assert 100 <= len(small.order) < len(whole.order)
    assert not any(small.order)
    assert small.broke == "both"


def test_somebody_is_left_who_can_do_what_is_left() -> None:
    small = shrink(noted(2), lambda s: ["it has subtasks"] * (len(s.jobs) > 4))
    needs = {name for job in small.jobs for name in job.needs}
    assert needs <= {name for worker in small.workers for name in worker.skills}


def test_a_blow_that_names_somebody_who_was_left_out_does_nothing() -> None:
    job = Job(id="g0-s0")
    blows = tuple(Blow(at=1.0, what=what, target="agent-9") for what in ("leave", "join"))
    scenario = Scenario(
        workers=(Worker(id="agent-0"),),
        commissions=(Commission(name="goal 0", jobs=(job,)),),
        blows=blows,
        calm=60.0,
    )
    assert replay(scenario).violations == ()


def test_it_ends_however_much_there_is_to_try() -> None:
    tried: list[Scenario] = []

    def breaks(scenario: Scenario) -> list[str]:
        tried.append(scenario)
        return ["always"]

    shrink(noted(3), breaks, plays=10)
    assert len(tried) <= 11


def test_a_scenario_that_breaks_nothing_is_not_cut() -> None:
    with pytest.raises(ValueError, match="breaks no promise"):
        shrink(noted(4), lambda _: [])


def test_who_it_was_does_not_matter_for_the_kind() -> None:
    one = "Lease(goal='id-1', token=Token(boot=1), attempt=2) to an agent that has 1 already"
    other = "Lease(goal='id-2', token=Token(boot=2), attempt=1) to an agent that has 3 already"
    assert kinds([one]) == kinds([other]) != kinds(["left in the scheduler: {'queued': 1}"])


@pytest.mark.no_cover  # the same code thousands of times
def test_a_real_bug_is_found_shrunk_kept_and_found_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        BUGS["no_token_check"](patch)
        seed = next(s for s in range(100) if replay(noted(s)).violations)
        small = shrink(noted(seed))
        assert replay(small).violations != ()
        assert len(small.jobs) <= 3
    write(small, tmp_path / "kept.json")
    assert read(tmp_path / "kept.json") == small
    assert replay(small).violations == ()
