"""Users' own handlers in virtual time: functions, coroutines, messages, sub-goals, cancels."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from callboard import Config, Context, Retry, Task, Timeouts, UserMessage, handles, subtask
from callboard.messages.errors import BlockingCall, CallTimedOut, GoalFailed, InvalidCall
from callboard.runtime.simulation import Simulation, simulated_runtime
from callboard.runtime.simulation.strands import SimulatedThreads

HOUR = 3600.0
TWO = [subtask("one", required_skills=["a"]), subtask("two", required_skills=["a"])]


class SimulatedQuestion(UserMessage, frozen=True):
    text: str


def nap(task: Task, ctx: Context) -> str:
    ctx.sleep(HOUR)
    return f"{task.name} after an hour"


async def doze(task: Task) -> str:
    await asyncio.sleep(HOUR)
    return f"{task.name} after an hour"


@pytest.mark.parametrize("handler", [nap, doze])
def test_a_handler_that_waits_takes_virtual_time_and_no_other(handler: Any) -> None:
    began = time.monotonic()
    with simulated_runtime() as rt:
        rt.register(handler, skills=["a"])
        goal = rt.submit(TWO)
        rt.advance(minutes=59, seconds=59)
        assert (goal.done, list(goal.results)) == (False, [])
        rt.advance(seconds=1)
        assert goal.results["one"] == "one after an hour"
        rt.advance(hours=1)
        assert (goal.done, rt.elapsed) == (True, 2 * HOUR)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("handler", [nap, doze])
def test_they_run_side_by_side(handler: Any) -> None:
    with simulated_runtime() as rt:
        rt.register(handler, skills=["a"], max_load=2)
        assert len(rt.submit(TWO).result(timeout=2 * HOUR)) == 2
        assert rt.elapsed == HOUR


def test_who_began_later_may_end_earlier() -> None:
    def sleeper(task: Task, ctx: Context) -> float:
        ctx.sleep(task.data)
        return rt.elapsed

    plan = [subtask("long", data=500), subtask("short", data=100), subtask("next", data=150)]
    with simulated_runtime() as rt:
        rt.register(sleeper, id="sleeper", max_load=2)
        results = rt.submit(plan).result(timeout=HOUR)
        assert (results["short"], results["next"], results["long"]) == (100, 250, 500)


def test_a_result_is_waited_for_in_virtual_time() -> None:
    with simulated_runtime() as rt:
        rt.register(nap, skills=["a"])
        with pytest.raises(CallTimedOut):
            rt.submit(TWO).result(timeout=60)
        assert rt.elapsed == pytest.approx(60)


@pytest.mark.parametrize("handler", [nap, doze])
def test_a_cancel_wakes_whoever_waits(handler: Any) -> None:
    with simulated_runtime() as rt:
        rt.register(handler, skills=["a"])
        goal = rt.submit(TWO)
        rt.advance(minutes=1)
        goal.cancel("enough")
        rt.advance(seconds=1)
        [agent] = rt.agents().values()
        assert (goal.status.value, agent.load) == ("cancelled", 0)


def test_failures_retries_and_timeouts_come_in_their_time() -> None:
    tried: list[float] = []

    def clumsy(_: Task, ctx: Context) -> str:
        tried.append(rt.elapsed)
        if len(tried) == 1:
            raise ValueError("not yet")
        if len(tried) == 2:
            ctx.sleep(2 * HOUR)
        return "at last"

    config = Config(retry=Retry(first=60, jitter=0), timeouts=Timeouts(run=HOUR))
    with simulated_runtime(config=config) as rt:
        rt.register(clumsy, skills=["a"])
        assert rt.submit(TWO[:1]).result(timeout=9 * HOUR)["one"] == "at last"
    assert tried == [0, 60, 60 + HOUR + 60]


def test_agents_ask_each_other_and_hand_in_goals() -> None:
    class Oracle:
        @handles(SimulatedQuestion)
        def answer(self, question: SimulatedQuestion, ctx: Context) -> str:
            ctx.sleep(10)
            return question.text.upper()

        def work(self, task: Task) -> str:
            return f"did {task.name}"

    def boss(_: Task, ctx: Context) -> list[Any]:
        said = ctx.ask("oracle", SimulatedQuestion("well?"), timeout=60)
        part = ctx.submit([subtask("part", required_skills=["parts"])])
        return [said, ctx.wait(part)["part"], rt.elapsed]

    with simulated_runtime() as rt:
        rt.register(Oracle, id="oracle", skills=["parts"])
        rt.register(boss, skills=["a"])
        assert rt.submit(TWO[:1]).result(timeout=HOUR)["one"] == ["WELL?", "did part", 10]


async def _as_coroutine() -> Any:
    with simulated_runtime() as rt:
        rt.register(doze, skills=["a"])
        return rt.submit(TWO[:1]).result(timeout=2 * HOUR)["one"]


def test_a_test_may_be_a_coroutine_itself() -> None:
    assert asyncio.run(_as_coroutine()) == "one after an hour"


def test_all_of_asyncio_takes_virtual_time() -> None:
    async def busy(_: Task, ctx: Context) -> list[Any]:
        slow = asyncio.create_task(asyncio.sleep(100, "slow"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(900), timeout=30)
        await ctx.asleep(30)
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(5, event.set)
        await event.wait()
        return [rt.elapsed, await slow, rt.elapsed]

    with simulated_runtime() as rt:
        rt.register(busy, skills=["a"])
        found = rt.submit(TWO[:1]).result(timeout=HOUR)["one"]
        assert found == pytest.approx([65, "slow", 100])


def test_an_agent_can_be_let_crash_in_the_middle_of_its_work() -> None:
    began: list[float] = []

    def worker(_: Task, ctx: Context) -> str:
        began.append(rt.elapsed)
        ctx.sleep(HOUR)
        return "done"

    with simulated_runtime() as rt:
        rt.register(worker, skills=["a"])
        goal = rt.submit(TWO[:1])
        rt.advance(minutes=30)
        rt.crash("agent/worker", "just so")
        assert goal.result(timeout=3 * HOUR)["one"] == "done"
    assert began[0] == 0
    assert began[1] == pytest.approx(HOUR / 2, abs=5)


def test_the_same_seed_is_the_same_run_and_another_may_not_be() -> None:
    def order(seed: int) -> tuple[str, ...]:
        said: list[str] = []

        def chatty(task: Task, ctx: Context) -> None:
            for _ in range(3):
                said.append(task.name)
                ctx.sleep(1)

        with simulated_runtime(seed) as rt:
            for number in range(3):
                rt.register(chatty, id=f"chatty {number}")
            rt.submit([subtask(name) for name in "abc"]).result(timeout=HOUR)
        return tuple(said)

    assert order(1) == order(1)
    assert len({order(seed) for seed in range(20)}) > 3


def test_who_blocks_by_other_means_is_told_of() -> None:
    with Simulation() as simulation:
        threads = simulation.threads
        assert isinstance(threads, SimulatedThreads)
        threads.limit = 0.05
        release = threading.Event()

        def blocks(task: Task) -> bool:
            return release.wait(20) or not task.name

        simulation.runtime.register(blocks, id="blocker")
        simulation.runtime.submit([subtask("one")])
        with pytest.raises(BlockingCall, match="blocker on 'one'"):
            simulation.advance(60)
        release.set()


def test_simulated_and_real_agents_work_together() -> None:
    from callboard.messages.values import Agent, Skill  # noqa: PLC0415 - only here

    with Simulation() as simulation:
        simulation.register(Agent(id="ann", skills=(Skill(name="b"),)))
        simulation.runtime.register(nap, skills=["a"])
        plan = [subtask("one", required_skills=["a"]), subtask("two", required_skills=["b"])]
        results = simulation.runtime.submit(plan).result(timeout=2 * HOUR)
        assert (results["one"], results["two"]) == ("one after an hour", None)


def test_what_runs_when_it_is_closed_finds_out() -> None:
    ended: list[str] = []

    def worker(_: Task, ctx: Context) -> None:
        try:
            ctx.sleep(HOUR)
        finally:
            ended.append("function")

    async def other(_: Task) -> None:
        try:
            await asyncio.sleep(HOUR)
        finally:
            ended.append("coroutine")

    before = threading.active_count()
    with simulated_runtime() as rt:
        rt.register(worker, skills=["a"])
        rt.register(other, skills=["b"])
        rt.submit([subtask("one", required_skills=["a"]), subtask("two", required_skills=["b"])])
        rt.advance(minutes=1)
        assert rt.close().threads == ()
    assert sorted(ended) == ["coroutine", "function"]
    for thread in threading.enumerate():
        if thread.name.startswith("callboard-simulated"):
            thread.join(5)
    assert threading.active_count() <= before


def test_time_cannot_go_back() -> None:
    with simulated_runtime() as rt, pytest.raises(InvalidCall, match="hours"):
        rt.advance(hours=-1)


def test_what_nobody_can_do_fails_in_its_time() -> None:
    with simulated_runtime() as rt:
        goal = rt.submit([subtask("one", required_skills=["flying"])])
        with pytest.raises(GoalFailed):
            goal.result(timeout=25 * HOUR)
        assert rt.elapsed == pytest.approx(24 * HOUR)
