"""How an assigned subtask is handed to the context that was registered."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from callboard.messages.errors import (
    AttemptCancelled,
    CallTimedOut,
    NotAssigned,
    RemoteProblem,
    TakesNoWork,
    UnknownAgent,
    UnknownSubtask,
)
from callboard.runtime.facade import AtomicSubtask, DistributedOrchestrator
from callboard.runtime.handover import Instruction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Plain:
    """`communicate` answers, on whatever thread."""

    id = "agent"

    def communicate(self, message: str) -> str:
        return f"{message.splitlines()[0]} is done"


class Coroutine:
    """`communicate` is a coroutine function."""

    id = "agent"

    async def communicate(self, message: str) -> str:
        await asyncio.sleep(0)
        return f"{message.splitlines()[0]} is done"


class Deferred:
    """As in Agent Zero: a plain call gives an object whose `result` is a coroutine function."""

    id = "agent"

    def communicate(self, message: Any) -> Deferred:
        self.told: str = message.message
        assert (message.attachments, message.system_message, message.id) == ([], [], "")
        return self

    async def result(self) -> str:
        await asyncio.sleep(0)
        return f"{self.told.splitlines()[0]} is done"


class Blocking:
    """`result` is a method that blocks."""

    id = "agent"

    def communicate(self, message: str) -> Future[str]:
        future: Future[str] = Future()
        answer = f"{message.splitlines()[0]} is done"
        threading.Timer(0.01, future.set_result, [answer]).start()
        return future


class Callable_:  # noqa: N801 - the module has another one of that name
    """It is called with the subtask."""

    id = "agent"

    def __call__(self, subtask: AtomicSubtask) -> str:
        assert subtask.state.value == "running"
        return f"{subtask.name} is done"


class CallableCoroutine:
    """The same as a coroutine function."""

    id = "agent"

    async def __call__(self, subtask: AtomicSubtask) -> str:
        await asyncio.sleep(0)
        return f"{subtask.name} is done"


def assigned(orchestrator: DistributedOrchestrator, context: object) -> AtomicSubtask:
    orchestrator.register_agent(context, ["general"])
    [subtask] = orchestrator.decompose_goal("anything")
    orchestrator.assign_subtasks()
    return subtask


def function(work: Callable[[AtomicSubtask], object | Awaitable[object]]) -> Any:
    untyped: Any = work
    untyped.id = "agent"
    return untyped


@pytest.mark.parametrize(
    "context", [Plain(), Coroutine(), Deferred(), Blocking(), Callable_(), CallableCoroutine()]
)
def test_every_kind_of_context_answers(
    orchestrator: DistributedOrchestrator, context: object
) -> None:
    subtask = assigned(orchestrator, context)

    answer = asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))

    assert answer == "Goal Execution is done"


def test_the_answer_does_not_complete_the_subtask(orchestrator: DistributedOrchestrator) -> None:
    subtask = assigned(orchestrator, Plain())
    agent = orchestrator.registered_agents["agent"]

    answer = asyncio.run(orchestrator.execute_subtask_on_agent(subtask.uuid, agent))

    assert (subtask.status.value, subtask.result, agent.current_load) == ("running", None, 1)
    orchestrator.mark_subtask_completed(subtask, answer)
    assert (subtask.result, agent.current_load) == ("Goal Execution is done", 0)


@pytest.mark.parametrize(("answer", "text"), [(None, ""), (7, "7"), ("", "")])
def test_the_answer_is_a_text(
    orchestrator: DistributedOrchestrator, answer: object, text: str
) -> None:
    subtask = assigned(orchestrator, function(lambda _: answer))

    found = asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))

    assert (found, type(found)) == (text, str)


def test_an_agent_is_told_what_to_do_and_what_others_found(
    orchestrator: DistributedOrchestrator,
) -> None:
    told: list[str] = []

    class Listening:
        id = "agent"

        def communicate(self, message: str) -> str:
            told.append(message)
            return ""

    orchestrator.register_agent(Listening(), ["general"])
    collection, analysis, _ = orchestrator.decompose_goal("analyze sales", "in March")
    orchestrator.mark_subtask_completed(collection, "1,000 rows")
    orchestrator.assign_subtasks()
    asyncio.run(orchestrator.execute_subtask_on_agent(analysis, "agent"))

    assert told == [
        f"Data Analysis\n{analysis.description}\n\nResult of Data Collection:\n1,000 rows"
    ]
    assert "in March" in analysis.description
    assert type(Instruction(told[0]).message) is str


@pytest.mark.parametrize("style", ["communicate", "result", "call"])
def test_the_event_loop_goes_on_while_an_agent_blocks(
    orchestrator: DistributedOrchestrator, style: str
) -> None:
    release = threading.Event()

    def block(*_: object) -> str:
        return "released" if release.wait(10) else "never released"

    class Blocked:
        id = "agent"

        def communicate(self, message: str) -> Any:
            if style == "communicate":
                return block(message)
            self.result = block
            return self

    context = function(block) if style == "call" else Blocked()
    subtask = assigned(orchestrator, context)

    async def both() -> str:
        running = asyncio.create_task(orchestrator.execute_subtask_on_agent(subtask, "agent"))
        await asyncio.sleep(0.01)
        release.set()  # only a loop that goes on gets here
        return await running

    assert asyncio.run(both()) == "released"


def test_many_agents_work_side_by_side(orchestrator: DistributedOrchestrator) -> None:
    together = threading.Barrier(20)
    orchestrator.register_agent(function(lambda _: together.wait(20) >= 0), ["general"])
    orchestrator.registered_agents["agent"].max_load = 20
    for n in range(20):
        orchestrator.decompose_goal(f"errand {n}")

    async def all_of_them() -> list[str]:
        assignments = orchestrator.assign_subtasks()
        return await asyncio.gather(
            *(orchestrator.execute_subtask_on_agent(s, agent) for s, agent in assignments)
        )

    assert asyncio.run(all_of_them()) == ["True"] * 20


def test_what_an_agent_raises_comes_to_the_caller(orchestrator: DistributedOrchestrator) -> None:
    def raises(_: object) -> None:
        raise LookupError("no such table")

    subtask = assigned(orchestrator, function(raises))

    with pytest.raises(LookupError, match="no such table"):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))
    assert subtask.status.value == "running"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), StopIteration("over")])
def test_an_agent_that_wants_to_end_everything_ends_nothing(
    orchestrator: DistributedOrchestrator, error: BaseException
) -> None:
    def raises(_: object) -> None:
        raise error

    subtask = assigned(orchestrator, function(raises))

    with pytest.raises(RemoteProblem, match=type(error).__name__):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))


def test_neither_does_one_that_is_a_coroutine(orchestrator: DistributedOrchestrator) -> None:
    async def leave(_: object) -> None:
        raise SystemExit(3)

    subtask = assigned(orchestrator, function(leave))

    with pytest.raises(RemoteProblem, match="SystemExit: 3"):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))


def test_an_agent_that_was_stopped_does_not_cancel_the_caller(
    orchestrator: DistributedOrchestrator,
) -> None:
    async def stopped(_: object) -> None:
        raise asyncio.CancelledError

    subtask = assigned(orchestrator, function(stopped))

    with pytest.raises(AttemptCancelled, match="the agent was stopped"):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))


def test_a_caller_can_be_cancelled(orchestrator: DistributedOrchestrator) -> None:
    release = threading.Event()
    subtask = assigned(orchestrator, function(lambda _: release.wait(10)))

    async def give_up() -> None:
        running = asyncio.create_task(orchestrator.execute_subtask_on_agent(subtask, "agent"))
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(give_up())
    release.set()


def test_an_agent_that_takes_too_long_is_given_up(orchestrator: DistributedOrchestrator) -> None:
    release = threading.Event()
    subtask = assigned(orchestrator, function(lambda _: release.wait(10)))
    began = time.monotonic()

    with pytest.raises(CallTimedOut, match=r"Goal Execution at agent: no answer within 0\.02 s"):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent", timeout=0.02))
    assert time.monotonic() - began < 5  # neither did the end of the event loop wait for it
    release.set()


def test_an_agents_own_timeout_is_its_own(orchestrator: DistributedOrchestrator) -> None:
    def raises(_: object) -> None:
        raise TimeoutError("the database")

    subtask = assigned(orchestrator, function(raises))

    with pytest.raises(TimeoutError, match="the database") as caught:
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent", timeout=10))
    assert caught.type is TimeoutError


def test_only_what_is_assigned_to_a_known_agent_can_be_handed_over(
    orchestrator: DistributedOrchestrator,
) -> None:
    subtask = assigned(orchestrator, Plain())
    orchestrator.register_agent("other", ["general"])
    waiting, *_ = orchestrator.decompose_goal("analyze sales")

    def error(subtask: Any, agent: Any) -> str:
        with pytest.raises((UnknownSubtask, UnknownAgent, NotAssigned)) as caught:
            asyncio.run(orchestrator.execute_subtask_on_agent(subtask, agent))
        return f"{caught.type.__name__}: {caught.value}"

    assert [
        error("nothing", "agent"),
        error(subtask, "nobody"),
        error(subtask, "other"),
        error(waiting, "agent"),
    ] == [
        "UnknownSubtask: unknown subtask 'nothing'",
        "UnknownAgent: unknown agent 'nobody'",
        f"NotAssigned: subtask {subtask.uuid!r} is not assigned to agent 'other'",
        f"NotAssigned: subtask {waiting.uuid!r} is not assigned to agent 'agent'",
    ]
    orchestrator.mark_subtask_completed(subtask, "done")
    assert error(subtask, "agent").startswith("NotAssigned")


def test_an_agent_that_is_but_an_id_cannot_be_handed_anything(
    orchestrator: DistributedOrchestrator,
) -> None:
    subtask = assigned(orchestrator, "agent")

    with pytest.raises(TakesNoWork, match="agent 'agent' cannot be handed a subtask"):
        asyncio.run(orchestrator.execute_subtask_on_agent(subtask, "agent"))
