# ruff: noqa: ARG002 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The hooks of an agent's life: made, started, stopped."""

from __future__ import annotations

import asyncio
import threading

import pytest

from callboard.actors.logic.effects import RunHook
from callboard.messages.execution import (
    HookDone,
    HookFailed,
    WorkDone,
)
from callboard.messages.values import unpack
from callboard.runtime.executors.context import Task
from tests.runtime.executors.lab import LONG, Lab, start, until


class Counter:
    """An agent that counts its lives."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.calls: list[str] = []

    async def on_start(self) -> None:
        self.calls.append("on_start")

    def work(self, task: Task) -> list[str]:
        self.calls.append("work")
        return self.calls

    def on_stop(self) -> None:
        self.calls.append("on_stop")


def test_a_class_is_made_anew_by_a_worker_in_every_incarnation(lab: Lab) -> None:
    Counter.made = 0
    for life in (1, 2):
        executor = lab.hire(Counter)
        assert Counter.made == life - 1
        executor.perform(RunHook("on_start"))
        assert lab.wait_for(HookDone, life) == HookDone(hook="on_start")
        executor.perform(start(life))
        assert unpack(lab.wait_for(WorkDone, life).result) == ["on_start", "work"]
        assert Counter.made == life


def test_on_stop_runs_on_a_worker(lab: Lab) -> None:
    counter = Counter()
    executor = lab.hire(counter)
    executor.perform(RunHook("on_start"))
    lab.wait_for(HookDone)
    executor.perform(RunHook("on_stop"))
    assert lab.wait_for(HookDone, 2) == HookDone(hook="on_stop")
    assert counter.calls == ["on_start", "on_stop"]


def test_a_hook_that_is_not_there_is_done(lab: Lab) -> None:
    class Plain:
        def work(self, task: Task) -> None: ...

    lab.hire(Plain).perform(RunHook("on_start"))
    assert lab.wait_for(HookDone) == HookDone(hook="on_start")


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_class_that_cannot_be_made_has_failed_to_start(
    lab: Lab, error: type[BaseException]
) -> None:
    class Broken:
        def __init__(self) -> None:
            raise error

        def work(self, task: Task) -> None: ...

    lab.hire(Broken).perform(RunHook("on_start"))
    assert lab.wait_for(HookFailed).problem.error == error.__name__


def test_a_hook_that_takes_too_long_has_failed(lab: Lab) -> None:
    go_on = threading.Event()

    class Slow:
        def work(self, task: Task) -> None: ...

        def on_start(self) -> None:
            go_on.wait(LONG)

    lab.hire(Slow()).perform(RunHook("on_start"))
    assert lab.timers.fire() == [30.0]
    assert lab.timers.fire() == [0.0]
    failed = lab.wait_for(HookFailed)
    assert failed.problem.text == "agent 'Slow' took more than 30 s in on_start"
    go_on.set()
    until(lambda: not lab.threads.abandoned)


def test_an_async_hook_that_takes_too_long_is_cancelled(lab: Lab) -> None:
    class Slow:
        def work(self, task: Task) -> None: ...

        async def on_start(self) -> None:
            await asyncio.Event().wait()

    lab.hire(Slow()).perform(RunHook("on_start"))
    lab.timers.fire()
    problem = lab.wait_for(HookFailed).problem
    assert problem.text == "agent 'Slow' took more than 30 s in on_start"
