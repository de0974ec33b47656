"""The end is bounded, says what it leaves behind, and leaves nothing else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from callboard import Closed, Config, Context, Note, Runtime, Task, agent, handles, subtask
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.errors import AttemptCancelled, RuntimeClosed
from callboard.messages.facts import AgentCrashed
from callboard.runtime.clock import RandomIds
from callboard.runtime.dispatchers import pool
from callboard.runtime.planners.rules import RulesPlanner
from tests.live import LONG, eventually, together
from tests.runtime.settings import helper, says, with_settings

Strays = Callable[[], set[threading.Thread]]


def test_nothing_of_it_is_left(config: Config, strays: Strays) -> None:
    assert not strays()
    with Runtime(config) as runtime:
        runtime.register(helper)

        @agent(skills=["async"])
        async def co(task: Task) -> str:
            return task.name

        runtime.register(co)
        plan = [subtask("A"), subtask("B", required_skills=["async"])]
        runtime.submit("both", plan=plan).result(LONG)

    closed = runtime.close()

    assert closed == Closed(threads=(), goals=())
    assert {thread.name for thread in strays()} == set()


def test_what_an_agent_left_that_has_just_died_is_told_to_stop_too(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_QUIET", LONG)  # the pool would clear up behind it much later
    began, stopped = threading.Event(), threading.Event()

    @agent(skills=["general"])
    def patient(task: Task, ctx: Context) -> None:  # noqa: ARG001 - as any handler
        began.set()
        try:
            ctx.sleep(LONG)
        except AttemptCancelled:
            stopped.set()
            raise

    with Runtime(config) as runtime:
        runtime.register(patient)
        runtime.submit("wait", plan=[subtask("W")])
        assert began.wait(LONG)
        with runtime.events() as events:
            runtime.crash("agent/patient", "on purpose")
            next(event for event in events if isinstance(event, AgentCrashed))
        assert runtime.close().threads == ()
    eventually(stopped.is_set)


def test_a_runtime_that_did_nothing_ends_at_once(config: Config, strays: Strays) -> None:
    began = time.monotonic()

    assert Runtime(config).close() == Closed(threads=(), goals=())

    assert time.monotonic() - began < 1.0
    assert {thread.name for thread in strays()} == set()


def test_every_call_afterwards_says_that_it_is_closed(config: Config) -> None:
    runtime: Any = Runtime(config)
    runtime.register(helper)
    goal = runtime.submit("done before")
    goal.result(LONG)
    runtime.close()

    for call in (
        lambda: runtime.submit("x"),
        lambda: runtime.register(says(1), id="a", skills=[]),
        lambda: runtime.unregister("helper"),
        lambda: runtime.ask("helper", Note("")),
        lambda: runtime.send("helper", Note("")),
        lambda: runtime.complete("u"),
        lambda: runtime.cancel_subtask("u"),
        lambda: runtime.requeue("u"),
        runtime.assign,
        lambda: runtime.heartbeat("helper"),
        lambda: runtime.resize("helper", 2),
        runtime.health,
        lambda: asyncio.run(runtime.asubmit("x")),
        goal.cancel,
    ):
        with pytest.raises(RuntimeClosed, match="the runtime is closed"):
            call()
    assert goal.result(LONG)["Goal Execution"] == "did Goal Execution"
    assert (runtime.status()["completed_subtasks"], list(runtime.events())) == (1, [])
    assert runtime.goal(goal.id).status.value == "completed"


def test_closing_again_gives_the_same_answer(config: Config) -> None:
    runtime = Runtime(config)
    runtime.submit("never done")
    answers: list[Closed] = []

    together(4, lambda _: answers.append(runtime.close()))

    assert len(set(answers)) == 1
    assert len(answers[0].goals) == 1
    assert asyncio.run(runtime.aclose()) == answers[0]


def test_who_waits_for_an_open_goal_is_told(config: Config) -> None:
    runtime = Runtime(config)
    goal = runtime.submit("never done")
    events = goal.events()
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            goal.result()
        except BaseException as error:  # noqa: BLE001 - to be looked at
            errors.append(error)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()

    closed = runtime.close()
    waiting.join(LONG)

    assert [type(error) for error in errors] == [RuntimeClosed]
    assert closed.goals == (goal.id,)
    assert next(type(event).__name__ for event in events) == "GoalAccepted"


def test_a_coroutine_that_waits_for_an_open_goal_is_told(config: Config) -> None:
    async def main() -> None:
        async with Runtime(config) as runtime:
            goal = await runtime.asubmit("never done")
            waiting = asyncio.ensure_future(goal.aresult())
            await asyncio.sleep(0)
        with pytest.raises(RuntimeClosed):
            await waiting

    asyncio.run(asyncio.wait_for(main(), LONG))


def test_a_call_that_comes_in_the_meantime_is_refused(config: Config) -> None:
    """Also while the agents still say good-bye."""
    leaving, go_on = threading.Event(), threading.Event()

    class Slow:
        def work(self, task: Task) -> str:
            return task.name

        def on_stop(self) -> None:
            leaving.set()
            go_on.wait(LONG)

    runtime = Runtime(config)
    runtime.register(Slow(), skills=["general"])
    runtime.submit("start").result(LONG)
    closing = threading.Thread(target=runtime.close)
    closing.start()
    assert leaving.wait(LONG)

    with pytest.raises(RuntimeClosed):
        runtime.submit("x")

    go_on.set()
    closing.join(LONG)
    assert not closing.is_alive()


def test_running_work_is_told_to_stop(config: Config) -> None:
    told: list[str] = []
    reached = threading.Event()

    @agent(skills=["general"])
    def patient(_: Task, ctx: Context) -> None:
        reached.set()
        try:
            ctx.sleep(LONG)
        except AttemptCancelled as error:
            told.append(str(error))
            raise

    runtime = Runtime(with_settings(config, stop_grace=LONG))
    runtime.register(patient)
    runtime.submit("wait")
    assert reached.wait(LONG)

    closed = runtime.close()

    assert (told, closed.threads) == (["this attempt was cancelled: the agent is stopping"], ())


@pytest.mark.parametrize("where", ["work", "on_start", "on_stop", "message", "planner"])
def test_what_never_ends_is_given_up_in_time_and_named(
    config: Config, strays: Strays, where: str
) -> None:
    assert not strays()
    reached, go_on = threading.Event(), threading.Event()

    def hang(here: str) -> None:
        if here == where:
            reached.set()
            go_on.wait(2 * LONG)

    class Stubborn:
        def on_start(self) -> None:
            hang("on_start")

        def on_stop(self) -> None:
            hang("on_stop")

        def work(self, task: Task) -> str:
            hang("work")
            return task.name

        @handles(Note)
        def note(self, _: Note) -> None:
            hang("message")

    class Planner:
        def plan(self, goal: Any) -> Any:
            hang("planner")
            return rules.plan(goal)

    rules = RulesPlanner(RandomIds())
    seconds = 1.0
    runtime = Runtime(with_settings(config, close_timeout=seconds), planner=Planner())
    runtime.register(Stubborn(), skills=["general"])
    if where == "message":  # it is there before the work
        runtime.send("Stubborn", Note("hello"))
        assert reached.wait(LONG)
    goal = runtime.submit("work")
    if where == "on_stop":
        goal.result(LONG)
    else:
        assert reached.wait(LONG)

    began = time.monotonic()
    closed = runtime.close()

    assert time.monotonic() - began < 2 * seconds
    assert len(closed.threads) == 1, closed
    named = "planner" if where == "planner" else "Stubborn"
    assert named in closed.threads[0]
    # Its messages and its work exclude each other, so that goal is open as well.
    assert closed.goals == (() if where == "on_stop" else (goal.id,))
    go_on.set()
    eventually(lambda: not strays())


def test_a_coroutine_that_never_ends_is_given_up_and_named(config: Config, strays: Strays) -> None:
    assert not strays()
    reached, go_on = threading.Event(), threading.Event()

    @agent(skills=["general"])
    async def blocking(_: Task) -> None:
        reached.set()
        go_on.wait(2 * LONG)  # blocks the event loop

    runtime = Runtime(with_settings(config, close_timeout=1.0))
    runtime.register(blocking)
    runtime.submit("block")
    assert reached.wait(LONG)

    closed = runtime.close()

    assert len(closed.threads) == 1
    assert "blocking" in closed.threads[0]
    go_on.set()
    eventually(lambda: not strays())


def test_a_handler_may_close_its_own_runtime(config: Config) -> None:
    found: list[Closed] = []

    @agent(skills=["general"])
    def last(_: Task) -> None:
        found.append(runtime.close())

    runtime = Runtime(with_settings(config, close_timeout=0.5))
    runtime.register(last)
    runtime.submit("switch off the light")

    eventually(lambda: found)
    assert runtime.close() == found[0]


def test_a_broken_runtime_can_be_closed_at_once(config: Config, strays: Strays) -> None:
    assert not strays()
    no_restarts = SupervisionOptions(intensity=0, runtime_intensity=0)
    runtime = Runtime(msgspec.structs.replace(config, supervision=no_restarts))
    runtime.register(helper)
    runtime.crash("supervisor", "on purpose")
    eventually(lambda: runtime.status()["failure"])

    began = time.monotonic()
    runtime.close()

    assert time.monotonic() - began < 2.0
    assert {thread.name for thread in strays()} == set()


def test_what_is_left_behind_is_logged(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    runtime = Runtime(config)
    runtime.submit("never done")

    runtime.close()

    assert any("left_behind" in record.getMessage() for record in caplog.records)
