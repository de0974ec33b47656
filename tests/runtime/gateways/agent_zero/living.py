"""What tests of live contexts say to them, and how they look at what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator
from typing import Any

import pytest

from callboard.messages.values import Plan, Retry, Subtask
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.gateways.agent_zero.door import answer
from tests.runtime.gateways.agent_zero.planting import last, respond

TOOL = "distributed_orchestration"
PATIENCE = 30.0


def worker(agent: Any) -> str:
    """Does whatever it is told, and says so."""
    told = last(agent)["user_message"]
    return respond(f"done by {agent.agent_name}: {told.splitlines()[0]}")


def said(context: Any, method: str, **arguments: Any) -> str:
    """What the tool says to a context's model."""
    return asyncio.run(answer(context, method, arguments))


def finished(orchestrator: DistributedOrchestrator) -> bool:
    status = orchestrator.runtime.status()
    return (
        bool(status["total_subtasks"])
        and not status["pending_subtasks"] + status["running_subtasks"]
    )


def results(orchestrator: DistributedOrchestrator) -> dict[str, Any]:
    board = orchestrator.runtime.hub.board
    [goal] = board.goals
    return dict(orchestrator.runtime.goal(goal).results)


def kinds(orchestrator: DistributedOrchestrator, uuid: str) -> list[str]:
    return [type(event).__name__ for event in orchestrator.runtime.story(uuid)]


def watched(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """The first arguments with which a coroutine function is called from now on."""
    seen: list[Any] = []
    function = getattr(module, name)

    async def call(first: Any, *more: Any) -> Any:
        seen.append(first)
        return await function(first, *more)

    monkeypatch.setattr(module, name, call)
    return seen


@contextlib.contextmanager
def pausing(contexts: Any) -> Generator[None]:
    """It sees nothing of what happens meanwhile; afterwards it sees all of it."""
    gate = threading.Event()
    see = contexts._see

    def see_later(event: Any) -> None:
        gate.wait(PATIENCE)
        see(event)

    contexts._see = see_later
    try:
        yield
    finally:
        gate.set()


def errand(orchestrator: DistributedOrchestrator) -> None:
    """Something that is tried again at once."""
    subtask = Subtask(uuid="u1", name="Goal Execution", retry=Retry(first=0.0))
    orchestrator.decompose_goal(Plan(subtasks=(subtask,)))


class Stuck:
    """A model that never answers, until it is let."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []

    async def __call__(self, agent: Any) -> str:
        self.begun.append(agent.context.id)
        try:
            await asyncio.sleep(3600)
        finally:
            self.ended.append(agent.context.id)
        return ""
