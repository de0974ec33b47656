# ruff: noqa: ARG001, ARG002, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from typing import Any

import pytest

from callboard.actors.logic.effects import HandleMessage, ResumeWork, RunHook
from callboard.messages.errors import AttemptCancelled, HandlerRaised, NotEncodable, problem_of
from callboard.messages.execution import (
    Deliver,
    Handled,
    HookDone,
    HookFailed,
    WorkAbandoned,
    WorkCrashed,
    WorkDone,
    WorkFailed,
    WorkProgressed,
    WorkReturned,
    WorkStopped,
    WorkWaiting,
    WorkWaitOver,
)
from callboard.messages.user import Note, pack_message
from callboard.messages.values import Payload, unpack
from callboard.runtime.executors.context import Context, MessageContext, Task
from callboard.runtime.executors.decorator import agent, handles
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until


def note(text: str = "hello") -> Deliver:
    return Deliver(agent="a1", tag="Note", body=pack_message(Note(text=text)), sender="a2")


# Work


def test_a_functions_result_is_reported(lab: Lab) -> None:
    def double(task: Task, ctx: Context) -> dict[str, int]:
        return {"twice": 2 * task.data}

    lab.hire(double).perform(start(data=Payload(data=b"\x15")))
    done = lab.wait_for(WorkDone)
    assert (done.token, unpack(done.result)) == (token(), {"twice": 42})
    assert done.seconds >= 0


def test_a_coroutines_result_is_reported(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> str:
        await asyncio.sleep(0)
        return task.name

    lab.hire(work).perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "Step 1"


def test_a_handler_may_take_the_task_alone(lab: Lab) -> None:
    lab.hire(lambda task: task.uuid, id="a1").perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "s1"


def test_an_error_is_reported_with_a_traceback_that_begins_in_the_users_code(lab: Lab) -> None:
    def broken(task: Task) -> None:
        raise ValueError("no such column")

    lab.hire(broken).perform(start())
    problem = lab.wait_for(WorkFailed).problem
    assert (problem.error, problem.text, problem.lasting) == (
        "ValueError",
        "ValueError: no such column",
        False,
    )
    assert problem.traceback.count("File ") == 1
    assert "in broken" in problem.traceback


def test_an_error_whose_text_cannot_be_had_is_reported_all_the_same(lab: Lab) -> None:
    class Evil(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def broken(task: Task) -> None:
        raise Evil

    lab.hire(broken).perform(start())
    text = "Evil, whose text cannot be had (RuntimeError)"
    assert lab.wait_for(WorkFailed).problem.text == text


def test_text_that_cannot_be_encoded_is_made_readable(lab: Lab) -> None:
    def broken(task: Task) -> None:
        raise ValueError("\ud800")

    lab.hire(broken).perform(start())
    assert lab.wait_for(WorkFailed).problem.text == "ValueError: \\ud800"


def test_a_result_that_cannot_be_encoded_fails_for_good(lab: Lab) -> None:
    lab.hire(lambda task: object(), id="a1").perform(start())
    problem = lab.wait_for(WorkFailed).problem
    why = "Encoding objects of type object is unsupported"
    expected = problem_of(NotEncodable("the result of 'Step 1'", why))
    assert (problem.text, problem.lasting) == (expected.text, True)


def test_a_plain_function_that_returns_a_coroutine_is_told_what_to_do(lab: Lab) -> None:
    async def inner() -> None: ...

    lab.hire(lambda task: inner(), id="a1").perform(start())
    assert "async def" in lab.wait_for(WorkFailed).problem.text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_is_a_crash(lab: Lab, error: type[BaseException]) -> None:
    def broken(task: Task) -> None:
        raise error

    async def broken_too(task: Task) -> None:
        raise error

    lab.hire(broken, id="a1").perform(start())
    lab.hire(broken_too, id="a1").perform(start(2))
    for count in (1, 2):
        crash = lab.wait_for(WorkCrashed, count)
        assert (crash.problem.error, crash.problem.text) == (
            "ActorDied",
            f"agent/a1 died: {error.__name__}",
        )
        assert "broken" in crash.problem.traceback


def test_an_exit_in_a_task_of_the_users_own_leaves_the_loop_alive(lab: Lab) -> None:
    async def leave() -> None:
        sys.exit(3)

    async def work(task: Task) -> str:
        if task.attempt == 1 and task.uuid == "s1":
            await asyncio.create_task(leave())
        return "well"

    executor = lab.hire(work)
    executor.perform(start(1))
    lab.wait_for(WorkCrashed)
    executor.perform(start(2))
    assert unpack(lab.wait_for(WorkDone).result) == "well"


def test_a_cancellation_that_nobody_asked_for_is_a_failure(lab: Lab) -> None:
    async def work(task: Task) -> None:
        raise asyncio.CancelledError

    def work_too(task: Task) -> None:
        raise AttemptCancelled("just so")

    lab.hire(work).perform(start(1))
    assert lab.wait_for(WorkFailed).problem.error == "CancelledError"
    lab.hire(work_too).perform(start(2))
    assert lab.wait_for(WorkFailed, 2).problem.error == "AttemptCancelled"


def test_nothing_of_one_attempt_leaks_into_the_next(lab: Lab) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    variable.set(7)

    def work(task: Task) -> int:
        seen = variable.get()
        variable.set(9)
        return seen

    async def work_too(task: Task) -> int:
        return work(task)

    for number, executor in enumerate([lab.hire(work)] * 2 + [lab.hire(work_too)] * 2, start=1):
        executor.perform(start(number))
        assert unpack(lab.wait_for(WorkDone, number).result) == 0


def test_progress_is_reported_with_its_checkpoint(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.progress(0.5, "half", checkpoint={"row": 5})

    lab.hire(work).perform(start())
    lab.wait_for(WorkDone)
    progress = lab.wait_for(WorkProgressed)
    assert (progress.token, progress.fraction, progress.note, unpack(progress.checkpoint)) == (
        token(),
        0.5,
        "half",
        {"row": 5},
    )


def test_heartbeats_are_signs_of_life_and_reported_now_and_then(lab: Lab) -> None:
    go_on = threading.Event()

    def work(task: Task, ctx: Context) -> None:
        for _ in range(1000):
            ctx.heartbeat()
        go_on.wait(LONG)

    executor = lab.hire(work)
    executor.perform(start())
    first = executor.signs[token()]
    lab.wait_for(WorkProgressed)
    until(lambda: executor.signs[token()] > first)
    go_on.set()
    lab.wait_for(WorkDone)
    assert executor.signs == {}
    assert len(lab.of(WorkProgressed)) < 100


# Stopping


def test_a_function_that_is_told_to_stop_reports_that_it_has(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.sleep(LONG)

    executor = lab.hire(work)
    executor.perform(start())
    executor.perform(stop())
    assert lab.wait_for(WorkStopped).token == token()
    lab.timers.fire()
    assert lab.of(WorkAbandoned) == []


def test_a_coroutine_that_is_told_to_stop_is_cancelled(lab: Lab) -> None:
    began, cleaned = threading.Event(), threading.Event()

    async def work(task: Task) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    executor = lab.hire(work)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    lab.wait_for(WorkStopped)
    assert cleaned.is_set()


def test_a_coroutine_can_be_stopped_before_its_first_step(lab: Lab) -> None:
    async def work(task: Task) -> None: ...

    executor = lab.hire(work)
    executor.perform(start())
    executor.perform(stop())
    until(lambda: lab.reports)
    assert type(lab.reports[0]) in (WorkStopped, WorkDone)
    assert executor.signs == {}


def test_what_is_returned_or_raised_after_the_stop_is_dropped(lab: Lab) -> None:
    go_on = threading.Event()

    def work(task: Task, ctx: Context) -> str:
        go_on.wait(LONG)
        ctx.progress(0.9)
        if task.uuid == "s2":
            raise ValueError
        return "too late"

    executor = lab.hire(work, max_load=2)
    for number in (1, 2):
        executor.perform(start(number))
        executor.perform(stop(number))
    go_on.set()
    lab.wait_for(WorkStopped, 2)
    assert {type(report) for report in lab.reports} == {WorkStopped}


def test_a_thread_that_does_not_stop_is_abandoned_and_not_heard_again(lab: Lab) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hang(task: Task, ctx: Context) -> str:
        began.set()
        go_on.wait(LONG)
        return "late"

    executor = lab.hire(hang)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    assert lab.timers.fire() == [5.0]
    given_up = lab.wait_for(WorkAbandoned)
    assert given_up.problem.error == "AgentLost"
    assert "go_on.wait" in given_up.problem.traceback
    assert lab.threads.abandoned == ("callboard-worker-1 (hang on 'Step 1')",)
    go_on.set()
    until(lambda: not lab.threads.abandoned)
    until(lambda: lab.reports == [given_up, WorkReturned(token=token())])
    assert [line["what"] for line in lab.lines if line["event"] == "late_end"] == [
        "hang on 'Step 1'"
    ]


def test_a_coroutine_that_ignores_its_cancellation_is_abandoned(lab: Lab) -> None:
    began, go_on, told = threading.Event(), asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def stubborn(task: Task) -> None:
        loops.append(asyncio.get_running_loop())
        began.set()
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                told.set()

    executor = lab.hire(stubborn)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    assert told.wait(LONG)
    lab.timers.fire()
    lab.wait_for(WorkAbandoned)
    assert lab.loop.abandoned == ("stubborn on 'Step 1'",)
    loops[0].call_soon_threadsafe(go_on.set)
    until(lambda: not lab.loop.abandoned)


def test_a_coroutine_that_blocks_the_loop_does_not_stop_the_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.runtime.executors.coroutine.BLOCKED_SECONDS", 0.0)
    began, go_on = threading.Event(), threading.Event()

    async def work(task: Task) -> str:
        if task.uuid == "s1":
            began.set()
            go_on.wait(LONG)
        return "well"

    executor = lab.hire(work)
    executor.perform(start(1))
    assert began.wait(LONG)
    executor.perform(stop(1))
    lab.timers.fire()
    assert "go_on.wait" in lab.wait_for(WorkAbandoned).problem.traceback
    executor.perform(start(2))
    assert unpack(lab.wait_for(WorkDone).result) == "well"
    go_on.set()


def test_to_stop_what_has_ended_does_nothing(lab: Lab) -> None:
    executor = lab.hire(lambda task: None, id="a1")
    executor.perform(start())
    lab.wait_for(WorkDone)
    executor.perform(stop())
    assert lab.timers.set == []


def test_a_closed_executor_has_stopped_all_and_reports_nothing(lab: Lab) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        if task.uuid == "s1":
            ctx.sleep(LONG)
        began.set()
        go_on.wait(LONG)

    executor = lab.hire(work)
    executor.perform(start(1))
    executor.perform(start(2))
    assert began.wait(LONG)
    assert executor.close(0.02) == 1
    go_on.set()
    until(lambda: not lab.threads.abandoned)
    assert lab.reports == []


def test_work_that_finds_no_thread_has_failed(lab: Lab) -> None:
    executor = lab.hire(lambda task: None, id="a1")
    lab.threads.close(0.0)
    executor.perform(start())
    assert lab.wait_for(WorkFailed).problem.error == "RuntimeClosed"


def test_however_end_and_stop_race_there_is_one_report(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.heartbeat()

    async def work_too(task: Task, ctx: Context) -> None:
        ctx.heartbeat()
        await asyncio.sleep(0)

    count = 300
    executors = [lab.hire(work), lab.hire(work_too)]
    for number in range(count):
        executor = executors[number % 2]
        executor.perform(start(number))
        if number % 3:
            executor.perform(stop(number))
        if number % 5:
            lab.timers.fire()
    ends = (WorkDone, WorkStopped, WorkAbandoned)
    until(lambda: sum(isinstance(r, ends) for r in lab.reports) >= count)
    until(lambda: not (lab.threads.abandoned or lab.loop.abandoned))
    tokens = [report.token for report in lab.reports if isinstance(report, ends)]
    assert sorted(tokens) == [token(number) for number in range(count)]
    assert [executor.signs for executor in executors] == [{}, {}]


# Waiting for sub-goals


def test_a_function_gives_up_its_slot_while_it_waits(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> Any:
        return ctx.wait(ctx.submit("more"))["Part"]

    executor = lab.hire(work)
    executor.perform(start())
    lab.wait_for(WorkWaiting)
    lab.office.goal.ending.set_result(None)
    lab.wait_for(WorkWaitOver)
    assert lab.of(WorkDone) == []
    executor.perform(ResumeWork(token()))
    assert unpack(lab.wait_for(WorkDone).result) == 7


def test_coroutines_of_one_attempt_share_its_slot(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> list[Any]:
        goal = await ctx.asubmit("more")
        both = await asyncio.gather(ctx.await_goal(goal), ctx.await_goal(goal))
        return [results["u1"] for results in both]

    executor = lab.hire(work)
    executor.perform(start())
    lab.wait_for(WorkWaiting)
    lab.office.goal.ending.set_result(None)
    lab.wait_for(WorkWaitOver)
    executor.perform(ResumeWork(token()))
    assert unpack(lab.wait_for(WorkDone).result) == [7, 7]
    assert [type(r) for r in lab.reports] == [WorkWaiting, WorkWaitOver, WorkDone]


def test_a_wait_ends_when_the_attempt_is_stopped(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.wait(ctx.submit("more"))

    async def work_too(task: Task, ctx: Context) -> None:
        await ctx.await_goal(await ctx.asubmit("more"))

    for number, executor in enumerate([lab.hire(work), lab.hire(work_too)], start=1):
        executor.perform(start(number))
        lab.wait_for(WorkWaiting, number)
        executor.perform(stop(number))
        assert lab.wait_for(WorkStopped, number).token == token(number)
    assert lab.of(WorkWaitOver) == []
    assert not lab.office.goal.ending.cancelled()


def test_a_wait_that_the_user_gives_up_asks_for_the_slot_again(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> str:
        goal = await ctx.asubmit("more")
        try:
            await asyncio.wait_for(ctx.await_goal(goal), 0.005)
        except TimeoutError:
            return "gave up"
        return ""

    lab.hire(work).perform(start())
    assert unpack(lab.wait_for(WorkDone).result) == "gave up"
    assert [type(r) for r in lab.reports] == [WorkWaiting, WorkWaitOver, WorkDone]


# Hooks


class Counter:
    """An agent that counts its lives."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.calls: list[str] = []

    async def on_start(self) -> None:
        self.calls.append("on_start")

    def work(self, task: Task) -> list[str]:
        self.calls.append("work")
        return self.calls

    def on_stop(self) -> None:
        self.calls.append("on_stop")


def test_a_class_is_made_anew_by_a_worker_in_every_incarnation(lab: Lab) -> None:
    Counter.made = 0
    for life in (1, 2):
        executor = lab.hire(Counter)
        assert Counter.made == life - 1
        executor.perform(RunHook("on_start"))
        assert lab.wait_for(HookDone, life) == HookDone(hook="on_start")
        executor.perform(start(life))
        assert unpack(lab.wait_for(WorkDone, life).result) == ["on_start", "work"]
        assert Counter.made == life


def test_on_stop_runs_on_a_worker(lab: Lab) -> None:
    counter = Counter()
    executor = lab.hire(counter)
    executor.perform(RunHook("on_start"))
    lab.wait_for(HookDone)
    executor.perform(RunHook("on_stop"))
    assert lab.wait_for(HookDone, 2) == HookDone(hook="on_stop")
    assert counter.calls == ["on_start", "on_stop"]


def test_a_hook_that_is_not_there_is_done(lab: Lab) -> None:
    class Plain:
        def work(self, task: Task) -> None: ...

    lab.hire(Plain).perform(RunHook("on_start"))
    assert lab.wait_for(HookDone) == HookDone(hook="on_start")


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_class_that_cannot_be_made_has_failed_to_start(
    lab: Lab, error: type[BaseException]
) -> None:
    class Broken:
        def __init__(self) -> None:
            raise error

        def work(self, task: Task) -> None: ...

    lab.hire(Broken).perform(RunHook("on_start"))
    assert lab.wait_for(HookFailed).problem.error == error.__name__


def test_a_hook_that_takes_too_long_has_failed(lab: Lab) -> None:
    go_on = threading.Event()

    class Slow:
        def work(self, task: Task) -> None: ...

        def on_start(self) -> None:
            go_on.wait(LONG)

    lab.hire(Slow()).perform(RunHook("on_start"))
    assert lab.timers.fire() == [30.0]
    assert lab.timers.fire() == [0.0]
    failed = lab.wait_for(HookFailed)
    assert failed.problem.text == "agent 'Slow' took more than 30 s in on_start"
    go_on.set()
    until(lambda: not lab.threads.abandoned)


def test_an_async_hook_that_takes_too_long_is_cancelled(lab: Lab) -> None:
    class Slow:
        def work(self, task: Task) -> None: ...

        async def on_start(self) -> None:
            await asyncio.Event().wait()

    lab.hire(Slow()).perform(RunHook("on_start"))
    lab.timers.fire()
    problem = lab.wait_for(HookFailed).problem
    assert problem.text == "agent 'Slow' took more than 30 s in on_start"


# Messages


@agent(skills=["report_writing"], id="a1")
class Reporter:
    def __init__(self) -> None:
        self.senders: list[str] = []

    def work(self, task: Task, ctx: Context) -> str:
        message = ctx.messages.get(timeout=LONG)
        assert isinstance(message, Note)
        return message.text

    @handles(Note)
    def note(self, note: Note, ctx: MessageContext) -> dict[str, str]:
        if note.text == "exit":
            sys.exit()
        if note.text == "raise":
            raise ValueError("unheard of")
        return {ctx.sender: note.text}


def test_a_message_is_handled_and_answered(lab: Lab) -> None:
    lab.hire(Reporter()).perform(HandleMessage(note()))
    handled = lab.wait_for(Handled)
    assert (handled.tag, unpack(handled.reply), handled.problem) == ("Note", {"a2": "hello"}, None)


def test_a_message_handler_that_raises_is_named(lab: Lab) -> None:
    lab.hire(Reporter()).perform(HandleMessage(note("raise")))
    problem = lab.wait_for(Handled).problem
    assert problem is not None
    expected = problem_of(HandlerRaised("a1", "Note", "ValueError: unheard of"))
    assert (problem.error, problem.text) == (expected.error, expected.text)
    assert "in note" in problem.traceback


def test_a_message_handler_that_exits_is_a_crash(lab: Lab) -> None:
    lab.hire(Reporter()).perform(HandleMessage(note("exit")))
    crash = lab.wait_for(WorkCrashed)
    assert (crash.token, crash.problem.text) == (None, "agent/a1 died: SystemExit")


def test_a_message_without_a_handler_is_read_by_work(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> str:
        message = ctx.messages.get(timeout=LONG)
        assert isinstance(message, Note)
        return message.text

    async def work_too(task: Task, ctx: Context) -> str:
        message = await ctx.messages.aget(timeout=LONG)
        assert isinstance(message, Note)
        return message.text

    for number, executor in enumerate([lab.hire(work), lab.hire(work_too)], start=1):
        executor.perform(start(number))
        executor.perform(HandleMessage(note()))
        assert unpack(lab.wait_for(WorkDone, number).result) == "hello"


def test_an_inbox_takes_no_more_than_its_limit(lab: Lab) -> None:
    executor = lab.hire(lambda task: None, id="a1")
    for _ in range(1001):
        executor.perform(HandleMessage(note()))
    problem = lab.wait_for(Handled).problem
    assert problem is not None
    assert problem.text == "1,000 messages wait for agent 'a1' already"
