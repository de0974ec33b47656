"""Agents that ask for work over HTTP, with a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from callboard.messages.errors.endings import GoalFailed
from tests.runtime.gateways.link.peer import LONG, Peer

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime


class Asking:
    """One agent that asks.

    Attributes:
        life: As it was answered.
    """

    def __init__(self, url: str, agent: str = "ann") -> None:
        self.http = httpx.Client(base_url=f"{url}/agents/{agent}", timeout=LONG)
        self.life = ""

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.http.post(path, json=body)

    def enter(self, **body: object) -> dict[str, Any]:
        answer = self.post("/register", **body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.life = found["life"]
        return found

    def ask(self, *held: str, wait: float = LONG) -> dict[str, Any]:
        asked: dict[str, str | float] = {
            "life": self.life,
            "held": ",".join(held),
            "wait": wait,
        }
        answer = self.http.get("/assignments", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def given(self, *held: str) -> dict[str, Any]:
        while True:
            assignments = self.ask(*held)["assignments"]
            if assignments:
                (one,) = assignments
                found: dict[str, Any] = one
                return found


@pytest.fixture
def ann(url: str) -> Iterator[Asking]:
    asking = Asking(url)
    with asking.http:
        yield asking


def test_an_agent_that_asks_does_a_goal(runtime: Runtime, ann: Asking) -> None:
    entered = ann.enter(skills=["sql >= 2"], max_load=2)
    assert entered["agent_id"] == "ann"
    goal = runtime.submit([{"name": "a", "data": {"x": 1}}, {"name": "b", "dependencies": ["a"]}])
    first = ann.given()
    assert (first["name"], first["data"]) == ("a", {"x": 1})
    said = ann.post("/progress", token=first["token"], fraction=0.5, checkpoint=[1])
    assert said.json() == {"success": True, "stop": []}
    beat = ann.post("/heartbeat", life=ann.life, held=[first["token"]])
    assert beat.json() == {"success": True, "stop": []}
    assert ann.post("/complete", token=first["token"], result=[1]).json() == {"success": True}
    second = ann.given()
    assert [one["result"] for one in second["inputs"]] == [[1]]
    assert ann.post("/complete", token=second["token"], result="b").status_code == 200
    assert dict(goal.result(LONG)) == {"a": [1], "b": "b"}


def test_a_failure_is_one(runtime: Runtime, ann: Asking) -> None:
    ann.enter()
    goal = runtime.submit([{"name": "a"}])
    one = ann.given()
    failed = ann.post("/fail", token=one["token"], error="ValueError", text="no", lasting=True)
    assert failed.status_code == 200
    with pytest.raises(GoalFailed, match="no"):
        goal.result(LONG)


def test_what_is_said_twice_counts_once(runtime: Runtime, ann: Asking) -> None:
    ann.enter()
    goal = runtime.submit([{"name": "a"}])
    one = ann.given()
    with ThreadPoolExecutor(4) as pool:
        said = [pool.submit(ann.post, "/complete", token=one["token"], result=n) for n in range(4)]
        answers = [each.result(LONG) for each in said]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert goal.result(LONG)["a"] in range(4)


def test_an_answer_that_was_lost_is_given_again(runtime: Runtime, ann: Asking) -> None:
    ann.enter(max_load=2)
    goal = runtime.submit([{"name": "a"}])
    first = ann.given()
    assert ann.given() == first  # it says that it has nothing
    other = runtime.submit([{"name": "b"}])
    second = ann.given(first["token"])  # it says that it has the first one
    assert second["name"] == "b"
    for one in (first, second):
        ann.post("/complete", token=one["token"])
    assert dict(goal.result(LONG)) == {"a": None}
    assert dict(other.result(LONG)) == {"b": None}


def test_a_cancelled_attempt_is_to_be_stopped(runtime: Runtime, ann: Asking) -> None:
    ann.enter()
    goal = runtime.submit([{"name": "a"}])
    one = ann.given()
    goal.cancel("enough")
    (halt,) = ann.ask(one["token"])["stop"]
    assert halt["token"] == one["token"]
    (again,) = ann.post("/heartbeat", life=ann.life, held=[one["token"]]).json()["stop"]
    assert again["token"] == one["token"]
    assert ann.post("/stopped", token=one["token"]).status_code == 200
    late = ann.post("/complete", token=one["token"])
    assert late.status_code == 200  # it was told already how it ended


def test_a_completion_of_what_was_to_be_stopped_does_not_count(
    runtime: Runtime, ann: Asking
) -> None:
    ann.enter()
    goal = runtime.submit([{"name": "a"}])
    one = ann.given()
    goal.cancel("enough")
    ann.ask(one["token"])
    late = ann.post("/complete", token=one["token"])
    assert (late.status_code, late.json()["kind"]) == (409, "LeaseRefused")


def test_a_lease_of_nobody_is_refused(ann: Asking) -> None:
    ann.enter()
    for path in ("complete", "stopped", "progress"):
        answer = ann.post(f"/{path}", token="1.1.77")  # noqa: S106 - of a lease
        assert (answer.status_code, answer.json()["kind"]) == (409, "LeaseRefused")


def test_who_did_not_register_is_told_to(ann: Asking) -> None:
    for answer in (
        ann.http.get("/assignments", params={"life": "x"}),
        ann.post("/heartbeat", life="x"),
        ann.post("/complete", token="1.1.1"),  # noqa: S106 - of a lease
        ann.post("/unregister", life="x"),
    ):
        assert (answer.status_code, answer.json()["kind"]) == (404, "NotLinked")


def test_another_program_may_not_be_an_agent_that_is_there(ann: Asking) -> None:
    first = ann.enter()["life"]
    assert ann.post("/register", life="another").json()["kind"] == "LinkTaken"
    assert ann.enter(life=first)["resumed"]
    assert not ann.enter(life="another", replace=True)["resumed"]
    assert ann.post("/heartbeat", life=first).json()["kind"] == "NotLinked"


def test_a_link_by_socket_is_none_that_asks(url: str, ann: Asking) -> None:
    with Peer(url, "ann") as peer:
        peer.join()
        assert ann.post("/heartbeat", life=peer.life).json()["kind"] == "NotLinked"


def test_who_quits_is_gone(runtime: Runtime, ann: Asking) -> None:
    ann.enter()
    assert ann.post("/unregister", life=ann.life).json() == {"success": True}
    gone = threading.Event()
    while "ann" in runtime.agents():
        gone.wait(0.01)


def test_who_drains_is_told_when_it_is_over(runtime: Runtime, ann: Asking) -> None:
    ann.enter()
    goal = runtime.submit([{"name": "a"}])
    one = ann.given()
    ann.post("/unregister", life=ann.life, drain=True, seconds=LONG)
    asked: list[dict[str, Any]] = []
    asker = threading.Thread(target=lambda: asked.append(ann.ask(one["token"])))
    asker.start()
    assert ann.post("/complete", token=one["token"], result=7).status_code == 200
    asker.join(LONG)
    assert asked[0]["left"]
    assert dict(goal.result(LONG)) == {"a": 7}


def test_an_offer_that_is_named_twice_is_refused_and_named(ann: Asking) -> None:
    twice = [{"resource": "gpu", "amount": 1.0}, {"resource": "gpu", "amount": 2.0}]
    answer = ann.post("/register", offers=twice)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "offers.gpu must be stated only once, not 'gpu'",
        "kind": "InvalidOption",
        "field": "offers.gpu",
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", {"max_load": 0}),
        ("register", {"skills": [""]}),
        ("register", {"timeouts": {"queue": 1.0}}),
        ("register", {"life": "x" * 500}),
        ("heartbeat", {"cpu": 7.0}),
        ("complete", {}),
    ],
)
def test_what_makes_no_sense_is_refused(ann: Asking, path: str, body: dict[str, Any]) -> None:
    if path == "heartbeat":
        ann.enter()
        body["life"] = ann.life
    assert ann.post(f"/{path}", **body).status_code == 400
