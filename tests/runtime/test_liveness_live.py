"""Who is well, slow, stuck or dead, with real threads that starve each other."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Generator

import pytest

from callboard import Config, Context, Runtime, Task, subtask
from callboard.messages import facts, notices
from callboard.messages.values import Timeouts
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK, completions, count, with_settings

BUSY = 16
"""Threads of pure Python that want the interpreter at the same time."""


def spin(ctx: Context, seconds: float) -> int:
    """Pure Python that asks now and then whether it may go on, and never lets the processor go."""
    end, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < end and not ctx.cancelled:
        for _ in range(5_000):
            rounds += 1
    return rounds


def test_no_healthy_agent_is_doubted_however_starved_it_is() -> None:
    config = with_settings(QUICK, timeouts=Timeouts(silence=0.4), stop_grace=5.0)

    def busy(_: Task, ctx: Context) -> int:
        return spin(ctx, 1.5)

    async def patient(task: Task, ctx: Context) -> str:
        for _ in range(30):
            await asyncio.sleep(0.02)
            ctx.heartbeat()
        return task.name

    with Runtime(config) as runtime:
        for number in range(BUSY):
            runtime.register(busy, id=f"busy-{number}", skills=["spinning"])
        runtime.register(patient, skills=["waiting"])
        spins = [subtask(f"s{n}", required_skills=["spinning"]) for n in range(BUSY)]
        plan = [*spins, subtask("wait", required_skills=["waiting"])]
        goal = runtime.submit("all at once", plan=plan)
        goal.result(LONG)

        revoked = [e for e in goal.events() if isinstance(e, facts.LeaseRevoked)]
        assert revoked == []
        assert count(runtime, notices.AgentSlow) == count(runtime, facts.AgentCrashed) == 0
        assert {record.health for record in runtime.agents().values()} == {"well"}


class Trap:
    """Holds a thread fast that steps into it, until it is opened."""

    def __init__(self, kind: str) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._open = threading.Event()
        self.step_into: Callable[[], object] = self._loop if kind == "loop" else self._call

    def open(self) -> None:
        self._open.set()
        self._ours.close()

    def close(self) -> None:
        self.open()
        self._theirs.close()

    def _loop(self) -> None:
        while not self._open.is_set():
            pass

    def _call(self) -> bytes:
        return self._theirs.recv(1)


@pytest.fixture(params=["loop", "call"])
def trap(request: pytest.FixtureRequest) -> Generator[Trap]:
    found = Trap(request.param)
    yield found
    found.close()


def patient_config() -> Config:
    return with_settings(QUICK, stop_grace=0.05)


def test_a_stuck_function_works_on_beside_its_stuck_thread(trap: Trap) -> None:
    def stepping(task: Task) -> str:
        if not fallen:
            fallen.append(True)
            trap.step_into()
        return f"attempt {task.attempt}"

    fallen: list[bool] = []

    with Runtime(patient_config()) as runtime:
        runtime.register(stepping, skills=["general"], silence=0.1, retry={"first": 0.01})
        goal = runtime.submit("step into it")

        assert goal.result(LONG)["Goal Execution"] == "attempt 2"
        agent = runtime.agents()["stepping"]
        assert (agent.health, agent.incarnation) == ("stuck", 1)
        assert runtime.submit("and more").result(LONG)["Goal Execution"] == "attempt 1"

        seen = [e for e in goal.events() if isinstance(e, notices.AgentSlow)]
        assert [(e.limit, e.seconds) for e in seen] == [("silence", 0.1)]
        trap.open()
        eventually(lambda: runtime.agents()["stepping"].health == "well")
        story = runtime.story(goal.subtasks[0].subtask.uuid)
        [stuck] = [e for e in story if isinstance(e, notices.ThreadAbandoned)]
        assert "step_into" in stuck.problem.traceback
        [back] = [e for e in story if isinstance(e, notices.AgentRecovered)]
        assert (back.was, back.lease) == ("stuck", stuck.lease)


def test_a_stuck_object_is_started_again(trap: Trap) -> None:
    class Stepping:
        def work(self, _: Task) -> str:
            if not fallen:
                fallen.append(True)
                trap.step_into()
            return "out again"

    fallen: list[bool] = []
    with Runtime(patient_config()) as runtime:
        runtime.register(Stepping, skills=["general"], timeout=0.1, retry={"first": 0.01})
        goal = runtime.submit("step into it")

        assert goal.result(LONG)["Goal Execution"] == "out again"
        eventually(lambda: runtime.agents()["Stepping"].incarnation == 2)
        eventually(lambda: runtime.agents()["Stepping"].health == "well")
        assert count(runtime, notices.ThreadAbandoned) == 1
        assert completions(runtime) == {goal.subtasks[0].subtask.uuid: 1}
        trap.open()


def test_a_slow_agent_is_well_again_when_it_has_stopped() -> None:
    stopped, go_on = threading.Event(), threading.Event()

    def slow(task: Task, ctx: Context) -> str:
        if task.attempt == 1:
            eventually(lambda: ctx.cancelled)
            stopped.set()
            go_on.wait(LONG)
        return "done"

    with Runtime(with_settings(QUICK, stop_grace=LONG)) as runtime:
        runtime.register(slow, skills=["general"], timeout=0.05, retry={"first": 0.01})
        goal = runtime.submit("take your time")
        assert stopped.wait(LONG)
        eventually(lambda: runtime.agents()["slow"].health == "slow")
        go_on.set()
        assert goal.result(LONG)["Goal Execution"] == "done"
        assert runtime.agents()["slow"].health == "well"
        assert count(runtime, notices.AgentRecovered) == 1


def test_who_lives_without_getting_further_has_stalled() -> None:
    def stalling(task: Task, ctx: Context) -> str:
        ctx.progress(0.5, checkpoint="half")
        while task.attempt == 1:
            ctx.heartbeat()
            ctx.sleep(0.005)
        return f"from {task.checkpoint}"

    with Runtime(QUICK) as runtime:
        runtime.register(
            stalling, skills=["general"], silence=5.0, stall=0.1, retry={"first": 0.01}
        )
        goal = runtime.submit("go round in circles")
        assert goal.result(LONG)["Goal Execution"] == "from half"
        [retried] = [e for e in goal.events() if isinstance(e, facts.RetryScheduled)]
        assert retried.problem.details[1:] == ("stall", 0.1)
