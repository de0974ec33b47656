"""Pauses and drains on real threads, with handlers that are busy."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from callboard import Context, Runtime, Task, agent, subtask
from callboard.messages.errors import (
    RuntimeClosed,
    RuntimeDraining,
)
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, helper


def statuses(goal: Any) -> str:
    """The first letters of the statuses of its subtasks."""
    return "".join(record.status.value[0] for record in goal.subtasks)


def test_control_answers_while_busy_handlers_run() -> None:
    stop, begun = threading.Event(), threading.Semaphore(0)

    @agent(skills=["general"], max_load=16)
    def busy(_: Task) -> int:
        begun.release()
        turns = 0
        while not stop.is_set():
            turns += 1
        return turns

    with Runtime(QUICK) as runtime:
        runtime.register(busy)
        goal = runtime.submit([subtask(f"S{n}") for n in range(17)])
        for _ in range(16):
            assert begun.acquire(timeout=LONG)
        try:
            goal.pause()
            runtime.pause_agent("busy")
            runtime.pause()
            assert (statuses(goal), goal.paused) == ("r" * 17, True)
        finally:
            stop.set()
        eventually(lambda: statuses(goal) == "c" * 16 + "r")
        runtime.resume()
        runtime.resume_agent("busy")
        goal.resume()
        goal.result(LONG)


def test_an_interrupted_handler_is_told_and_the_next_attempt_has_its_checkpoint(
    runtime: Runtime,
) -> None:
    saved = threading.Event()

    @agent(skills=["general"])
    def careful(task: Task, ctx: Context) -> object:
        if task.checkpoint is None:
            ctx.progress(0.5, checkpoint="half")
            saved.set()
            ctx.sleep(LONG)
        return task.checkpoint

    runtime.register(careful)
    goal = runtime.submit([subtask("S")])
    assert saved.wait(LONG)
    eventually(lambda: goal.subtasks[0].progress == 0.5)
    goal.pause(interrupt=True)
    assert goal.subtasks[0].attempts == 1
    goal.resume()
    assert goal.result(LONG)["S"] == "half"


def test_a_drain_waits_for_work_that_comes_from_many_threads(runtime: Runtime) -> None:
    @agent(skills=["lead"])
    def lead(_: Task, ctx: Context) -> object:
        return ctx.wait(ctx.submit("do a part"), timeout=LONG)["Goal Execution"]

    runtime.register(lead)
    runtime.register(helper)
    accepted: list[Any] = []
    refused = threading.Event()

    def submit_until_refused() -> None:
        try:
            while True:
                accepted.append(runtime.submit([subtask("Lead", required_skills=["lead"])]))
        except RuntimeDraining:
            refused.set()

    thread = threading.Thread(target=submit_until_refused, daemon=True)
    thread.start()
    eventually(lambda: len(accepted) > 3)
    assert runtime.drain(timeout=LONG) == ()
    assert refused.wait(LONG)
    thread.join(LONG)
    assert [goal.status.value for goal in accepted] == ["completed"] * len(accepted)


def test_who_waits_for_a_drain_when_the_runtime_is_closed_is_told() -> None:
    errors: list[BaseException] = []
    runtime = Runtime(QUICK)
    runtime.submit("something that nobody can do")

    def drain() -> None:
        try:
            runtime.drain()
        except BaseException as error:  # noqa: BLE001 - for the test to see
            errors.append(error)

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    eventually(lambda: runtime.status()["draining"])
    runtime.close()
    thread.join(LONG)
    assert [type(error) for error in errors] == [RuntimeClosed]


def test_every_call_has_a_twin_for_coroutines(runtime: Runtime) -> None:
    async def main() -> None:
        await runtime.aregister(helper)
        await runtime.apause("lunch")
        goal = await runtime.asubmit([subtask("S")])
        [record] = goal.subtasks
        uuid = record.subtask.uuid
        await goal.apause("lunch", interrupt=True)
        await runtime.apause_subtask(uuid, interrupt=True)
        await runtime.apause_agent("helper", interrupt=True)
        await runtime.aresume_agent("helper")
        await runtime.aresume_subtask(uuid)
        await goal.aresume()
        assert record.status.value == "ready"
        await runtime.aresume()
        assert (await goal.aresult(LONG))["S"] == "did S"
        await goal.adrain()
        await runtime.adrain_subtask(uuid)
        assert await runtime.adrain(LONG) == ()

    asyncio.run(main())
