"""Rules at work: what is decomposed again runs, and is seen where people look."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard import Runtime, Task
from callboard.messages.errors import TooManyItems
from callboard.runtime.planners.rules import RulesPlanner
from tests.runtime.gateways.cli.conftest import Run
from tests.runtime.settings import QUICK

RULES = """\
[[rules]]
name = "release"
verbs = ["release"]
[[rules.steps]]
name = "Notes"
[[rules.steps]]
name = "Build {item}"
each = "context"
most = 2
decompose = "build"
[[rules.steps]]
name = "Publish"

[[rules]]
name = "build"
words = ["make"]
[[rules.steps]]
name = "Compile"
[[rules.steps]]
name = "Test"
"""


def tell(task: Task) -> str:
    return f"{task.name} after {sorted(task.inputs)}"


@pytest.fixture
def planner(tmp_path: Path) -> RulesPlanner:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return RulesPlanner(path=path)


def test_what_was_decomposed_is_seen_wherever_people_look(
    planner: RulesPlanner, tmp_path: Path, callboard: Run
) -> None:
    journal = tmp_path / "work.db"
    with Runtime.open(journal, QUICK, planner=planner) as runtime:
        runtime.register(tell, id="hand")
        goal = runtime.submit("release it", context="- linux\n- mac")
        results = goal.result(timeout=20)
        uuids = {r.subtask.name: uuid for uuid, r in goal.record.subtasks.items()}
    assert results["Publish"] == "Publish after ['Test', 'Test (Build mac)']"
    assert results["Compile"] == "Compile after ['Notes']"

    told = callboard("goal", goal.id, "--journal", str(journal), "--json").data
    linux, mac = told["compounds"]
    assert (linux["name"], linux["source"], linux["status"]) == (
        "Build linux",
        "build",
        "completed",
    )
    assert (mac["total"], mac["counts"]) == (2, {"completed": 2})
    parents = {s["name"]: s["parent_task_uuid"] for s in told["subtasks"]}
    assert parents["Test (Build mac)"] == mac["uuid"]
    assert parents["Notes"] == ""

    shown = callboard("goal", goal.id, "--journal", str(journal)).out.splitlines()
    names = [line.split("  ", 2)[-1].strip() for line in shown[3:]]
    assert [name.partition(":")[0].removeprefix("completed").strip() for name in names] == [
        "Notes",
        "Build linux",
        "- Compile",
        "- Test",
        "Build mac",
        "- Compile (Build mac)",
        "- Test (Build mac)",
        "Publish",
    ]
    assert uuids["Notes"] in shown[3]


def test_a_list_that_is_too_long_fails_the_goal_with_that_reason(planner: RulesPlanner) -> None:
    with Runtime(QUICK, planner=planner) as runtime:
        goal = runtime.submit("release it", context="a\nb\nc")
        with pytest.raises(Exception, match="3 items are listed") as failed:
            goal.result(timeout=20)
    assert [p.error for p in goal.record.problems] == [TooManyItems.__name__]
    assert "Build {item}" in str(failed.value)
