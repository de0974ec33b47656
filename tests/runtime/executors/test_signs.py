"""Signs of life: what counts as one, and who is excused when the event loop stands still."""

# ruff: noqa: ARG001 - handlers take what they are given
from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from callboard.messages.execution import WorkAbandoned, WorkDone, WorkStopped
from callboard.messages.values import Token
from callboard.runtime.executors.context import Context, Task
from callboard.runtime.executors.executor import LocalExecutor
from callboard.runtime.executors.pulse import Pulse
from callboard.runtime.executors.runs import ToldRun
from callboard.runtime.executors.thread import run_on_thread
from callboard.runtime.executors.threads import Job, WorkerThreads
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until

QUIET = 0.05
"""Seconds of silence that these tests wait for."""


def asked(executor: LocalExecutor, of: Token | None) -> Future[float | None]:
    """The answer to a look, as soon as it comes."""
    answer: Future[float | None] = Future()
    executor.look(of, answer.set_result)
    return answer


def quiet(executor: LocalExecutor, number: int = 1) -> float:
    """For how many seconds an attempt that runs has been quiet."""
    found = asked(executor, token(number)).result(LONG)
    assert found is not None
    return found


CALLS: dict[str, Callable[[Context], object]] = {
    "heartbeat": lambda ctx: ctx.heartbeat(),
    "progress": lambda ctx: ctx.progress(0.5),
    "cancelled": lambda ctx: ctx.cancelled,
    "raise_if_cancelled": lambda ctx: ctx.raise_if_cancelled(),
}


@pytest.mark.parametrize("call", CALLS)
def test_whoever_looks_whether_it_is_to_stop_is_alive(lab: Lab, call: str) -> None:
    go_on, again = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        go_on.wait(LONG)
        CALLS[call](ctx)
        again.set()
        ended.wait(LONG)

    ended = threading.Event()
    executor = lab.hire(work)
    executor.perform(start())
    until(lambda: quiet(executor) > QUIET)
    go_on.set()
    assert again.wait(LONG)
    assert quiet(executor) < QUIET
    ended.set()


def test_a_thread_that_merely_exists_gives_no_sign(lab: Lab) -> None:
    over = threading.Event()

    def work(task: Task, ctx: Context) -> None:
        while not over.is_set():
            pass

    executor = lab.hire(work)
    executor.perform(start())
    until(lambda: quiet(executor) > QUIET)
    over.set()


def test_whoever_waits_for_a_thread_is_not_silent(lab: Lab) -> None:
    """Where threads starve each other, the one that is to begin may be reached late."""
    waiting: list[Job] = []

    class Late(WorkerThreads):
        def run(self, job: Job) -> None:
            waiting.append(job)

    def work() -> None:
        until(lambda: run.silence > 0.0)
        seen.append((run.silence, run.pulse.quiet))

    seen: list[tuple[float, float]] = []
    run = ToldRun(agent="a", what="it", settle=lambda _: None, log=lab.log)
    run_on_thread(run, work, Late(lab.log))
    until(lambda: run.pulse.quiet > 2 * QUIET)

    assert (run.quiet, run.silence) == (0.0, 0.0)
    waiting[0].do()
    [(silence, since_it_was_handed_in)] = seen
    assert silence + 2 * QUIET < since_it_was_handed_in
    assert run.quiet is None


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_whoever_waits_in_a_call_of_ours_is_alive(lab: Lab, kind: str) -> None:
    waits = threading.Event()

    def sleep(task: Task, ctx: Context) -> None:
        waits.set()
        ctx.sleep(LONG)

    async def asleep(task: Task, ctx: Context) -> None:
        waits.set()
        await ctx.asleep(LONG)

    executor = lab.hire(sleep if kind == "function" else asleep)
    executor.perform(start())
    assert waits.wait(LONG)
    until(lambda: quiet(executor) == 0.0)
    time.sleep(QUIET)
    assert quiet(executor) == 0.0
    executor.perform(stop())
    lab.wait_for(WorkStopped)


def test_a_coroutine_that_awaits_something_else_is_quiet(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> None:
        await asyncio.Event().wait()

    executor = lab.hire(work)
    executor.perform(start())
    until(lambda: quiet(executor) > QUIET)


def test_of_what_has_ended_nothing_is_to_be_seen(lab: Lab) -> None:
    def work(task: Task) -> None: ...

    executor = lab.hire(work)
    executor.perform(start())
    lab.wait_for(WorkDone)
    assert asked(executor, token()).result(LONG) is None
    assert asked(executor, None).result(LONG) is None


def test_of_an_agent_its_liveliest_handler_counts(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        if task.name == "Step 2":
            ctx.sleep(LONG)
        else:
            over.wait(LONG)

    over = threading.Event()
    executor = lab.hire(work, max_load=2)
    executor.perform(start(1))
    until(lambda: (asked(executor, None).result(LONG) or 0.0) > QUIET)
    executor.perform(start(2))
    until(lambda: asked(executor, None).result(LONG) == 0.0)
    over.set()
    executor.perform(stop(2))


# A loop that stands still


class Blocked:
    """A loop with a coroutine that is well, and then one that holds the loop up."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.release, self.enough = threading.Event(), threading.Event()
        began, holds = threading.Event(), threading.Event()

        async def work(task: Task, ctx: Context) -> str:
            if task.name == "Step 2":
                holds.set()
                self.release.wait(LONG)
                return "released"
            began.set()
            while not self.enough.is_set():
                ctx.heartbeat()
                await asyncio.sleep(0.001)
            return "well"

        self.executor = lab.hire(work, max_load=2)
        self.executor.perform(start(1))
        assert began.wait(LONG)
        self.executor.perform(start(2))
        assert holds.wait(LONG)
        time.sleep(QUIET)  # the time that both have been quiet for

    def end(self) -> None:
        self.release.set()
        self.enough.set()

    def look(self, number: int) -> Future[float | None]:
        return asked(self.executor, token(number))


def test_who_waits_for_a_loop_that_another_holds_up_is_excused(lab: Lab) -> None:
    loop = Blocked(lab)
    well, culprit = loop.look(1), loop.look(2)
    lab.timers.fire()  # the loop has not answered in time
    assert well.result(LONG) == 0.0
    found = culprit.result(LONG)
    assert found is not None
    assert found >= QUIET
    loop.end()
    lab.wait_for(WorkDone, 2)


def test_once_the_loop_moves_its_coroutines_go_on_before_they_are_looked_at(lab: Lab) -> None:
    loop = Blocked(lab)
    well = loop.look(1)
    loop.release.set()
    found = well.result(LONG)
    assert found is not None
    assert found < QUIET
    lab.timers.fire()  # comes too late, and changes nothing
    loop.end()
    lab.wait_for(WorkDone, 2)


def test_who_sits_on_a_loop_that_was_given_up_is_excused_no_more(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.runtime.executors.coroutine.BLOCKED_SECONDS", 0.0)
    loop = Blocked(lab)
    loop.executor.perform(stop(2))
    time.sleep(0.001)
    lab.timers.fire()
    assert lab.wait_for(WorkAbandoned).token == token(2)
    well = loop.look(1)
    lab.timers.fire()
    found = well.result(LONG)
    assert found is not None
    assert found >= QUIET
    loop.end()
    lab.wait_for(WorkDone)


# The pulse itself


def test_waits_that_overlap_are_one_wait() -> None:
    pulse = Pulse()
    with pulse.waiting():
        with pulse.waiting():
            assert pulse.quiet == 0.0
        assert pulse.quiet == 0.0
    before = pulse.last
    pulse.beat()
    assert pulse.last >= before
    time.sleep(0.001)
    assert pulse.quiet > 0.0
