"""What the trials reach is counted, and what they never reach has a name."""

from __future__ import annotations

import pytest

from callboard.actors.logic import lifecycle
from callboard.actors.logic.scheduling import SchedulingLogic
from callboard.runtime.simulation.coverage import Coverage
from callboard.runtime.simulation.drawing import CALM, Rates
from callboard.runtime.simulation.trial import trial

SEEDS = 60
VERIFIED = (6, 13)
"""Usual seeds with results that are found bad."""


@pytest.fixture(scope="module")
def reached() -> Coverage:
    """What some seeds with all faults reach."""
    with Coverage() as coverage:
        for seed in range(SEEDS):
            rates = Rates(crashes=0.15, requeues=0.5)
            assert trial(seed, subtasks=20, rates=rates).violations == ()
        for seed in VERIFIED:
            assert trial(seed, subtasks=20).violations == ()
    return coverage


def test_most_of_what_can_be_said_is_said(reached: Coverage) -> None:
    taken, there = reached.messages
    assert taken / there > 0.6, reached.never_taken
    assert len(reached.pairs) > 100


def test_every_usual_change_of_a_subtask_is_made(reached: Coverage) -> None:
    """Two others need a limit of days to be reached, and then a promise is broken.

    The third one needs a retry policy that parks what was found bad, which is never drawn.
    """
    subtasks = {name for name in reached.never_made if name.startswith("subtasks ")}
    assert subtasks <= {
        "subtasks delayed settling",
        "subtasks queued settling",
        "subtasks settling parked",
    }


def test_actors_die_in_most_states(reached: Coverage) -> None:
    made = {step[1:] for step in reached.steps if step[0] == "actors"}
    assert {
        ("starting", "it takes messages"),
        ("running", "it has ended by an error"),
        ("restarting", "the wait is over"),
        ("running", "it shall finish and go"),
        ("draining", "it holds nothing any more"),
        ("running", "it shall go"),
        ("stopping", "it has ended"),
    } <= made


def test_it_says_what_was_never_reached() -> None:
    with Coverage() as coverage:
        trial(0, subtasks=1, agents=1, rates=CALM)
    told = list(coverage.lines())
    assert told[0].startswith("coverage: ")
    assert "coverage: no message supervisor AgentStuck" in told
    assert "coverage: no change subtasks leased parked" in told
    assert "coverage: no change subtasks queued leased" not in told


def test_nobody_is_watched_any_more_when_it_is_closed() -> None:
    before = (SchedulingLogic.take, lifecycle.TRANSITIONS)
    with Coverage() as coverage:
        assert SchedulingLogic.take is not before[0]
    assert (SchedulingLogic.take, lifecycle.TRANSITIONS) == before
    trial(0, subtasks=1, agents=1, rates=CALM)
    assert (coverage.pairs, coverage.steps) == ({}, {})
