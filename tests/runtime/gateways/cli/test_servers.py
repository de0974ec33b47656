"""A client and a real server: a socket between them, tokens, events as they happen."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from callboard import Runtime
from callboard.messages.errors import ServerUnreachable, TokenRefused
from callboard.messages.facts import Fact, GoalCompleted
from callboard.runtime.gateways.cli.client import Client
from callboard.runtime.gateways.security.store import TokenStore
from callboard.runtime.gateways.security.tokens import minted
from tests.runtime.settings import QUICK, helper


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(QUICK) as runtime:
        runtime.register(helper)
        yield runtime


def test_events_are_the_runtimes_own_with_results(runtime: Runtime) -> None:
    goal = runtime.submit("tidy up")
    told: list[object] = []
    with runtime.serve(port=0) as server, Client(server.url) as client:
        for event in client.events(goal=goal.id, after="0"):
            told += [event] if isinstance(event, Fact) else []
            if isinstance(event, GoalCompleted):
                break

    assert told == [fact for fact in runtime.journal.replay() if fact.goal_id == goal.id]


def test_a_server_with_tokens_lets_in_who_has_one(runtime: Runtime, tmp_path: Path) -> None:
    text, kept = minted(name="mine", scope="reader", now=0.0)
    store = TokenStore(tmp_path / "tokens.json")
    store.add(kept)

    with runtime.serve(port=0, tokens=store.path) as server:
        with Client(server.url, token=text) as client:
            assert client.call("orchestration_status").status.registered_agents == 1
            with pytest.raises(TokenRefused):
                client.call("decompose", goal="more than it may")
        with Client(server.url) as client, pytest.raises(TokenRefused):
            client.call("orchestration_status")
        with Client(server.url) as client, pytest.raises(TokenRefused):
            next(client.events())


def test_no_proxy_is_asked_for_this_machine(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody
    with runtime.serve(port=0) as server, Client(server.url) as client:
        assert client.call("orchestration_status").status.registered_agents == 1


def test_where_nobody_listens_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with Client(url) as client, pytest.raises(ServerUnreachable, match="nobody answers there"):
        client.call("orchestration_status")
