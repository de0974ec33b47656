"""Scenarios that once broke a promise; they stay for ever, and go on to find what they found.

A file that is named for a bug in `bugs.py`, `chain_bugs.py`, `crash_bugs.py` or `rare_bugs.py`
must find that bug when it is put back, so that a change which makes it toothless is seen: then
`make_corpus` makes it anew, except for the rare. Of seeds that break a promise `--shrink` makes
such files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.runtime.simulation.scenario import read
from callboard.runtime.simulation.trial import replay
from tests.runtime.simulation import make_corpus, rare_bugs

BUGS = make_corpus.BUGS | rare_bugs.BUGS
FILES = sorted((Path(__file__).parent / "corpus").glob("*.json"))
OF_BUGS = [path for path in FILES if path.stem in BUGS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_that_once_broke_a_promise_does_so_no_more(path: Path) -> None:
    assert replay(read(path)).violations == ()


@pytest.mark.parametrize("path", OF_BUGS, ids=lambda path: path.stem)
def test_it_still_finds_what_it_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[path.stem](monkeypatch)
    assert replay(read(path)).violations != ()


def test_there_is_one_for_each_bug() -> None:
    assert {path.stem for path in OF_BUGS} == set(BUGS)
