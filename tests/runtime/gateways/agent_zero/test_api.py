"""The endpoints in an Agent Zero: of the plugin, and of a legacy tree at their old paths."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import pytest

from callboard.runtime.facade import DistributedOrchestrator
from tests.runtime.facade.facades import eventually
from tests.runtime.gateways.agent_zero.planting import STAMP, Tree, last, respond, use

HEADERS = {"X-CSRF-Token": STAMP}


class Site(NamedTuple):
    """Where the endpoints are."""

    app: Any
    prefix: str

    def ask(self, verb: str, method: str = "POST", **more: Any) -> tuple[int, Any]:
        response = self.app.ask(method, f"{self.prefix}/{verb}", headers=HEADERS, **more)
        assert response.mimetype == "application/json"
        return response.status_code, response.json


@pytest.fixture
def site(tree: Tree) -> Site:
    plugin = "/api/plugins/distributed_orchestration"
    return Site(tree.app(), plugin if tree.layout == "current" else "/orchestration")


def test_the_eight_endpoints_carry_a_goal_to_its_end(
    site: Site, tree: Tree, orchestrator: DistributedOrchestrator
) -> None:
    tree.script(lambda agent: respond(f"done: {last(agent)['user_message'].splitlines()[0]}"))
    tree.context("ann")

    asked = {"context_id": "ann", "skills": ["general"]}
    registered = {"success": True, "agent_id": "ann", "skills": ["general"]}
    assert site.ask("register", json=asked) == (200, registered)
    status, plan = site.ask("decompose", json={"goal": "analyze sales", "context": "of May"})
    assert (status, plan["success"], plan["count"]) == (200, True, 3)
    assert [(one["name"], one["priority"], one["state"]) for one in plan["subtasks"]] == [
        ("Data Collection", "HIGH", "idle"),
        ("Data Analysis", "HIGH", "idle"),
        ("Report Generation", "MEDIUM", "idle"),
    ]
    status, assigned = site.ask("assign")
    assert (status, assigned["count"]) == (200, 1)
    assert list(assigned["assignments"][0]) == [
        "subtask_uuid",
        "subtask_name",
        "agent_id",
        "assigned_at",
    ]
    eventually(lambda: orchestrator.runtime.status()["completed_subtasks"] == 3, 30)
    status, found = site.ask("status", "GET")
    assert (status, found["status"]["completed_subtasks"]) == (200, 3)
    assert site.ask("status", json={}) == (status, found)  # as the web interface asks
    status, tensor = site.ask("tensor", "GET")
    assert (status, tensor["tensor_shape"]) == (200, [3, 1, 4])
    beaten = {"success": True, "message": "Heartbeat updated for agent ann"}
    assert site.ask("heartbeat", json={"agent_id": "ann"}) == (200, beaten)
    gone = {"success": True, "message": "Agent ann unregistered successfully"}
    assert site.ask("unregister", json={"agent_id": "ann"}) == (200, gone)
    assert orchestrator.registered_agents.contexts == {}


def test_a_completion_needs_no_result(site: Site, orchestrator: DistributedOrchestrator) -> None:
    [subtask] = orchestrator.decompose_goal("an errand")
    done = {"success": True, "message": f"Subtask {subtask.uuid} marked as completed"}
    assert site.ask("complete", json={"subtask_uuid": subtask.uuid}) == (200, done)
    assert subtask.result == "Task completed successfully"


@pytest.mark.parametrize(
    ("verb", "given", "status", "error"),
    [
        ("register", {}, 400, "context_id is required"),
        ("register", {"context_id": ""}, 400, "context_id is required"),
        ("register", {"context_id": "nobody"}, 404, "Agent context nobody not found"),
        ("decompose", {}, 400, "goal is required"),
        ("decompose", {"goal": 7}, 400, "goal: Expected `str`, got `int`"),
        ("complete", {}, 400, "subtask_uuid is required"),
        ("complete", {"subtask_uuid": "u"}, 404, "unknown subtask 'u'"),
        ("heartbeat", {}, 400, "agent_id is required"),
        ("heartbeat", {"agent_id": "nobody"}, 404, "unknown agent 'nobody'"),
        ("unregister", {"agent_id": "nobody"}, 404, "unknown agent 'nobody'"),
        ("unregister", {"agent_id": "a", "loudly": True}, 400, "loudly is no field"),
    ],
)
def test_what_is_wrong_is_said(
    site: Site, verb: str, given: dict[str, Any], status: int, error: str
) -> None:
    found, answer = site.ask(verb, json=given)
    assert found == status
    assert error in answer["error"]
    assert "Traceback" not in str(answer)


def test_a_body_that_is_no_object_is_refused(site: Site) -> None:
    told = {"error": "body must be a JSON object", "kind": "MalformedRequest"}
    status, answer = site.ask("decompose", json=["analyze sales"])
    assert (status, {**answer, **told}) == (400, answer)
    if not site.prefix.startswith("/api"):  # a legacy tree's other way to say the same
        status, answer = Site(site.app, "").ask("orchestration", json=["decompose"])
        assert (status, answer["error"][:18]) == (400, "action is required")


@pytest.mark.parametrize("layout", ["legacy"])
def test_a_body_that_is_nested_too_deeply_is_refused(site: Site) -> None:
    status, answer = site.ask("decompose", body="[" * 100_000)
    assert (status, answer["error"]) == (400, "body is nested too deeply")


def test_a_body_that_is_no_json_lacks_all(site: Site) -> None:
    status, answer = site.ask("decompose", body="{")
    assert (status, answer["error"]) == (400, "goal is required")


def test_without_the_package_the_host_works_and_says_what_is_missing(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever uninstalls it, or installs it elsewhere, still has an Agent Zero."""
    for module in ("door", "legacy_api"):
        monkeypatch.setitem(sys.modules, f"callboard.runtime.gateways.agent_zero.{module}", None)
    steps = iter([use("distributed_orchestration:get_status", reason="-")])
    tree.script(lambda agent: next(steps, None) or respond(last(agent, "tool")["tool_result"]))
    told = tree.tell(tree.context("ann"), "how do things stand?").result_sync(30)
    assert told.startswith("callboard must be installed where Agent Zero runs: ")
    tree.load("agent").AgentContext.remove("ann")

    prefix = "/api/plugins/distributed_orchestration/status" if tree.layout == "current" else ""
    answer = tree.app().ask("POST", prefix or "/orchestration", headers=HEADERS, json={})
    assert answer.status_code == 503
    assert answer.json["error"].startswith("callboard must be installed where Agent Zero runs: ")


@pytest.mark.parametrize("layout", ["current"])
def test_a_method_that_an_endpoint_does_not_take_is_refused(site: Site) -> None:
    site.ask("status")
    assert site.ask("decompose", "PUT", json={"goal": "g"})[0] == 405
    assert site.ask("status", "DELETE")[0] == 405


def test_a_forged_request_is_refused(site: Site) -> None:
    response = site.app.ask("POST", f"{site.prefix}/decompose", json={"goal": "g"})
    assert response.status_code == 403


@pytest.mark.parametrize("layout", ["legacy"])
def test_a_legacy_tree_with_a_login_wants_it(site: Site, tree: Tree) -> None:
    class Said(NamedTuple):
        username: str
        password: str

    values = tree.load("helpers.dotenv").values
    values.update({"AUTH_LOGIN": "ann", "AUTH_PASSWORD": "secret"})
    for said, status in [
        (None, 401),
        (Said("ann", "guess"), 401),
        (Said("bob", "secret"), 401),
        (Said("ann", "secret"), 200),
    ]:
        found, _ = site.ask("status", "GET", authorization=said)
        assert found == status


@pytest.mark.parametrize("layout", ["legacy"])
def test_a_legacy_tree_has_all_verbs_at_one_endpoint_too(site: Site) -> None:
    one = Site(site.app, "")
    status, answer = one.ask("orchestration", json={"action": "decompose", "goal": "an errand"})
    assert (status, answer["count"]) == (200, 1)
    assert one.ask("orchestration", json={"action": "status"})[0] == 200
    status, answer = one.ask("orchestration", json={"goal": "an errand"})
    assert (status, answer["error"][:32]) == (400, "action is required: one of regis")
