"""Requests over a real socket: what is sent, what comes back, and what goes wrong on the way."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from callboard.messages.errors import InvalidCall, ServerUnreachable
from callboard.runtime.gateways.cli.carrier import (
    Asked,
    Broken,
    Connections,
    Reply,
    Silent,
    Unreached,
)
from callboard.runtime.gateways.cli.client import Client
from callboard.runtime.gateways.cli.proxies import DIRECT, Proxy, proxy_of
from tests.live import LONG

OPENSSL = shutil.which("openssl")
LOOK = Asked("GET", "/look?a=1", {"X-Mine": "yes"}, None, LONG)
WELL = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nwell"
BEGUN = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\none\r\nt\r\n4\r\nwo\n\n\r\n"


class Server:
    """Answers each request with the next of these texts, on as many connections as come.

    Attributes:
        url: Where it is.
        heard: The head of each request, with the number of its connection.
    """

    def __init__(self, listener: socket.socket, answers: list[bytes], ends: bool) -> None:  # noqa: FBT001 - of the fixture
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.heard: queue.Queue[tuple[int, bytes]] = queue.Queue()
        self._listener, self._answers, self._ends = listener, answers, ends
        self._thread = threading.Thread(target=self._serve, name="scripted")
        self._thread.start()

    def _serve(self) -> None:
        number = 0
        while self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # it is closed
                return
            number += 1
            with connection:
                connection.settimeout(LONG)
                self._talk(connection, number)

    def _talk(self, connection: socket.socket, number: int) -> None:
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                got = connection.recv(1)
                if not got:
                    return
                head += got
            self.heard.put((number, head))
            if not self._answers:
                return
            connection.sendall(self._answers.pop(0))
            if self._ends:
                return

    def end(self) -> None:
        """It has said all."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(LONG)
        assert not self._thread.is_alive()


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers."""
    with contextlib.ExitStack() as stack:

        def start(*answers: bytes, ends: bool = False) -> Server:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = Server(listener, list(answers), ends)
            stack.callback(server.end)
            return server

        yield start


@contextlib.contextmanager
def connected(
    url: str, proxy: Proxy = DIRECT, tls: ssl.SSLContext | None = None
) -> Generator[Connections]:
    connections = Connections(url, tls, proxy)
    try:
        yield connections
    finally:
        connections.close()


def test_a_connection_is_used_again(serve: Serve) -> None:
    server = serve(WELL, WELL)
    with connected(server.url) as connections:
        replies = [connections.send(LOOK) for _ in range(2)]

    assert replies == [Reply(200, "text/plain", b"well")] * 2
    (first, head), (second, _) = server.heard.get(), server.heard.get()
    assert (first, second) == (1, 1)
    assert head.startswith(b"GET /look?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"X-Mine: yes\r\n" in head


def test_one_that_has_ended_meanwhile_is_not(serve: Serve) -> None:
    server = serve(WELL, WELL, ends=True)
    with connected(server.url) as connections:
        connections.send(LOOK)
        (wire,) = connections._idle  # pyright: ignore[reportPrivateUsage]
        wire.socket.settimeout(LONG)
        assert wire.socket.recv(1, socket.MSG_PEEK) == b""  # word of its end has come
        connections.send(LOOK)

    assert [server.heard.get()[0] for _ in range(2)] == [1, 2]


def test_who_reads_an_answer_as_it_comes_has_each_line_at_once(serve: Serve) -> None:
    server = serve(BEGUN)
    with connected(server.url) as connections, connections.stream(LOOK) as answer:
        lines = answer.lines()
        # The rest has not been sent: who waited for more would wait for ever.
        assert [next(lines), next(lines), next(lines)] == ["one", "two", ""]


@pytest.mark.parametrize("end", [b"", b"5\r\nth"], ids=["between chunks", "within one"])
def test_an_answer_that_breaks_off_is_not_taken_for_whole(serve: Serve, end: bytes) -> None:
    server = serve(BEGUN + end, BEGUN + end, ends=True)
    with connected(server.url) as connections:
        with connections.stream(LOOK) as answer, pytest.raises(Broken):
            list(answer.lines())
        with pytest.raises(Broken):
            connections.send(LOOK)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1", b"nonsense\r\n\r\n"], ids=len)
def test_what_is_no_answer_is_a_broken_connection(serve: Serve, answer: bytes) -> None:
    server = serve(answer, ends=True)
    with connected(server.url) as connections, pytest.raises(Broken):
        connections.send(LOOK)


def test_who_says_nothing_is_not_waited_for_longer_than_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with connected(url) as connections, pytest.raises(Silent):
            connections.send(LOOK._replace(seconds=0.05))


def test_where_nobody_listens_no_connection_comes_about() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

    with connected(url) as connections, pytest.raises(Unreached, match="refused") as caught:
        connections.send(LOOK)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_closing_wakes_whoever_reads(serve: Serve) -> None:
    server = serve(BEGUN)
    ended: queue.Queue[Exception] = queue.Queue()
    began = threading.Event()
    connections = Connections(server.url, None)

    def read() -> None:
        try:
            with connections.stream(LOOK) as answer:
                for _ in answer.lines():
                    began.set()
        except Exception as error:  # noqa: BLE001 - for the test
            ended.put(error)

    reader = threading.Thread(target=read)
    reader.start()
    assert began.wait(LONG)
    connections.close()
    reader.join(LONG)

    assert isinstance(ended.get(timeout=LONG), Broken)
    with pytest.raises(RuntimeError, match="closed"):
        connections.send(LOOK)


def test_an_address_in_ipv6_keeps_its_brackets() -> None:
    connections = Connections("http://[::1]:8000", None)

    found = connections._made(1.0)  # pyright: ignore[reportPrivateUsage]
    assert (found.host, found.port) == ("::1", 8000)


def test_a_path_that_no_request_may_hold_is_quoted() -> None:
    with Client("http://127.0.0.1:1/at hömé/%20") as client:
        path = client._path  # pyright: ignore[reportPrivateUsage]
        assert path == "/at%20h%C3%B6m%C3%A9/%20"


def test_a_name_in_the_address_is_told_as_it_always_is(serve: Serve) -> None:
    server = serve(WELL)
    with (
        Client(server.url.replace("//", "//ann:s3cret@")) as client,
        pytest.raises(Exception, match="not what this version knows"),
    ):
        client.call("status")

    assert b"Authorization: Basic YW5uOnMzY3JldA==\r\n" in server.heard.get()[1]


# Proxies


def test_a_proxy_is_asked_for_another(serve: Serve) -> None:
    server = serve(WELL)
    host, port = server.url.removeprefix("http://").split(":")
    proxy = Proxy(host, int(port), {"Proxy-Authorization": "Basic x"})
    with connected("http://board.example:81", proxy) as connections:
        assert connections.send(LOOK).status == 200

    head = server.heard.get()[1]
    assert head.startswith(b"GET http://board.example:81/look?a=1 HTTP/1.1\r\n")
    assert b"Host: board.example:81\r\n" in head
    assert b"Proxy-Authorization: Basic x\r\n" in head


def test_a_proxy_is_asked_to_lead_to_whoever_speaks_tls(serve: Serve) -> None:
    server = serve(b"HTTP/1.1 403 Forbidden\r\n\r\n", ends=True)
    host, port = server.url.removeprefix("http://").split(":")
    proxy = Proxy(host, int(port), {"Proxy-Authorization": "Basic x"})
    with (
        connected("https://board.example", proxy, ssl.create_default_context()) as connections,
        pytest.raises(Unreached, match="403 Forbidden"),
    ):
        connections.send(LOOK)

    head = server.heard.get()[1]
    assert head.startswith(b"CONNECT board.example:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic x\r\n" in head


@pytest.fixture
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("_no_settings")
def test_which_proxy_it_is_say_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_of("http://board.example") is DIRECT
    monkeypatch.setenv("all_proxy", "http://all.example")
    monkeypatch.setenv("https_proxy", "one.example:3128")
    monkeypatch.setenv("no_proxy", "inner.example")

    assert proxy_of("http://board.example:8000") == Proxy("all.example", 80, {})
    assert proxy_of("https://board.example") == Proxy("one.example", 3128, {})
    for near in ("http://a.inner.example", "http://127.0.0.1:8000", "https://localhost"):
        assert proxy_of(near) is DIRECT


@pytest.mark.usefixtures("_no_settings")
@pytest.mark.parametrize("url", ["socks5://ann:s3cret@x:1", "https://ann:s3cret@x", "http://x:y"])
def test_a_proxy_that_cannot_be_used_is_said_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", url)

    with pytest.raises(InvalidCall, match="proxy must be one as") as caught:
        Client("http://board.example")
    assert "s3cret" not in str(caught.value)


# Safe connections


@pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificate")
def test_whom_nobody_has_vouched_for_is_not_asked(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
        "-subj /CN=board -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run([OPENSSL or "", *made.split()], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), context.wrap_socket(connection, True) as safe:
                    safe.recv(4096)
                    safe.sendall(WELL)

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            Client(url) as client,
            pytest.raises(ServerUnreachable, match=r"no safe connection .*--tls-ca FILE"),
        ):
            client.call("status")
        with (
            Client(url, tls_ca=str(certificate)) as client,
            pytest.raises(Exception, match="not what this version knows"),
        ):
            client.call("status")
        thread.join(LONG)
    assert not thread.is_alive()
