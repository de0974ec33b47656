"""A runtime whose plans a model makes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from callboard.messages import facts
from callboard.messages.errors import GoalCancelled, GoalFailed
from callboard.messages.values import Retry
from callboard.runtime.executors.task import Task
from callboard.runtime.planners.llm.planner import Limits, LLMPlanner
from callboard.runtime.runtime import Runtime
from tests.live import LONG, eventually
from tests.runtime.planners.llm.scripted import (
    KEY,
    Server,
    answers,
    plan,
    raw,
    serving,
    status,
    step,
)

GOOD = plan(step("Ask", skills=["research"]), step("Tell", "Ask", skills=["writing"]))


def helper(task: Task) -> str:
    return task.name


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CALLBOARD_LLM_KEY", KEY)
    with serving() as made:
        yield made


def planner(server: Server, **more: Any) -> LLMPlanner:
    limits = Limits(retry=Retry(attempts=2, first=0.01, longest=0.02))
    return LLMPlanner(server.url, "small", limits=limits, **more)


def test_a_goal_is_reached_as_the_model_has_planned_it(server: Server) -> None:
    server.script = [answers(GOOD)]
    with Runtime(planner=planner(server)) as runtime:
        runtime.register(helper, id="ann", skills=["research", "writing"])
        assert runtime.submit("do it").result(timeout=LONG) == {"Ask": "Ask", "Tell": "Tell"}
    assert server.told()["agents"] == [["research", "writing"]]


def test_users_see_why_the_rules_have_made_the_plan(server: Server) -> None:
    server.script = [status(401, f'{{"error": "no such key: {KEY}"}}')]
    with Runtime(planner=planner(server)) as runtime:
        runtime.register(helper, id="ann", skills=["general"])
        goal = runtime.submit("do it")
        goal.result(timeout=LONG)

        (problem,) = goal.record.setbacks
        said = [one for one in goal.events() if isinstance(one, facts.PlanningSetback)]
    assert problem.text == "no plan could be made: the endpoint answers 401: no such key: [key]"
    assert [(one.problem, one.then) for one in said] == [
        (problem, "leaves the plan to its fallback")
    ]


def test_without_a_fallback_the_goal_fails_with_every_reason(server: Server) -> None:
    server.script = [answers("I would rather not."), answers(plan(step("A", "B"), step("B", "A")))]
    with Runtime(planner=planner(server, fallback=None)) as runtime:
        goal = runtime.submit("do it")
        with pytest.raises(GoalFailed, match="the plan has a cycle: A needs B needs A"):
            goal.result(timeout=LONG)
        assert [one.error for one in goal.record.setbacks] == ["MalformedPlan"]


def test_a_goal_that_is_cancelled_hangs_up(server: Server) -> None:
    server.script = [raw(b": wait\n", hang=True)]
    with Runtime(planner=planner(server)) as runtime:
        goal = runtime.submit("do it")
        eventually(lambda: server.asked, "the question")
        goal.cancel("not needed")
        with pytest.raises(GoalCancelled):
            goal.result(timeout=LONG)
        assert server.hung_up.wait(LONG)


def test_so_many_are_asked_for_at_once_and_the_others_in_their_turn(server: Server) -> None:
    server.script = [raw(b": wait\n", hang=True), answers(GOOD), answers(GOOD)]
    limits = Limits(together=1)
    with Runtime(planner=LLMPlanner(server.url, "small", limits=limits)) as runtime:
        runtime.register(helper, id="ann", skills=["general"])
        first = runtime.submit("one")
        eventually(lambda: server.asked, "the first question")
        waiting = [runtime.submit(f"goal {n}") for n in range(3)]
        waiting.pop().cancel("not needed")  # it has had no turn, and waits for none any more
        assert len(server.asked) == 1
        first.cancel("not needed")
        for goal in waiting:
            assert len(goal.result(timeout=LONG)) == 2
    assert len(server.asked) == 3


def test_a_runtime_that_closes_hangs_up(server: Server) -> None:
    server.script = [raw(b": wait\n", hang=True)]
    with Runtime(planner=planner(server)) as runtime:
        runtime.submit("do it")
        eventually(lambda: server.asked, "the question")
    assert server.hung_up.wait(LONG)
    assert runtime.close().threads == ()


def test_the_key_is_in_no_fact_and_no_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [
        status(401, f"{KEY} is wrong"),
        answers(plan(step(KEY, "B"))),
        answers(plan(step(KEY, description=f"shout {KEY}"))),
    ]
    caplog.set_level("DEBUG")
    with Runtime(planner=planner(server)) as runtime, runtime.events() as events:
        runtime.register(helper, id="ann", skills=["general"])
        runtime.submit("one").result(timeout=LONG)
        runtime.submit("two").result(timeout=LONG)
        runtime.close()
        told = "".join(map(repr, events)) + caplog.text
    assert told.count("[key]") > 4
    assert KEY not in told
