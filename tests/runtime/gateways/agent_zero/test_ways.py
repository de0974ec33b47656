"""The ways in which an assignment can run in an Agent Zero."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from callboard.messages.values import Plan, Subtask
from callboard.runtime.facade import DistributedOrchestrator
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.living import (
    PATIENCE,
    finished,
    kinds,
    results,
    said,
    worker,
)
from tests.runtime.gateways.agent_zero.planting import Tree, respond


@pytest.mark.parametrize("way", ["own", "registered", "subordinate", "scheduler"])
def test_every_way_brings_the_answer(
    tree: Tree,
    orchestrator: DistributedOrchestrator,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", way)
    who: list[tuple[str, int, str]] = []

    def script(agent: Any) -> str:
        who.append((agent.context.id, agent.number, threading.current_thread().name))
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)

    name = "A1" if way == "subordinate" else "A0"
    assert results(orchestrator) == {"Goal Execution": f"done by {name}: Goal Execution"}
    [(context, number, thread)] = who
    assert (context == "chief") is (way == "registered")
    assert number == (1 if way == "subordinate" else 0)
    elsewhere = {"scheduler"} if tree.layout == "current" else {"scheduler", "subordinate"}
    assert (thread == "AgentContext") is (way not in elsewhere)
    if way == "scheduler":
        scheduler = tree.load("helpers.task_scheduler").TaskScheduler.get()
        eventually(lambda: scheduler.tasks == {}, PATIENCE)
        chats = tree.path / "usr/chats"
        eventually(lambda: list(chats.iterdir()) == [], PATIENCE)
    contexts = tree.load("agent").AgentContext._contexts
    eventually(lambda: list(contexts) == ["chief"], PATIENCE)


def test_a_host_without_subordinates_fails_the_attempt(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer is that there is no such tool, which is no result."""
    monkeypatch.setenv("CALLBOARD_WAY", "subordinate")
    tools = tree.load("helpers.tool")

    class Unknown(tools.Tool):  # type: ignore[misc, name-defined]
        async def execute(self, **_: Any) -> Any:
            await asyncio.sleep(0)
            return tools.Response(message="Tool call_subordinate not found", break_loop=False)

    def unknown(agent: Any, **given: Any) -> Any:
        return Unknown(agent, **given)

    monkeypatch.setattr(tree.load("agent").Agent, "get_tool", unknown)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    [uuid] = orchestrator.runtime.hub.board.subtasks
    eventually(lambda: "RetryScheduled" in kinds(orchestrator, uuid), PATIENCE)
    assert "this Agent Zero has no tool call_subordinate" in str(orchestrator.explain(uuid))


def test_a_context_that_is_busy_is_not_interrupted(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", "registered")
    going_on = threading.Event()
    over: list[Callable[[], Any]] = []

    async def script(agent: Any) -> str:
        if agent.context.id == "chief":
            loop, waiting = asyncio.get_running_loop(), asyncio.Event()
            over.append(lambda: loop.call_soon_threadsafe(waiting.set))
            going_on.set()
            await waiting.wait()
            return respond("my own business")
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    task = tree.tell(chief, "take your time")
    assert going_on.wait(PATIENCE)
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)
    over[0]()

    assert task.result_sync(PATIENCE) == "my own business"
    assert results(orchestrator) == {"Goal Execution": "done by A0: Goal Execution"}


def test_a_context_that_does_one_assignment_is_not_interrupted_by_another(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_WAY", "registered")
    begun: list[str] = []
    both = asyncio.Event()  # all contexts are on one loop

    async def script(agent: Any) -> str:
        begun.append(agent.context.id)
        if len(begun) == 2:
            both.set()
        await both.wait()
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    subtasks = (Subtask(uuid="u1", name="One"), Subtask(uuid="u2", name="Two"))
    orchestrator.decompose_goal(Plan(subtasks=subtasks))
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)

    assert results(orchestrator) == {"One": "done by A0: One", "Two": "done by A0: Two"}
    assert len(begun) == len(set(begun)) == 2
    assert "chief" in begun
