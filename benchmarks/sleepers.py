"""Coroutines that all sleep at once, by agents and by asyncio alone; a section of `speed.py`."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

from contestants import SECONDS, SLOTS
from measure import Target, figure, spread_of

from callboard import Runtime, Task, subtask

SLEEP = 0.1
"""Seconds, each."""

MOST = 1.2
"""Times as long as asyncio alone."""


def measure(quick: bool) -> tuple[list[dict[str, Any]], list[Target]]:  # noqa: FBT001 - as all
    """Figures, and what is to be reached."""
    count, rounds = (80, 2) if quick else (10_000, 5)
    ours, bare = list[float](), list[float]()
    for _ in range(rounds):
        bare.append(alone(count))
        ours.append(by_agents(count))
    figures = [
        figure(f"{count:,} sleeps of {1e3 * SLEEP:g} ms, agents", "ms", [1e3 * s for s in ours]),
        figure("... asyncio alone", "ms", [1e3 * seconds for seconds in bare]),
    ]
    ratio = spread_of([our / their for our, their in zip(ours, bare, strict=True)]).median
    return figures, [Target("sleeps / asyncio alone", ratio, MOST)]


def alone(count: int) -> float:
    """Seconds until all tasks of one event loop have slept."""

    async def sleep() -> None:
        await asyncio.sleep(SLEEP)

    async def everybody() -> float:
        begin = time.perf_counter()
        await asyncio.gather(*(asyncio.create_task(sleep()) for _ in range(count)))
        return time.perf_counter() - begin

    gc.collect()
    return asyncio.run(everybody())


def by_agents(count: int) -> float:
    """Seconds from building the plan until all results are there."""
    with Runtime() as runtime:
        for number in range(SLOTS):
            load = -(-count // SLOTS)
            runtime.register(_sleeps, id=f"sleeper-{number}", skills=["sleep"], max_load=load)
        runtime.submit("warm up", plan=[subtask("s", required_skills=["sleep"])]).result(SECONDS)
        gc.collect()
        begin = time.perf_counter()
        plan = [subtask(f"s{number}", required_skills=["sleep"]) for number in range(count)]
        assert len(runtime.submit("sleep", plan=plan).result(SECONDS)) == count
        return time.perf_counter() - begin


async def _sleeps(task: Task) -> None:
    del task
    await asyncio.sleep(SLEEP)
