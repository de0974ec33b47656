"""The runtime as a whole: what it says of itself, and what it costs when nothing happens."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import callboard
from callboard import Config, Runtime, subtask
from callboard.messages.errors import AgentIdTaken, UnknownAgent
from callboard.messages.values import Agent, Skill
from callboard.runtime.dispatchers.slots import Slot
from callboard.runtime.world import real_world
from tests.live import LONG, eventually
from tests.runtime.settings import helper

ROOT = Path(__file__).parents[2]


def test_health_names_all_actors_and_gives_figures(runtime: Runtime) -> None:
    runtime.register(helper)
    eventually(lambda: runtime.health()["scheduler"]["agents_up"])

    health = runtime.health()

    assert list(health) == ["orchestrator", "scheduler", "decomposer", "supervisor"]
    assert health["supervisor"]["running"] == 4
    assert health["orchestrator"] == {"open_goals": 0, "ended_goals": 0}


def test_an_agent_can_be_given_more_to_do_at_once(runtime: Runtime) -> None:
    both = threading.Barrier(2)

    def pair(_: object) -> int:
        return both.wait(1.0)

    runtime.register(pair, skills=["general"], retry=1)
    runtime.resize("pair", 2)

    goal = runtime.submit("both", plan=[subtask("A"), subtask("B")])

    assert sorted(goal.result(LONG).values()) == [0, 1]


def test_a_remote_agent_may_be_replaced_and_an_agent_of_ours_may_not(runtime: Runtime) -> None:
    first = Agent(id="far", skills=(Skill(name="a"),), pull=True)
    second = Agent(id="far", skills=(Skill(name="b"),), pull=True)
    runtime.register_remote(first)
    with pytest.raises(AgentIdTaken):
        runtime.register_remote(second)

    runtime.register_remote(second, replace=True)

    assert runtime.agents()["far"].agent.skills == second.skills


def test_a_registration_that_is_refused_leaves_the_name_free(runtime: Runtime) -> None:
    """The supervisor has the last word; here it knows somebody that the runtime does not."""
    runtime.register(helper)
    runtime._dismiss("helper")  # pyright: ignore[reportPrivateUsage]

    for _ in range(2):
        with pytest.raises(AgentIdTaken, match="'helper' is taken"):
            runtime.register(helper)

    with pytest.raises(UnknownAgent):
        runtime.crash("agent/nobody", "")


def test_events_are_of_the_whole_runtime(runtime: Runtime) -> None:
    with runtime.events() as events:
        runtime.register(helper)
        runtime.submit("do it").result(LONG)
        seen = {type(next(events)).__name__ for _ in range(5)}

    assert "AgentRegistered" in seen
    assert {"AgentStarted", "GoalAccepted"} & seen


def test_only_what_is_used_is_loaded() -> None:
    """Importing the package loads nothing; the runtime itself needs no NumPy."""
    code = (
        "import sys, callboard; assert 'pykka' not in sys.modules;"
        "from callboard import Runtime; Runtime().close(); assert 'numpy' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)

    assert (run.returncode, run.stderr) == (0, b"")


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(callboard, name) is not None for name in callboard.__all__)
    assert set(callboard.__all__) <= set(dir(callboard))


# What a runtime costs that has nothing to do

FOOTPRINT = """
import gc, threading
from callboard import Runtime
from tests.live import eventually
from tests.runtime.test_runtime import rss

def idle(task):
    return task.name

with Runtime() as runtime:
    runtime.register(idle, id="first", skills=["general"])
    runtime.submit("warm up").result(20)
    gc.collect()
    before = rss()
    for number in range(1000):
        runtime.register(idle, id=f"agent {number}", skills=["general"])
    eventually(lambda: runtime.health()["scheduler"]["agents_up"] == 1001)
    # A busy machine has had one more worker, which rests a while before it ends.
    eventually(lambda: threading.active_count() <= 6, "few threads")
    gc.collect()
    print(rss() - before, threading.active_count())
"""


def rss() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc here")
def test_a_thousand_idle_agents_cost_little_memory_and_no_threads() -> None:
    command = [sys.executable, "-c", FOOTPRINT]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    size, threads = map(int, run.stdout.split())

    assert size < 60_000_000
    assert threads <= 6  # this one, two of the pool, the timers, one or two workers


def test_nothing_wakes_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an actor has a turn nor does the clock's thread look up."""
    turns: list[str] = []
    run, wait = Slot.run, threading.Condition.wait

    def counted(self: Slot) -> None:
        turns.append(self.actor.name)
        run(self)

    def looked_up(self: threading.Condition, timeout: float | None = None) -> bool:
        found = wait(self, timeout)
        if threading.current_thread().name == "callboard-timers":
            turns.append("timers")
        return found

    monkeypatch.setattr(Slot, "run", counted)
    monkeypatch.setattr(threading.Condition, "wait", looked_up)
    with Runtime() as runtime:
        for number in range(20):
            runtime.register(helper, id=f"agent {number}")
        runtime.submit("warm up").result(LONG)
        eventually(lambda: _settled(turns))
        before = len(turns)
        threading.Event().wait(0.3)
        after = len(turns)

    assert (before > 20, turns[before:after]) == (True, [])


def _settled(turns: list[str]) -> bool:
    """Whether there was no turn for a moment."""
    before = len(turns)
    threading.Event().wait(0.05)
    return len(turns) == before


def test_a_runtime_that_was_closed_and_dropped_is_gone(config: Config) -> None:
    runtime: Any = Runtime(config)
    runtime.register(helper)
    runtime.submit("do it").result(LONG)
    runtime.close()
    gone = weakref.ref(runtime)

    del runtime

    def look() -> bool:
        gc.collect()
        return gone() is None

    eventually(look, "its end")


def test_the_world_may_be_another_one(config: Config) -> None:
    made: list[str] = []
    world = real_world(config)

    class Ids:
        def new(self) -> str:
            made.append(f"id {len(made)}")
            return made[-1]

        def several(self, count: int) -> list[str]:
            return [self.new() for _ in range(count)]

    with Runtime(config, world=replace(world, ids=Ids())) as runtime:
        goal = runtime.submit("do it")

    assert goal.id == "id 0"
