"""Goals, subtasks, agents and the whole over REST, as far as they can be asked."""

from __future__ import annotations

import threading

import pytest

from callboard import Runtime, Task
from callboard.messages.errors import KeyReused
from tests.asked import Asked
from tests.live import LONG, eventually
from tests.runtime.settings import helper

PLAN = [{"name": "Collect"}, {"name": "Tell", "dependencies": ["Collect"], "priority": "LOW"}]


@pytest.fixture
def held(runtime: Runtime) -> threading.Event:
    """An agent that does nothing until this is set."""
    go = threading.Event()

    def wait(task: Task) -> str:
        go.wait(LONG)
        return f"did {task.name}"

    runtime.register(wait, id="waiter", skills=["general"])
    return go


def test_a_goal_is_handed_in_and_its_results_are_waited_for(runtime: Runtime, door: Asked) -> None:
    runtime.register(helper)
    goal = door.post("/goals", goal="tidy up", context="the hall", key="k")["goal"]
    again = door.post("/goals", goal="tidy up", context="the hall", key="k")["goal"]
    ended = door.get(f"/goals/{goal['id']}/result", wait=LONG)

    assert again["id"] == goal["id"]
    assert (goal["text"], goal["context"], goal["key"]) == ("tidy up", "the hall", "k")
    assert ended["done"] is True
    assert ended["goal"]["counts"] == {"completed": 1}
    assert ended["results"] == {"Goal Execution": "did Goal Execution"}


def test_a_plan_is_handed_in_and_looked_at(runtime: Runtime, door: Asked) -> None:
    goal = door.post("/goals", plan=PLAN, priority="HIGH", deadline=600)["goal"]
    seen = door.get(f"/goals/{goal['id']}")

    assert [s["name"] for s in seen["subtasks"]] == ["Collect", "Tell"]
    assert seen["goal"]["text"] == "Collect, Tell"
    assert seen["goal"]["priority"] == "HIGH"
    first, last = seen["subtasks"]
    assert last["dependencies"] == [first["uuid"]]
    eventually(lambda: runtime.hub.subtask(first["uuid"]).status == "ready")
    assert door.get(f"/subtasks/{first['uuid']}")["subtask"]["state"] == "idle"


def test_goals_are_listed_by_pages(door: Asked) -> None:
    ids = [door.post("/goals", goal=f"tidy up {n}")["goal"]["id"] for n in range(3)]
    first = door.get("/goals", limit=2, text="TIDY")
    rest = door.get("/goals", limit=2, after=first["next"])

    assert [g["id"] for g in first["goals"] + rest["goals"]] == ids[::-1]
    assert (first["count"], rest["count"], rest["next"]) == (2, 1, "")
    assert door.get("/goals", state=["completed", "failed"])["goals"] == []
    for wrong in ({"limit": 0}, {"limit": 10**6}, {"after": "there"}, {"state": "asleep"}):
        assert door.refused("GET", "/goals", params=wrong)[0] == 400


def test_a_goal_is_paused_resumed_drained_and_cancelled(
    held: threading.Event, runtime: Runtime, door: Asked
) -> None:
    goal = door.post("/goals", plan=PLAN)["goal"]["id"]
    eventually(lambda: runtime.goal(goal).subtasks[0].status == "running")

    assert door.post(f"/goals/{goal}/pause", reason="lunch")["goal"]["paused"] is True
    assert door.post(f"/goals/{goal}/resume")["goal"]["paused"] is False
    door.post(f"/goals/{goal}/drain")
    door.post(f"/goals/{goal}/cancel", reason="not needed")
    held.set()
    ended = door.get(f"/goals/{goal}/result", wait=LONG)
    assert (ended["done"], ended["goal"]["status"]) == (True, "cancelled")
    door.post(f"/goals/{goal}/cancel")  # harmless
    assert door.refused("POST", f"/goals/{goal}/pause", json={})[0] == 409


def test_a_subtask_is_explained_held_up_and_cancelled(
    held: threading.Event, runtime: Runtime, door: Asked
) -> None:
    goal = door.post("/goals", plan=PLAN)["goal"]["id"]
    eventually(lambda: runtime.goal(goal).subtasks[0].status == "running")
    first, last = (s.subtask.uuid for s in runtime.goal(goal).subtasks)

    why = door.get(f"/subtasks/{last}/explain")
    assert why["text"].startswith("'Tell' is pending\n")
    assert why["explanation"]["reasons"][0]["text"] in why["text"]
    assert door.post(f"/subtasks/{last}/pause")["subtask"]["paused"] is True
    assert door.post(f"/subtasks/{last}/resume")["subtask"]["paused"] is False
    status, told = door.refused("POST", f"/subtasks/{last}/requeue", json={})
    assert (status, told["kind"]) == (409, "NotParked")
    assert door.post(f"/subtasks/{last}/cancel")["subtask"]["status"] == "cancelled"
    door.post(f"/subtasks/{first}/drain")
    held.set()
    door.get(f"/goals/{goal}/result", wait=LONG)
    status, told = door.refused("POST", f"/subtasks/{first}/requeue", json={})
    assert (status, told["kind"]) == (409, "AlreadyEnded")
    told = door.get(f"/subtasks/{first}/story")
    assert told["events"][-1]["result"] == "did Collect"
    assert told["count"] == len(told["events"])
    assert "Traceback" not in str(told)


def test_agents_are_listed_paused_and_drained(runtime: Runtime, door: Asked) -> None:
    runtime.register(helper)

    (agent,) = door.get("/agents")["agents"]
    assert (agent["id"], agent["skills"], agent["current_load"]) == ("helper", ["general"], 0)
    assert door.post("/agents/helper/pause", reason="lunch")["agent"]["paused"] is True
    assert door.post("/agents/helper/resume")["agent"]["paused"] is False
    assert "helper" in door.post("/agents/helper/drain")["message"]
    assert door.get("/agents")["count"] == 0


def test_everything_is_paused_resumed_and_drained(door: Asked) -> None:
    door.post("/runtime/pause", reason="fire drill")
    assert door.get("/status")["status"]["paused"] is True
    door.post("/runtime/resume")
    assert door.get("/status")["status"]["paused"] is False
    assert door.post("/runtime/drain") == {"goals": []}
    assert door.refused("POST", "/goals", json={"goal": "too late"})[0] == 503
    door.post("/runtime/resume")
    door.post("/goals", goal="in time")


def test_the_tensor_has_labels_and_only_what_is_not_0(runtime: Runtime, door: Asked) -> None:
    runtime.register(helper)
    goal = door.post("/goals", goal="tidy up")["goal"]["id"]
    door.get(f"/goals/{goal}/result", wait=LONG)

    tensor = door.get("/tensor")
    assert (tensor["shape"], tensor["agents"]) == ([1, 1, 4], ["helper"])
    assert (tensor["coords"], tensor["data"]) == ([[0], [0], [2]], [1.0])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/goals/x"),
        ("GET", "/goals/x/result"),
        ("POST", "/goals/x/cancel"),
        ("POST", "/goals/x/pause"),
        ("POST", "/goals/x/resume"),
        ("POST", "/goals/x/drain"),
        ("GET", "/subtasks/x"),
        ("GET", "/subtasks/x/story"),
        ("GET", "/subtasks/x/explain"),
        ("POST", "/subtasks/x/requeue"),
        ("POST", "/subtasks/x/cancel"),
        ("GET", "/agents/x"),
        ("POST", "/agents/x/pause"),
        ("POST", "/agents/x/resume"),
        ("POST", "/agents/x/drain"),
    ],
)
def test_what_nobody_knows_is_not_found(method: str, path: str, door: Asked) -> None:
    status, said = door.refused(method, path, **({"json": {}} if method == "POST" else {}))

    assert status == 404
    assert "'x'" in said["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"goal": " "}, 400),
        ({"goal": "x", "priority": "urgent"}, 400),
        ({"goal": "x", "deadline": -1}, 400),
        ({"goal": "x", "planning": "by lot"}, 400),
        ({"goal": "x", "repairs": -1}, 400),
        ({"goal": "x", "budget": {"usd": "much"}}, 400),
        ({"plan": []}, 422),
        ({"plan": [{"name": "A", "dependencies": ["B"]}]}, 422),
        ({"plan": [{"nome": "A"}]}, 400),
        ({"goal": "x", "wait": True}, 400),
    ],
)
def test_what_cannot_be_a_goal_is_refused(
    body: dict[str, object], status: int, door: Asked
) -> None:
    assert door.refused("POST", "/goals", json=body)[0] == status


@pytest.mark.parametrize("path", ["/goals", "/orchestration/decompose"])
def test_a_key_that_comes_again_with_something_else_is_refused(door: Asked, path: str) -> None:
    headers = {"Idempotency-Key": "k7"}
    first = door.ask("POST", path, json={"goal": "tidy up"}, headers=headers)
    again = door.ask("POST", path, json={"goal": "tidy up"}, headers=headers)
    code, refusal = door.refused("POST", path, json={"goal": "mess up"}, headers=headers)

    goal = door.get("/goals", key="k7")["goals"][0]["id"]
    assert (first.status_code, again.status_code) == (200, 200)
    assert (code, refusal["kind"]) == (422, "KeyReused")
    assert (
        refusal["error"] == f"the idempotency key 'k7' was used for another request (goal {goal})"
    )
    assert door.get("/goals")["count"] == 1


def test_a_key_says_the_same_in_header_and_body(door: Asked) -> None:
    headers = {"Idempotency-Key": "k7"}
    body = {"goal": "tidy up", "key": "k8"}
    code, refusal = door.refused("POST", "/goals", json=body, headers=headers)

    assert (code, refusal["field"]) == (400, "key")


def test_python_may_give_a_key_without_saying_what_it_stands_for(runtime: Runtime) -> None:
    first = runtime.submit("tidy up", key="k7")

    assert runtime.submit("mess up", key="k7").id == first.id
    assert runtime.submit("mess up", key="k7", digest="d").id == first.id
    other = runtime.submit("tidy up", key="k8", digest="d")
    with pytest.raises(KeyReused) as found:
        runtime.submit("tidy up", key="k8", digest="e")
    assert (found.value.key, found.value.goal) == ("k8", other.id)


def test_a_deadline_may_be_later_than_any_calendar_goes(door: Asked) -> None:
    goal = door.post("/goals", plan=PLAN, deadline=1e300)["goal"]

    assert goal["deadline"] == "9999-12-30T00:00:00.000000+00:00"
    assert door.get("/goals")["goals"] == [door.get(f"/goals/{goal['id']}")["goal"]]
