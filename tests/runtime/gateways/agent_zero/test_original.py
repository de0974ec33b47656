"""What the original's own tests and demo do, by the files of a legacy tree."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from callboard.messages.errors import UnknownSubtask
from tests.runtime.gateways.agent_zero.planting import DOUBLE, Tree, respond

pytestmark = pytest.mark.parametrize("layout", ["legacy"])


@pytest.fixture
def helper(tree: Tree) -> Any:
    return tree.load("helpers.distributed_orchestrator")


def test_the_helper_has_the_names_of_old(helper: Any) -> None:
    assert helper.get_orchestrator() is helper.get_orchestrator()
    assert isinstance(helper.get_orchestrator(), helper.DistributedOrchestrator)
    assert [(p.name, p.value) for p in helper.TaskPriority] == [
        ("CRITICAL", 0),
        ("HIGH", 1),
        ("MEDIUM", 2),
        ("LOW", 3),
    ]


def test_agents_goals_and_tensor_as_in_its_demo(helper: Any, tree: Tree) -> None:
    orchestrator = helper.get_orchestrator()
    for name, skills in [
        ("analyst", ["data_collection", "data_analysis", "statistics"]),
        ("developer", ["coding", "testing", "design", "planning"]),
        ("writer", ["report_writing", "communication"]),
    ]:
        assert orchestrator.register_agent(tree.context(name), skills) == name
        capability = orchestrator._registered_agents[name]
        assert isinstance(capability, helper.AgentCapability)
        assert capability.skills == set(skills)
        assert (capability.current_load, capability.max_load) == (0, 5)

    analysis = orchestrator.decompose_goal("Analyze customer data and create report")
    development = orchestrator.decompose_goal("Develop a web application")
    generic = orchestrator.decompose_goal("Do something")
    assert [len(plan) for plan in (analysis, development, generic)] == [3, 4, 1]
    assert all(isinstance(subtask, helper.AtomicSubtask) for subtask in analysis)
    assert analysis[0].priority == helper.TaskPriority.HIGH
    assert analysis[1].dependencies == [analysis[0].uuid]
    assert orchestrator.get_task_tensor().shape == (8, 3, 4)

    assert orchestrator._can_execute_subtask(analysis[0])
    assert not orchestrator._can_execute_subtask(analysis[1])
    assigned = {s.name: agent for s, agent in orchestrator.assign_subtasks()}
    assert assigned == {
        "Data Collection": "analyst",
        "Requirements Analysis": "developer",
        "Goal Execution": "developer",  # planning stands in for what is general
    }
    assert analysis[0].state.value == "running"
    orchestrator.mark_subtask_completed(analysis[0].uuid, "collected")
    assert analysis[0].state.value == "idle"
    assert analysis[0].completed_at is not None
    assert orchestrator._can_execute_subtask(analysis[1])

    status = orchestrator.get_orchestration_status()
    assert (status["total_subtasks"], status["registered_agents"]) == (8, 3)
    assert tuple(status["task_tensor_shape"]) == (8, 3, 4)
    orchestrator.update_agent_heartbeat("analyst")
    orchestrator.unregister_agent("developer")
    assert development[0].assigned_agent_id is None


def test_loads_can_be_set_and_are_minded(helper: Any, tree: Tree) -> None:
    orchestrator = helper.DistributedOrchestrator()
    try:
        for name in ("busy", "free"):
            orchestrator.register_agent(tree.context(name), ["general"])
        orchestrator._registered_agents["busy"].current_load = 4
        orchestrator._registered_agents["free"].max_load = 2
        [errand] = orchestrator.decompose_goal("an errand")
        assert orchestrator.assign_subtasks() == [(errand, "free")]
    finally:
        orchestrator.close()


def test_a_subtask_is_executed_on_a_context(helper: Any, tree: Tree) -> None:
    tree.script(lambda _: respond("it is done"))
    orchestrator = helper.get_orchestrator()
    orchestrator.register_agent(tree.context("ann"), ["general"])
    orchestrator.decompose_goal("an errand")
    [(subtask, agent)] = orchestrator.assign_subtasks()
    answer = asyncio.run(orchestrator.execute_subtask_on_agent(subtask, agent, timeout=30))
    assert answer == "it is done"


@pytest.mark.parametrize("by_constructor", [True, False])
def test_the_tool_takes_its_method_either_way(tree: Tree, *, by_constructor: bool) -> None:
    tools = tree.load("python.tools.distributed_orchestration")
    agent = tree.context("ann").agent0

    def said(method: str, **arguments: Any) -> Any:
        tool = tools.DistributedOrchestrationTool(
            agent=agent,
            name="distributed_orchestration",
            method=method if by_constructor else None,
            args={},
            message="",
        )
        given = arguments if by_constructor else {"method": method, **arguments}
        return asyncio.run(tool.execute(**given))

    response = said("register_agent", skills="coding, testing")
    assert response.message == (
        "Agent registered successfully with ID: ann\nSkills: ['coding', 'testing']"
    )
    assert response.break_loop is False
    assert said("decompose_goal").message == "Goal parameter is required for decomposition"
    assert said("decompose_goal", goal="an errand").message.startswith(
        "Goal decomposed into 1 subtasks:\n\n["
    )
    assert said("assign_tasks").message.startswith("No tasks could be assigned at this time.")
    assert said("get_status").message.startswith("Distributed Orchestration Status:\n\n{")
    assert said("get_task_tensor").message.startswith(
        "Task Tensor T_task[n_tasks, n_agents, p_levels]:\nShape: (1, 1, 4)"
    )
    assert said("mark_completed").message == "subtask_uuid parameter is required"
    assert said("update_heartbeat").message == "Heartbeat updated for agent ann"
    assert said("dance").message.startswith("Unknown orchestration method: dance")


def test_subtasks_and_capabilities_can_be_made_by_hand(helper: Any, tree: Tree) -> None:
    subtask = helper.AtomicSubtask(name="Test", required_skills=["data_analysis"])
    assert (subtask.state.value, subtask.priority, subtask.dependencies) == (
        "idle",
        helper.TaskPriority.MEDIUM,
        [],
    )
    assert subtask.uuid != helper.AtomicSubtask().uuid
    assert not isinstance("text", helper.AtomicSubtask)
    capability = helper.AgentCapability(
        agent_id="ann", agent_context=None, skills={"statistics", "sql"}
    )
    assert capability.can_handle_task(subtask)
    capability.current_load = capability.max_load
    assert not capability.can_handle_task(subtask)
    orchestrator = helper.get_orchestrator()
    for name, skills in [("ann", ["statistics"]), ("bob", ["coding"]), ("eve", ["general"])]:
        orchestrator.register_agent(tree.context(name), skills)
    agents = orchestrator._registered_agents
    assert [name for name in agents if agents[name].can_handle_task(subtask)] == ["ann", "eve"]
    [errand] = orchestrator.decompose_goal("an errand")
    after = helper.AtomicSubtask(name="After", dependencies=[errand.uuid])
    assert orchestrator._can_execute_subtask(subtask)
    assert not orchestrator._can_execute_subtask(after)
    orchestrator.mark_subtask_completed(errand.uuid, "done")
    assert orchestrator._can_execute_subtask(after)
    after.dependencies.append("nothing")
    with pytest.raises(UnknownSubtask, match="nothing"):
        orchestrator._can_execute_subtask(after)


def test_scripts_of_old_run_to_their_end(tree: Tree) -> None:
    """As they were: by path and by name, with mocks, on event loops, and nothing closed."""
    script = tree.path / "checks/test_orchestration.py"
    script.parent.mkdir()
    script.write_text((DOUBLE / "original.py.txt").read_text(encoding="utf-8"), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-B", str(script)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()
    assert said[0].endswith(" Data Collection HIGH -> a")
    assert said[1:] == [
        "refused: unknown agent 'nobody'",
        "Agent registered successfully with ID: mock",
        "Goal decomposed into 4 subtasks:",
        "Distributed Orchestration Status:",
        "Task Tensor T_task[n_tasks, n_agents, p_levels]:",
        "ALL PASSED",
    ]
