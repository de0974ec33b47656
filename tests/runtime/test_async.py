"""Every call that waits has a twin for coroutines, which takes and does the same."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from callboard import Closed, Config, GoalHandle, Note, Runtime, subtask
from callboard.messages.errors import GoalCancelled, NoHandler
from callboard.messages.values import Agent, Skill
from tests.live import LONG, eventually
from tests.runtime.settings import helper

AT_ONCE = {
    "agents",
    "beat",
    "crash",
    "events",
    "failure",
    "goal",
    "now",
    "prospect",
    "quarantine",
    "resources",
    "see",
    "see_all",
    "send",
    "status",
    "story",
    "tensor",
    "waiting",
}
"""These wait for nothing."""

OF_DOORS = {"aregister_elsewhere"}
"""Only an event loop has what they need."""


def twins(kind: type) -> set[str]:
    names = {n for n, _ in inspect.getmembers(kind, inspect.isfunction) if not n.startswith("_")}
    return {n for n in names if n[0] == "a" and n[1:] in names}


def waiting(kind: type) -> set[str]:
    names = {n for n, _ in inspect.getmembers(kind, inspect.isfunction) if not n.startswith("_")}
    return names - AT_ONCE - OF_DOORS - twins(kind)


@pytest.mark.parametrize("kind", [Runtime, GoalHandle])
def test_each_call_that_waits_has_a_twin(kind: type) -> None:
    assert {f"a{name}" for name in waiting(kind)} == twins(kind)


@pytest.mark.parametrize("kind", [Runtime, GoalHandle])
def test_a_twin_takes_and_gives_the_same(kind: type) -> None:
    for name in waiting(kind):
        call, twin = getattr(kind, name), getattr(kind, f"a{name}")
        assert inspect.iscoroutinefunction(twin), name
        assert inspect.signature(twin) == inspect.signature(call), name


def test_all_twins_work(config: Config) -> None:
    async def main() -> None:
        runtime = Runtime(config)
        far = Agent(id="far", skills=(Skill(name="far", level=1.0),), pull=True)
        assert await runtime.aregister(helper) == "helper"
        assert await runtime.aregister_remote(far) == "far"
        await runtime.aheartbeat("far")
        await runtime.aresize("helper", 3)
        assert runtime.agents()["helper"].agent.max_load == 3
        needs: dict[str, Any] = {"required_skills": ["far>=1"]}
        goal = await runtime.asubmit("far away", plan=[subtask("A", uuid="a", **needs)])
        while not (leases := await runtime.aassign()):  # until the planner has answered
            await runtime.ahealth()
        await runtime.acomplete("a", "far done")
        assert [lease.subtask for lease in leases] == ["a"]
        assert dict(await goal) == {"A": "far done"}
        unneeded = subtask("B", uuid="b", optional=True, **needs)
        other = await runtime.asubmit("two", plan=[unneeded, subtask("C")])
        await runtime.acancel_subtask("b", "not needed")
        assert dict(await other.aresult(LONG)) == {"C": "did C"}
        third = await runtime.asubmit("three", plan=[subtask("D", **needs)])
        await third.acancel("not needed")
        with pytest.raises(GoalCancelled, match="not needed"):
            await third
        assert set(await runtime.ahealth()) >= {"scheduler", "supervisor"}
        with pytest.raises(NoHandler):
            await runtime.aask("helper", Note("nobody answers"), LONG)
        await runtime.aunregister("helper", drain=True, timeout=LONG)
        assert list(runtime.agents()) == ["far"]
        assert await runtime.aclose() == Closed(threads=(), goals=())

    asyncio.run(asyncio.wait_for(main(), LONG))


def test_the_twin_of_requeue_works(config: Config) -> None:
    async def main() -> None:
        async with Runtime(config) as runtime:
            falls = [1, 2, 3]

            def falling(_: object) -> str:
                if falls:
                    falls.pop()
                    raise SystemExit
                return "done"

            await runtime.aregister(falling, skills=["general"])
            goal = await runtime.asubmit("fall", plan=[subtask("A", uuid="a")])
            async for event in goal.events():
                if type(event).__name__ == "SubtaskParked":
                    await runtime.arequeue("a")
            assert dict(await goal) == {"A": "done"}

    asyncio.run(asyncio.wait_for(main(), LONG))


def test_many_tasks_of_one_loop_may_wait_at_once(config: Config) -> None:
    async def main() -> list[object]:
        async with Runtime(config) as runtime:
            await runtime.aregister(helper, max_load=4)

            async def one(number: int) -> object:
                goal = await runtime.asubmit(f"goal {number}")
                return (await goal)["Goal Execution"]

            return await asyncio.gather(*(one(n) for n in range(50)))

    assert asyncio.run(asyncio.wait_for(main(), LONG)) == ["did Goal Execution"] * 50


def test_closing_goes_on_when_nobody_waits_for_it_any_more(config: Config) -> None:
    runtime = Runtime(config)

    async def main() -> None:
        task = asyncio.ensure_future(runtime.aclose())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    eventually(lambda: runtime._closed)  # pyright: ignore[reportPrivateUsage]


def test_an_exception_in_the_body_closes_the_runtime_and_is_not_swallowed(config: Config) -> None:
    kept: list[Runtime] = []

    async def main() -> None:
        async with Runtime(config) as runtime:
            kept.append(runtime)
            raise ZeroDivisionError

    def fail() -> None:
        with Runtime(config) as runtime:
            kept.append(runtime)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    with pytest.raises(ZeroDivisionError):
        fail()

    assert [r._closed is not None for r in kept] == [True, True]  # pyright: ignore[reportPrivateUsage]
