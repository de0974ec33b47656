# ruff: noqa: ARG001, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
"""What an executor reports of an agent's work, and of its waits."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import weakref
from typing import Any

import pytest

from callboard.actors.logic.effects import ResumeWork
from callboard.messages.errors import AttemptCancelled, NotEncodable, problem_of
from callboard.messages.execution import (
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.values import Payload, unpack
from callboard.runtime.executors.attempt import Attempt
from callboard.runtime.executors.context import Context, Task
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until

# Work


def test_a_functions_result_is_reported(lab: Lab) -> None:
    def double(task: Task, ctx: Context) -> dict[str, int]:
        return {"twice": 2 * task.data}

    lab.hire(double).perform(start(data=Payload(data=b"\x15")))
    done = lab.wait_for(WorkDone)
    assert (done.token, unpack(done.result)) == (token(), {"twice": 42})
    assert done.seconds >= 0


def test_a_coroutines_result_is_reported(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> str:
        await asyncio.sleep(0)
        return task.name

    lab.hire(work).perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "Step 1"


def test_a_handler_may_take_the_task_alone(lab: Lab) -> None:
    lab.hire(lambda task: task.uuid, id="a1").perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "s1"


def test_an_error_is_reported_with_a_traceback_that_begins_in_the_users_code(lab: Lab) -> None:
    def broken(task: Task) -> None:
        raise ValueError("no such column")

    lab.hire(broken).perform(start())
    problem = lab.wait_for(WorkFailed).problem
    assert (problem.error, problem.text, problem.lasting) == (
        "ValueError",
        "ValueError: no such column",
        False,
    )
    assert problem.traceback.count("File ") == 1
    assert "in broken" in problem.traceback


def test_an_error_whose_text_cannot_be_had_is_reported_all_the_same(lab: Lab) -> None:
    class Evil(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def broken(task: Task) -> None:
        raise Evil

    lab.hire(broken).perform(start())
    text = "Evil, whose text cannot be had (RuntimeError)"
    assert lab.wait_for(WorkFailed).problem.text == text


def test_text_that_cannot_be_encoded_is_made_readable(lab: Lab) -> None:
    def broken(task: Task) -> None:
        raise ValueError("\ud800")

    lab.hire(broken).perform(start())
    assert lab.wait_for(WorkFailed).problem.text == "ValueError: \\ud800"


def test_a_result_that_cannot_be_encoded_fails_for_good(lab: Lab) -> None:
    lab.hire(lambda task: object(), id="a1").perform(start())
    problem = lab.wait_for(WorkFailed).problem
    why = "Encoding objects of type object is unsupported"
    expected = problem_of(NotEncodable("the result of 'Step 1'", why))
    assert (problem.text, problem.lasting) == (expected.text, True)


def test_a_plain_function_that_returns_a_coroutine_is_told_what_to_do(lab: Lab) -> None:
    async def inner() -> None: ...

    lab.hire(lambda task: inner(), id="a1").perform(start())
    assert "async def" in lab.wait_for(WorkFailed).problem.text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_is_a_crash(lab: Lab, error: type[BaseException]) -> None:
    def broken(task: Task) -> None:
        raise error

    async def broken_too(task: Task) -> None:
        raise error

    lab.hire(broken, id="a1").perform(start())
    lab.hire(broken_too, id="a1").perform(start(2))
    for count in (1, 2):
        crash = lab.wait_for(WorkCrashed, count)
        assert (crash.problem.error, crash.problem.text) == (
            "ActorDied",
            f"agent/a1 died: {error.__name__}",
        )
        assert "broken" in crash.problem.traceback


def test_an_exit_in_a_task_of_the_users_own_leaves_the_loop_alive(lab: Lab) -> None:
    async def leave() -> None:
        sys.exit(3)

    async def work(task: Task) -> str:
        if task.attempt == 1 and task.uuid == "s1":
            await asyncio.create_task(leave())
        return "well"

    executor = lab.hire(work)
    executor.perform(start(1))
    lab.wait_for(WorkCrashed)
    executor.perform(start(2))
    assert unpack(lab.wait_for(WorkDone).result) == "well"


def test_a_cancellation_that_nobody_asked_for_is_a_failure(lab: Lab) -> None:
    async def work(task: Task) -> None:
        raise asyncio.CancelledError

    def work_too(task: Task) -> None:
        raise AttemptCancelled("just so")

    lab.hire(work).perform(start(1))
    assert lab.wait_for(WorkFailed).problem.error == "CancelledError"
    lab.hire(work_too).perform(start(2))
    assert lab.wait_for(WorkFailed, 2).problem.error == "AttemptCancelled"


def test_nothing_of_one_attempt_leaks_into_the_next(lab: Lab) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    variable.set(7)

    def work(task: Task) -> int:
        seen = variable.get()
        variable.set(9)
        return seen

    async def work_too(task: Task) -> int:
        return work(task)

    for number, executor in enumerate([lab.hire(work)] * 2 + [lab.hire(work_too)] * 2, start=1):
        executor.perform(start(number))
        assert unpack(lab.wait_for(WorkDone, number).result) == 0


def test_progress_is_reported_with_its_checkpoint(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.progress(0.5, "half", checkpoint={"row": 5})

    lab.hire(work).perform(start())
    lab.wait_for(WorkDone)
    progress = lab.wait_for(WorkProgressed)
    assert (progress.token, progress.fraction, progress.note, unpack(progress.checkpoint)) == (
        token(),
        0.5,
        "half",
        {"row": 5},
    )


def test_heartbeats_are_signs_of_life_that_nobody_is_told_of(lab: Lab) -> None:
    go_on = threading.Event()

    def work(task: Task, ctx: Context) -> None:
        for _ in range(1000):
            ctx.heartbeat()
        go_on.wait(LONG)

    executor = lab.hire(work)
    executor.perform(start())
    first = executor.signs[token()]
    until(lambda: executor.signs[token()] > first)
    go_on.set()
    lab.wait_for(WorkDone)
    assert executor.signs == {}
    assert lab.of(WorkProgressed) == []


# Waiting for sub-goals


def test_a_function_gives_up_its_slot_while_it_waits(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> Any:
        return ctx.wait(ctx.submit("more"))["Part"]

    executor = lab.hire(work)
    executor.perform(start())
    lab.wait_for(WorkWaiting)
    lab.office.goal.ending.set_result(None)
    lab.wait_for(WorkWaitOver)
    assert lab.of(WorkDone) == []
    executor.perform(ResumeWork(token()))
    assert unpack(lab.wait_for(WorkDone).result) == 7


def test_coroutines_of_one_attempt_share_its_slot(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> list[Any]:
        goal = await ctx.asubmit("more")
        both = await asyncio.gather(ctx.await_goal(goal), ctx.await_goal(goal))
        return [results["u1"] for results in both]

    executor = lab.hire(work)
    executor.perform(start())
    lab.wait_for(WorkWaiting)
    lab.office.goal.ending.set_result(None)
    lab.wait_for(WorkWaitOver)
    executor.perform(ResumeWork(token()))
    assert unpack(lab.wait_for(WorkDone).result) == [7, 7]
    assert [type(r) for r in lab.reports] == [WorkWaiting, WorkWaitOver, WorkDone]


def test_a_wait_ends_when_the_attempt_is_stopped(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.wait(ctx.submit("more"))

    async def work_too(task: Task, ctx: Context) -> None:
        await ctx.await_goal(await ctx.asubmit("more"))

    for number, executor in enumerate([lab.hire(work), lab.hire(work_too)], start=1):
        executor.perform(start(number))
        lab.wait_for(WorkWaiting, number)
        executor.perform(stop(number))
        assert lab.wait_for(WorkStopped, number).token == token(number)
    assert lab.of(WorkWaitOver) == []
    assert not lab.office.goal.ending.cancelled()


def test_a_wait_that_the_user_gives_up_asks_for_the_slot_again(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> str:
        goal = await ctx.asubmit("more")
        try:
            await asyncio.wait_for(ctx.await_goal(goal), 0.005)
        except TimeoutError:
            return "gave up"
        return ""

    lab.hire(work).perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "gave up"
    assert [type(r) for r in lab.reports] == [WorkWaiting, WorkWaitOver, WorkDone]


def test_an_attempt_that_has_ended_leaves_nothing_that_refers_to_itself(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Attempt]] = []

    def noting(*arguments: Any) -> Attempt:
        attempt = Attempt(*arguments)
        made.append(weakref.ref(attempt))
        return attempt

    def plain(task: Task, ctx: Context) -> None:
        ctx.heartbeat()

    async def awaited(task: Task, ctx: Context) -> None:
        ctx.heartbeat()

    monkeypatch.setattr("callboard.runtime.executors.executor.Attempt", noting)
    gc.disable()
    try:
        for work in (plain, awaited):
            lab.hire(work).perform(start())
        until(lambda: [attempt() for attempt in made] == [None, None])
    finally:
        gc.enable()
