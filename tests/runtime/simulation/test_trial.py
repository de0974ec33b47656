"""Random plans, agents and faults: the same seed is the same run, and every promise holds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from callboard.actors.logic import scheduling
from callboard.actors.logic.effects import After
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.messages import facts, notices
from callboard.messages.supervision import Wake
from callboard.runtime.simulation.drawing import CALM, Rates
from callboard.runtime.simulation.scenario import Scenario
from callboard.runtime.simulation.trial import Report, Trial, replay, trial

EVERYTHING = Rates()
"""Unless it says which, a seed draws a part of the faults."""


def trace(seed: int) -> str:
    """Every event of a run, in order."""
    played = Trial.of_seed(seed, subtasks=30, rates=EVERYTHING, keep_story=True)
    played.play()
    return "\n".join(repr(event) for event in played.story)


def test_the_same_seed_is_the_same_run() -> None:
    assert [trace(seed) for seed in range(3)] == [trace(seed) for seed in range(3)]


def test_another_seed_is_another_run() -> None:
    assert len({trace(seed) for seed in range(5)}) == 5


def test_it_is_the_same_run_in_another_process_too() -> None:
    root = Path(__file__).parents[3]
    script = "from tests.runtime.simulation.test_trial import trace; print(trace(7) + trace(8))"
    here = (trace(7) + trace(8)).splitlines()
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
            cwd=root, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        differ = [pair for pair in zip(here, there, strict=False) if pair[0] != pair[1]]
        assert differ[:1] == []
        assert len(here) == len(there)


@pytest.mark.no_cover  # the same code thousands of times
@pytest.mark.parametrize("first", range(0, 50, 10))
def test_every_promise_holds(first: int) -> None:
    broken = {seed: trial(seed).violations for seed in range(first, first + 10)}
    assert {seed: found for seed, found in broken.items() if found} == {}


@pytest.mark.parametrize("seed", range(5))
def test_they_hold_when_all_goes_wrong_at_once(seed: int) -> None:
    assert trial(seed, rates=EVERYTHING).violations == ()


@pytest.mark.parametrize("seed", range(3))
def test_what_was_played_can_be_played_again_as_data(seed: int) -> None:
    played = Trial.of_seed(seed, rates=EVERYTHING, record=True)
    report, scenario = played.play(), played.noted()
    kept = msgspec.json.decode(msgspec.json.encode(scenario), type=Scenario)
    again = replay(kept)
    assert again == msgspec.structs.replace(report, seed=-1)


@pytest.mark.parametrize("seed", [4, 5, 14, 23, 28, 61, 75])
def test_they_hold_for_attempts_that_lend_their_slot(seed: int) -> None:
    assert trial(seed, rates=Rates(waits=0.3, resizes=0)).violations == ()


@pytest.mark.parametrize("seed", [17, 27, 47, 48, 69, 121, 126])
def test_they_hold_for_agents_that_are_resized(seed: int) -> None:
    assert trial(seed, rates=Rates(waits=0, resizes=0.3)).violations == ()


def test_without_faults_every_goal_is_completed() -> None:
    report = trial(1, rates=CALM)
    assert report == Report(
        seed=1,
        violations=(),
        events=report.events,
        deliveries=report.deliveries,
        ends={"completed": sum(report.ends.values())},
        seconds=report.seconds,
    )


def test_a_run_may_be_as_small_as_one_subtask_and_one_agent() -> None:
    assert trial(3, subtasks=1, agents=1).violations == ()


def test_what_goes_wrong_really_does() -> None:
    """All kinds of faults strike, and all ways of mending them are taken."""
    kinds: set[type] = set()
    for seed in range(16):
        played = Trial.of_seed(seed, rates=EVERYTHING, keep_story=True)
        played.play()
        kinds |= {type(event) for event in played.story}
    assert {
        facts.AgentCrashed, facts.ActorRestarted, facts.LeaseAdopted, facts.LeaseRevoked,
        facts.RetryScheduled, facts.SubtaskRequeued, facts.SubtaskFailed, facts.SubtaskCancelled,
        facts.GoalFailed, facts.GoalCancelled, facts.AgentRemoved, notices.ThreadAbandoned,
        notices.ProgressMade,
    } <= kinds  # fmt: skip


def test_a_call_that_is_in_vain_is_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Trial.of_seed(0, subtasks=5, rates=CALM)
    simulation = played._simulation  # pyright: ignore[reportPrivateUsage]

    def never(*_: object) -> None:
        pass

    monkeypatch.setattr(simulation.stepper, "run", never)
    assert "submit goal 0: no answer" in played.play().violations


def test_an_actor_that_never_comes_to_rest_is_told_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def at_once(*_: object) -> list[After]:
        return [After(0.0, Wake())]

    def something_is_due(*_: object) -> None:
        """So a turn has to look."""

    monkeypatch.setattr(scheduling, "arm", at_once)
    monkeypatch.setattr(SchedulingLogic, "glance", something_is_due)
    monkeypatch.setattr("callboard.runtime.simulation.trial._MOST", 500)
    wrong = trial(1, subtasks=2, agents=1).violations
    assert any(one.startswith("time stands still after ") for one in wrong), wrong
