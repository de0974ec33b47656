"""Plans that somebody has to approve, over REST."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from callboard import Config, Runtime
from callboard.messages import facts
from callboard.runtime.gateways.security.guard import Guard
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import ScopeName, minted
from tests.asked import Asked
from tests.live import LONG, eventually
from tests.runtime.menders import Handy, clumsy
from tests.runtime.settings import QUICK, helper, with_settings

PLAN = [{"name": "Dig", "uuid": "dig"}, {"name": "Plant", "dependencies": ["Dig"]}]
OTHER = [{"name": "Fill", "required_skills": ["general"], "timeouts": {"run": 5}}]


@pytest.fixture
def goal(runtime: Runtime, door: Asked) -> str:
    """One whose plan waits to be approved."""
    runtime.register(helper)
    made = door.post("/goals", plan=PLAN, approve="plan")["goal"]
    assert (made["status"], made["proposal"], made["total"]) == ("proposed", 1, 0)
    said: str = made["id"]
    return said


def test_a_plan_is_looked_at_and_approved(runtime: Runtime, door: Asked, goal: str) -> None:
    told = door.get(f"/goals/{goal}/plan")
    assert (told["status"], told["number"], told["source"], told["count"]) == (
        "proposed",
        1,
        "caller",
        2,
    )
    assert [one["name"] for one in told["subtasks"]] == ["Dig", "Plant"]
    assert told["approve_until"] > told["since"]
    why = door.get("/subtasks/dig/explain")
    assert "waits to be approved" in why["text"]
    assert why["explanation"]["reasons"][0]["kind"] == "ToBeApproved"

    approved = door.post(f"/goals/{goal}/approve", number=1)["goal"]
    assert approved["status"] in ("running", "completed")
    assert approved["proposal"] == 0
    door.post(f"/goals/{goal}/approve", number=1)  # harmless
    assert list(runtime.goal(goal).result(LONG)) == ["Dig", "Plant"]
    told = door.get(f"/goals/{goal}/plan")
    assert (told["status"], told["number"], told["approve_until"]) == ("adopted", 1, None)


def test_what_is_read_can_be_changed_and_proposed(runtime: Runtime, door: Asked, goal: str) -> None:
    path = f"/goals/{goal}/plan"
    told = door.get(path)
    plan = [*told["subtasks"], *OTHER]
    answer = door.post(path, number=1, plan=plan, compounds=told["compounds"], by="ann")
    assert (answer["number"], answer["goal"]["proposal"]) == (2, 2)
    again = door.get(path)
    assert (again["by"], again["count"]) == ("ann", 3)
    assert again["subtasks"][:2] == told["subtasks"]
    assert again["subtasks"][2]["timeouts"] == {"run": 5.0}

    status, said = door.refused("POST", f"/goals/{goal}/approve", json={"number": 1})
    assert (status, said["kind"]) == (409, "ProposalChanged")
    status, said = door.refused("POST", path, json={"number": 1, "plan": OTHER})
    assert (status, said["kind"]) == (409, "ProposalChanged")
    door.post(f"/goals/{goal}/approve", number=2)
    assert list(runtime.goal(goal).result(LONG)) == ["Dig", "Plant", "Fill"]


def test_a_plan_that_cannot_be_is_refused_where_it_is_handed_in(door: Asked, goal: str) -> None:
    path = f"/goals/{goal}/plan"
    circle = [{"name": "a", "dependencies": ["b"]}, {"name": "b", "dependencies": ["a"]}]
    wrong = [{"name": "a", "priority": "urgent"}]
    assert door.refused("POST", path, json={"number": 1, "plan": circle})[0] == 422
    assert door.refused("POST", path, json={"number": 1, "plan": []})[0] == 422
    status, said = door.refused("POST", path, json={"number": 1, "plan": wrong})
    assert (status, said["field"]) == (400, "subtasks[0].priority")
    assert door.refused("POST", path, json={"plan": OTHER})[0] == 400
    assert door.refused("POST", f"/goals/{goal}/approve", json={"number": 0})[0] == 400
    assert door.get(path)["number"] == 1


def test_a_plan_is_rejected(door: Asked, goal: str) -> None:
    ended = door.post(f"/goals/{goal}/reject", number=1, reason="too deep")["goal"]
    assert ended["status"] == "failed"
    assert ended["problems"][0]["text"] == "its plan was rejected: too deep"
    assert door.get(f"/goals/{goal}/plan")["status"] == "dropped"
    status, said = door.refused("POST", f"/goals/{goal}/approve", json={"number": 1})
    assert (status, said["kind"]) == (409, "GoalAlreadyEnded")
    for what in ("plan", "approve", "reject"):
        body = {"number": 1, "plan": OTHER} if what == "plan" else {"number": 1}
        assert door.refused("POST", f"/goals/none/{what}", json=body)[0] == 404
    assert door.refused("GET", "/goals/none/plan")[0] == 404


def test_what_nobody_has_to_approve_is_told_too(runtime: Runtime, door: Asked) -> None:
    runtime.pause()
    goal = door.post("/goals", plan=PLAN)["goal"]["id"]
    told = door.get(f"/goals/{goal}/plan")
    assert (told["status"], told["number"]) == ("adopted", 0)
    status, said = door.refused("POST", f"/goals/{goal}/approve", json={"number": 1})
    assert (status, said["kind"]) == (409, "NothingProposed")


def test_who_wants_subtasks_at_once_is_told_that_they_wait() -> None:
    with Runtime(with_settings(QUICK, approve="plan")) as runtime, Asked(runtime) as door:
        path = "/orchestration/decompose"
        status, said = door.refused("POST", path, json={"goal": "analyze it"})
        assert (status, said["kind"]) == (409, "AwaitsApproval")
        [listed] = door.get("/goals", state=["proposed"])["goals"]
        assert listed["id"] in said["error"]


def test_a_change_waits_to_be_approved() -> None:
    with Runtime(QUICK, planner=Handy()) as runtime, Asked(runtime) as door:
        runtime.register(clumsy, id="a", skills=["general"], retry=1)
        goal = door.post("/goals", goal="a garden", approve="all")["goal"]["id"]
        eventually(lambda: runtime.goal(goal).record.proposal)
        door.post(f"/goals/{goal}/approve", number=1)
        eventually(lambda: isinstance(runtime.goal(goal).record.proposal, facts.ChangeProposed))

        told = door.get(f"/goals/{goal}/plan")
        assert (told["status"], told["number"], told["count"]) == ("changing", 2, 2)
        change = told["change"]
        assert [one["name"] for one in change["added"]] == ["Borrow"]
        assert (change["rewired"], change["dropped"]) == ({"plant": ["borrow"]}, [])
        assert (change["source"], change["reason"]) == ("handy", "no spade")
        listed = door.get("/goals", state=["proposed"])["goals"]
        assert [(one["id"], one["proposal"]) for one in listed] == [(goal, 2)]
        assert "change of its plan" in door.get("/subtasks/plant/explain")["text"]
        status, said = door.refused(
            "POST", f"/goals/{goal}/plan", json={"number": 2, "plan": OTHER}
        )
        assert (status, said["kind"]) == (409, "NothingProposed")

        door.post(f"/goals/{goal}/approve", number=2)
        assert runtime.goal(goal).result(LONG)["Plant"] == "Plant is done"
        told = door.get(f"/goals/{goal}/plan")
        assert (told["status"], told["number"], told["change"]) == ("adopted", 2, None)


@pytest.fixture
def config() -> Config:
    return QUICK


def test_operators_decide_and_the_name_of_their_token_is_recorded(
    runtime: Runtime, tmp_path: Path
) -> None:
    store = TokenStore(tmp_path / "tokens.json")

    def key(name: str, scope: ScopeName) -> dict[str, str]:
        text, token = minted(name=name, scope=scope, now=time.time())
        store.add(token)
        return {"Authorization": f"Bearer {text}"}

    boss, robot, ann = key("boss", "operator"), key("robot", "agent"), key("ann", "reader")
    goal = runtime.submit(
        [{"name": "Dig"}],
        approve="plan",
    ).id
    said = {"number": 1, "by": "somebody else"}
    with Asked(runtime, Guard(store)) as door:
        for who in (robot, ann):
            assert door.ask("GET", f"/goals/{goal}/plan", headers=who).status_code == 200
            for what in ("approve", "reject", "plan"):
                body = {**said, "plan": OTHER} if what == "plan" else said
                path = f"/goals/{goal}/{what}"
                assert door.refused("POST", path, json=body, headers=who)[0] == 403
        path = f"/goals/{goal}/approve"
        assert door.ask("POST", path, json=said, headers=boss).status_code == 200
    [adopted] = [f for f in runtime.journal.replay() if isinstance(f, facts.PlanAdopted)]
    assert adopted.by == "boss"
