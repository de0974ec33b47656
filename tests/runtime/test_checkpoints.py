"""What an attempt has saved is found by the next one, however it ended and wherever that runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from callboard import Context, Runtime, Task, subtask
from callboard.messages.facts import ActorRestarted, CheckpointSaved, LeaseRevoked
from tests.live import LONG, eventually
from tests.runtime.settings import count

Ending = Callable[[], None]


def raises() -> None:
    raise ValueError("halfway")


def falls() -> None:
    raise SystemExit("halfway")


def raises_after(event: threading.Event) -> None:
    event.wait(LONG)
    raises()


class Relay:
    """Each attempt but the last saves where it is and ends badly.

    Attributes:
        found: Who ran each attempt, and what it found.
    """

    def __init__(self, laps: int, end: Ending = raises) -> None:
        self.laps, self.end = laps, end
        self.found: list[tuple[str, Any]] = []

    def thread(self, task: Task, ctx: Context) -> object:
        return self.run(task, ctx)

    async def coroutine(self, task: Task, ctx: Context) -> object:
        await asyncio.sleep(0)
        return self.run(task, ctx)

    def run(self, task: Task, ctx: Context) -> object:
        lap = (task.checkpoint or {"lap": 0})["lap"]
        self.found.append((ctx.agent, task.checkpoint))
        if lap == self.laps:
            return task.checkpoint
        ctx.progress(0.5, checkpoint={"lap": lap + 1, "much": "x" * 1000})
        self.end()
        return None


def saved(lap: int) -> object:
    return {"lap": lap, "much": "x" * 1000} if lap else None


either = pytest.mark.parametrize("kind", ["thread", "coroutine"])


@either
@pytest.mark.parametrize(("end", "laps"), [(raises, 2), (falls, 2)])
def test_of_an_attempt_that_fails_or_falls(
    runtime: Runtime, kind: str, end: Ending, laps: int
) -> None:
    for _ in range(5):
        relay = Relay(laps, end)
        name = runtime.register(getattr(relay, kind), id="runner", skills=["running"])
        plan = [subtask("run", required_skills=["running"])]
        assert runtime.submit("run", plan=plan).result(LONG)["run"] == saved(laps)
        assert relay.found == [("runner", saved(lap)) for lap in range(laps + 1)]
        runtime.unregister(name)


@either
def test_of_an_attempt_that_takes_too_long(runtime: Runtime, kind: str) -> None:
    gate = threading.Event()

    def hangs() -> None:
        gate.wait(LONG)

    relay = Relay(1, hangs)
    # Its own thread may hang on for a while, so there is room for another one.
    runtime.register(getattr(relay, kind), id="runner", skills=["general"], max_load=2)
    goal = runtime.submit("run", plan=[subtask("run", timeouts={"silence": 0.1})])
    eventually(lambda: count(runtime, CheckpointSaved))
    eventually(lambda: count(runtime, LeaseRevoked))
    gate.set()
    assert goal.result(LONG)["run"] == saved(1)
    assert relay.found == [("runner", None), ("runner", saved(1))]


@either
def test_at_another_agent(runtime: Runtime, kind: str) -> None:
    ended = threading.Event()
    relay = Relay(1, lambda: raises_after(ended))
    first = runtime.register(getattr(relay, kind), id="first", skills=["running"])
    plan = [subtask("run", required_skills=["running"])]
    goal = runtime.submit("run", plan=plan)
    eventually(lambda: count(runtime, CheckpointSaved))
    runtime.register(getattr(relay, kind), id="second", skills=["running"])
    runtime.unregister(first)
    ended.set()
    assert goal.result(LONG)["run"] == saved(1)
    assert relay.found == [("first", None), ("second", saved(1))]


@either
@pytest.mark.parametrize("address", ["scheduler", "orchestrator"])
def test_after_a_restart_of_whoever_kept_it(runtime: Runtime, kind: str, address: str) -> None:
    ended = threading.Event()
    relay = Relay(1, lambda: raises_after(ended))
    runtime.register(getattr(relay, kind), id="runner", skills=["general"])
    goal = runtime.submit("run", plan=[subtask("run")])
    eventually(lambda: count(runtime, CheckpointSaved))
    runtime.crash(address, "just so")
    eventually(lambda: count(runtime, ActorRestarted))
    ended.set()
    assert goal.result(LONG)["run"] == saved(1)
    assert relay.found == [("runner", None), ("runner", saved(1))]
