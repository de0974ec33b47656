"""Results that have to be like something: what does not fit is tried again, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from callboard import Runtime, Task, read_plan, subtask
from callboard.messages.errors import GoalFailed, MalformedPlan, ResultRejected
from tests.live import LONG
from tests.runtime.settings import QUICK

TOTAL = {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}}


def says_its_name(task: Task) -> str:
    return task.name


def one(task: Task) -> dict[str, int]:
    del task
    return {"total": 1}


class Sum(msgspec.Struct):
    """What a subtask's result is like, as a type."""

    total: int


@pytest.mark.parametrize("schema", [TOTAL, Sum])
def test_the_next_attempt_is_told_what_was_wrong(runtime: Runtime, schema: Any) -> None:
    seen: list[tuple[str, ...]] = []

    def count(task: Task) -> object:
        seen.append(task.rejected)
        return {"total": "7"} if not task.rejected else {"total": 7}

    runtime.register(count, id="counter")
    goal = runtime.submit("count", plan=[subtask("Count", result_schema=schema)])

    assert goal.result(LONG) == {"Count": {"total": 7}}
    assert seen == [(), ("$.total: expected integer, got string",)]


def test_it_fails_in_the_end_and_says_why(runtime: Runtime) -> None:
    runtime.register(says_its_name, id="parrot")
    goal = runtime.submit("count", plan=[subtask("Count", result_schema=TOTAL)])

    with pytest.raises(GoalFailed, match=r"rejected: \$: expected object, got string") as failed:
        goal.result(LONG)
    assert [problem.error for problem in failed.value.problems] == ["ResultRejected"]
    story = runtime.story(goal.subtasks[0].subtask.uuid)
    assert [type(e).__name__ for e in story].count("RetryScheduled") == 2
    assert not [e for e in story if type(e).__name__ == "SubtaskCompleted"]


def test_a_plan_with_a_schema_that_is_none_is_refused(runtime: Runtime) -> None:
    with pytest.raises(MalformedPlan, match=r"result_schema, \$\.type"):
        subtask("Count", result_schema={"type": "numbre"})
    with pytest.raises(MalformedPlan, match="expected a JSON Schema or a type"):
        subtask("Count", result_schema=object())
    with pytest.raises(MalformedPlan, match=r"\$\.subtasks\[0\]\.result_schema"):
        runtime.submit("x", plan={"subtasks": [{"name": "a", "result_schema": {"$id": "x"}}]})


def test_a_plan_in_a_file_says_it_too(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        """
        [[subtasks]]
        name = "Count"
        result_schema = { type = "object", required = ["total"] }
        """
    )
    with Runtime(QUICK) as runtime:
        runtime.register(one, id="counter")
        goal = runtime.submit("count", plan=read_plan(file))

        assert goal.result(LONG) == {"Count": {"total": 1}}


def test_who_completes_it_from_outside_is_told_why_not(runtime: Runtime) -> None:
    goal = runtime.submit("count", plan=[subtask("Count", result_schema=TOTAL)])
    uuid = goal.subtasks[0].subtask.uuid

    with pytest.raises(ResultRejected) as refused:
        runtime.complete(uuid, {"sum": 3})
    assert refused.value.reasons == ("$: total is missing",)
    runtime.complete(uuid, {"total": 3})
    assert goal.result(LONG) == {"Count": {"total": 3}}
