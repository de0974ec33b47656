"""A server of a test's own: the test says each frame, and sees each that the worker says."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from callboard.messages.values import Payload, unpack
from callboard.runtime.executors.decorator import agent
from callboard.runtime.executors.task import Task
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK
from tests.live import LONG

if TYPE_CHECKING:
    from callboard.runtime.executors.processes.wire import Frame

F = TypeVar("F")


class Link:
    """A link of one agent, as its server has it."""

    def __init__(self, connection: ServerConnection) -> None:
        self.over = threading.Event()
        self._connection = connection
        self._heard: list[frames.FromWorker] = []
        self.hello = self.next(frames.Hello)

    def say(self, *said: Frame) -> None:
        self._connection.send(MSGPACK.write(said))

    def welcome(self, **more: Any) -> None:
        known: dict[str, Any] = {"epoch": 1, "now": 1_000.0, "heartbeat": 60.0, "grace": 5.0}
        said: dict[str, Any] = {**known, "protocol": frames.PROTOCOL, **more}
        self.say(frames.Welcome(**said))

    def next(self, kind: type[F]) -> F:
        """The next frame of that kind; others before it are passed over."""
        while True:
            while self._heard:
                frame = self._heard.pop(0)
                if isinstance(frame, kind):
                    return frame
            data = self._connection.recv(LONG)
            assert isinstance(data, bytes)
            self._heard += MSGPACK.read(data)

    def ends(self) -> None:
        """Wait until the worker has closed it."""
        try:
            while True:
                self._connection.recv(LONG)
        except ConnectionClosed:
            self.over.set()

    def cut(self, code: int = 1012) -> None:
        self._connection.close(code)
        self.over.set()


class Board:
    """Takes links."""

    def __init__(self, port: int = 0) -> None:
        self.links: queue.SimpleQueue[Link] = queue.SimpleQueue()
        self.tokens: list[str | None] = []
        self._open: list[Link] = []
        self._server = serve(
            self._take, "127.0.0.1", port, max_size=None, compression=None, ping_interval=None
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        port: int = self._server.socket.getsockname()[1]
        return port

    def link(self) -> Link:
        """The next link that is opened."""
        return self.links.get(timeout=LONG)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for link in self._open:
            link.over.set()
        self._server.shutdown()
        self._thread.join(LONG)

    def _take(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.path == "/agents/link"
        self.tokens.append(connection.request.headers.get("Authorization"))
        try:
            link = Link(connection)
        except ConnectionClosed:
            return
        self._open.append(link)
        self.links.put(link)
        link.over.wait()


def assign(token: str, name: str = "Count", **more: Any) -> frames.Assign:
    return frames.Assign(token=token, subtask=f"s{token}", name=name, goal="g1", **more)


def result_of(done: frames.Done) -> object:
    return unpack(Payload(data=bytes(done.result)))


def there(board: Board, **welcome: Any) -> Link:
    """The next link, of an agent that is taken in."""
    link = board.link()
    link.welcome(**welcome)
    return link


@agent(skills=["counting"])
def count(task: Task) -> int:
    """An agent of workers under test."""
    return len(task.inputs) + (task.data or 0)
