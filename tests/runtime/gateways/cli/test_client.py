"""The client: every operation by its name, and errors that say what is wrong."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callboard import Runtime
from callboard.messages.errors import (
    CallTimedOut,
    InvalidCall,
    MalformedRequest,
    ServerForeign,
    ServerRefused,
    ServerUnreachable,
    TokenRefused,
)
from callboard.runtime.gateways.cli.carrier import Asked, Broken, Reply, Silent, Trouble, Unreached
from callboard.runtime.gateways.cli.client import TRIES, Client
from callboard.runtime.gateways.operations.finding import found
from callboard.runtime.gateways.operations.orchestration import Register
from callboard.runtime.gateways.operations.table import TABLE, named
from callboard.runtime.gateways.rest.app import build
from tests.runtime.gateways.cli.bridge import Bridge, Played, says

SERVER = "http://board.example/at/home/"


@pytest.fixture
def board() -> Iterator[Client]:
    """A client of a server without a socket."""
    with (
        Runtime() as runtime,
        Bridge(build(runtime)) as bridge,
        Client("http://board.example", carrier=bridge) as client,
    ):
        yield client


def asking(handle: Callable[[Asked], Reply], **options: Any) -> Client:
    """A client of whoever answers like that."""
    return Client(SERVER, carrier=Played(handle), **options)


def unreached(cause: OSError) -> Unreached:
    """What comes of it where no connection comes about."""
    found = Unreached(str(cause), 2.0)
    found.__cause__ = cause
    return found


def test_operations_are_asked_by_their_names(board: Client) -> None:
    assert board.call("register", context_id="ann", skills=["general"]).agent_id == "ann"
    planned = board.call("decompose", goal="water the plants", context="in the hall")
    (assigned,) = board.call("assign").assignments
    board.call("complete", subtask_uuid=assigned.subtask_uuid, result={"wet": True})

    assert assigned.subtask_uuid == planned.subtasks[0].uuid
    assert board.call("orchestration_status").status.completed_subtasks == 1
    assert board.call("orchestration_tensor").tensor_shape == (1, 1, 4)


def test_every_operation_is_found_whatever_it_is_called() -> None:
    assert [found(operation.name) for operation in TABLE] == list(TABLE)


def test_or_with_what_they_take(board: Client) -> None:
    known = named("register")

    assert board.ask(known, Register(context_id="bob")).skills == ()


def test_what_the_server_refuses_says_what_and_which(board: Client) -> None:
    with pytest.raises(ServerRefused) as caught:
        board.call("heartbeat", agent_id="nobody")

    error = caught.value
    assert (error.status, error.kind, str(error)) == (404, "UnknownAgent", "unknown agent 'nobody'")


def test_what_an_operation_does_not_take_is_not_even_sent(board: Client) -> None:
    with pytest.raises(InvalidCall, match="the name of an operation"):
        board.call("dance")
    with pytest.raises(MalformedRequest) as caught:
        board.call("heartbeat", agent="ann")
    assert caught.value.field == "agent"


def test_it_sends_the_token_and_keeps_the_path_of_the_server() -> None:
    seen: list[Asked] = []

    def handle(asked: Asked) -> Reply:
        seen.append(asked)
        return says({"message": "well"})

    with asking(handle, token="secret") as client:  # noqa: S106 - of nobody
        client.call("heartbeat", agent_id="ann", cpu=0.5)

    (sent,) = seen
    assert (sent.method, sent.target) == ("POST", "/at/home/orchestration/heartbeat")
    assert sent.headers["Authorization"] == "Bearer secret"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.body == b'{"agent_id":"ann","cpu":0.5}'


def test_what_breaks_off_is_asked_again_where_that_does_no_harm() -> None:
    seen: list[bytes] = []

    def handle(asked: Asked) -> Reply:
        seen.append(asked.body or b"")
        if len(seen) < TRIES:
            raise Broken("gone")
        return says({"goal_id": "g1", "subtasks": [], "count": 0})

    with asking(handle) as client:
        client.call("decompose", goal="tidy up")

    assert len(seen) == TRIES
    assert len(set(seen)) == 1  # one key, so one goal
    assert b'"key":"' in seen[0]


def test_what_is_not_known_to_be_harmless_is_asked_once() -> None:
    seen: list[Asked] = []

    def handle(asked: Asked) -> Reply:
        seen.append(asked)
        raise Broken("gone")

    with (
        asking(handle) as client,
        pytest.raises(ServerUnreachable, match="complete may have happened"),
    ):
        client.call("complete", subtask_uuid="s1", result=1)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (says({"error": "which token?"}, 401), TokenRefused, "which token?"),
        (says({"error": "only readers"}, 403), TokenRefused, "only readers"),
        (says({"error": "oh no", "more": 1}, 500), ServerRefused, "oh no"),
        (Reply(404, "text/html", b"<p>"), ServerForeign, "it answers 404 with text/html"),
        (Reply(404, "", b"<p>"), ServerForeign, "it answers 404 with nothing that says"),
        (Reply(200, "text/html", b"<p>"), ServerForeign, "not what this version knows"),
        (says({"x": 1}), ServerForeign, "`message`"),
        (unreached(OSError("Connection refused")), ServerUnreachable, "nobody answers there"),
        (unreached(TimeoutError("late")), ServerUnreachable, "no connection within 2 s"),
        (Silent("late"), CallTimedOut, "heartbeat at .*no answer within 2 s"),
    ],
)
def test_each_trouble_has_its_error(
    answer: Reply | Trouble, error: type[Exception], text: str
) -> None:
    def handle(_: Asked) -> Reply:
        if isinstance(answer, Trouble):
            raise answer
        return answer

    with asking(handle, timeout=2.0) as client, pytest.raises(error, match=text):
        client.call("heartbeat", agent_id="ann")


def test_a_server_that_is_not_trusted_is_said_to_be() -> None:
    def handle(_: Asked) -> Reply:
        raise unreached(ssl.SSLCertVerificationError(1, "self-signed"))

    with asking(handle) as client, pytest.raises(ServerUnreachable, match="--tls-ca FILE"):
        client.call("heartbeat", agent_id="ann")


@pytest.mark.parametrize("token", ["two words", "two\nlines", "cb_é"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(InvalidCall, match="token must be one word") as caught:
        Client("http://board.example", token=token)
    assert token not in str(caught.value)


@pytest.mark.parametrize("server", ["", "board", "ftp://x", "http://", "http://x:0", "http://x?y"])
def test_what_is_no_address_is_refused(server: str) -> None:
    with pytest.raises(InvalidCall, match="server must be an address"):
        Client(server)


def test_who_is_to_be_trusted_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()

    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        Client("https://x", tls_ca=str(tmp_path / "none.pem"))
    with pytest.raises(InvalidCall, match="tls_ca must be a file of certificates"):
        Client("https://x", tls_ca=str(tmp_path / "empty.pem"))
