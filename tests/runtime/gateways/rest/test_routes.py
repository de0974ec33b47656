"""What all routes have in common: how they read, refuse, and whom they let in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from callboard import Runtime
from callboard.messages.errors.requests import WrongMethod
from callboard.runtime.gateways.operations.orchestration import Heartbeat
from callboard.runtime.gateways.rest.app import build
from tests.asked import Asked

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from callboard.runtime.gateways.operations.operation import AnyOperation, Request


def test_a_path_that_is_not_there_is_told_in_json(door: Asked) -> None:
    assert door.refused("GET", "/nowhere") == (
        404,
        {
            "error": "there is nothing at /nowhere; /docs and /openapi.json say what there is",
            "kind": "UnknownPath",
        },
    )


def test_a_stroke_too_many_leads_nowhere(door: Asked) -> None:
    answer = door.ask("GET", "/goals/")

    assert (answer.status_code, answer.json()["kind"]) == (404, "UnknownPath")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_told_what_is_allowed(door: Asked, method: str) -> None:
    answer = door.ask(method, "/orchestration/heartbeat")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["kind"] == "WrongMethod"


def test_where_one_can_look_one_can_also_ask_for_the_headers(door: Asked) -> None:
    assert door.ask("HEAD", "/orchestration/status").status_code == 200
    assert door.ask("POST", "/orchestration/status").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "MalformedRequest"),
        (b"[]", "MalformedRequest"),
        (b"\xff", "MalformedRequest"),
        (b'{"agent_id": "\\ud800"}', "MalformedRequest"),
        (b"[" * 100_000, "MalformedRequest"),
        (b'{"agent_id": NaN}', "MalformedRequest"),
    ],
)
def test_a_body_that_cannot_be_read_is_the_callers_fault(
    door: Asked, body: bytes, kind: str
) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    path = "/orchestration/heartbeat"
    code, refusal = door.refused("POST", path, content=body, headers=headers)

    assert (code, refusal["kind"]) == (400, kind)


def test_a_body_that_does_not_say_that_it_is_json_is_not_read(door: Asked) -> None:
    # A page in a browser can send text anywhere, but not JSON.
    headers = {"content-type": "text/plain"}
    path = "/orchestration/heartbeat"
    code, refusal = door.refused("POST", path, content=b"{}", headers=headers)

    assert (code, refusal["error"]) == (415, "a body is application/json, not text/plain")


def test_a_body_beyond_the_limit_is_not_read_to_its_end(door: Asked) -> None:
    headers = {"content-type": "application/json"}
    body = b" " * (16 * 1024 * 1024 + 1)
    path = "/orchestration/heartbeat"
    code, refusal = door.refused("POST", path, content=body, headers=headers)

    assert (code, refusal["kind"]) == (413, "MessageTooLarge")


def test_whoever_leaves_before_the_body_is_there_is_no_fault_of_ours(
    runtime: Runtime,
) -> None:
    path = "/orchestration/heartbeat"
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [],
        "query_string": b"",
    }
    came: list[Any] = [
        {"type": "http.request", "body": b'{"agent', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return came.pop(0)

    async def send(message: Any) -> None:
        pass

    with capture_logs() as lines:
        asyncio.run(build(runtime)(scope, receive, send))

    assert (lines, came) == ([], [])


def test_what_nobody_foresaw_is_told_without_its_secrets(
    door: Asked, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        message = "the password is 1234"
        raise KeyError(message)

    monkeypatch.setattr(runtime, "status", fail)

    assert door.refused("GET", "/orchestration/status") == (
        500,
        {
            "error": "something went wrong within Callboard; its log says what",
            "kind": "InternalError",
        },
    )


def test_a_closed_runtime_is_told_of(door: Asked, runtime: Runtime) -> None:
    runtime.close()

    answer = door.ask("POST", "/orchestration/assign")

    assert (answer.status_code, answer.json()["kind"]) == (503, "RuntimeClosed")
    assert answer.headers["retry-after"] == "1"


class Doorkeeper:
    """Lets nobody in without a word, and lets ann speak for herself only."""

    async def admit(self, connection: HTTPConnection, operation: AnyOperation) -> object:
        if "word" not in connection.headers:
            raise WrongMethod(operation.method, operation.path, ["a word"])
        return connection.headers["word"]

    def permit(
        self, who: object, operation: AnyOperation, asked: Request, runtime: Runtime
    ) -> None:
        assert isinstance(asked, Heartbeat)
        if getattr(asked, operation.agent) != who:
            raise WrongMethod(operation.method, runtime.__class__.__name__, ["ann"])

    def name_of(self, who: object) -> str:
        return str(who)

    def admit_agent(self, connection: HTTPConnection, agent: str) -> object:
        raise WrongMethod("GET", connection.url.path, [agent])


def test_a_guard_is_asked_before_the_body_is_read_and_after(runtime: Runtime) -> None:
    path, headers = "/orchestration/heartbeat", {"word": "ann"}
    with Asked(runtime, Doorkeeper()) as door:
        assert door.refused("POST", path, content=b"{")[0] == 405
        assert door.refused("POST", path, json={"agent_id": "bob"}, headers=headers)[0] == 405
        assert door.refused("POST", path, json={"agent_id": "ann"}, headers=headers)[0] == 404


@pytest.mark.parametrize("method", ["PROPFIND", "BREW", "DELETE"])
def test_a_method_that_nobody_knows_is_not_allowed_either(door: Asked, method: str) -> None:
    answer = door.ask(method, "/orchestration/status")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
