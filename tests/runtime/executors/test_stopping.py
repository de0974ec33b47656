# ruff: noqa: ARG001, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Work that is told to stop, and work that does not."""

from __future__ import annotations

import asyncio
import threading

import pytest

from callboard.messages.execution import (
    WorkAbandoned,
    WorkDone,
    WorkFailed,
    WorkReturned,
    WorkStopped,
)
from callboard.messages.values import unpack
from callboard.runtime.executors.context import Context, Task
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until


def test_a_function_that_is_told_to_stop_reports_that_it_has(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.sleep(LONG)

    executor = lab.hire(work)
    executor.perform(start())
    executor.perform(stop())
    assert lab.wait_for(WorkStopped).token == token()
    lab.timers.fire()
    assert lab.of(WorkAbandoned) == []


def test_a_coroutine_that_is_told_to_stop_is_cancelled(lab: Lab) -> None:
    began, cleaned = threading.Event(), threading.Event()

    async def work(task: Task) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    executor = lab.hire(work)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    lab.wait_for(WorkStopped)
    assert cleaned.is_set()


def test_a_coroutine_can_be_stopped_before_its_first_step(lab: Lab) -> None:
    async def work(task: Task) -> None: ...

    executor = lab.hire(work)
    executor.perform(start())
    executor.perform(stop())
    until(lambda: lab.reports)
    assert type(lab.reports[0]) in (WorkStopped, WorkDone)
    assert executor.signs == {}


def test_what_is_returned_or_raised_after_the_stop_is_dropped(lab: Lab) -> None:
    go_on = threading.Event()

    def work(task: Task, ctx: Context) -> str:
        go_on.wait(LONG)
        ctx.progress(0.9)
        if task.uuid == "s2":
            raise ValueError
        return "too late"

    executor = lab.hire(work, max_load=2)
    for number in (1, 2):
        executor.perform(start(number))
        executor.perform(stop(number))
    go_on.set()
    lab.wait_for(WorkStopped, 2)
    assert {type(report) for report in lab.reports} == {WorkStopped}


def test_a_thread_that_does_not_stop_is_abandoned_and_not_heard_again(lab: Lab) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hang(task: Task, ctx: Context) -> str:
        began.set()
        go_on.wait(LONG)
        return "late"

    executor = lab.hire(hang)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    assert lab.timers.fire() == [5.0]
    given_up = lab.wait_for(WorkAbandoned)
    assert given_up.problem.error == "AgentLost"
    assert "go_on.wait" in given_up.problem.traceback
    assert lab.threads.abandoned == ("callboard-worker-1 (hang on 'Step 1')",)
    go_on.set()
    until(lambda: not lab.threads.abandoned)
    until(lambda: lab.reports == [given_up, WorkReturned(token=token())])
    assert [line["what"] for line in lab.lines if line["event"] == "late_end"] == [
        "hang on 'Step 1'"
    ]


def test_a_coroutine_that_ignores_its_cancellation_is_abandoned(lab: Lab) -> None:
    began, go_on, told = threading.Event(), asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def stubborn(task: Task) -> None:
        loops.append(asyncio.get_running_loop())
        began.set()
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                told.set()

    executor = lab.hire(stubborn)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    assert told.wait(LONG)
    lab.timers.fire()
    lab.wait_for(WorkAbandoned)
    assert lab.loop.abandoned == ("stubborn on 'Step 1'",)
    loops[0].call_soon_threadsafe(go_on.set)
    until(lambda: not lab.loop.abandoned)


def test_a_coroutine_that_blocks_the_loop_does_not_stop_the_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.runtime.executors.coroutine.BLOCKED_SECONDS", 0.0)
    began, go_on = threading.Event(), threading.Event()

    async def work(task: Task) -> str:
        if task.uuid == "s1":
            began.set()
            go_on.wait(LONG)
        return "well"

    executor = lab.hire(work)
    executor.perform(start(1))
    assert began.wait(LONG)
    executor.perform(stop(1))
    lab.timers.fire()
    assert "go_on.wait" in lab.wait_for(WorkAbandoned).problem.traceback
    executor.perform(start(2))
    assert unpack(lab.wait_for(WorkDone).result) == "well"
    go_on.set()


def test_to_stop_what_has_ended_does_nothing(lab: Lab) -> None:
    executor = lab.hire(lambda task: None, id="a1")
    executor.perform(start())
    lab.wait_for(WorkDone)
    executor.perform(stop())
    assert lab.timers.set == []


def test_a_closed_executor_has_stopped_all_and_reports_nothing(lab: Lab) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        if task.uuid == "s1":
            ctx.sleep(LONG)
        began.set()
        go_on.wait(LONG)

    executor = lab.hire(work)
    executor.perform(start(1))
    executor.perform(start(2))
    assert began.wait(LONG)
    assert executor.close(0.02) == 1
    go_on.set()
    until(lambda: not lab.threads.abandoned)
    assert lab.reports == []


def test_work_that_finds_no_thread_has_failed(lab: Lab) -> None:
    executor = lab.hire(lambda task: None, id="a1")
    lab.threads.close(0.0)
    executor.perform(start())
    assert lab.wait_for(WorkFailed).problem.error == "RuntimeClosed"


def test_however_end_and_stop_race_there_is_one_report(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.heartbeat()

    async def work_too(task: Task, ctx: Context) -> None:
        ctx.heartbeat()
        await asyncio.sleep(0)

    count = 300
    executors = [lab.hire(work), lab.hire(work_too)]
    for number in range(count):
        executor = executors[number % 2]
        executor.perform(start(number))
        if number % 3:
            executor.perform(stop(number))
        if number % 5:
            lab.timers.fire()
    ends = (WorkDone, WorkStopped, WorkAbandoned)
    until(lambda: sum(isinstance(r, ends) for r in lab.reports) >= count)
    until(lambda: not (lab.threads.abandoned or lab.loop.abandoned))
    tokens = [report.token for report in lab.reports if isinstance(report, ends)]
    assert sorted(tokens) == [token(number) for number in range(count)]
    assert [executor.signs for executor in executors] == [{}, {}]
