# ruff: noqa: ARG001, ARG002, ARG005 - handlers take what they are given
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Messages of other agents: handled one at a time, or left in the inbox."""

from __future__ import annotations

import sys

from callboard.actors.logic.effects import HandleMessage
from callboard.messages.errors import HandlerRaised, problem_of
from callboard.messages.execution import (
    Deliver,
    Handled,
    WorkCrashed,
    WorkDone,
)
from callboard.messages.user import Note, pack_message
from callboard.messages.values import unpack
from callboard.runtime.executors.context import Context, MessageContext, Task
from callboard.runtime.executors.decorator import agent, handles
from tests.runtime.executors.lab import LONG, Lab, start


def note(text: str = "hello") -> Deliver:
    return Deliver(agent="a1", tag="Note", body=pack_message(Note(text=text)), sender="a2")


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
