"""What `callboard explain` says and refuses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from callboard.runtime.journal.store import Store
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.journal.stories import story


@pytest.fixture(autouse=True)
def _journal(folder: Path) -> None:
    with closing(Store(folder / "work.db")) as store:
        store.write(story("g1", at=1_000_000.0))
        store.write(story("g2", at=2_000_000.0, subtasks=1)[:-2])


def test_how_a_subtask_stands_by_its_name_or_uuid(callboard: Run) -> None:
    shown = callboard("explain", "work.db", "step g1-0")
    assert (shown.status, shown.err) == (0, "")
    assert "is completed\n- a1 completed it" in shown.out
    assert callboard("explain", "work.db", "g1-0").out == shown.out


def test_as_of_an_instant(callboard: Run) -> None:
    shown = callboard("explain", "work.db", "g1-2", "--at", "1000001.5")
    assert shown.out.startswith("'step g1-2' is ready\n- no agent is registered")


def test_it_is_data_too(callboard: Run) -> None:
    data = callboard("explain", "work.db", "g1-1", "--json").data["explanation"]
    assert (data["subtask"], data["status"]) == ("g1-1", "completed")
    assert data["reasons"][0]["kind"] == "HasCompleted"
    assert data["reasons"][0]["text"].startswith("a1 completed it")


def test_what_is_not_there_is_refused(callboard: Run, folder: Path) -> None:
    assert callboard("explain", "work.db", "nothing").status == 2
    assert "unknown subtask" in callboard("explain", "work.db", "nothing").err
    assert callboard("explain", "missing.db", "g1-0").status != 0
    with closing(Store(folder / "work.db")) as store:
        store.write(story("g3", at=3_000_000.0, subtasks=1))
        store.write([*story("g4", at=4_000_000.0, subtasks=1)])
    assert callboard("explain", "work.db", "g3-0", "--at", "noon").status == 2
