"""Contexts as live agents, in trees of both layouts, with a model that goes by a script."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from callboard.messages.errors import CallTimedOut
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.gateways.agent_zero import live
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.living import (
    PATIENCE,
    TOOL,
    Stuck,
    finished,
    results,
    said,
    worker,
)
from tests.runtime.gateways.agent_zero.planting import Tree, last, respond, use

# A goal to its end


def test_a_model_carries_a_goal_to_its_end(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    chief = tree.context("chief")
    steps = iter(
        [
            use(f"{TOOL}:register_agent", skills=["general"]),
            use(TOOL, method="decompose_goal", goal="analyze sales", context="of May"),
            use(TOOL, method="assign_tasks"),
        ]
    )

    async def script(agent: Any) -> str:
        if agent.context is not chief:
            return worker(agent)
        step = next(steps, None)
        if step is not None:
            return step
        await asyncio.sleep(0.01)  # as a model that thinks
        told: str = last(agent, "tool")["tool_result"]
        if told.startswith("Subtask Report Generation:"):
            return respond(told)
        if '"completed_subtasks": 3' not in told:
            return use(TOOL, method="get_status")
        report = list(orchestrator.runtime.hub.board.subtasks)[-1]
        return use(TOOL, method="get_status", subtask_uuid=report)

    tree.script(script)
    report = tree.tell(chief, "find out how sales went").result_sync(PATIENCE)

    assert '"result": "done by A0: Report Generation"' in report
    assert results(orchestrator) == {
        "Data Collection": "done by A0: Data Collection",
        "Data Analysis": "done by A0: Data Analysis",
        "Report Generation": "done by A0: Report Generation",
    }
    context_ids = list(tree.load("agent").AgentContext._contexts)
    eventually(lambda: list(tree.load("agent").AgentContext._contexts) == ["chief"], PATIENCE)
    assert "chief" in context_ids


def test_what_a_subtask_depends_on_is_told_to_who_does_it(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    told: list[dict[str, Any]] = []

    def script(agent: Any) -> str:
        told.append(last(agent))
        return worker(agent)

    tree.script(script)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="analyze sales")
    assert said(chief, "assign_tasks") == (
        "Task assignment results:\n\n✓ Data Collection -> Agent chief"
    )
    eventually(lambda: finished(orchestrator), PATIENCE)

    assert [one["user_message"].splitlines()[0] for one in told] == [
        "Data Collection",
        "Data Analysis",
        "Report Generation",
    ]
    assert "Result of Data Collection:\ndone by A0: Data Collection" in told[1]["user_message"]
    assert "subtask of a larger goal" in told[0]["system_message"][0]


def test_nothing_runs_until_somebody_asks_for_assignments(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    asked = tree.load("models").asked
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    orchestrator.runtime.health()

    assert asked == []
    [(subtask, agent)] = orchestrator.assign_subtasks()  # the facade's own word runs nothing
    assert (agent, subtask.state.value, asked) == ("chief", "running", [])


def test_who_is_known_by_an_id_alone_gets_nothing_unasked(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills=["data_collection"])
    orchestrator.register_agent("elsewhere", ["data_analysis", "report_writing"])
    said(chief, "decompose_goal", goal="analyze sales")
    said(chief, "assign_tasks")
    subtasks = orchestrator.runtime.hub.board.subtasks
    eventually(
        lambda: [r.status.value for r in subtasks.values()] == ["completed", "ready", "pending"],
        PATIENCE,
    )
    orchestrator.runtime.health()
    assert orchestrator.registered_agents["elsewhere"].current_load == 0
    assert said(chief, "assign_tasks").endswith("✓ Data Analysis -> Agent elsewhere")


# The loop that all contexts share


def test_nothing_blocks_the_loop_that_all_contexts_share(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody may look at the board, all that is asked waits, and nobody else does."""
    looks: list[str] = []
    read = orchestrator.runtime.hub.read

    def noted(look: Callable[[Any], Any]) -> Any:
        looks.append(threading.current_thread().name)
        return read(look)

    monkeypatch.setattr(orchestrator.runtime.hub, "read", noted)
    [subtask] = orchestrator.decompose_goal("an errand")
    asked: dict[str, dict[str, Any]] = {
        "register_agent": {"skills": "general"},
        "decompose_goal": {"goal": "another one"},
        "assign_tasks": {"reason": "-"},
        "get_status": {"reason": "-"},
        "get_task_tensor": {"reason": "-"},
        "mark_completed": {"subtask_uuid": subtask.uuid},
        "update_heartbeat": {"reason": "-"},
    }
    begun: set[str] = set()

    async def script(agent: Any) -> str:
        name = agent.context.id
        if name in asked and name not in begun:
            begun.add(name)
            return use(f"{TOOL}:{name}", **asked[name])
        if name == "free":
            while len(begun) < len(asked):  # noqa: ASYNC110 - set anew by each of them
                await asyncio.sleep(0.001)
            tree.load("agent").AgentContext.remove("registered")
            for _ in range(100):  # by now each of them is within Callboard
                await asyncio.sleep(0.001)
        return respond("done")

    tree.script(script)
    for name in ("registered", *asked):
        said(tree.context(name), "register_agent", skills="sql")
    held, let_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        let_go.wait(PATIENCE)

    holder = threading.Thread(target=orchestrator.runtime.hub.read, args=(hold,))
    holder.start()
    assert held.wait(PATIENCE)
    try:
        busy = [tree.tell(tree.load("agent").AgentContext.get(name), "go on") for name in asked]
        assert tree.tell(tree.context("free"), "go on").result_sync(PATIENCE) == "done"
        assert [task.is_alive() for task in busy] == [True] * len(asked)
    finally:
        let_go.set()
        holder.join()
    assert [task.result_sync(PATIENCE) for task in busy] == ["done"] * len(asked)
    if tree.layout == "current":
        eventually(lambda: "registered" not in orchestrator.registered_agents, PATIENCE)
    assert looks
    assert "AgentContext" not in looks


# Signs of life, and the end


def test_a_context_at_work_gives_signs_of_life(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    before = orchestrator.registered_agents["chief"].last_heartbeat
    tree.tell(chief, "hello").result_sync(PATIENCE)
    eventually(lambda: orchestrator.registered_agents["chief"].last_heartbeat > before, PATIENCE)


def test_a_context_that_is_removed_is_no_agent_any_more(
    tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    stuck = Stuck()
    tree.script(stuck.__call__)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="an errand")
    said(chief, "assign_tasks")
    eventually(lambda: len(stuck.begun) == 1, PATIENCE)
    tree.load("agent").AgentContext.remove("chief")

    if tree.layout == "legacy":  # there it is seen at the next look
        [contexts] = live.all_live()
        contexts.look_after_all()
    eventually(lambda: "chief" not in orchestrator.registered_agents, PATIENCE)
    eventually(lambda: stuck.ended == stuck.begun, PATIENCE)
    [record] = orchestrator.runtime.hub.board.subtasks.values()
    assert record.status.value == "ready"


def test_what_could_not_be_handed_out_is_tried_again(
    tree: Tree, orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "AGAIN", 0.01)
    assign, failures = orchestrator.runtime.assign, iter([CallTimedOut("assign", 1.0)] * 3)

    def assign_at_last() -> Any:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return assign()

    monkeypatch.setattr(orchestrator.runtime, "assign", assign_at_last)
    tree.script(worker)
    chief = tree.context("chief")
    said(chief, "register_agent", skills="general")
    said(chief, "decompose_goal", goal="analyze sales")
    said(chief, "assign_tasks")
    eventually(lambda: finished(orchestrator), PATIENCE)
    assert len(results(orchestrator)) == 3
