"""Whoever submits faster than the work is done waits, or is refused; control never."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from callboard import Config, Context, Runtime, Task, agent, subtask
from callboard.messages.errors import (
    InboxFull,
    InvalidCall,
    Overloaded,
    RuntimeClosed,
)
from callboard.messages.notices import BackpressureBegan, BackpressureEnded, CallRefused, DeadLetter
from callboard.messages.user import Note
from callboard.messages.values import Agent, Subtask
from callboard.runtime.handle import GoalHandle
from callboard.runtime.simulation.simulation import Simulation
from tests.live import LONG, eventually, together
from tests.runtime.settings import QUICK, count, helper, with_settings

HOUR = 3600.0


def one(name: str) -> list[Subtask]:
    return [Subtask(uuid=name, name=name, estimated_duration=60.0)]


@pytest.mark.parametrize("setting", ["open_goals", "open_subtasks"])
def test_a_submit_waits_until_less_is_open_and_then_goes_on(setting: str) -> None:
    limited = with_settings(Config(call_timeout=10 * HOUR), **{setting: 2})
    with Simulation(config=limited) as simulation:
        simulation.register(Agent(id="a"))
        for name in ("s1", "s2", "s3"):
            simulation.runtime.submit(one(name))
        assert simulation.elapsed == HOUR  # that is when the first one had ended
        assert simulation.runtime.hub.counts()["BackpressureBegan"] == 1
        assert simulation.runtime.hub.counts()["BackpressureEnded"] == 1


def test_who_has_waited_for_too_long_has_submitted_nothing() -> None:
    with Simulation(config=Config(call_timeout=60.0, open_goals=1)) as simulation:
        runtime = simulation.runtime
        simulation.register(Agent(id="a"))
        runtime.submit(one("s1"))
        with pytest.raises(Overloaded, match="1 goals are open; the limit is 1"):
            runtime.submit(one("s2"))
        assert simulation.elapsed == 60.0
        simulation.advance(10 * HOUR)
        assert list(runtime.hub.board.subtasks) == ["s1"]
        assert (count(runtime, CallRefused), count(runtime, BackpressureEnded)) == (1, 1)


def test_whoever_would_rather_not_wait_is_refused_at_once() -> None:
    with Simulation(config=Config(open_goals=1, overflow="refuse")) as simulation:
        runtime = simulation.runtime
        simulation.register(Agent(id="a"))
        runtime.submit(one("s1"))
        with pytest.raises(Overloaded):
            runtime.submit(one("s2"))
        assert simulation.elapsed == 0.0
        simulation.advance(HOUR)
        runtime.submit(one("s2"))
        assert count(runtime, BackpressureBegan) == 0


def test_a_plan_that_is_larger_than_the_limit_is_let_in_alone() -> None:
    with Simulation(config=Config(open_subtasks=2, overflow="refuse")) as simulation:
        runtime = simulation.runtime
        runtime.submit([*one("s1"), *one("s2"), *one("s3")])
        with pytest.raises(Overloaded, match="3 subtasks are open; the limit is 2"):
            runtime.submit(one("s4"))


def test_control_is_let_in_whatever_waits() -> None:
    with Simulation(config=Config(mailbox_limit=1, open_goals=1, overflow="refuse")) as simulation:
        runtime = simulation.runtime
        simulation.register(Agent(id="a"))
        goal = runtime.submit(one("s1"))
        goal.pause()
        goal.resume()
        runtime.pause()
        runtime.resume()
        goal.cancel()
        runtime.submit(one("s2"))


def test_a_handlers_sub_goals_do_not_wait_for_its_own_end() -> None:
    @agent(skills=["lead"])
    def lead(_: Task, ctx: Context) -> Any:
        return ctx.wait(ctx.submit("do a part"), timeout=LONG)["Goal Execution"]

    with Runtime(with_settings(QUICK, open_goals=1, open_subtasks=1)) as runtime:
        runtime.register(lead)
        runtime.register(helper)
        goals: list[GoalHandle] = []
        for number in range(5):
            plan = [subtask("Lead", required_skills=["lead"])]
            goals.append(runtime.submit(f"lead {number}", plan=plan))
        assert [goal.result(LONG)["Lead"] for goal in goals] == ["did Goal Execution"] * 5


def test_many_threads_and_tasks_get_in_and_never_more_than_the_limit() -> None:
    most, lock = [0], threading.Lock()
    config = with_settings(QUICK, open_goals=3, call_timeout=LONG)
    with Runtime(config) as runtime:

        @agent(skills=["general"], max_load=8)
        def counting(_: Task) -> None:
            open_now = runtime.hub.board.open_goals
            with lock:
                most[0] = max(most[0], open_now)

        runtime.register(counting)

        def submit_some(_: int) -> None:
            for _ in range(20):
                runtime.submit("do it")

        together(8, submit_some)

        async def submit_many() -> None:
            await asyncio.gather(*(runtime.asubmit("do it") for _ in range(100)))

        asyncio.run(submit_many())
        eventually(lambda: runtime.hub.board.open_goals == 0)
        assert runtime.status()["goals"]["completed"] == 260
        assert most[0] <= 3
        assert len(runtime._doors.submit) == 0  # pyright: ignore[reportPrivateUsage]


def test_a_task_that_is_cancelled_in_line_submits_nothing() -> None:
    @agent(skills=["general"])
    def waits(_: Task, ctx: Context) -> None:
        ctx.sleep(LONG)

    async def main(runtime: Runtime) -> None:
        await runtime.asubmit("first")
        waiting = asyncio.ensure_future(runtime.asubmit("second"))
        await asyncio.sleep(0)  # it begins, and stands in line
        assert count(runtime, BackpressureBegan) == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(runtime._doors.submit) == 0  # pyright: ignore[reportPrivateUsage]

    with Runtime(with_settings(QUICK, open_goals=1)) as runtime:
        runtime.register(waits)
        asyncio.run(main(runtime))
        assert len(runtime.hub.board.goals) == 1


def test_who_waits_when_the_runtime_is_closed_is_told() -> None:
    errors: list[BaseException] = []
    runtime = Runtime(with_settings(QUICK, open_goals=1))
    runtime.submit("first")  # and nobody to do it

    def submit() -> None:
        try:
            runtime.submit("second")
        except BaseException as error:  # noqa: BLE001 - for the test to see
            errors.append(error)

    thread = threading.Thread(target=submit, daemon=True)
    thread.start()
    eventually(lambda: count(runtime, BackpressureBegan))
    runtime.close()
    thread.join(LONG)
    assert [type(error) for error in errors] == [RuntimeClosed]


# Mailboxes


def test_calls_wait_for_room_in_a_mailbox_that_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The orchestrator is held up; its mailbox fills to its limit and not beyond."""
    held = threading.Event()

    with Runtime(with_settings(QUICK, mailbox_limit=5, dispatcher="threads")) as runtime:
        box = runtime._post.open_box("orchestrator")  # pyright: ignore[reportPrivateUsage]
        runtime.health()
        shell: Any = runtime._cast._shells["orchestrator"]  # pyright: ignore[reportPrivateUsage]
        turn = shell.turn

        def held_up() -> None:
            held.wait(LONG)
            turn()

        monkeypatch.setattr(shell, "turn", held_up)
        calls = [
            runtime._submitting("do it")  # pyright: ignore[reportPrivateUsage]
            for _ in range(20)
        ]
        # One more may have been taken before it was held up.
        assert len(box) <= 5
        cancels = [call.future.cancel() for call in calls[-3:]]
        held.set()
        goals = [call.now() for call in calls[:-3]]
        assert cancels == [True] * 3
        assert (len(goals), len(runtime.hub.board.goals)) == (17, 17)


def test_an_agents_mailbox_has_a_limit_of_its_own() -> None:
    begun, gate = threading.Event(), threading.Event()

    @agent(skills=["general"], mailbox_limit=2)
    def reads_nothing(_: Task) -> None:
        begun.set()
        gate.wait(LONG)

    with Runtime(QUICK) as runtime:
        runtime.register(reads_nothing)
        runtime.submit("do it")
        begun.wait(LONG)
        for _ in range(4):
            runtime.send("reads_nothing", Note(text="hello"))
        eventually(lambda: count(runtime, DeadLetter) == 2)
        gate.set()


def test_a_message_that_finds_no_room_is_a_dead_letter_and_an_ask_an_error() -> None:
    with Simulation() as simulation:
        runtime = simulation.runtime
        simulation.register(Agent(id="a", handles=("Note",), mailbox_limit=3))
        simulation.advance(1.0)
        for _ in range(5):
            runtime.send("a", Note(text="hello"))  # nobody's turn comes in between
        assert count(runtime, DeadLetter) == 2
        with pytest.raises(InboxFull, match="3 messages wait for agent 'a' already"):
            runtime.ask("a", Note(text="hello?"))


# Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"mailbox_limit": 0},
        {"open_goals": 0},
        {"open_subtasks": -1},
        {"open_goals": True},
        {"overflow": "drop"},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidCall):
        Config(**wrong)
