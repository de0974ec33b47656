"""A server beside a runtime: its beginning, its end, and whom it is open to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from callboard import Runtime
from callboard.messages.errors import (
    CannotListen,
    InvalidCall,
    RuntimeClosed,
    ServerEnded,
    TokensUnusable,
    TooOpen,
)
from callboard.runtime.gateways.rest.server import Server
from tests.live import LONG

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is refused


def get(server: Server, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", headers=headers, timeout=LONG)


def test_it_answers_as_soon_as_serve_returns_and_says_which_port_it_took() -> None:
    with Runtime() as runtime, runtime.serve(port=0) as server:
        assert server.port > 0
        assert server.url == f"http://127.0.0.1:{server.port}"

        answer = get(server, "/orchestration/status")

    assert answer.status_code == 200
    assert answer.json()["status"]["total_subtasks"] == 0


def test_a_runtime_that_closes_stops_its_server(
    strays: Callable[[], set[threading.Thread]],
) -> None:
    with Runtime() as runtime:
        server = runtime.serve(port=0)
        assert get(server, "/orchestration/status").status_code == 200

    assert strays() == set()
    with pytest.raises(httpx.TransportError):
        get(server, "/orchestration/status")
    assert server.stop()  # harmless


def test_a_server_that_has_ended_says_that_it_serves_no_more() -> None:
    with Runtime() as runtime:
        server = runtime.serve(port=0)
        assert server.start() is server  # harmless
        assert server.stop()
        for again in (server.start, server.__enter__):
            with pytest.raises(ServerEnded, match=f"{server.url} has ended"):
                again()
        with runtime.serve(port=0) as another:
            assert get(another, "/orchestration/status").status_code == 200


async def _served() -> int:
    with Runtime() as runtime:
        with await runtime.aserve(port=0) as server:
            async with httpx.AsyncClient(timeout=LONG) as client:
                answer = await client.get(f"{server.url}/orchestration/status")
            with pytest.raises(CannotListen):
                await runtime.aserve(port=server.port)
        return answer.status_code


def test_a_server_can_be_started_from_an_event_loop() -> None:
    assert asyncio.run(_served()) == 200


def test_a_closed_runtime_serves_nobody() -> None:
    runtime = Runtime()
    runtime.close()

    with pytest.raises(RuntimeClosed):
        runtime.serve(port=0)


def test_two_servers_of_one_runtime_answer_beside_each_other() -> None:
    with Runtime() as runtime, runtime.serve(port=0) as one, runtime.serve(port=0) as two:
        assert one.port != two.port
        assert [get(s, "/orchestration/status").status_code for s in (one, two)] == [200, 200]


def test_a_port_that_is_taken_is_named() -> None:
    with Runtime() as runtime, runtime.serve(port=0) as server:
        with pytest.raises(CannotListen) as told:
            runtime.serve(port=server.port)

        assert str(told.value) == (
            f"cannot listen at 127.0.0.1 port {server.port}: Address already in use"
        )


@pytest.mark.parametrize("host", [EVERYWHERE, "::"])
def test_an_address_that_others_reach_is_refused_without_tokens(host: str) -> None:
    with Runtime() as runtime, pytest.raises(TooOpen, match="callboard token create"):
        runtime.serve(port=0, host=host)


def test_an_address_that_others_reach_is_refused_without_a_decision_about_tls(
    tmp_path: Path,
) -> None:
    tokens = tmp_path / "tokens.json"
    tokens.write_text('{"tokens": []}')

    with Runtime() as runtime:
        with pytest.raises(TooOpen, match="--no-tls"):
            runtime.serve(port=0, host=EVERYWHERE, tokens=tokens)
        with runtime.serve(port=0, host=EVERYWHERE, tokens=tokens, plain=True) as server:
            local = f"http://127.0.0.1:{server.port}/orchestration/status"
            assert httpx.get(local, timeout=LONG).status_code == 401


def test_tokens_that_are_not_there_are_named_at_once(tmp_path: Path) -> None:
    with Runtime() as runtime, pytest.raises(TokensUnusable, match="No such file"):
        runtime.serve(port=0, tokens=tmp_path / "none.json")


@pytest.mark.parametrize("port", [-1, 70_000, True, "80"])
def test_a_port_that_is_none_is_refused(port: object) -> None:
    with Runtime() as runtime, pytest.raises(InvalidCall, match="port"):
        Server(runtime, port=port)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:80"},
        {"host": "["},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "http://localhost:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str]) -> None:
    with Runtime() as runtime, runtime.serve(port=0) as server:
        answer = get(server, "/orchestration/status", **headers)

    assert answer.status_code == 403
    assert answer.json()["kind"] == "ForeignOrigin"


def test_the_servers_own_page_and_local_names_are_let_in() -> None:
    with Runtime() as runtime, runtime.serve(port=0, hosts=["Board.Example"]) as server:
        own = [
            {"host": f"localhost:{server.port}"},
            {"host": f"[::1]:{server.port}"},
            {"host": "board.example"},
            {"origin": server.url, "sec-fetch-site": "same-origin"},
            {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        ]
        assert [get(server, "/orchestration/status", **h).status_code for h in own] == [200] * 5


def test_both_families_of_addresses_are_served() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with Runtime() as runtime:
        try:
            server = runtime.serve(port=0, host="::1")
        except CannotListen:
            pytest.skip("no IPv6 here")
        with server:
            assert server.url.startswith("http://[::1]:")
            assert get(server, "/orchestration/status").status_code == 200
