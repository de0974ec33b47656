"""A server with tokens: who is let in, for what, and until when."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.routing import Route
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from callboard import Runtime
from callboard.messages.values import Agent
from callboard.runtime.gateways.operations.operation import AnyOperation, Scope
from callboard.runtime.gateways.operations.table import TABLE
from callboard.runtime.gateways.rest.app import build
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.server import Server
from callboard.runtime.gateways.security.guard import PREFIX, PUBLIC
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import ScopeName, minted
from tests.knocking import Hall
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK


class Keys(NamedTuple):
    """Tokens, and where they are kept."""

    store: TokenStore
    reader: str
    robot: str
    anybody: str
    operator: str


def key(store: TokenStore, name: str, scope: ScopeName, *agents: str) -> str:
    text, token = minted(name=name, scope=scope, now=time.time(), agents=agents)
    store.add(token)
    return text


def keys_in(folder: Path) -> Keys:
    store = TokenStore(folder / "tokens.json")
    return Keys(
        store,
        key(store, "ann", "reader"),
        key(store, "robot", "agent", "r1", "r2", "r3"),
        key(store, "any", "agent"),
        key(store, "boss", "operator"),
    )


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    with Runtime(QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return keys_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(runtime: Runtime, keys: Keys) -> Iterator[Server]:
    with runtime.serve(port=0, tokens=keys.store.path, limits=Limits(guesses=1000)) as made:
        yield made


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=LONG) as made:
        yield made


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def asked(client: httpx.Client, operation: AnyOperation, token: str) -> int:
    """The status of a request that is right in nothing but its place."""
    path = re.sub(r"\{\w+\}", "nobody", operation.path)
    answer = client.request(operation.method, path, headers=bearing(token))
    return answer.status_code


@pytest.mark.parametrize("operation", TABLE, ids=lambda o: o.name)
def test_every_operation_is_for_its_scope_and_those_above(
    client: httpx.Client, keys: Keys, operation: AnyOperation, runtime: Runtime
) -> None:
    public = operation.path in PUBLIC
    stranger = asked(client, operation, "")
    assert (stranger == 401) is not public
    for token, scope in (
        (keys.reader, Scope.READER),
        (keys.anybody, Scope.AGENT),
        (keys.operator, Scope.OPERATOR),
    ):
        let_in = public or scope >= operation.scope
        assert (asked(client, operation, token) not in {401, 403}) is let_in
    runtime.resume()  # what the operator has held up


def test_nothing_that_is_served_is_open_to_strangers_but_what_is_public(
    client: httpx.Client, runtime: Runtime
) -> None:
    """Whatever has a path, in the table or not."""
    paths = {route.path for route in build(runtime).routes if isinstance(route, Route)}
    asked = {path: re.sub(r"\{\w+\}", "nobody", path) for path in paths}
    for method in ("GET", "POST", "OPTIONS"):
        found = {path: client.request(method, at).status_code for path, at in asked.items()}

        assert {path for path, status in found.items() if status != 401} == paths & PUBLIC
    assert client.get("/nowhere").status_code == 401


def test_a_token_of_agents_is_no_other_agent_at_the_doors_for_agents(
    client: httpx.Client, keys: Keys, server: Server
) -> None:
    def status(method: str, path: str, agent: str) -> int:
        at = f"/agents/{agent}/{path}"
        return client.request(method, at, headers=bearing(keys.robot), json={}).status_code

    doors = [("POST", name) for name in ("register", "heartbeat", "complete", "fail", "unregister")]
    assert {status(*door, "somebody") for door in doors} <= {400, 403}
    assert status("POST", "register", "somebody") == 403
    assert status("GET", "assignments", "somebody") in {400, 403}
    assert status("POST", "register", "r3") in {200, 400, 409}

    hello = {"type": "hello", "worker": {"id": "somebody"}, "life": "1", "protocol": 1}
    address = server.url.replace("http", "ws") + "/agents/link"
    with connect(address, additional_headers=bearing(keys.robot)) as ours:
        ours.send(json.dumps(hello))
        said: list[str] = []
        with pytest.raises(ConnectionClosedError, match="1008"):
            said.extend(str(ours.recv(LONG)) for _ in range(100))
    assert "welcome" not in "".join(said)


@pytest.mark.parametrize("operation", TABLE, ids=lambda o: o.name)
def test_what_an_agent_may_ask_says_whose_business_it_is(operation: AnyOperation) -> None:
    """Otherwise nobody could tell whether a token that is bound to agents may ask it."""
    if operation.scope is Scope.AGENT:
        names = set(operation.request.__struct_fields__)
        assert operation.agent or names & {"subtask_uuid", "subtask_id"}


def test_a_token_of_agents_speaks_for_them_and_for_no_others(
    client: httpx.Client, keys: Keys
) -> None:
    def register(agent: str) -> httpx.Response:
        body = {"context_id": agent, "skills": ["general"]}
        return client.post("/orchestration/register", json=body, headers=bearing(keys.robot))

    assert [register(agent).status_code for agent in ("r1", "r2")] == [200, 200]
    refused = register("somebody")
    assert (refused.status_code, refused.json()["kind"]) == (403, "NotAllowed")
    assert "'r1', 'r2'" in refused.json()["error"]


def test_a_token_of_agents_completes_what_they_hold_and_nothing_else(
    client: httpx.Client, keys: Keys, runtime: Runtime
) -> None:
    def post(path: str, token: str, **body: Any) -> httpx.Response:
        return client.post(f"/orchestration/{path}", json=body, headers=bearing(token))

    def complete(subtask: str) -> int:
        return post("complete", keys.robot, subtask_uuid=subtask, result="done").status_code

    mine = runtime.submit([{"name": "Mine", "required_skills": ["mining"]}])
    other = runtime.submit([{"name": "Other", "required_skills": ["other"]}])
    post("register", keys.robot, context_id="r1", skills=["mining"])
    post("register", keys.operator, context_id="o1", skills=["other"])
    eventually(lambda: mine.subtasks and other.subtasks)
    runtime.health(LONG)  # what is shown, the scheduler knows by then
    [held], [foreign] = mine.subtasks, other.subtasks
    unassigned = complete(held.subtask.uuid)
    assert post("assign", keys.robot).status_code == 403
    assert post("assign", keys.operator).json()["count"] == 2

    assert unassigned == 403
    assert complete(foreign.subtask.uuid) == 403
    assert complete("00000000-0000-0000-0000-000000000000") == 404
    assert complete(held.subtask.uuid) == 200
    assert complete(held.subtask.uuid) == 200  # once more: the answer may have been lost


@pytest.mark.parametrize(
    "shown",
    ["Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "Bearer cb_000000000000_" + 43 * "A", "\xe9"],
)
def test_what_is_no_token_is_refused_and_says_nothing_of_why(
    client: httpx.Client, shown: str
) -> None:
    answer = client.get("/orchestration/status", headers={b"authorization": shown.encode("latin1")})

    assert (answer.status_code, answer.json()["kind"]) == (401, "NotLetIn")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_that_is_revoked_is_refused_from_the_next_request_on(
    client: httpx.Client, keys: Keys
) -> None:
    token = key(keys.store, "gone", "reader")
    before = client.get("/orchestration/status", headers=bearing(token)).status_code
    keys.store.revoke("gone", time.time())
    after = client.get("/orchestration/status", headers=bearing(token)).status_code

    assert (before, after) == (200, 401)


def test_a_file_of_tokens_that_is_spoilt_lets_nobody_in_until_it_is_mended(
    runtime: Runtime, tmp_path: Path
) -> None:
    keys = keys_in(tmp_path)
    good = keys.store.path.read_bytes()
    with runtime.serve(port=0, tokens=keys.store.path) as server:

        def status() -> int:
            url = f"{server.url}/orchestration/status"
            return httpx.get(url, headers=bearing(keys.reader), timeout=LONG).status_code

        keys.store.path.write_bytes(b"{")
        spoilt = status()
        keys.store.path.write_bytes(good)

        assert (spoilt, status()) == (503, 200)


@pytest.fixture
def guarded(runtime: Runtime, tmp_path: Path) -> Iterator[tuple[Server, Hall, Keys]]:
    """A server of a small application, with tokens of its own."""
    app, keys = Hall(), keys_in(tmp_path)
    with Server(runtime, port=0, tokens=keys.store, app=app) as server:
        try:
            yield server, app, keys
        finally:
            app.open.set()


def test_streams_and_sockets_of_a_token_that_is_revoked_end(
    guarded: tuple[Server, Hall, Keys],
) -> None:
    server, app, keys = guarded
    address = server.url.replace("http", "ws") + "/socket"
    ours = connect(address, additional_headers=bearing(keys.reader))
    with (
        ours,
        httpx.stream(
            "GET", f"{server.url}/stream", headers=bearing(keys.reader), timeout=LONG
        ) as stream,
    ):
        app.saw("streams")
        app.saw("accepted")
        keys.store.revoke("ann", time.time())

        with pytest.raises(ConnectionClosedError, match="1008"):
            ours.recv(LONG)
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in stream.iter_raw():
                pass
    app.saw("stream over")
    app.saw("socket over")


def test_a_websocket_may_show_its_token_as_a_subprotocol(
    guarded: tuple[Server, Hall, Keys], caplog: pytest.LogCaptureFixture
) -> None:
    server, app, keys = guarded
    address = server.url.replace("http", "ws") + "/socket"

    with pytest.raises(InvalidStatus, match="401"):
        connect(address)
    with connect(address, additional_headers={"sec-websocket-protocol": PREFIX + keys.reader}):
        app.saw("accepted")
    server.stop()
    assert [line.message for line in caplog.records if line.name == "callboard.server"] == []


def test_a_token_that_asks_too_often_waits_and_others_do_not(runtime: Runtime, keys: Keys) -> None:
    limits = Limits(rate=0.001, burst=2)
    with Server(runtime, port=0, tokens=keys.store, app=Hall(), limits=limits) as server:

        def ask(token: str) -> httpx.Response:
            return httpx.get(server.url, headers=bearing(token), timeout=LONG)

        ours = [ask(keys.reader) for _ in range(3)]
        theirs = ask(keys.robot)

    assert [answer.status_code for answer in (*ours, theirs)] == [200, 200, 429, 200]
    assert int(ours[-1].headers["retry-after"]) > 0
    assert ours[-1].json()["kind"] == "TooFast"


def test_whoever_guesses_tokens_is_slowed_down_and_a_right_one_is_let_in(
    runtime: Runtime, keys: Keys
) -> None:
    with Server(runtime, port=0, tokens=keys.store, app=Hall(), limits=Limits(guesses=2)) as server:

        def ask(token: str) -> int:
            return httpx.get(server.url, headers=bearing(token), timeout=LONG).status_code

        guesses = [ask("hunter2") for _ in range(3)]

        assert (guesses, ask(""), ask(keys.reader)) == ([401, 401, 429], 401, 200)


def test_a_flood_of_one_token_does_not_hold_up_another(runtime: Runtime, keys: Keys) -> None:
    limits = Limits(rate=20.0, burst=5)
    over = threading.Event()
    with Server(runtime, port=0, tokens=keys.store, app=Hall(), limits=limits) as server:

        def flood() -> None:
            with httpx.Client(headers=bearing(keys.robot), timeout=LONG) as client:
                while not over.is_set():
                    client.get(server.url)

        threads = [threading.Thread(target=flood) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            with httpx.Client(headers=bearing(keys.reader), timeout=LONG) as client:
                statuses = [client.get(server.url).status_code for _ in range(5)]
        finally:
            over.set()
            for thread in threads:
                thread.join(LONG)

    assert statuses == [200] * 5


def test_an_agent_that_is_registered_elsewhere_is_not_anybodys(
    runtime: Runtime, keys: Keys, client: httpx.Client
) -> None:
    runtime.register_remote(Agent(id="theirs", skills=(), max_load=1, pull=True))

    answer = client.post(
        "/orchestration/heartbeat", json={"agent_id": "theirs"}, headers=bearing(keys.robot)
    )

    assert answer.status_code == 403
