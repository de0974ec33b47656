"""Copies with real threads: who hangs is overtaken, and effects appear once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from callboard import Config, Context, Runtime, Subtask, Task, agent, subtask
from callboard.actors.logic.speculation_options import SpeculationOptions
from callboard.messages import facts
from callboard.messages.errors import InvalidCall
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, completions, count, with_settings

if TYPE_CHECKING:
    from callboard.runtime.executors.permit import Permit

SPECULATING = with_settings(QUICK, speculation=SpeculationOptions(least=3))


class Sink:
    """Takes each name once, and knows who came with it."""

    def __init__(self) -> None:
        self.effects: dict[str, str] = {}
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def take(self, permit: Permit, who: str) -> None:
        with self._lock:
            self.asked.append(who)
            self.effects.setdefault(permit.key, who)


def search(name: str, *, speculate: bool | None = True) -> Subtask:
    wanted = ["eyes>=1"]
    return subtask(name, uuid=name, kind="search", required_skills=wanted, speculate=speculate)


def learn(runtime: Runtime) -> None:
    """Let it be known how long a search takes."""
    plan = [search(f"hay {number}") for number in range(6)]
    runtime.submit("known", plan=plan).result(LONG)


def test_a_first_agent_that_hangs_is_overtaken_by_a_copy() -> None:
    stopped = threading.Event()

    @agent(skills=["eyes>=1"])
    def searcher(task: Task, ctx: Context) -> str:
        if task.name == "needle" and task.attempt == 1:
            try:
                ctx.sleep(LONG)
            finally:
                stopped.set()
        return "found"

    with Runtime(SPECULATING) as runtime:
        runtime.register(searcher, id="left")
        runtime.register(searcher, id="right")
        learn(runtime)
        needle = runtime.submit("find it", plan=[search("needle")])

        assert needle.result(LONG) == {"needle": "found"}
        story = runtime.story("needle")
        [copy] = [event for event in story if isinstance(event, facts.CopyStarted)]
        assert copy.seconds >= copy.expected > 0.0
        assert (copy.of.copy, copy.lease.copy, copy.lease.attempt) == (0, 1, 2)
        assert {copy.of.agent, copy.lease.agent} == {"left", "right"}
        told = [event for event in story if isinstance(event, facts.LeaseRevoked)]
        assert [(one.lease, one.reason) for one in told] == [(copy.of, "another copy was first")]
        assert stopped.wait(LONG)
        assert completions(runtime)["needle"] == 1
        eventually(lambda: not any(record.held for record in runtime.agents().values()))


def test_the_effects_of_two_attempts_at_the_same_time_appear_once() -> None:
    sink, both = Sink(), threading.Barrier(2)

    @agent(skills=["eyes>=1"])
    def searcher(task: Task, ctx: Context) -> str:
        if task.name == "needle":
            both.wait(LONG)
            sink.take(ctx.once("note"), str(task.token))
            both.wait(LONG)  # both may have it, at the same time
        return "found"

    with Runtime(SPECULATING) as runtime:
        runtime.register(searcher, id="left")
        runtime.register(searcher, id="right")
        learn(runtime)
        runtime.submit("find it", plan=[search("needle")]).result(LONG)

        assert len(set(sink.asked)) == 2
        assert len(sink.effects) == 1
        assert completions(runtime)["needle"] == 1


def test_what_nobody_allows_is_done_once_at_a_time() -> None:
    released = threading.Event()

    @agent(skills=["eyes>=1"])
    def searcher(task: Task, ctx: Context) -> int:
        while task.name == "needle" and not released.is_set():
            ctx.sleep(0.001)
        return task.attempt

    with Runtime(SPECULATING) as runtime:
        runtime.register(searcher, id="left")
        runtime.register(searcher, id="right")
        learn(runtime)
        needle = runtime.submit("find it", plan=[search("needle", speculate=None)])
        runtime.submit("meanwhile", plan=[search("straw")]).result(LONG)
        released.set()

        assert needle.result(LONG) == {"needle": 1}
        assert count(runtime, facts.CopyStarted) == 0


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (SpeculationOptions(copies=0), "speculation.copies"),
        (SpeculationOptions(share=1.5), "speculation.share"),
        (SpeculationOptions(least=0), "speculation.least"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: SpeculationOptions, field: str) -> None:
    with pytest.raises(InvalidCall, match=field):
        Config(speculation=options)
