"""How coroutines get to their event loop."""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop, BaseEventLoop
from typing import Any

import pytest

from callboard.messages.execution import WorkDone, WorkFailed
from callboard.runtime.executors.context import Task
from tests.runtime.executors.lab import LONG, Lab, start, token

MANY = 50


def test_all_who_come_while_the_loop_is_busy_are_told_of_with_one_word(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, busy, go_on = list[Any](), threading.Event(), threading.Event()
    really = BaseEventLoop.call_soon_threadsafe

    def counted(loop: Any, call: Any, *rest: Any, **named: Any) -> Any:
        words.append(call)
        return really(loop, call, *rest, **named)

    async def work(task: Task) -> str:
        if task.name == "Step 1":
            busy.set()
            go_on.wait(LONG)  # it blocks the loop, as nobody should
        await asyncio.sleep(0)
        return task.name

    monkeypatch.setattr(BaseEventLoop, "call_soon_threadsafe", counted)
    executor = lab.hire(work, max_load=MANY)
    executor.perform(start())
    assert busy.wait(LONG)
    for number in range(2, MANY + 1):
        executor.perform(start(number))
    go_on.set()

    lab.wait_for(WorkDone, MANY)
    assert len(words) == 2


def test_one_that_cannot_begin_keeps_no_other_from_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, tried = BaseEventLoop.create_task, list[int]()

    def failing_first(loop: AbstractEventLoop, coroutine: Any, **named: Any) -> Any:
        tried.append(1)
        if len(tried) == 1:
            coroutine.close()
            raise MemoryError
        return really(loop, coroutine, **named)  # type: ignore[arg-type]

    async def work(task: Task) -> str:
        await asyncio.sleep(0)
        return task.name

    monkeypatch.setattr(BaseEventLoop, "create_task", failing_first)
    executor = lab.hire(work, max_load=2)
    executor.perform(start())
    executor.perform(start(2))

    assert lab.wait_for(WorkFailed).token == token(1)
    assert lab.wait_for(WorkDone).token == token(2)
