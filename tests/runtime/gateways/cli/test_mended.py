"""A plan that was mended, as the command line tells of it."""

from __future__ import annotations

from pathlib import Path

from callboard import Runtime
from callboard.messages.values import Retry
from callboard.runtime.config import Config
from tests.live import LONG
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.menders import Handy, clumsy

ONCE = Config(retry=Retry(attempts=1))


def test_what_was_changed_and_made_up_for_is_told(tmp_path: Path, callboard: Run) -> None:
    journal = tmp_path / "work.db"
    with Runtime.open(journal, ONCE, planner=Handy()) as runtime:
        runtime.register(clumsy, id="hand")
        goal = runtime.submit("a garden")
        goal.result(timeout=LONG)

    told = callboard("goal", goal.id, "--journal", str(journal)).out.splitlines()
    assert told[1].startswith("completed, 2/3 done")
    assert told[2] == "- handy has mended the plan (1 new, 1 after others): no spade"
    rows = {line.split()[0]: line for line in told[3:] if line.split()}
    assert rows["dig"].endswith("Dig: ValueError: the spade is broken (made up for)")
    assert "made up for" not in rows["plant"]

    data = callboard("goal", goal.id, "--journal", str(journal), "--json").data
    assert data["goal"]["superseded"] == ["dig"]
    assert data["goal"]["changes"][0]["added"] == ["borrow"]

    story = callboard("story", "plant", "--journal", str(journal)).out
    assert "Plant" in story


def test_how_often_is_said_by_an_option(callboard: Run) -> None:
    ran = callboard("run", "x", "--repairs", "-1")
    assert ran.status == 2
    assert "--repairs" in ran.err
