"""The contract's eight endpoints, one by one and together."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from callboard import Runtime
from tests.asked import Asked
from tests.runtime.settings import helper

PLANNED = {
    "uuid",
    "name",
    "description",
    "priority",
    "estimated_duration",
    "required_skills",
    "dependencies",
    "state",
    "created_at",
}


def decompose(door: Asked, goal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.post("/orchestration/decompose", goal=goal)["subtasks"]
    return found


def test_an_agent_registers_and_its_skills_are_told(door: Asked) -> None:
    answer = door.post("/orchestration/register", context_id="ann", skills=["qa", "sql >= 2"])

    assert answer == {"agent_id": "ann", "skills": ["qa", "sql >= 2"]}


def test_who_registers_again_keeps_its_load_and_gets_new_skills(door: Asked) -> None:
    door.post("/orchestration/register", context_id="ann", skills=["general"])
    decompose(door, "tidy up")
    door.post("/orchestration/assign")

    door.post("/orchestration/register", context_id="ann", skills=["qa"])

    figures = door.get("/orchestration/status")["status"]["agent_status"]["ann"]
    assert (figures["current_load"], figures["max_load"], figures["skills"]) == (1, 5, ["qa"])


def test_a_goal_becomes_the_subtasks_of_the_contract(door: Asked) -> None:
    answer = door.post("/orchestration/decompose", goal="Analyze sales", context="Q4")

    collection, analysis, report = answer["subtasks"]
    assert answer["count"] == 3
    assert collection.keys() == PLANNED
    assert [s["name"] for s in answer["subtasks"]] == [
        "Data Collection",
        "Data Analysis",
        "Report Generation",
    ]
    assert (analysis["priority"], analysis["estimated_duration"], analysis["state"]) == (
        "HIGH",
        60,
        "idle",
    )
    assert report["dependencies"] == [analysis["uuid"]]
    assert report["required_skills"] == ["report_writing"]
    assert dt.datetime.fromisoformat(report["created_at"]).tzinfo is not None


def test_work_goes_its_way_from_assignment_to_completion(door: Asked) -> None:
    door.post("/orchestration/register", context_id="ann", skills=["general"])
    collection, analysis, _ = decompose(door, "analyze sales")

    [first] = door.post("/orchestration/assign")["assignments"]
    assert {k: first[k] for k in ("subtask_uuid", "subtask_name", "agent_id")} == {
        "subtask_uuid": collection["uuid"],
        "subtask_name": "Data Collection",
        "agent_id": "ann",
    }
    assert door.post("/orchestration/assign") == {"assignments": [], "count": 0}

    done = {"subtask_uuid": collection["uuid"], "result": {"rows": 3}}
    assert "message" in door.post("/orchestration/complete", **done)
    assert "message" in door.post("/orchestration/complete", **done)

    status = door.get("/orchestration/status")["status"]
    assert status["completed_subtasks"] == 1
    assert status["task_tensor_shape"] == [3, 1, 4]
    [second] = door.post("/orchestration/assign")["assignments"]
    assert second["subtask_uuid"] == analysis["uuid"]


def test_the_tensor_is_nested_lists(door: Asked) -> None:
    door.post("/orchestration/register", context_id="ann", skills=["general"])
    decompose(door, "tidy up")

    assert door.get("/orchestration/tensor") == {
        "tensor_shape": [1, 1, 4],
        "tensor_data": [[[0.0, 0.0, 1.0, 0.0]]],
    }


def test_without_agents_the_tensor_has_no_columns(door: Asked) -> None:
    decompose(door, "tidy up")

    assert door.get("/orchestration/tensor") == {"tensor_shape": [1, 0, 4], "tensor_data": [[]]}


def test_an_agent_gives_signs_of_life_and_goes(door: Asked, runtime: Runtime) -> None:
    door.post("/orchestration/register", context_id="ann")
    assert "ann" in door.post("/orchestration/heartbeat", agent_id="ann", cpu=0.5)["message"]
    assert runtime.agents()["ann"].cpu == 0.5
    assert "ann" in door.post("/orchestration/unregister", agent_id="ann")["message"]
    assert "ann" not in runtime.agents()


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("register", {}, 400, "context_id is required"),
        ("register", {"context_id": " "}, 400, "' ' has no id: an agent's id is a non-empty text"),
        ("register", {"context_id": "a", "skills": "sql"}, 400, None),
        ("decompose", {}, 400, "goal is required"),
        ("decompose", {"goal": 5}, 400, "goal: Expected `str`, got `int`"),
        ("decompose", {"goal": " "}, 400, None),
        ("decompose", {"goal": "x", "contxt": ""}, 400, "contxt is no field of this request"),
        ("decompose", {"goal": "x" * 200_000}, 413, None),
        ("complete", {"result": 1}, 400, "subtask_uuid is required"),
        ("complete", {"subtask_uuid": "s"}, 400, "result is required"),
        ("complete", {"subtask_uuid": "s", "result": 1}, 404, "unknown subtask 's'"),
        ("heartbeat", {}, 400, "agent_id is required"),
        ("heartbeat", {"agent_id": "x"}, 404, "unknown agent 'x'"),
        ("heartbeat", {"agent_id": "x", "cpu": 2}, 400, None),
        ("unregister", {"agent_id": "x"}, 404, "unknown agent 'x'"),
        ("assign", {"all": True}, 400, "all is no field of this request"),
    ],
)
def test_what_is_wrong_is_named(
    door: Asked, path: str, body: dict[str, Any], status: int, error: str | None
) -> None:
    code, refusal = door.refused("POST", f"/orchestration/{path}", json=body)

    assert code == status
    assert error in (None, refusal["error"])


def test_an_agent_that_runs_its_work_itself_is_not_replaced(door: Asked, runtime: Runtime) -> None:
    runtime.register(helper, id="ann")

    assert door.refused("POST", "/orchestration/register", json={"context_id": "ann"}) == (
        409,
        {"error": "the agent id 'ann' is taken", "kind": "AgentIdTaken"},
    )


def test_what_waits_or_has_ended_otherwise_is_not_completed(door: Asked) -> None:
    collection, analysis, _ = decompose(door, "analyze sales")
    blocked = {"subtask_uuid": analysis["uuid"], "result": 1}
    code, refusal = door.refused("POST", "/orchestration/complete", json=blocked)
    assert (code, refusal["kind"]) == (409, "Blocked")
    assert collection["name"] in refusal["error"]

    door.post("/orchestration/complete", subtask_uuid=collection["uuid"], result=1)
    other = {"subtask_uuid": collection["uuid"], "result": 2}
    code, refusal = door.refused("POST", "/orchestration/complete", json=other)
    assert (code, refusal["kind"]) == (409, "AlreadyEnded")
