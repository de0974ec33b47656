"""What the server says of itself is what it serves."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from callboard import Runtime, subtask
from callboard.runtime.gateways.operations.table import TABLE
from callboard.runtime.gateways.rest.page import page
from callboard.runtime.gateways.security.guard import PUBLIC, Guard
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import minted
from tests.asked import Asked
from tests.tooling.project import ROOT


@pytest.fixture
def api(door: Asked) -> dict[str, Any]:
    answer = door.ask("GET", "/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api["paths"].items():
        for method in ("get", "post"):
            if method in item:
                yield path, method, item[method]


def test_it_is_openapi_and_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(api).validate()

    for ref in set(re.findall(r'"#/([^"]+)"', json.dumps(api))):
        found: Any = api
        for part in ref.split("/"):
            found = found[part]


def test_each_operation_is_there_once_under_its_own_name(api: dict[str, Any]) -> None:
    told = {operation["operationId"]: (m, path) for path, m, operation in operations(api)}

    assert len(told) == len(list(operations(api)))
    assert {o.name: (o.method.lower(), o.path) for o in TABLE}.items() <= told.items()
    assert set(told) - {o.name for o in TABLE} == {
        "enter",
        "next_assignments",
        "renew",
        "say_progress",
        "complete_lease",
        "fail_lease",
        "say_stopped",
        "quit",
        "follow_events",
        "show_metrics",
        "show_openapi",
        "show_docs",
    }


def test_all_that_is_served_is_described(door: Asked, api: dict[str, Any]) -> None:
    served = {route.path for route in door.app.routes}  # type: ignore[attr-defined]

    assert set(api["paths"]) == served


def test_every_field_of_a_request_has_words_and_every_structure_a_plain_name(
    api: dict[str, Any],
) -> None:
    silent = [
        f"{operation['operationId']}: {one['name']}"
        for _, _, operation in operations(api)
        for one in operation["parameters"]
        if not one["description"]
    ]
    for _, _, operation in operations(api):
        if "requestBody" not in operation:
            continue
        ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = api["components"]["schemas"][ref.rpartition("/")[2]]
        silent += [n for n, field in schema["properties"].items() if not field.get("description")]

    assert silent == []
    assert [name for name in api["components"]["schemas"] if not name.isalnum()] == []


def test_a_request_that_has_parts_is_told_part_by_part(api: dict[str, Any]) -> None:
    pause = api["paths"]["/goals/{goal_id}/pause"]["post"]
    schemas = api["components"]["schemas"]

    assert [(one["in"], one["name"], one["required"]) for one in pause["parameters"]] == [
        ("path", "goal_id", True)
    ]
    assert pause["requestBody"]["required"] is False
    assert schemas["PauseGoal"]["properties"].keys() == {"reason", "interrupt"}
    assert schemas["PauseGoal"]["additionalProperties"] is False
    assert "requestBody" not in api["paths"]["/goals/{goal_id}/resume"]["post"]


def test_what_is_answered_is_there_also_where_it_has_a_default(api: dict[str, Any]) -> None:
    assert api["components"]["schemas"]["OneGoal"]["required"] == ["success", "goal"]
    assert api["components"]["schemas"]["Refusal"]["required"] == ["error", "kind"]


def test_a_refusal_says_when_to_come_again(api: dict[str, Any]) -> None:
    refusal = api["components"]["responses"]["Refused503"]

    assert list(refusal["headers"]) == ["Retry-After"]
    assert list(refusal["content"]) == ["application/json"]


def test_the_page_runs_nothing_but_its_own_and_talks_to_nobody_else(door: Asked) -> None:
    answer = door.ask("GET", "/docs")

    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert re.sub(r"'sha256-[A-Za-z0-9+/]{43}='", "HASH", policy) == (
        "default-src 'none'; style-src HASH; script-src HASH; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "{{" not in answer.text
    assert re.findall(r"(?:src|href)=\"(?!openapi\.json|data:,)", answer.text) == []
    assert re.findall(r"https?://", answer.text) == []
    assert "innerHTML" not in answer.text


def test_the_files_of_the_page_are_part_of_the_package() -> None:
    packaged = (ROOT / "setup.cfg").read_text("utf-8")

    assert "callboard.runtime.gateways.rest = *.css, *.html, *.js" in packaged
    assert page() is page()


def test_description_and_page_are_for_those_without_a_token_too(
    runtime: Runtime, tmp_path: Path
) -> None:
    store = TokenStore(tmp_path / "tokens.json")
    store.add(minted(name="ann", scope="reader", now=0.0)[1])

    with Asked(runtime, Guard(store)) as door:
        assert [door.ask("GET", path).status_code for path in ("/openapi.json", "/docs")] == [
            200,
            200,
        ]
        told = door.ask("GET", "/openapi.json").json()
        assert door.ask("GET", "/goals").status_code == 401

    unguarded = {
        path for path, _, operation in operations(told) if operation.get("security") == [{}]
    }
    assert unguarded == PUBLIC


def test_a_plan_in_a_request_may_say_all_that_a_plan_may_say(api: dict[str, Any]) -> None:
    told = api["components"]["schemas"]["PlanSubtask"]["properties"]

    assert list(told) == list(inspect.signature(subtask).parameters)
    assert [name for name, one in told.items() if not one["description"]] == []
