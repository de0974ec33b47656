"""Plans that history corrects, on the command line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from callboard import Runtime
from callboard.actors.logic.usual import ENOUGH
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from callboard import Task
    from tests.runtime.gateways.cli.conftest import Run

SAID = "corrected: 'Goal Execution': 60 min said by the planner, "


def brief(task: Task) -> str:
    time.sleep(0.003)
    return task.name


@pytest.fixture
def runtime(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """One that is served, and has learnt how long it takes to tidy up."""
    with Runtime.open(folder / "work.db", QUICK) as runtime, runtime.serve(port=0) as server:
        monkeypatch.setenv("CALLBOARD_SERVER", server.url)
        runtime.register(brief, id="ann", skills=["general"])
        for _ in range(ENOUGH):
            runtime.submit("tidy up").result(timeout=LONG)
        eventually(lambda: runtime.learning().attempts == ENOUGH)
        yield runtime


def test_what_a_journal_has_taught_corrects_the_plan_that_is_shown(
    runtime: Runtime, callboard: Run
) -> None:
    assert runtime.learning().attempts == ENOUGH
    shown = callboard("plan", "tidy up", "--journal", "work.db")
    assert shown.status == 0
    assert f"\n{SAID}" in shown.out
    told = callboard("plan", "tidy up", "--journal", "work.db", "--json").data
    assert [f"corrected: {one}".startswith(SAID) for one in told["corrected"]] == [True]
    assert told["subtasks"][0]["estimated_duration"] < 60
    assert "corrected" not in callboard("plan", "tidy up", "--json").data


def test_who_approves_a_plan_sees_what_was_corrected(runtime: Runtime, callboard: Run) -> None:
    goal = callboard("submit", "tidy up", "--approve", "plan").out.strip()
    runtime.goal(goal).plan(LONG)
    assert f"\n{SAID}" in callboard("goal", goal, "--plan").out
    assert f"\n{SAID}" in callboard("approve", goal).out


def test_a_plan_is_left_alone_where_that_is_said(runtime: Runtime, callboard: Run) -> None:
    goal = callboard("submit", "tidy up", "--approve", "plan", "--no-correct").out.strip()
    assert runtime.goal(goal).plan(LONG).plan.subtasks[0].correction is None
    assert "corrected" not in callboard("goal", goal, "--plan").out


def test_a_journal_that_is_none_is_said(callboard: Run) -> None:
    answer = callboard("plan", "tidy up", "--journal", "none.db")
    assert answer.status != 0
    assert "none.db" in answer.err
