"""An application embeds us: the example of the documentation, and what stands around it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from callboard import (
    Config,
    Context,
    GoalHandle,
    Note,
    Runtime,
    Task,
    UserMessage,
    agent,
    handles,
    subtask,
)
from callboard.messages.errors import CallTimedOut, GoalFailed
from tests.live import LONG, together
from tests.runtime.settings import helper, kinds, says


class Inquiry(UserMessage, frozen=True):
    text: str


@agent(skills=["data_collection"])
def collector(task: Task) -> list[int]:
    assert task.context == "Q4"
    return [1, 2, 3]


@agent(skills=["data_analysis", "statistics"], max_load=2)
def analyst(task: Task, ctx: Context) -> dict[str, int]:
    rows = task.inputs["Data Collection"]
    ctx.progress(0.5, "means done", checkpoint={"row": 2})
    ctx.raise_if_cancelled()
    ctx.send("reporter", Note("outliers in March"))
    return {"sum": sum(rows)}


@agent(skills=["report_writing"])
class Reporter:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def work(self, task: Task, ctx: Context) -> str:
        # The note was sent before the work that this depends on had ended.
        return f"{task.inputs['Data Analysis']['sum']} on {ctx.agent}, {', '.join(self.notes)}"

    @handles(Note)
    def note(self, note: Note) -> None:
        self.notes.append(note.text)

    @handles(Inquiry)
    async def inquire(self, inquiry: Inquiry) -> str:
        await asyncio.sleep(0)
        return f"why not {inquiry.text}?"


def hire_all(runtime: Runtime) -> None:
    for member in (collector, analyst, Reporter()):
        runtime.register(member)


ONE_SUBTASK = ["SubtaskQueued", "SubtaskAssigned", "SubtaskStarted", "AttemptOver"]
STORY = [
    *["GoalAccepted", "PlanAdopted"],
    *[*ONE_SUBTASK, "SubtaskCompleted"],
    *["SubtaskQueued", "SubtaskAssigned", "SubtaskStarted", "ProgressMade"],
    *["AttemptOver", "CheckpointSaved", "SubtaskCompleted"],
    *[*ONE_SUBTASK, "SubtaskCompleted"],
    "GoalCompleted",
]
"""Where the checkpoint is saved among its neighbours is left open, so it is compared sorted."""


def test_the_example_of_the_documentation_works(runtime: Runtime) -> None:
    hire_all(runtime)

    goal = runtime.submit(
        "analyze customer data trends", context="Q4", priority="HIGH", deadline=60
    )
    events = list(goal.events())
    result = goal.result(timeout=LONG)

    assert dict(result) == {
        "Data Collection": [1, 2, 3],
        "Data Analysis": {"sum": 6},
        "Report Generation": "6 on Reporter, outliers in March",
    }
    assert sorted(kinds(events)) == sorted(STORY)
    assert kinds(events)[-1] == "GoalCompleted"
    assert runtime.ask("Reporter", Inquiry(text="two"), timeout=LONG) == "why not two?"


def test_results_are_found_by_name_and_by_uuid(runtime: Runtime) -> None:
    runtime.register(helper)
    plan = [subtask("A", uuid="a"), subtask("B", uuid="b", dependencies=["A"])]

    result = runtime.submit("two things", plan=plan).result(LONG)

    assert (result["A"], result["b"], len(result)) == ("did A", "did B", 2)


def test_everything_has_a_form_for_coroutines(config: Config) -> None:
    async def main() -> None:
        async with Runtime(config) as runtime:
            names = [await runtime.aregister(member) for member in (collector, analyst, Reporter)]
            goal = await runtime.asubmit("analyze customer data trends", context="Q4")
            events = [event async for event in goal.events()]
            assert names == ["collector", "analyst", "Reporter"]
            assert kinds(events)[-1] == "GoalCompleted"
            assert (await goal)["Data Analysis"] == {"sum": 6}
            assert await goal.aresult(LONG) == goal.results
            assert await runtime.aask("reporter", Inquiry(text="two"), LONG) == "why not two?"

    asyncio.run(asyncio.wait_for(main(), LONG))


def test_the_event_loop_is_free_while_a_goal_is_awaited(runtime: Runtime) -> None:
    go_on = threading.Event()

    def slow(_: Task) -> bool:
        return go_on.wait(LONG)

    runtime.register(slow, skills=["general"])

    async def main() -> object:
        goal = await runtime.asubmit("wait")
        asyncio.get_running_loop().call_later(0.01, go_on.set)
        return (await goal.aresult(LONG))["Goal Execution"]

    assert asyncio.run(main()) is True


def test_an_async_wait_gives_up_in_time_and_the_goal_goes_on(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    go_on = threading.Event()

    def slow(_: Task) -> bool:
        return go_on.wait(LONG)

    runtime.register(slow, skills=["general"])

    async def main() -> GoalHandle:
        goal = await runtime.asubmit("wait")
        with pytest.raises(CallTimedOut, match=r"no answer within 0\.01 s"):
            await goal.aresult(0.01)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(goal, 0.01)
        return goal

    goal = asyncio.run(main())
    go_on.set()  # the loop of those waits is closed by now

    assert goal.result(LONG)["Goal Execution"] is True
    assert [record for record in caplog.records if record.name.startswith("concurrent")] == []


def test_many_runtimes_live_in_one_process_and_do_not_know_each_other(config: Config) -> None:
    first, second = Runtime(config), Runtime(config)
    with first, second:
        first.register(says("first"), id="a", skills=["general"])
        second.register(says("second"), id="a", skills=["general"])
        goals = [runtime.submit("do it") for runtime in (first, second)]

        assert [goal.result(LONG)["Goal Execution"] for goal in goals] == ["first", "second"]
        first.close()
        assert second.submit("again").result(LONG)["Goal Execution"] == "second"
        assert first.status()["total_subtasks"] == 1


def test_many_callers_may_use_one_runtime_at_once(runtime: Runtime) -> None:
    runtime.register(helper, max_load=4)
    found: list[object] = []

    def call(number: int) -> None:
        goals = [runtime.submit(f"goal {number}/{n}") for n in range(10)]
        found.extend(goal.result(LONG)["Goal Execution"] for goal in goals)

    together(6, call)

    assert found == ["did Goal Execution"] * 60


def test_a_coroutine_is_an_agent_too(runtime: Runtime) -> None:
    both = asyncio.Event()

    @agent(skills=["general"], max_load=2)
    async def pair(task: Task, ctx: Context) -> str:
        if task.name == "B":
            both.set()
        await asyncio.wait_for(both.wait(), LONG)  # only where both run at once
        await ctx.asleep(0)
        return task.name

    runtime.register(pair)

    result = runtime.submit("both", plan=[subtask("A"), subtask("B")]).result(LONG)

    assert dict(result) == {"A": "A", "B": "B"}


@pytest.mark.parametrize("max_load", [1, 3])
def test_an_agent_runs_as_many_at_once_as_it_says_and_no_more(
    runtime: Runtime, max_load: int
) -> None:
    now, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def work(task: Task) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == max_load:
                full.set()
        full.wait(LONG)
        with lock:
            now -= 1
        return task.name

    runtime.register(work, id="worker", skills=["general"], max_load=max_load)

    runtime.submit("much", plan=[subtask(f"{n}") for n in range(30)]).result(LONG)

    assert (now, most) == (0, max_load)


def test_what_a_failing_attempt_has_saved_reaches_the_next_one(runtime: Runtime) -> None:
    seen: list[object] = []

    def work(task: Task, ctx: Context) -> str:
        seen.append((task.attempt, task.checkpoint))
        if task.attempt < 3:
            ctx.progress(
                0.1 * task.attempt, f"try {task.attempt}", checkpoint={"row": task.attempt}
            )
            raise ValueError("not yet")
        return "done"

    runtime.register(work, id="worker", skills=["general"])

    goal = runtime.submit("try")

    assert goal.result(LONG)["Goal Execution"] == "done"
    assert seen == [(1, None), (2, {"row": 1}), (3, {"row": 2})]


def test_progress_is_seen_by_everybody_who_watches(runtime: Runtime) -> None:
    go_on = threading.Event()

    def work(_: Task, ctx: Context) -> None:
        ctx.progress(0.25, "a quarter")
        go_on.wait(LONG)

    runtime.register(work, id="worker", skills=["general"])
    with runtime.events() as everything:
        goal = runtime.submit("try")
        seen = [
            next(e for e in events if type(e).__name__ == "ProgressMade")
            for events in (goal.events(), everything)
        ]
        go_on.set()
        goal.result(LONG)

    assert [(e.fraction, e.note) for e in seen] == [(0.25, "a quarter")] * 2  # type: ignore[union-attr]


def test_a_goal_can_be_cancelled_and_its_handler_is_told(runtime: Runtime) -> None:
    reached, stopped = threading.Event(), threading.Event()

    def patient(_: Task, ctx: Context) -> None:
        reached.set()
        while not ctx.cancelled:
            ctx.sleep(LONG)
        stopped.set()

    def listener(task: Task, ctx: Context) -> None:
        try:
            patient(task, ctx)
        finally:
            stopped.set()

    runtime.register(listener, skills=["general"])
    goal = runtime.submit("wait")
    assert reached.wait(LONG)

    goal.cancel("no longer wanted")
    goal.cancel("again")

    assert stopped.wait(LONG)
    with pytest.raises(Exception, match="was cancelled: no longer wanted"):
        goal.result(LONG)
    assert (goal.done, goal.status.value) == (True, "cancelled")


def test_a_deadline_ends_a_goal(runtime: Runtime) -> None:
    goal = runtime.submit("nobody can", deadline=0.02)

    with pytest.raises(GoalFailed, match="was not done by its deadline"):
        goal.result(LONG)


def test_the_same_key_is_the_same_goal(runtime: Runtime) -> None:
    runtime.register(helper)

    first, second = runtime.submit("do it", key="k"), runtime.submit("do it", key="k")

    assert first.id == second.id
    assert first.result(LONG) == second.result(LONG)
    assert runtime.status()["total_subtasks"] == 1
    assert runtime.goal(first.id).result(LONG) == first.results


def test_one_subtask_can_be_cancelled_or_completed_from_outside(runtime: Runtime) -> None:
    b = subtask("B", uuid="b", optional=True)
    goal = runtime.submit("three", plan=[subtask("A", uuid="a"), b, subtask("C", uuid="c")])

    runtime.complete("a", {"by": "hand"})
    runtime.complete("a", {"by": "hand"})
    runtime.cancel_subtask("b", "not needed")
    runtime.register(helper)

    assert dict(goal.result(LONG)) == {"A": {"by": "hand"}, "C": "did C"}
    assert [s.status.value for s in goal.subtasks] == ["completed", "cancelled", "completed"]


def test_a_goal_fails_without_a_subtask_that_it_needs(runtime: Runtime) -> None:
    goal = runtime.submit("two", plan=[subtask("A", uuid="a"), subtask("B")])
    runtime.cancel_subtask("a", "not needed")
    runtime.register(helper)

    with pytest.raises(GoalFailed, match="subtask 'A' was cancelled: not needed"):
        goal.result(LONG)
    assert dict(goal.results) == {"B": "did B"}


def test_the_status_and_the_tensor_say_how_things_stand(runtime: Runtime) -> None:
    hire_all(runtime)
    goal = runtime.submit("analyze customer data trends", context="Q4")
    goal.result(LONG)

    status = runtime.status()
    tensor = runtime.tensor()

    assert (status["total_subtasks"], status["completed_subtasks"]) == (3, 3)
    assert status["task_tensor_shape"] == tensor.values.shape == (3, 3, 4)
    assert [runtime.story(s.subtask.uuid)[-1].__class__.__name__ for s in goal.subtasks] == [
        "SubtaskCompleted"
    ] * 3
    assert set(runtime.health()) == {"orchestrator", "scheduler", "decomposer", "supervisor"}
