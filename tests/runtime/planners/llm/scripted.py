"""An endpoint that answers as it is told to: real HTTP on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler"], None]

KEY = "sk-very-secret-1234"
"""That a model is asked with."""


def step(name: str, *after: str, **more: Any) -> dict[str, Any]:
    """A subtask as a model states it."""
    stated = {
        "name": name,
        "description": f"do {name}",
        "priority": "MEDIUM",
        "minutes": 10,
        "skills": [],
        "after": list(after),
        "demands": [],
    }
    return {**stated, **more}


def plan(*steps: dict[str, Any]) -> str:
    """The text of an answer."""
    return json.dumps({"subtasks": list(steps)})


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answer as the script says."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(json.loads(body))
        self.server.headers.append(dict(self.headers.items()))
        self.server.paths.append(self.path)
        self.close_connection = True
        try:
            self.server.script.pop(0)(self)
        except OSError:  # it was written to somebody who had hung up
            self.server.hung_up.set()

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """The head of an answer without a length: it lasts until the connection ends."""
        self.send_response(status)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("connection", "close")
        self.end_headers()

    def say(self, data: bytes) -> None:
        """Some of the body."""
        self.wfile.write(data)
        self.wfile.flush()

    def piece(self, text: str, **choice: Any) -> None:
        """Some of the model's text."""
        self.say(event({"choices": [{"delta": {"content": text}, **choice}]}))

    def gone(self) -> None:
        """Wait until whoever asked has hung up."""
        with suppress(OSError):  # a reset is an end as well
            while self.connection.recv(1):
                pass
        self.server.hung_up.set()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Answers from a script, and notes what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def told(self, number: int = 0, message: int = 1) -> dict[str, Any]:
        """What the user's message of a request says."""
        said: dict[str, Any] = json.loads(self.asked[number]["messages"][message]["content"])
        return said

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has hung up: that is their right."""


def event(said: object) -> bytes:
    """As a server-sent event."""
    return b"data: " + json.dumps(said).encode() + b"\n\n"


def answers(text: str, pieces: int = 7) -> Reply:
    """The text in pieces of so many characters."""

    def reply(handler: Handler) -> None:
        handler.begin()
        for n in range(0, len(text), pieces):
            handler.piece(text[n : n + pieces])
        handler.piece("", finish_reason="stop")
        handler.say(b"data: [DONE]\n\n")

    return reply


def whole(text: str, **choice: Any) -> Reply:
    """The text at once, from an endpoint that does not stream."""

    def reply(handler: Handler) -> None:
        handler.begin(kind="application/json")
        chosen = {"message": {"content": text}, "finish_reason": "stop", **choice}
        handler.say(json.dumps({"choices": [chosen]}).encode())

    return reply


def status(code: int, body: str = "", **headers: str) -> Reply:
    """An error."""

    def reply(handler: Handler) -> None:
        handler.begin(code, "application/json", **headers)
        handler.say(body.encode())

    return reply


def raw(*pieces: bytes, hang: bool = False) -> Reply:
    """These bytes as events; with *hang* nothing after them until the other side hangs up."""

    def reply(handler: Handler) -> None:
        handler.begin()
        for piece in pieces:
            handler.say(piece)
        if hang:
            handler.gone()

    return reply


@contextmanager
def serving() -> Generator[Server]:
    """A server for the time of the block."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
