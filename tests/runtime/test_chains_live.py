"""Agents go on by themselves with what follows what they run, with real threads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard import Runtime, Task
from callboard import subtask as step
from callboard.actors.logic.ahead_options import AheadOptions
from callboard.messages import facts
from callboard.messages.errors.endings import GoalFailed
from callboard.messages.values import Retry
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, with_settings

if TYPE_CHECKING:
    from callboard.messages.values import Subtask

CHAINS = with_settings(QUICK, ahead=AheadOptions(brief=1000.0, least=1, chain=8))
"""On a busy machine nothing is sure to be brief; here everything is."""


def chain(length: int, name: str = "step") -> list[Subtask]:
    made: list[Subtask] = []
    for number in range(length):
        needs = [f"{name} {number - 1}"] if number else []
        made.append(
            step(
                f"{name} {number}",
                uuid=f"{name} {number}",
                kind="step",
                required_skills=["steps"],
                dependencies=needs,
            )
        )
    return made


def learn(runtime: Runtime) -> None:
    """Let it be known how long a step takes."""
    runtime.submit("known", plan=chain(3, "known")).result(LONG)
    eventually(lambda: runtime.learning().judged)


def gone_on(runtime: Runtime, length: int) -> int:
    """How many were begun by their agent itself."""
    events = [e for number in range(length) for e in runtime.story(f"step {number}")]
    assigned = [e for e in events if isinstance(e, facts.SubtaskAssigned)]
    return sum(event.after is not None for event in assigned)


def add(task: Task) -> int:
    """One more than what it depends on."""
    before = list(task.inputs.values())
    return (before[0] if before else 0) + 1


@pytest.mark.parametrize("agents", [1, 3])
def test_each_has_the_result_before_and_is_done_once(agents: int) -> None:
    done: list[str] = []

    def work(task: Task) -> Any:
        done.append(task.name)
        return add(task)

    with Runtime(CHAINS) as runtime:
        for number in range(agents):
            runtime.register(work, id=f"a{number}", skills=["steps"])
        learn(runtime)
        done.clear()
        results = runtime.submit("many", plan=chain(60)).result(LONG)
        assert results["step 59"] == 60
        assert done == [f"step {number}" for number in range(60)]
        assert gone_on(runtime, 60) > 30


def test_the_context_of_the_goal_is_there_in_each() -> None:
    seen: set[tuple[str, str]] = set()

    def work(task: Task) -> None:
        seen.add((task.goal, task.context))

    with Runtime(CHAINS) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        seen.clear()
        runtime.submit("many", context="of them", plan=chain(20)).result(LONG)
        assert seen == {("many", "of them")}


def test_what_fails_ends_the_chain_and_is_tried_again() -> None:
    failed = threading.Event()

    def work(task: Task) -> int:
        if task.name == "step 5" and not failed.is_set():
            failed.set()
            raise ValueError(task.name)
        return add(task)

    with Runtime(CHAINS) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        goal = runtime.submit("many", plan=chain(12))
        assert goal.result(LONG)["step 11"] == 12
        assert [one.attempts for one in goal.subtasks] == [1] * 5 + [2] + [1] * 6


def test_nothing_goes_on_after_what_fails_for_good() -> None:
    done: list[str] = []

    def work(task: Task) -> None:
        done.append(task.name)
        if task.name == "step 3":
            raise ValueError(task.name)

    with Runtime(with_settings(CHAINS, retry=Retry(attempts=1))) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        with pytest.raises(GoalFailed):
            runtime.submit("many", plan=chain(12)).result(LONG)
        assert "step 4" not in done


def test_what_is_cancelled_while_its_predecessor_runs_never_begins() -> None:
    runs, go_on, done = threading.Event(), threading.Event(), list[str]()

    def work(task: Task) -> None:
        done.append(task.name)
        if task.name == "step 0":
            runs.set()
            assert go_on.wait(LONG)

    with Runtime(CHAINS) as runtime:
        runtime.register(work, id="a", skills=["steps"])
        learn(runtime)
        goal = runtime.submit("many", plan=chain(6))
        assert runs.wait(LONG)
        runtime.cancel_subtask("step 2", "no need")
        go_on.set()
        with pytest.raises(GoalFailed):
            goal.result(LONG)
        assert [name for name in done if name.startswith("step")] == ["step 0", "step 1"]


def test_a_journal_in_a_file_has_no_chains(tmp_path: Path) -> None:
    with Runtime.open(tmp_path / "journal.db", CHAINS) as runtime:
        runtime.register(add, id="a", skills=["steps"])
        learn(runtime)
        assert runtime.submit("many", plan=chain(12)).result(LONG)["step 11"] == 12
        assert gone_on(runtime, 12) == 0
