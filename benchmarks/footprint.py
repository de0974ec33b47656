"""One figure of one fresh process; `memory.py` starts it and reads the line of JSON.

    python footprint.py agents 1000
    {"bytes": 45000000, "threads": 4}

At the top it imports next to nothing: what it imports is part of what it measures.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from callboard import Context, Runtime, Task
    from callboard.messages.values import Subtask

TASKS = "/proc/self/task"
SETTLE = 0.3
"""Seconds for what has just happened to come to rest."""

WARM = 200
"""No-ops that are run before a difference is measured."""

REST = 1.0
"""Seconds for which the wakes of threads are counted."""

WATCHED = 3.0
"""Seconds for which it is watched how busy a process with many agents is."""

OFTENER = 5
"""How many times as often as usual it is looked at who has beaten."""

MANY = 100

AGENTS = 8
GOAL = 1000
"""Subtasks of each goal of a backlog."""

PATIENCE = 60.0
"""Seconds until something that never comes to rest is given up."""


def python(_: int) -> dict[str, Any]:
    """An interpreter that has imported nothing."""
    return size()


def package(_: int) -> dict[str, Any]:
    """`import callboard`, which loads no name before it is used."""
    import importlib  # noqa: PLC0415 - see above, here and below

    importlib.import_module("callboard")
    return size()


def runtime(_: int) -> dict[str, Any]:
    """A runtime without agents."""
    return _with_agents(0, "pool")


def agents(count: int) -> dict[str, Any]:
    """A runtime with idle agents, all of them functions."""
    return _with_agents(count, "pool")


def agents_and_numpy(count: int) -> dict[str, Any]:
    """The same, after somebody has asked for the tensor: that loads numpy."""
    return _with_agents(count, "pool", tensor=True)


def agents_on_threads(count: int) -> dict[str, Any]:
    """The same where every actor has a thread of its own."""
    return _with_agents(count, "threads")


def waiting(count: int) -> dict[str, Any]:
    """Bytes of each subtask that is queued behind a busy agent."""
    import threading  # noqa: PLC0415

    from callboard import Runtime  # noqa: PLC0415

    gate = threading.Event()

    def wait(task: Task) -> None:
        del task
        gate.wait(PATIENCE)

    with Runtime() as company:
        _warm_up(company)
        company.register(wait, id="gate", skills=["gate"])
        before = size()["bytes"]
        goal = company.submit("wait", plan=_plan(count, "gate"))
        _until_leased_or_queued(company, count)
        after = size()["bytes"]
        goal.cancel()
        gate.set()
    return {"bytes": (after - before) / count}


def finished(count: int) -> dict[str, Any]:
    """Bytes of each subtask that is done, while its goal is remembered."""
    from callboard import Runtime  # noqa: PLC0415

    with Runtime() as company:
        return _finished(company, count)


def finished_in_a_file(count: int) -> dict[str, Any]:
    """The same with the journal in a file."""
    import tempfile  # noqa: PLC0415

    from callboard import Runtime  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory() as folder,
        Runtime.open(os.path.join(folder, "work.db")) as company,  # noqa: PTH118
    ):
        return _finished(company, count)


def _finished(company: Runtime, count: int) -> dict[str, Any]:
    """What goals add once the heap has grown to what one of them needs while it runs."""
    return _growth(company, count, before=1, goals=3)


def _growth(company: Runtime, count: int, *, before: int, goals: int) -> dict[str, Any]:
    for _ in range(before):
        company.submit("warm up", plan=_noops(company, count)).result(PATIENCE)
    time.sleep(SETTLE)
    begun = size()["bytes"]
    for _ in range(goals):
        company.submit("count", plan=_noops(company, count)).result(PATIENCE)
    time.sleep(SETTLE)
    return {"bytes": (size()["bytes"] - begun) / count / goals}


def forgotten(count: int) -> dict[str, Any]:
    """Bytes left of each subtask whose goal is forgotten; more than 0 is a leak."""
    from callboard import Config, Runtime  # noqa: PLC0415

    with Runtime(Config(keep_goals=1)) as company:
        return _growth(company, count, before=8, goals=4)


def crowd(count: int) -> dict[str, Any]:
    """Of each idle agent: microseconds until it is registered, and bytes."""
    from callboard import Runtime  # noqa: PLC0415

    with Runtime() as company:
        _warm_up(company)
        before, begin = size()["bytes"], time.perf_counter()
        _register(company, count)
        took = time.perf_counter() - begin
        time.sleep(SETTLE)
        after = size()["bytes"]
    return {"start": 1e6 * took / count, "bytes": (after - before) / count}


def beating(count: int) -> dict[str, Any]:
    """Per cent of a core that so many agents take that send a heartbeat a second from afar.

    Their first ones, which are messages, are over. Each is looked at once in so many
    seconds as may pass in silence. To see that it is made a fifth as long here, and what
    is left beside the calls themselves counts as a fifth.
    """
    from callboard import Config, Runtime  # noqa: PLC0415
    from callboard.messages.values import Agent, Skill  # noqa: PLC0415

    names = [f"far-{number}" for number in range(count)]
    limit = Config().heartbeat_timeout / OFTENER
    seconds = int(limit) + 1 if count >= MANY else 1
    with Runtime(Config(heartbeat_timeout=limit)) as company:
        for name in names:
            company.register_remote(Agent(id=name, skills=(Skill(name="far"),), pull=True))
        for name in names:
            company.heartbeat(name)
        company.health(PATIENCE)
        begin, called, due = time.process_time(), 0.0, time.monotonic()
        for _ in range(seconds):
            started = time.thread_time()
            for name in names:
                company.heartbeat(name)
            called += time.thread_time() - started
            due += 1.0
            time.sleep(max(0.0, due - time.monotonic()))
        looks = time.process_time() - begin - called
        assert not company.hub.counts().get("AgentDoubted")
    return {"heartbeats": 100 * (called + looks / OFTENER) / seconds}


def alive(count: int) -> dict[str, Any]:
    """Per cent of a core that so many coroutines take that say once a second that they live.

    They do so spread over the second, as those of `asleep` wake: a loop that wakes for each
    takes up to twice as much as one that wakes for all of them at once.
    """
    import asyncio  # noqa: PLC0415

    from callboard import Runtime  # noqa: PLC0415

    everybody = 0

    async def live(task: Task, ctx: Context) -> None:
        nonlocal everybody
        del task
        number, everybody = everybody, everybody + 1
        await asyncio.sleep(number / count)
        while True:
            ctx.heartbeat()
            await asyncio.sleep(1.0)

    with Runtime() as company:
        for number in range(count):
            company.register(live, id=f"alive-{number}", skills=["live"], silence=PATIENCE)
        goal = company.submit("live", plan=_plan(count, "live"))
        _until(lambda: everybody == count)
        time.sleep(REST)
        share = _share_of_a_core(_watched(count))
        goal.cancel()
    return {"signs": share}


def asleep(count: int) -> dict[str, Any]:
    """The same for as many tasks of asyncio alone, which wake as often."""
    import asyncio  # noqa: PLC0415
    import threading  # noqa: PLC0415

    async def live(number: int) -> None:
        await asyncio.sleep(number / count)
        for _ in range(int(_watched(count) + 2 * REST)):
            await asyncio.sleep(1.0)

    async def everybody() -> None:
        async with asyncio.timeout(_watched(count) + 2 * REST):
            await asyncio.gather(*(live(number) for number in range(count)))

    def run() -> None:
        with contextlib.suppress(TimeoutError):
            asyncio.run(everybody())

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(REST)
    share = _share_of_a_core(_watched(count))
    thread.join()
    return {"signs": share}


def _watched(count: int) -> float:
    """Seconds for which it is watched how busy a process is: few agents are a quick look."""
    return WATCHED if count >= MANY else 1.0


def _share_of_a_core(seconds: float) -> float:
    """Per cent that this process takes now."""
    begin = time.process_time()
    time.sleep(seconds)
    return 100 * (time.process_time() - begin) / seconds


def backlog(count: int) -> dict[str, Any]:
    """Of each of so many subtasks: bytes while it waits, and microseconds from plan to end.

    Goals have 1,000 subtasks each, and are submitted behind agents that are busy.
    """
    import threading  # noqa: PLC0415

    from callboard import Config, Runtime  # noqa: PLC0415

    gate = threading.Event()

    def wait(task: Task) -> None:
        del task
        gate.wait(10 * PATIENCE)

    with Runtime(Config(keep_goals=0)) as company:
        for number in range(AGENTS):
            company.register(wait, id=f"wait-{number}", skills=["wait"])
        before, begin = size()["bytes"], time.perf_counter()
        goals = [
            company.submit(f"goal {first}", plan=_plan(min(GOAL, count - first), "wait"))
            for first in range(0, count, GOAL)
        ]
        _until_leased_or_queued(company, count)
        taken_in = time.perf_counter() - begin
        after = size()["bytes"]
        begin = time.perf_counter()
        gate.set()
        for goal in goals:
            goal.result(10 * PATIENCE)
        took = taken_in + time.perf_counter() - begin
    return {"bytes": (after - before) / count, "microseconds": 1e6 * took / count}


def wakes_when_idle(count: int) -> dict[str, Any]:
    """How often threads wake while idle agents are registered."""
    from callboard import Runtime  # noqa: PLC0415

    with Runtime() as company:
        _register(company, count)
        return _wakes()


def wakes_after_work(count: int) -> dict[str, Any]:
    """How often threads wake when the work has just been done."""
    from callboard import Runtime  # noqa: PLC0415

    with Runtime() as company:
        company.submit("work", plan=_noops(company, count)).result(PATIENCE)
        return _wakes()


def size() -> dict[str, Any]:
    """Resident bytes of this process, at rest, and its threads as the system counts them."""
    import gc  # noqa: PLC0415

    gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            pages = int(statm.read().split()[1])
    except OSError:  # elsewhere only the highest that it ever was
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"bytes": peak * (1 if sys.platform == "darwin" else 1024), "threads": None}
    return {"bytes": pages * resource.getpagesize(), "threads": len(os.listdir(TASKS))}  # noqa: PTH208


def _with_agents(
    count: int, dispatcher: Literal["pool", "threads"], *, tensor: bool = False
) -> dict[str, Any]:
    from callboard import Config, Runtime  # noqa: PLC0415

    with Runtime(Config(dispatcher=dispatcher)) as company:
        _register(company, count)
        if tensor:
            company.tensor()
        time.sleep(SETTLE)
        assert ("numpy" in sys.modules) == tensor
        assert len(company.agents()) == count
        return size()


def _register(company: Runtime, count: int) -> None:
    names = [f"agent-{number}" for number in range(count)]
    company.register_all(dict.fromkeys(names, _noop), skills=["noop"])


def _warm_up(company: Runtime) -> None:
    company.submit("warm up", plan=_noops(company, WARM)).result(PATIENCE)
    time.sleep(SETTLE)


def _noops(company: Runtime, count: int) -> list[Subtask]:
    """A plan of no-ops, and an agent who does them."""
    if "noop" not in company.agents():
        company.register(_noop, id="noop", skills=["noop"], max_load=8)
    return _plan(count, "noop")


def _plan(count: int, skill: str) -> list[Subtask]:
    from callboard import subtask  # noqa: PLC0415

    return [subtask(f"n{number}", required_skills=[skill]) for number in range(count)]


def _noop(task: Task) -> None:
    del task


def _until_leased_or_queued(company: Runtime, count: int) -> None:
    def all_there() -> bool:
        figures = company.health(PATIENCE)["scheduler"]
        return bool(figures["queued"] + figures["leased"] == count)

    _until(all_there)


def _until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if so():
            return
        time.sleep(0.02)
    sys.exit("that never came")


def _wakes() -> dict[str, Any]:
    """Voluntary context switches in `REST` seconds, without those of this thread."""
    time.sleep(SETTLE)
    before = _switches()
    time.sleep(REST)
    return {"wakes": _switches() - before, "seconds": REST}


def _switches() -> int:
    """So far, of all threads but this one."""
    everybody = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    if not hasattr(resource, "RUSAGE_THREAD"):
        return everybody
    return everybody - resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


FIGURES = {
    "python": python,
    "package": package,
    "runtime": runtime,
    "agents": agents,
    "agents_and_numpy": agents_and_numpy,
    "agents_on_threads": agents_on_threads,
    "waiting": waiting,
    "finished": finished,
    "finished_in_a_file": finished_in_a_file,
    "forgotten": forgotten,
    "crowd": crowd,
    "beating": beating,
    "alive": alive,
    "asleep": asleep,
    "backlog": backlog,
    "wakes_when_idle": wakes_when_idle,
    "wakes_after_work": wakes_after_work,
}

if __name__ == "__main__":
    found = FIGURES[sys.argv[1]](int(sys.argv[2]))
    import json

    print(json.dumps(found))
