# ruff: noqa: ARG001, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from callboard.actors.logic.effects import HandleMessage, ResumeWork
from callboard.messages.errors import (
    BlockingCall,
    CallTimedOut,
    GoalFailed,
    InvalidCall,
    NotEncodable,
    UnknownAgent,
    UnregisteredMessage,
)
from callboard.messages.execution import Deliver, WorkDone, WorkFailed, WorkStopped
from callboard.messages.user import Note, pack, pack_message
from callboard.messages.values import Input, Parent, Payload, Priority, Skill, Timeouts, unpack
from callboard.runtime.executors.context import Context, Task
from tests.runtime.executors.lab import LONG, Lab, start, stop, token, until


class Play(Protocol):
    """What a handler returns, or the error that it raises, called within an attempt."""

    def __call__(self, call: Callable[[Context], Any], **fields: Any) -> Any: ...


@pytest.fixture
def play(lab: Lab) -> Play:
    def playing(call: Callable[[Context], Any], **fields: Any) -> Any:
        caught: list[BaseException] = []

        def work(task: Task, ctx: Context) -> Any:
            try:
                return call(ctx)
            except Exception as error:
                caught.append(error)
                raise

        lab.hire(work, id="a1").perform(start(**fields))
        until(lambda: lab.of(WorkDone) or lab.of(WorkFailed))
        if caught:
            raise caught[0]
        return unpack(lab.wait_for(WorkDone).result)

    return playing


# Task


def test_a_task_says_all_about_its_subtask() -> None:
    given = start(
        description="count them",
        required_skills=(Skill(name="sql"),),
        priority=Priority.LOW,
        data=pack({"rows": 3}, what=""),
        context="Q4",
        deadline=9.0,
        checkpoint=pack([1], what=""),
    )
    task = Task(given.lease, given.ready)
    assert {name: getattr(task, name) for name in dir(Task) if not name.startswith("_")} == {
        "uuid": "s1",
        "name": "Step 1",
        "description": "count them",
        "goal": "make it so",
        "goal_id": "g",
        "context": "Q4",
        "priority": Priority.LOW,
        "required_skills": (Skill(name="sql"),),
        "inputs": {},
        "data": {"rows": 3},
        "attempt": 1,
        "checkpoint": [1],
        "deadline": 9.0,
        "token": token(),
        "rejected": (),
        "result_schema": None,
    }
    assert repr(task) == "<task 'Step 1' (s1), attempt 1>"


def test_inputs_are_found_by_name_and_by_uuid_and_every_reader_has_a_copy() -> None:
    given = start(
        inputs=(
            Input(subtask="u1", name="Count", result=pack([1], what="")),
            Input(subtask="u2", name="Maybe", result=None),
            Input(subtask="u3", name="Twice", result=Payload(data=b"\x03")),
            Input(subtask="u4", name="Twice", result=Payload(data=b"\x04")),
        )
    )
    inputs = Task(given.lease, given.ready).inputs
    inputs["Count"].append(2)
    assert dict(inputs) == {"Count": [1], "Maybe": None, "u3": 3, "u4": 4}
    assert (inputs["u1"], inputs["u2"], inputs.get("u9"), len(inputs)) == ([1], None, None, 4)
    with pytest.raises(KeyError, match="several subtasks are called 'Twice': use the uuid"):
        inputs["Twice"]
    with pytest.raises(KeyError, match="no result of 'Cuont'; there are those of Count, Maybe"):
        inputs["Cuont"]


# Reporting


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), "0.5", True, None])
def test_a_fraction_is_a_number_between_0_and_1(play: Play, fraction: Any) -> None:
    with pytest.raises(InvalidCall, match=r"fraction must be a number in \[0, 1\]"):
        play(lambda ctx: ctx.progress(fraction))


def test_a_note_is_a_text(play: Play) -> None:
    note: Any = 5
    with pytest.raises(InvalidCall, match="note must be a text, not 5"):
        play(lambda ctx: ctx.progress(0.5, note))


def test_a_checkpoint_that_cannot_be_encoded_is_refused_where_it_is_made(play: Play) -> None:
    with pytest.raises(NotEncodable, match="the checkpoint of 'Step 1' cannot be encoded"):
        play(lambda ctx: ctx.progress(0.5, checkpoint=object()))


def test_log_lines_carry_the_ids(lab: Lab, play: Play) -> None:
    play(lambda ctx: ctx.log.info("hello", rows=3))
    assert lab.lines == [
        {
            "event": "hello",
            "level": "info",
            "goal": "g",
            "subtask": "s1",
            "agent": "a1",
            "token": "1.1.1",
            "attempt": 1,
            "rows": 3,
        }
    ]


# Cancellation


def test_a_handler_can_look_whether_it_is_cancelled(lab: Lab) -> None:
    seen: list[bool] = []
    began, go_on = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        seen.append(ctx.cancelled)
        began.set()
        go_on.wait(LONG)
        seen.append(ctx.cancelled)
        ctx.raise_if_cancelled()

    executor = lab.hire(work)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    go_on.set()
    lab.wait_for(WorkStopped)
    assert seen == [False, True]


EFFECTS: list[Callable[[Context], object]] = [
    lambda ctx: ctx.send("a2", Note(text="hello")),
    lambda ctx: ctx.ask("a2", Note(text="hello"), 1.0),
    lambda ctx: ctx.submit("more"),
    lambda ctx: ctx.once("mail"),
    lambda ctx: ctx.sleep(0.0),
    lambda ctx: ctx.messages.get(0.0),
]


@pytest.mark.parametrize("call", EFFECTS)
def test_a_cancelled_attempt_has_no_effect_any_more(
    lab: Lab, call: Callable[[Context], object]
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work(task: Task, ctx: Context) -> None:
        began.set()
        go_on.wait(LONG)
        call(ctx)
        lab.reports.clear()  # not reached

    executor = lab.hire(work)
    executor.perform(start())
    assert began.wait(LONG)
    executor.perform(stop())
    go_on.set()
    lab.wait_for(WorkStopped)
    assert (lab.office.sent, lab.office.submitted, lab.office.checks) == ([], [], [])


def test_sleeping_ends_by_itself(play: Play) -> None:
    assert play(lambda ctx: ctx.sleep(0.001)) is None


# Messages


def test_a_message_is_sent_with_its_senders_id(lab: Lab, play: Play) -> None:
    play(lambda ctx: ctx.send("a2", Note(text="hello")))
    assert lab.office.sent == [
        Deliver(agent="a2", tag="Note", body=pack_message(Note(text="hello")), sender="a1")
    ]


def test_bad_messages_are_refused_where_they_are_sent(play: Play) -> None:
    plain: Any = "hello"
    with pytest.raises(UnregisteredMessage):
        play(lambda ctx: ctx.send("a2", plain))


def test_an_unknown_agent_is_refused_where_it_is_named(play: Play) -> None:
    with pytest.raises(UnknownAgent):
        play(lambda ctx: ctx.send("nobody", Note(text="hello")))


def test_a_question_waits_for_its_answer(lab: Lab) -> None:
    lab.hire(lambda task, ctx: ctx.ask("a2", Note(text="?"), LONG), id="a1").perform(start())
    lab.office.asked().set_result({"answer": 42})
    assert unpack(lab.wait_for(WorkDone).result) == {"answer": 42}


def test_a_coroutines_question_waits_for_its_answer(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> Any:
        return await ctx.aask("a2", Note(text="?"), LONG)

    lab.hire(work).perform(start())
    lab.office.asked().set_result({"answer": 42})
    assert unpack(lab.wait_for(WorkDone).result) == {"answer": 42}


def test_an_unanswered_question_times_out(play: Play) -> None:
    with pytest.raises(CallTimedOut, match=r"Note to agent 'a2': no answer within 0\.001 s"):
        play(lambda ctx: ctx.ask("a2", Note(text="?"), 0.001))


def test_a_coroutines_unanswered_question_times_out(lab: Lab) -> None:
    async def work(task: Task, ctx: Context) -> Any:
        return await ctx.aask("a2", Note(text="?"), 0.001)

    lab.hire(work).perform(start())
    problem = lab.wait_for(WorkFailed).problem
    assert problem.text == "Note to agent 'a2': no answer within 0.001 s"


def test_a_question_waits_no_longer_than_the_attempt_has(lab: Lab, play: Play) -> None:
    with pytest.raises(CallTimedOut):
        play(lambda ctx: ctx.ask("a2", Note(text="?"), LONG), timeouts=Timeouts(run=0.01))
    deadline = lab.office.sent[0].deadline
    assert deadline is not None
    assert deadline < lab.equipment.clock.now() + 1


def test_a_question_ends_with_the_attempt(lab: Lab) -> None:
    executor = lab.hire(lambda task, ctx: ctx.ask("a2", Note(text="?"), LONG), id="a1")
    executor.perform(start())
    lab.office.asked()
    executor.perform(stop())
    assert lab.wait_for(WorkStopped).token == token()


def test_an_empty_inbox_has_nothing(play: Play) -> None:
    with pytest.raises(CallTimedOut, match=r"ctx.messages: no answer within 0.001 s"):
        play(lambda ctx: [ctx.messages.get_nowait(), ctx.messages.get(0.001)])


def test_a_message_that_a_reader_gave_up_goes_to_the_next(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> Any:
        if task.uuid == "s1":
            ctx.messages.get(LONG)
        message = ctx.messages.get_nowait()
        return [len(ctx.messages), isinstance(message, Note)]

    executor = lab.hire(work)
    executor.perform(start(1))
    executor.perform(stop(1))
    lab.wait_for(WorkStopped)
    executor.perform(
        HandleMessage(Deliver(agent="a1", tag="Note", body=pack_message(Note(text=""))))
    )
    executor.perform(start(2))
    assert unpack(lab.wait_for(WorkDone).result) == [0, True]


# Sub-goals


def test_a_sub_goal_serves_its_subtask_and_has_its_deadline(lab: Lab, play: Play) -> None:
    until_then = lab.equipment.clock.now() + 50
    play(lambda ctx: ctx.submit("more", priority="HIGH").id, deadline=until_then)
    submitted = lab.office.submitted[0]
    assert 49 < float(str(submitted.pop("deadline"))) <= 50
    assert submitted == {
        "goal": "more",
        "context": "",
        "priority": "HIGH",
        "key": "",
        "parent": Parent(goal="g", subtask="s1"),
    }


def test_a_sub_goals_own_deadline_may_be_nearer(lab: Lab, play: Play) -> None:
    play(lambda ctx: ctx.submit("more", deadline=5).id, timeouts=Timeouts(run=50.0))
    assert lab.office.submitted[0]["deadline"] == 5


def test_the_wait_for_a_sub_goal_raises_as_the_goal_did(lab: Lab, play: Play) -> None:
    lab.office.goal.ending.set_exception(GoalFailed("sub", []))
    with pytest.raises(GoalFailed):
        play(lambda ctx: ctx.wait(ctx.submit("more")))


def test_the_wait_for_a_sub_goal_has_an_end(lab: Lab) -> None:
    def work(task: Task, ctx: Context) -> None:
        ctx.wait(ctx.submit("more"), timeout=0.001)

    executor = lab.hire(work)
    executor.perform(start())
    until(lambda: len(lab.reports) > 1)
    executor.perform(ResumeWork(token()))
    problem = lab.wait_for(WorkFailed).problem
    assert problem.text == "the sub-goal sub: no answer within 0.001 s"


# On the event loop


BLOCKING: list[tuple[Callable[[Context], object], str]] = [
    (lambda ctx: ctx.sleep(1.0), "use `await ctx.asleep()`"),
    (lambda ctx: ctx.ask("a2", Note(text="?"), 1.0), "use `await ctx.aask()`"),
    (lambda ctx: ctx.submit("more"), "use `await ctx.asubmit()`"),
    (lambda ctx: ctx.messages.get(1.0), "use `await ctx.messages.aget()`"),
]


@pytest.mark.parametrize(("call", "text"), BLOCKING)
def test_a_blocking_call_on_the_event_loop_is_refused(
    lab: Lab, call: Callable[[Context], object], text: str
) -> None:
    async def work(task: Task, ctx: Context) -> None:
        with pytest.raises(BlockingCall) as caught:
            call(ctx)
        assert text in str(caught.value)

    lab.hire(work).perform(start())
    lab.wait_for(WorkDone)
