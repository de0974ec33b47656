"""Slow, silent, endless and many: what clients by bare sockets can and cannot do."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from callboard import Runtime
from callboard.runtime.gateways.rest.gate import have_watched
from callboard.runtime.gateways.rest.limits import Limits
from callboard.runtime.gateways.rest.server import Server
from tests.knocking import Hall, Knock, hall, told
from tests.live import LONG, eventually
from tests.runtime.settings import QUICK

Halls = Callable[..., AbstractContextManager[tuple[Server, Hall]]]

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 0.1
"""Seconds of a limit that is to be reached."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """It is not asked for anything here."""
    with Runtime(QUICK) as made:
        yield made


@pytest.fixture
def opened(runtime: Runtime) -> Halls:
    """Opens a server of a small application, with limits."""

    def server_of(app: Hall, **limits: Any) -> Server:
        grace = limits.pop("grace", 2.0)
        return Server(runtime, port=0, limits=Limits(**limits), app=app, grace=grace)

    def open_(**limits: Any) -> AbstractContextManager[tuple[Server, Hall]]:
        return hall(server_of, **limits)

    return open_


def served(server: Server) -> bool:
    """Whether somebody who behaves is served."""
    try:
        return httpx.get(server.url, timeout=LONG).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def stopping(server: Server) -> Generator[None]:
    """While a server is told to stop by another thread."""
    thread = threading.Thread(target=server.stop)
    thread.start()
    try:
        yield
    finally:
        thread.join(LONG)
        assert not thread.is_alive()


def test_headers_that_do_not_come_are_not_waited_for(opened: Halls) -> None:
    with opened(header_seconds=SOON) as (server, _):

        def answer() -> bytes:
            with Knock(server) as knock:
                knock.say(b"GET / HTTP/1.1\r\nHost: lo")
                return knock.rest()  # nothing, where even that came too late

        status, said = told(eventually(answer))

        assert (status, said["kind"]) == (408, "HeadersTooSlow")
        assert server.turned_away["slow_headers"] == 1


def test_headers_that_come_byte_by_byte_are_not_waited_for_either(opened: Halls) -> None:
    with opened(header_seconds=SOON) as (server, _):

        def cut_off() -> int:
            with Knock(server) as knock:
                knock.say(b"GET / HTTP/1.1\r\n")
                knock.say_until_it_ends(b"a: b\r\n", pause=0.005)
            return server.turned_away["slow_headers"]

        assert eventually(cut_off) == 1


def test_a_connection_that_says_nothing_is_closed(opened: Halls) -> None:
    with opened(header_seconds=SOON) as (server, _), Knock(server) as knock:
        assert knock.rest() == b""
        assert server.turned_away["silent"] == 1


def test_a_connection_is_kept_only_so_long_without_a_request(opened: Halls) -> None:
    with opened(idle_seconds=SOON) as (server, _), Knock(server) as knock:
        knock.say(GET)
        assert knock.rest().endswith(b'"hello"')
        assert server.turned_away["idle"] == 1


def test_empty_lines_between_requests_keep_no_connection(opened: Halls) -> None:
    with opened(idle_seconds=SOON) as (server, _), Knock(server) as knock:
        knock.say(GET)
        knock.say_until_it_ends(b"\r\n", pause=0.005)


def test_a_body_that_does_not_come_is_not_waited_for(opened: Halls) -> None:
    with opened(body_seconds=SOON) as (server, app), Knock(server) as knock:
        knock.say(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")

        status, said = told(knock.rest())

        assert (status, said["kind"]) == (408, "BodyTooSlow")
        app.saw("gone")


def test_a_slow_answer_is_not_the_clients_fault(opened: Halls) -> None:
    slow = {"header_seconds": SOON, "body_seconds": SOON, "idle_seconds": SOON}
    with opened(**slow, write_seconds=SOON) as (server, app), Knock(server) as knock:
        knock.say(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        app.saw("waits")
        with Knock(server) as other:  # when this one is given up, that one could have been
            assert other.rest() == b""
        app.open.set()

        assert knock.rest().endswith(b'"waited"')


def test_headers_that_are_too_large_are_refused(opened: Halls) -> None:
    with opened(header_bytes=2000) as (server, _), Knock(server) as knock:
        knock.say(b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + 2000 * b"a" + b"\r\n\r\n")

        status, said = told(knock.rest())

        assert (status, said["kind"]) == (431, "HeadersTooLarge")
        assert served(server)


@pytest.mark.parametrize("again", [b"a", b"a: b\r\n"])
def test_headers_without_an_end_are_cut_off(opened: Halls, again: bytes) -> None:
    with opened(header_bytes=10_000) as (server, _), Knock(server) as knock:
        knock.say(b"GET / HTTP/1.1\r\n")
        knock.say_until_it_ends(1000 * again)

        assert server.turned_away["large_headers"] == 1


def test_a_body_that_is_too_large_is_refused_before_it_comes(opened: Halls) -> None:
    with opened(body_bytes=1000) as (server, app), Knock(server) as knock:
        knock.say(b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n")

        assert knock.head().startswith(b"HTTP/1.1 413 ")
        assert app.seen == []


def test_a_body_that_turns_out_too_large_is_refused(opened: Halls) -> None:
    with opened(body_bytes=1000, idle_seconds=SOON) as (server, _), Knock(server) as knock:
        knock.say(b"POST /read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        knock.say(b"400\r\n" + 1024 * b"a" + b"\r\n0\r\n\r\n")

        status, said = told(knock.rest())

        assert (status, said["kind"]) == (413, "BodyTooLarge")


def test_a_body_without_an_end_is_cut_off(opened: Halls) -> None:
    with opened(body_bytes=1000) as (server, _), Knock(server) as knock:
        knock.say(b"POST /read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        knock.say_until_it_ends(b"400\r\n" + 1024 * b"a" + b"\r\n")

        assert server.turned_away["endless_body"] == 1


def test_all_bodies_together_are_limited(opened: Halls) -> None:
    head = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n"
    limits = {"body_bytes": 1000, "buffered_bytes": 1500, "idle_seconds": SOON}
    with opened(**limits) as (server, app), Knock(server) as first, Knock(server) as second:
        first.say(head + 800 * b"a")
        app.saw("reads")
        second.say(head + 900 * b"a")

        status, said = told(second.rest())

        assert (status, said["kind"]) == (503, "ServerFull")
        first.say(100 * b"a")
        assert first.rest().endswith(b'"read"')


def test_somebody_who_does_not_read_is_dropped_and_the_stream_ends(opened: Halls) -> None:
    with opened(write_seconds=SOON) as (server, app), Knock(server, small=True) as knock:
        knock.say(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        app.saw("stream over")

        assert server.turned_away["slow_reader"] == 1
        eventually(lambda: served(server))


def test_an_answer_that_nobody_takes_does_not_keep_a_connection(opened: Halls) -> None:
    """It is larger than what the system buffers, and the request was the last one."""
    limits = {"write_seconds": SOON, "idle_seconds": SOON}
    with opened(**limits) as (server, app), Knock(server, small=True) as knock:
        knock.say(b"GET /large HTTP/1.0\r\nHost: localhost\r\n\r\n")
        app.saw("large")
        eventually(lambda: server.connections == 0)


def test_a_websocket_that_is_silent_when_asked_is_given_up(opened: Halls) -> None:
    with opened(ping_seconds=SOON) as (server, app), Knock(server) as knock:
        knock.say(
            b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert knock.head().startswith(b"HTTP/1.1 101 ")
        assert knock.rest()[:1] == b"\x89"  # a ping, and more that is not answered
        app.saw("socket over")
        eventually(lambda: server.connections == 0)


def test_a_websocket_that_answers_is_kept(opened: Halls) -> None:
    # Many times the interval; the limit of an answer is far away.
    with opened(ping_seconds=LONG) as (server, _):
        with connect(server.url.replace("http", "ws") + "/socket") as ours:
            ours.send("hello")
            assert ours.recv(LONG) == "hello"
            assert server.connections == 1
        eventually(lambda: server.connections == 0)


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such options")
def test_the_system_looks_after_connections_whose_other_end_is_not_there() -> None:
    with socket.socket() as ours:
        have_watched(ours, 20.0)

        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 20
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000


def test_a_flood_of_silent_connections_keeps_nobody_out(opened: Halls) -> None:
    with opened(connections=8) as (server, _), ExitStack() as held:
        flood = [held.enter_context(Knock(server)) for _ in range(40)]
        assert all(served(server) for _ in range(5))

        assert server.turned_away["gave_way"] >= 32
        assert flood[0].rest() == b""  # the one that had waited for longest
        assert server.connections <= 8


def test_a_server_whose_connections_all_work_says_so_to_others(opened: Halls) -> None:
    with opened(connections=2) as (server, app), ExitStack() as held:
        busy = [held.enter_context(Knock(server)) for _ in range(2)]
        for knock in busy:
            knock.say(b"GET /wait HTTP/1.0\r\nHost: localhost\r\n\r\n")
        eventually(lambda: app.seen == ["waits", "waits"])
        with Knock(server) as third:
            head, _, body = third.rest().partition(b"\r\n\r\n")

        assert b" 503 " in head
        assert b"retry-after: 1" in head
        assert b"ServerFull" in body
        app.open.set()
        assert [knock.rest()[-8:] for knock in busy] == [b'"waited"'] * 2


def test_one_address_has_only_its_share(opened: Halls) -> None:
    with opened(per_address=2) as (server, _), ExitStack() as held:
        for _ in range(2):
            held.enter_context(Knock(server))
        eventually(lambda: server.connections == 2)
        with Knock(server) as third:
            assert b"ServerFull" in third.rest()
        held.close()
        eventually(lambda: server.connections == 0)
        assert served(server)


def test_what_is_no_http_is_told_so(opened: Halls) -> None:
    with opened() as (server, _), Knock(server) as knock:
        knock.say(b"\x16\x03\x01 is that TLS?\r\n\r\n")
        status, said = told(knock.rest())

        assert (status, said["kind"]) == (400, "MalformedRequest")
        assert served(server)


def test_requests_that_come_together_are_answered_one_after_the_other(opened: Halls) -> None:
    with opened(idle_seconds=SOON) as (server, _), Knock(server) as knock:
        knock.say(3 * GET + b"GET / HTTP/1.1\r\nHost: loc")
        knock.say(b"alhost\r\n\r\n")

        assert knock.rest().count(b'"hello"') == 4


def test_an_upgrade_to_something_else_is_not_a_way_in(opened: Halls) -> None:
    with opened(idle_seconds=SOON, header_seconds=SOON) as (server, _), Knock(server) as knock:
        knock.say(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        )
        assert b'"hello"' in knock.rest()


def test_nobody_outside_sees_where_something_went_wrong(opened: Halls) -> None:
    with opened() as (server, app):
        answer = httpx.get(f"{server.url}/raise", timeout=LONG)

        assert answer.status_code == 500
        assert answer.json()["kind"] == "InternalError"
        assert "secret" not in answer.text
        with connect(server.url.replace("http", "ws") + "/socket") as ours:
            ours.send("raise")
            app.saw("socket over")
            with pytest.raises(ConnectionClosedError) as ended:
                ours.recv(LONG)
        assert "secret" not in str(ended.value)


def test_a_request_that_is_being_answered_is_answered_before_the_server_stops(
    opened: Halls,
) -> None:
    with opened(grace=LONG) as (server, app), Knock(server) as knock, Knock(server) as idle:
        knock.say(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        app.saw("waits")
        with stopping(server):
            assert idle.rest() == b""
            app.open.set()
            assert knock.rest().endswith(b'"waited"')


def test_a_request_that_takes_too_long_is_told_that_the_server_stops(opened: Halls) -> None:
    with opened(grace=SOON) as (server, app), Knock(server) as knock:
        knock.say(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        app.saw("waits")
        with stopping(server):
            status, said = told(knock.rest())

        assert (status, said["kind"]) == (503, "ServerStops")


def test_streams_and_websockets_end_when_the_server_stops(opened: Halls) -> None:
    with opened(grace=LONG) as (server, app), Knock(server) as knock:
        knock.say(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        app.saw("streams")
        with connect(server.url.replace("http", "ws") + "/socket") as ours:
            app.saw("accepted")
            with stopping(server):
                knock.rest()
                with pytest.raises(ConnectionClosedError, match="service restart"):
                    ours.recv(LONG)
            app.saw("stream over")
            app.saw("socket over")
