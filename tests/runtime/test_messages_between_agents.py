"""Agents tell and ask each other, and callers outside ask them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from callboard import Context, Note, Runtime, Task, UserMessage, agent, handles, subtask
from callboard.messages.errors import (
    CallTimedOut,
    HandlerRaised,
    NoHandler,
    UnknownAgent,
    UnregisteredMessage,
)
from callboard.messages.errors.data import NotEncodable
from callboard.messages.values import Agent
from tests.live import LONG, eventually
from tests.runtime.settings import helper


class Add(UserMessage, frozen=True):
    left: int
    right: int


class Pass(UserMessage, frozen=True):
    hops: int


class Fail(UserMessage, frozen=True):
    pass


class Wait(UserMessage, frozen=True):
    pass


class Desk:
    """Answers, forwards, fails or waits, as it is told."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.heard: list[Any] = []

    def work(self, task: Task) -> str:
        return task.name

    @handles(Add)
    def add(self, message: Add) -> int:
        return message.left + message.right

    @handles(Fail)
    def fail(self, _: Fail) -> None:
        raise KeyError("the desk is on fire")

    @handles(Wait)
    def wait(self, _: Wait) -> None:
        self.go_on.wait(LONG)

    @handles(Note)
    def note(self, note: Note, ctx: Context) -> None:
        self.heard.append((ctx.agent, note.text))


def test_a_handler_answers_a_caller_outside(runtime: Runtime) -> None:
    runtime.register(Desk, skills=[])

    assert runtime.ask("Desk", Add(left=1, right=2), timeout=LONG) == 3


def test_a_message_that_wants_no_answer_arrives_all_the_same(runtime: Runtime) -> None:
    desk = Desk()
    runtime.register(desk, skills=[])

    runtime.send("desk", Note("hello"))

    assert eventually(lambda: desk.heard) == [("Desk", "hello")]


def test_agents_ask_each_other_in_their_work(runtime: Runtime) -> None:
    def asker(_: Task, ctx: Context) -> int:
        answer: int = ctx.ask("Desk", Add(left=20, right=22), timeout=LONG)
        return answer

    async def async_asker(_: Task, ctx: Context) -> int:
        answer: int = await ctx.aask("Desk", Add(left=1, right=1), timeout=LONG)
        return answer

    runtime.register(Desk, skills=[])
    runtime.register(asker, skills=["a"])
    runtime.register(async_asker, skills=["b"])
    plan = [subtask("A", required_skills=["a"]), subtask("B", required_skills=["b"])]

    assert dict(runtime.submit("sums", plan=plan).result(LONG)) == {"A": 42, "B": 2}


def test_a_question_is_passed_on_from_agent_to_agent(runtime: Runtime) -> None:
    class Link:
        def __init__(self, name: str, following: str) -> None:
            self.name, self.following = name, following

        def work(self, task: Task) -> str:
            return task.name

        @handles(Pass)
        async def pass_on(self, message: Pass, ctx: Context) -> list[str]:
            if message.hops == 0:
                return [self.name]
            rest = await ctx.aask(self.following, Pass(hops=message.hops - 1), timeout=LONG)
            return [self.name, *rest]

    for name, following in (("a", "b"), ("b", "c"), ("c", "a")):
        runtime.register(Link(name, following), id=name, skills=[])

    assert runtime.ask("a", Pass(hops=2), timeout=LONG) == ["a", "b", "c"]


def test_work_reads_what_it_has_no_handler_for(runtime: Runtime) -> None:
    reading = threading.Event()

    @agent(skills=["general"])
    def reader(_: Task, ctx: Context) -> list[str]:
        reading.set()
        found = [ctx.messages.get(timeout=LONG) for _ in range(2)]
        return [note.text for note in found if isinstance(note, Note)]

    runtime.register(reader)
    goal = runtime.submit("read")
    assert reading.wait(LONG)

    runtime.send("reader", Note("one"))
    runtime.send("reader", Note("two"))

    assert goal.result(LONG)["Goal Execution"] == ["one", "two"]


def test_messages_of_one_sender_keep_their_order(runtime: Runtime) -> None:
    desk = Desk()
    runtime.register(desk, skills=[])

    for number in range(200):
        runtime.send("Desk", Note(f"{number}"))

    eventually(lambda: len(desk.heard) == 200)
    assert desk.heard == [("Desk", f"{number}") for number in range(200)]


def test_a_message_to_an_agent_that_restarts_waits_for_it(runtime: Runtime) -> None:
    desk = Desk()
    runtime.register(desk, skills=[])
    eventually(lambda: runtime.hub.counts().get("AgentStarted"))

    runtime.crash("agent/Desk", "on purpose")
    answers = [runtime.ask("Desk", Add(left=n, right=1), timeout=LONG) for n in range(20)]

    assert answers == list(range(1, 21))
    assert eventually(lambda: runtime.agents()["Desk"].incarnation == 2)


@pytest.mark.parametrize("dispatched", ["ask", "aask"])
def test_every_failure_is_an_error_where_the_caller_is(runtime: Runtime, dispatched: str) -> None:
    class Loose:
        pass

    def ask(to: str, message: Any, timeout: float = LONG) -> Any:
        if dispatched == "ask":
            return runtime.ask(to, message, timeout)
        return asyncio.run(runtime.aask(to, message, timeout))

    desk = Desk()
    runtime.register(desk, skills=[])
    runtime.register(helper)
    runtime.register_remote(Agent(id="far", pull=True))

    with pytest.raises(UnknownAgent, match="unknown agent 'nobody'"):
        ask("nobody", Note(""))
    with pytest.raises(NoHandler, match="agent 'Desk' has no handler for Pass"):
        ask("Desk", Pass(hops=0))
    with pytest.raises(NoHandler, match="agent 'far' has no handler for Note"):
        ask("far", Note(""))
    with pytest.raises(HandlerRaised, match="raised while it handled Fail: KeyError: 'the desk"):
        ask("Desk", Fail())
    with pytest.raises(UnregisteredMessage, match="Loose is no registered message type"):
        ask("Desk", Loose())
    with pytest.raises(NotEncodable, match="the message Note cannot be encoded"):
        ask("Desk", Note(object()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(CallTimedOut, match=r"ask Desk: no answer within 0\.02 s"):
        ask("Desk", Wait(), 0.02)
    desk.go_on.set()
    assert ask("Desk", Add(left=1, right=1)) == 2


def test_an_answer_that_comes_too_late_is_a_dead_letter_and_nothing_else(runtime: Runtime) -> None:
    desk = Desk()
    runtime.register(desk, skills=[])
    with pytest.raises(CallTimedOut):
        runtime.ask("Desk", Wait(), timeout=0.0)

    desk.go_on.set()

    assert runtime.ask("Desk", Add(left=1, right=1), timeout=LONG) == 2
    assert runtime._post._callers == {}  # pyright: ignore[reportPrivateUsage]


def test_an_id_may_be_written_in_any_case_where_that_is_clear(runtime: Runtime) -> None:
    for name in ("Mixed", "twin", "TWIN"):
        runtime.register(Desk, id=name, skills=[])

    assert runtime.ask("mixed", Add(left=1, right=1), timeout=LONG) == 2
    assert runtime.ask("TWIN", Add(left=1, right=1), timeout=LONG) == 2
    with pytest.raises(UnknownAgent, match="unknown agent 'Twin'"):
        runtime.ask("Twin", Add(left=1, right=1), timeout=LONG)


def test_a_handler_with_state_never_runs_at_the_same_time_as_itself(runtime: Runtime) -> None:
    at_once = threading.Lock()

    class Careful:
        def work(self, task: Task) -> str:
            assert at_once.acquire(blocking=False)
            at_once.release()
            return task.name

        @handles(Add)
        def add(self, message: Add) -> int:
            assert at_once.acquire(blocking=False)
            at_once.release()
            return message.left

    runtime.register(Careful(), skills=["general"])
    goal = runtime.submit("much", plan=[subtask(f"{n}") for n in range(50)])

    answers = [runtime.ask("Careful", Add(left=n, right=0), timeout=LONG) for n in range(50)]

    assert answers == list(range(50))
    assert len(goal.result(LONG)) == 50
