"""The tool for LLM agents: what its seven methods say, and what is said of wrong calls."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from callboard.messages.values import Plan, Subtask
from callboard.runtime.facade import DistributedOrchestrator
from callboard.runtime.gateways.tool import DistributedOrchestrationTool, ToolResponse
from callboard.runtime.gateways.tool.methods import METHODS
from callboard.runtime.runtime import Runtime
from tests.runtime.facade.facades import name_of


class Ann:
    """An agent that can be given work."""

    id = "ann"

    async def communicate(self, message: str) -> str:
        await asyncio.sleep(0)
        return f"done: {message.splitlines()[0]}"


@pytest.fixture
def orchestrator() -> Iterator[DistributedOrchestrator]:
    with DistributedOrchestrator() as orchestrator:
        yield orchestrator


def said(tool: DistributedOrchestrationTool, method: str | None = None, **arguments: Any) -> str:
    response = asyncio.run(tool.execute(method=method, **arguments))
    assert response == ToolResponse(response.message, break_loop=False)
    return response.message


def after(text: str, title: str) -> Any:
    assert text.startswith(title)
    return json.loads(text.removeprefix(title))


def test_a_goal_is_carried_to_its_end(orchestrator: DistributedOrchestrator) -> None:
    ann = Ann()
    tool = DistributedOrchestrationTool(orchestrator, agent=ann)

    registered = "Agent registered successfully with ID: ann\nSkills: ['sql', 'general']"
    assert said(tool, "register_agent", skills="sql,  general,") == registered
    assert orchestrator.registered_agents["ann"].context is ann

    plan = after(
        said(tool, "decompose_goal", goal="analyze sales", context="of May"),
        "Goal decomposed into 3 subtasks:\n\n",
    )
    assert [list(subtask) for subtask in plan] == [
        ["uuid", "name", "description", "priority", "estimated_duration", "required_skills",
         "dependencies", "state"],
    ] * 3  # fmt: skip
    assert (plan[0]["priority"], plan[0]["estimated_duration"], plan[0]["state"]) == (
        "HIGH",
        30,
        "idle",
    )
    assert "of May" in plan[0]["description"]

    assigned = "Task assignment results:\n\n✓ Data Collection -> Agent ann"
    assert said(tool, "assign_tasks") == assigned
    assert said(tool, "assign_tasks").startswith("No tasks could be assigned at this time.")
    assert said(tool, "update_heartbeat") == "Heartbeat updated for agent ann"
    uuid = plan[0]["uuid"]
    assert said(tool, "mark_completed", subtask_uuid=uuid, result="42 rows") == (
        f"Subtask {uuid} marked as completed with result: 42 rows"
    )
    assert said(tool, "assign_tasks").endswith("✓ Data Analysis -> Agent ann")
    assert said(tool, "mark_completed", subtask_uuid=plan[1]["uuid"]).endswith(
        "with result: Task completed successfully"
    )

    status = after(said(tool, "get_status"), "Distributed Orchestration Status:\n\n")
    assert (status["total_subtasks"], status["completed_subtasks"]) == (3, 2)
    assert status["agent_status"]["ann"]["max_load"] == 5
    one = said(tool, "get_status", subtask_uuid=uuid)
    found = after(one, "Subtask Data Collection:\n\n")
    assert (found["status"], found["assigned_agent"], found["result"]) == (
        "completed",
        "ann",
        "42 rows",
    )
    tensor = said(tool, "get_task_tensor")
    assert tensor.startswith(
        "Task Tensor T_task[n_tasks, n_agents, p_levels]:\nShape: (3, 1, 4)\nTensor data:\n"
    )
    assert json.loads(tensor.splitlines()[3])[0] == [[0.0, 1.0, 0.0, 0.0]]
    assert tensor.splitlines()[4:] == [
        f"n_tasks: {json.dumps([subtask['uuid'] for subtask in plan])}",
        'n_agents: ["ann"]',
        'p_levels: ["CRITICAL", "HIGH", "MEDIUM", "LOW"]',
    ]


@pytest.mark.parametrize(
    ("method", "arguments", "complaint"),
    [
        ("decompose_goal", {}, "Goal parameter is required for decomposition"),
        ("decompose_goal", {"goal": ""}, "Goal parameter is required for decomposition"),
        ("decompose_goal", {"goal": ["a"]}, "goal: Expected `str`, got `array`"),
        ("mark_completed", {}, "subtask_uuid parameter is required"),
        ("get_status", {"subtask_uuid": "nothing"}, "unknown subtask 'nothing'"),
        ("get_status", {"subtask_uuid": 7}, "subtask_uuid: Expected `str`, got `int`"),
        ("mark_completed", {"subtask_uuid": "nothing"}, "unknown subtask 'nothing'"),
        ("register_agent", {"skills": [7]}, "skills[0]: Expected `str`, got `int`"),
        ("register_agent", {"skills": ["sql >= many"]}, "sql >= many"),
        ("update_heartbeat", {}, "unknown agent 'ann'"),
        ("dance", {"goal": "g"}, "Unknown orchestration method: dance. There are: register_agent"),
        (None, {}, "Unknown orchestration method: None. There are: register_agent"),
        ("", {}, "Unknown orchestration method: None"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(
    orchestrator: DistributedOrchestrator,
    method: str | None,
    arguments: dict[str, Any],
    complaint: str,
) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")
    assert complaint in said(tool, method, **arguments)


def test_null_says_as_much_as_nothing(orchestrator: DistributedOrchestrator) -> None:
    """Strict function calls name every argument, and give null for those that do not matter."""
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")
    assert said(tool, "register_agent", skills=None).endswith("ID: ann\nSkills: []")
    plan = said(tool, "decompose_goal", goal="an errand", context=None)
    [subtask] = after(plan, "Goal decomposed into 1 subtasks:\n\n")
    assert said(tool, "mark_completed", subtask_uuid=None) == "subtask_uuid parameter is required"
    assert said(tool, "mark_completed", subtask_uuid=subtask["uuid"], result=None).endswith(
        "with result: Task completed successfully"
    )


def test_an_argument_that_a_method_does_not_have_is_told_of(
    orchestrator: DistributedOrchestrator,
) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")
    assert said(tool, "register_agent", skills=["sql"], urgency="high").endswith(
        "(ignored, register_agent has no such parameter: urgency)"
    )
    # Some frameworks want an argument where there is none to give.
    assert said(tool, "assign_tasks", reason="-").startswith("No tasks could be assigned")


def test_the_method_may_come_from_the_constructor(orchestrator: DistributedOrchestrator) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann", method="register_agent")
    assert "ID: ann" in said(tool, skills=["sql"])
    assert "ID: ann" in said(tool, None, skills=["sql"])
    assert said(tool, "update_heartbeat") == "Heartbeat updated for agent ann"


def test_a_tool_of_nobody_is_told_for_whom_it_is() -> None:
    with Runtime() as runtime:
        tool = DistributedOrchestrationTool(runtime)
        assert said(tool, "register_agent", skills=["sql"]) == (
            "agent_id parameter is required for register_agent"
        )
        assert "ID: bob" in said(tool, "register_agent", agent_id="bob", skills=["sql"])
        assert said(tool, "update_heartbeat", agent_id="bob").endswith("agent bob")
        assert list(runtime.agents()) == ["bob"]


def test_a_tool_of_somebody_speaks_for_nobody_else(orchestrator: DistributedOrchestrator) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")
    assert "ID: ann" in said(tool, "register_agent", agent_id="bob")
    assert list(orchestrator.registered_agents) == ["ann"]


def test_who_has_no_id_cannot_register(orchestrator: DistributedOrchestrator) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent=object())
    assert "has no id" in said(tool, "register_agent", skills=["sql"])


def test_what_is_no_runtime_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="a runtime, an orchestrator or None is needed, not int"):
        DistributedOrchestrationTool(7)


def test_a_fault_of_ours_does_not_end_the_agents_loop(
    orchestrator: DistributedOrchestrator, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        async def do(self, *_: Any) -> Any:
            await asyncio.sleep(0)
            raise ZeroDivisionError("secret")

    tool = DistributedOrchestrationTool(Broken(), agent="ann")
    assert said(tool, "get_status") == (
        "get_status failed: something went wrong within Callboard; its log says what"
    )
    del orchestrator, caplog


def test_a_closed_runtime_says_so() -> None:
    runtime = Runtime()
    runtime.close()
    assert "closed" in said(DistributedOrchestrationTool(runtime, agent="ann"), "assign_tasks")


def test_a_function_call_is_carried_out_as_a_model_writes_it(
    orchestrator: DistributedOrchestrator,
) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")

    def called(name: str, arguments: Any) -> str:
        return asyncio.run(tool.call(name, arguments)).message

    assert "ID: ann" in called("register_agent", '{"skills": ["sql"]}')
    assert called("decompose_goal", {"goal": "g", "method": "x"}).startswith("Goal decomposed")
    assert called("assign_tasks", "").startswith("No tasks")
    assert called("get_status", "{").startswith("the arguments are no JSON: ")
    assert called("get_status", "[1]") == "the arguments must be a JSON object"


def test_who_is_refused_is_not_known_as_an_agent(orchestrator: DistributedOrchestrator) -> None:
    orchestrator.runtime.register(name_of, id="ann", skills=["sql"])
    tool = DistributedOrchestrationTool(orchestrator, agent=Ann())
    assert "'ann'" in said(tool, "register_agent", skills=["sql"])
    assert orchestrator.registered_agents.contexts == {}


def test_a_large_tensor_is_told_in_part(orchestrator: DistributedOrchestrator) -> None:
    tool = DistributedOrchestrationTool(orchestrator, agent="ann")
    said(tool, "register_agent", skills=["general"])
    subtasks = tuple(Subtask(uuid=f"u{n}", name="Errand") for n in range(1001))
    orchestrator.decompose_goal(Plan(subtasks=subtasks))
    lines = said(tool, "get_task_tensor").splitlines()
    assert lines[1] == "Shape: (1001, 1, 4)"
    told, _, more = (
        lines[3].removeprefix("all are 0 but [task, agent, level, number]: ").partition("]] ")
    )
    assert json.loads(f"{told}]]") == [[n, 0, 2, 1.0] for n in range(500)]
    assert more == "and 501 more"
    assert lines[4].endswith('"u499"] and 501 more')
    assert lines[5] == 'n_agents: ["ann"]'


def test_a_tool_blocks_no_event_loop(
    orchestrator: DistributedOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever looks at the board, for that may take a while, does so on another thread."""
    tool = DistributedOrchestrationTool(orchestrator, agent=Ann())
    looks: list[str] = []
    read = orchestrator.runtime.hub.read

    def noted(look: Any) -> Any:
        looks.append(threading.current_thread().name)
        return read(look)

    monkeypatch.setattr(orchestrator.runtime.hub, "read", noted)
    said(tool, "register_agent", skills="general")
    said(tool, "decompose_goal", goal="analyze sales")
    said(tool, "assign_tasks")
    for method in ("get_status", "get_task_tensor", "update_heartbeat"):
        said(tool, method)
    assert looks
    assert threading.current_thread().name not in looks


# Schemas


def test_every_method_has_a_schema_that_its_own_arguments_fit() -> None:
    tool = DistributedOrchestrationTool(agent="ann")
    schemas = {schema["function"]["name"]: schema for schema in tool.schemas}

    assert list(schemas) == list(METHODS)
    assert schemas["decompose_goal"] == {
        "type": "function",
        "function": {
            "name": "decompose_goal",
            "description": METHODS["decompose_goal"].about,
            "parameters": {
                "type": "object",
                "properties": {
                    "goal": {
                        "type": "string",
                        "pattern": r"\S",
                        "description": "What is to be done, in words.",
                    },
                    "context": {
                        "type": "string",
                        "default": "",
                        "description": "What else is known.",
                    },
                },
                "required": ["goal"],
                "additionalProperties": False,
            },
        },
    }
    completed = schemas["mark_completed"]["function"]["parameters"]
    assert completed["required"] == ["subtask_uuid"]
    assert completed["properties"]["result"]["default"] == "Task completed successfully"
    asked = schemas["get_status"]["function"]["parameters"]
    assert (list(asked["properties"]), asked["required"]) == (["subtask_uuid"], [])
    assert schemas["update_heartbeat"]["function"]["parameters"]["properties"] == {}
    json.dumps(tool.schemas)


def test_a_tool_of_nobody_asks_for_whom() -> None:
    schemas = {s["function"]["name"]: s["function"] for s in DistributedOrchestrationTool().schemas}
    asked = {name: s["parameters"]["required"] for name, s in schemas.items()}
    assert asked == {
        "register_agent": ["agent_id"],
        "decompose_goal": ["goal"],
        "assign_tasks": [],
        "get_status": [],
        "get_task_tensor": [],
        "mark_completed": ["subtask_uuid"],
        "update_heartbeat": ["agent_id"],
    }


def test_every_argument_is_described() -> None:
    for schema in DistributedOrchestrationTool().schemas:
        for name, found in schema["function"]["parameters"]["properties"].items():
            assert found["description"], name
