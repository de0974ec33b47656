"""Scenarios that once broke a promise; they stay for ever, and go on to find what they found.

A file that is named for a bug in `bugs.py`, `chain_bugs.py` or `crash_bugs.py` must find that
bug when it is put back, so that a change which makes it toothless is seen: then `make_corpus`
makes it anew. Of seeds that break a promise `--shrink` makes such files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.actors.logic import books
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import Status
from callboard.actors.logic.goals import Goals
from callboard.actors.logic.recovering import Recovering
from callboard.messages.base import SCHEDULER, SubtaskId
from callboard.messages.work import Settled
from callboard.runtime.simulation.scenario import read
from callboard.runtime.simulation.trial import replay
from tests.runtime.simulation.make_corpus import BUGS

FILES = sorted((Path(__file__).parent / "corpus").glob("*.json"))
OF_BUGS = [path for path in FILES if path.stem in BUGS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_that_once_broke_a_promise_does_so_no_more(path: Path) -> None:
    assert replay(read(path)).violations == ()


@pytest.mark.parametrize("path", OF_BUGS, ids=lambda path: path.stem)
def test_it_still_finds_what_it_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[path.stem](monkeypatch)
    assert replay(read(path)).violations != ()


def _as_if_ready(goals: Goals, uuid: SubtaskId) -> list[Effect]:
    """What ended before it was ready is said to have ended, as if it had been."""
    blocked = goals.subtasks[uuid].status is Status.BLOCKED
    return [Tell(SCHEDULER, Settled(subtasks=(uuid,)))] if blocked else []


def _whatever_is_said(*_: object) -> bool:
    """A scheduler takes any list of what is open for one that was made for it."""
    return False


@pytest.mark.parametrize(
    ("stem", "where", "name", "bug"),
    [
        ("what_ended_before_it_was_ready_is_learnt_from", books, "_blocked", _as_if_ready),
        (
            "a_scheduler_hears_what_was_open_when_another_asked",
            Recovering,
            "waits_for",
            _whatever_is_said,
        ),
    ],
)
def test_one_whose_bug_no_early_seed_finds_still_does(
    stem: str, where: object, name: str, bug: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, bug)
    [path] = [one for one in FILES if one.stem == stem]
    assert replay(read(path)).violations != ()


def test_there_is_one_for_each_classic_bug() -> None:
    assert {path.stem for path in OF_BUGS} == set(BUGS)
