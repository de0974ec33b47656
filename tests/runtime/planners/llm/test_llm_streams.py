"""Plans that are carried out while they come."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from callboard.messages import facts
from callboard.messages.errors import GoalFailed
from callboard.messages.values import Retry
from callboard.runtime.executors.task import Task
from callboard.runtime.planners.llm.planner import Limits, LLMPlanner
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.planners.llm.scripted import (
    Handler,
    Server,
    answers,
    event,
    plan,
    raw,
    serving,
    step,
)

WHOLE = plan(step("Ask"), step("Sum", "Ask", "Count"), step("Count"), step("Tell", "Sum"))


def helper(task: Task) -> str:
    return task.name


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as made:
        yield made


@pytest.fixture
def runtime(server: Server) -> Generator[Runtime]:
    limits = Limits(retry=Retry(attempts=2, first=0.01, longest=0.02))
    with Runtime(planner=LLMPlanner(server.url, "small", limits=limits)) as made:
        yield made


def cut(text: str, until: str) -> str:
    """The text up to the subtask of that name."""
    return text[: text.index(f'{{"name": "{until}"')]


def piece(text: str) -> bytes:
    return event({"choices": [{"delta": {"content": text}}]})


@pytest.mark.parametrize("pieces", [1, 11, 10_000])
def test_a_streamed_plan_is_the_same_plan(server: Server, runtime: Runtime, pieces: int) -> None:
    server.script = [answers(WHOLE, pieces)]
    seen: dict[str, Any] = {}

    def work(task: Task) -> str:
        seen[task.name] = dict(task.inputs)
        return task.name.lower()

    runtime.register(work, id="ann", skills=["general"])
    goal = runtime.submit("do it")

    results = goal.result(timeout=LONG)
    assert results == {"Ask": "ask", "Count": "count", "Sum": "sum", "Tell": "tell"}
    assert seen["Sum"] == {"Ask": "ask", "Count": "count"}
    grown = [one for one in goal.events() if isinstance(one, facts.PlanGrown)]
    assert [one.last for one in grown] == [False] * (len(grown) - 1) + [True]
    assert goal.record.planned_at == grown[-1].at


def test_work_begins_while_the_rest_is_still_to_come(server: Server, runtime: Runtime) -> None:
    begun = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.piece(cut(WHOLE, "Count"))
        assert begun.wait(LONG)  # an agent does what is there
        handler.piece(WHOLE[len(cut(WHOLE, "Count")) :], finish_reason="stop")

    def work(task: Task) -> str:
        begun.set()
        return task.name

    server.script = [reply]
    runtime.register(work, id="ann", skills=["general"])
    assert len(runtime.submit("do it").result(timeout=LONG)) == 4


def test_what_ended_before_the_rest_came_counts(server: Server, runtime: Runtime) -> None:
    done = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.piece(cut(WHOLE, "Sum"))
        assert done.wait(LONG)
        handler.piece(WHOLE[len(cut(WHOLE, "Sum")) :], finish_reason="stop")

    server.script = [reply]
    runtime.register(helper, id="ann", skills=["general"])
    goal = runtime.submit("do it")
    for one in goal.events():
        if isinstance(one, facts.SubtaskCompleted):
            done.set()
    assert len(goal.result(timeout=LONG)) == 4


def test_a_plan_that_is_cut_off_is_mended_from_where_it_was(
    server: Server, runtime: Runtime
) -> None:
    # The second answer states once more what is begun already.
    server.script = [raw(piece(cut(WHOLE, "Count"))), answers(WHOLE)]
    runtime.register(helper, id="ann", skills=["general"])
    goal = runtime.submit("do it")

    assert sorted(goal.result(timeout=LONG)) == ["Ask", "Count", "Sum", "Tell"]
    assert server.told(1, 3)["begun"] == ["Ask"]
    assert [one.error for one in goal.record.setbacks] == ["AnswerUnusable"]


def test_one_that_stays_cut_off_fails_its_goal_and_says_why(
    server: Server, runtime: Runtime
) -> None:
    server.script = [raw(piece(cut(WHOLE, "Count"))), raw(piece('{"subtasks": ['))]
    runtime.register(helper, id="ann", skills=["general"])
    goal = runtime.submit("do it")
    with pytest.raises(GoalFailed, match="the answer was cut off after"):
        goal.result(timeout=LONG)
    assert [one.subtask.name for one in goal.subtasks] == ["Ask"]
    assert len(server.asked) == 2


def test_a_cycle_that_comes_late_fails_what_was_begun(server: Server, runtime: Runtime) -> None:
    bad = plan(step("Ask"), step("A", "B"), step("B", "A"))
    server.script = [answers(bad), answers(bad)]
    runtime.register(helper, id="ann", skills=["general"])
    with pytest.raises(GoalFailed, match="the plan has a cycle"):
        runtime.submit("do it").result(timeout=LONG)


def test_decompose_waits_for_the_whole_plan(server: Server, runtime: Runtime) -> None:
    server.script = [answers(WHOLE)]
    goal = runtime.decompose("do it")
    assert [one.subtask.name for one in goal.subtasks] == ["Ask", "Count", "Sum", "Tell"]


def test_what_depends_on_what_was_cancelled_meanwhile_fails(
    server: Server, runtime: Runtime
) -> None:
    cancelled = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.piece(cut(WHOLE, "Sum"))
        assert cancelled.wait(LONG)
        handler.piece(WHOLE[len(cut(WHOLE, "Sum")) :], finish_reason="stop")

    server.script = [reply]
    goal = runtime.submit("do it")  # and nobody is there to do it
    (ask,) = eventually(lambda: goal.subtasks, "the first part")
    runtime.cancel_subtask(ask.subtask.uuid)
    cancelled.set()
    eventually(lambda: goal.record.planned_at, "the rest")
    runtime.register(helper, id="ann", skills=["general"])
    with pytest.raises(GoalFailed):
        goal.result(timeout=LONG)
    assert {one.subtask.name: one.status.value for one in goal.subtasks} == {
        "Ask": "cancelled", "Count": "completed", "Sum": "failed", "Tell": "failed",
    }  # fmt: skip


def test_a_plan_whose_maker_has_died_fails_its_goal_and_says_why(
    server: Server, runtime: Runtime
) -> None:
    server.script = [raw(piece(cut(WHOLE, "Sum")), hang=True)]
    goal = runtime.submit("do it")
    eventually(lambda: goal.subtasks, "the first part")
    runtime.crash("decomposer", "on purpose")
    with pytest.raises(GoalFailed, match="what there is of the plan ends after 1 subtasks"):
        goal.result(timeout=LONG)
    assert server.hung_up.wait(LONG)


def test_an_orchestrator_that_was_restarted_hears_the_rest(
    server: Server, runtime: Runtime
) -> None:
    restarted = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.piece(cut(WHOLE, "Sum"))
        assert restarted.wait(LONG)
        handler.piece(WHOLE[len(cut(WHOLE, "Sum")) :], finish_reason="stop")

    server.script = [reply]
    with runtime.events() as events:
        goal = runtime.submit("do it")
        eventually(lambda: goal.subtasks, "the first part")
        runtime.crash("orchestrator", "on purpose")
        for one in events:
            if isinstance(one, facts.ActorRestarted):
                break
    restarted.set()
    runtime.register(helper, id="ann", skills=["general"])
    assert len(goal.result(timeout=LONG)) == 4


def test_half_a_plan_in_a_journal_is_not_taken_for_a_whole_one(
    server: Server, tmp_path: Path
) -> None:
    server.script = [raw(piece(cut(WHOLE, "Sum")), hang=True)]
    file = tmp_path / "work.db"
    with Runtime.open(file, planner=LLMPlanner(server.url, "small")) as runtime:
        goal = runtime.submit("do it")
        eventually(lambda: goal.subtasks, "the first part")
    with Runtime.open(file) as again, pytest.raises(GoalFailed, match="the plan ends after 1"):
        again.goal(goal.id).result(timeout=LONG)
