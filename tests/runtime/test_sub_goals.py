"""Superior and subordinate: handlers submit goals of their own, and wait without a slot."""

from __future__ import annotations

import threading

import pytest

from callboard import Context, Runtime, Task, agent, subtask
from callboard.messages.errors import GoalFailed
from tests.live import LONG, eventually
from tests.runtime.settings import helper


def test_a_handler_waits_for_a_goal_of_its_own(runtime: Runtime) -> None:
    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> object:
        part = ctx.submit("do a part")
        return ctx.wait(part)["Goal Execution"]

    runtime.register(superior)
    runtime.register(helper)

    goal = runtime.submit("lead", plan=[subtask("Lead", required_skills=["lead>=1"])])

    assert goal.result(LONG)["Lead"] == "did Goal Execution"


@pytest.mark.parametrize("depth", [1, 5])
def test_an_agent_may_wait_for_work_that_only_it_can_do(runtime: Runtime, depth: int) -> None:
    """Its one slot is free while it waits, so it does not wait for itself."""

    @agent(skills=["only me"], max_load=1)
    def only(task: Task, ctx: Context) -> int:
        level = int(task.name)
        if level == depth:
            return level
        part = ctx.submit([subtask(f"{level + 1}", required_skills=["only me"])])
        result: int = ctx.wait(part, timeout=LONG)[f"{level + 1}"]
        return result

    runtime.register(only)

    goal = runtime.submit("recurse", plan=[subtask("0", required_skills=["only me"])])

    assert goal.result(LONG)["0"] == depth


def test_a_coroutine_may_wait_for_work_that_only_it_can_do(runtime: Runtime) -> None:
    @agent(skills=["only me"], max_load=1)
    async def only(task: Task, ctx: Context) -> str:
        if task.name == "Inner":
            return "inner"
        part = await ctx.asubmit([subtask("Inner", required_skills=["only me"])])
        result: str = (await ctx.await_goal(part))["Inner"]
        return result

    runtime.register(only)

    goal = runtime.submit("recurse", plan=[subtask("Outer", required_skills=["only me"])])

    assert goal.result(LONG)["Outer"] == "inner"


def test_many_wait_at_once_and_no_more_run_than_may(runtime: Runtime) -> None:
    now, most, lock = 0, 0, threading.Lock()

    @agent(skills=["lead>=1"], max_load=2)
    def superior(task: Task, ctx: Context) -> object:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        part = ctx.submit(f"part of {task.name}")
        with lock:
            now -= 1
        found = ctx.wait(part)
        with lock:
            now += 1
            most = max(most, now)
            now -= 1
        return found["Goal Execution"]

    runtime.register(superior)
    runtime.register(helper)
    plan = [subtask(f"{n}", required_skills=["lead>=1"]) for n in range(20)]

    result = runtime.submit("lead", plan=plan).result(LONG)

    assert set(result.values()) == {"did Goal Execution"}
    assert most <= 2


def test_a_plan_may_be_handed_in_as_it_is_written(runtime: Runtime) -> None:
    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> list[object]:
        able = {"required_skills": ["general"]}
        plans = (
            [{"name": "A", **able}, {"name": "B", "dependencies": ["A"], **able}],
            {"subtasks": [{"name": "A", **able}]},
            (subtask("A", required_skills=["general"]),),
        )
        return [dict(ctx.wait(ctx.submit(plan))) for plan in plans]

    runtime.register(superior)
    runtime.register(helper)

    goal = runtime.submit("lead", plan=[subtask("Lead", required_skills=["lead>=1"])])

    assert goal.result(LONG)["Lead"] == [
        {"A": "did A", "B": "did B"},
        {"A": "did A"},
        {"A": "did A"},
    ]


def test_a_sub_goal_that_fails_is_an_error_where_it_is_waited_for(runtime: Runtime) -> None:
    def failing(_: Task) -> None:
        raise ValueError("cannot")

    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> str:
        try:
            ctx.wait(ctx.submit("part"))
        except GoalFailed as failed:
            return failed.problems[0].text
        return "no error"

    runtime.register(superior)
    runtime.register(failing, skills=["general"], retry=1)

    goal = runtime.submit("lead", plan=[subtask("Lead", required_skills=["lead>=1"])])

    assert "ValueError: cannot" in goal.result(LONG)["Lead"]


def test_cancelling_reaches_the_goals_that_serve(runtime: Runtime) -> None:
    reached, stopped = threading.Event(), threading.Event()

    @agent(skills=["general"])
    def subordinate(_: Task, ctx: Context) -> None:
        reached.set()
        try:
            ctx.sleep(LONG)
        finally:
            stopped.set()

    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> None:
        ctx.wait(ctx.submit("part"))

    runtime.register(subordinate)
    runtime.register(superior)
    goal = runtime.submit("lead", plan=[subtask("Lead", required_skills=["lead>=1"])])
    assert reached.wait(LONG)

    goal.cancel("not wanted")

    assert stopped.wait(LONG)
    eventually(lambda: runtime.hub.counts().get("GoalCancelled") == 2)
    eventually(lambda: runtime.health()["scheduler"]["leased"] == 0)


def test_a_deadline_is_passed_down(runtime: Runtime) -> None:
    left: list[float | None] = []

    @agent(skills=["general"])
    def subordinate(_: Task, ctx: Context) -> None:
        left.append(ctx.remaining)

    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> None:
        for deadline in (None, 5.0, 500.0):
            ctx.wait(ctx.submit("part", deadline=deadline))

    runtime.register(subordinate)
    runtime.register(superior)
    goal = runtime.submit(
        "lead", plan=[subtask("Lead", required_skills=["lead>=1"])], deadline=100.0
    )
    goal.result(LONG)

    inherited, own, cut = (round(seconds or 0.0, -1) for seconds in left)
    assert (inherited, own <= 10.0, cut) == (100.0, True, 100.0)


def test_a_sub_goal_ends_with_the_attempt_that_it_serves(runtime: Runtime) -> None:
    @agent(skills=["lead>=1"])
    def superior(_: Task, ctx: Context) -> str:
        ctx.submit([subtask("Never", required_skills=["nobody has this"])])
        return "does not wait"

    runtime.register(superior)

    goal = runtime.submit("lead", plan=[subtask("Lead", required_skills=["lead>=1"])])

    assert goal.result(LONG)["Lead"] == "does not wait"
    eventually(lambda: runtime.status()["goals"]["cancelled"] == 1)
    eventually(lambda: runtime.health()["scheduler"]["queued"] == 0)
