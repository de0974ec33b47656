"""A worker of a few lines that notes what the server has acknowledged to it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from callboard.messages.values import Skill
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import JSON
from callboard.runtime.gateways.link.frames import PATH, SUBPROTOCOL

if TYPE_CHECKING:
    from callboard.runtime.executors.processes.wire import Frame

PAUSE = 0.05

SLOW = 0.03
"""Seconds that it takes for what it is given."""

_BEAT = 1.0


class Clerk(threading.Thread):
    """Does what it is given, slowly, and comes again when its server does.

    Args:
        url: Of the server, which may be away.

    Attributes:
        acknowledged: Subtasks whose completion by it was acknowledged.
        links: How often it was let in.
        failure: What went wrong here, if anything did.
    """

    def __init__(self, url: str) -> None:
        super().__init__(name="clerk", daemon=True)
        self.acknowledged: set[str] = set()
        self.links = 0
        self.failure: BaseException | None = None
        self._url = url.replace("http", "ws", 1) + PATH
        self._enough = threading.Event()
        self._done: dict[str, str] = {}

    def give_up(self) -> None:
        """Work no longer."""
        self._enough.set()

    def run(self) -> None:
        """Work."""
        try:
            while not self._enough.is_set():
                with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                    self._link()
                self._enough.wait(PAUSE)
        except BaseException as error:  # noqa: BLE001 - for who waits
            self.failure = error

    def _link(self) -> None:
        with connect(self._url, subprotocols=[Subprotocol(SUBPROTOCOL)]) as socket:
            worker = frames.Worker(id="clerk", skills=(Skill(name="general"),), max_load=1)
            held = tuple(frames.Held(token=t, ended=True) for t in self._done)
            hello = frames.Hello(worker=worker, life="1", protocol=frames.PROTOCOL, held=held)
            self._say(socket, hello)
            while not self._enough.is_set():
                try:
                    said = JSON.hear(str(socket.recv(_BEAT)).encode())
                except TimeoutError:
                    said = []
                for frame in said:
                    self._hear(socket, frame)
                self._say(socket, frames.Heartbeat())

    def _hear(self, socket: ClientConnection, frame: frames.ToWorker) -> None:
        match frame:
            case frames.Welcome():
                self.links += 1
                self._forget(*frame.acknowledged)
                self._say(socket, *map(_done, self._done))
            case frames.Reconcile():
                held = tuple(frames.Held(token=t, ended=True) for t in self._done)
                self._say(socket, frames.Running(epoch=frame.epoch, held=held))
                self._say(socket, *map(_done, self._done))
            case frames.Assign():
                self._enough.wait(SLOW)  # most of the work is for the others
                self._done[frame.token] = frame.subtask
                self._say(socket, _done(frame.token))
            case frames.Ack():
                if frame.refused:
                    self._done.pop(frame.token, None)
                else:
                    self._forget(frame.token)
            case _:
                pass

    def _forget(self, *tokens: str) -> None:
        for token in tokens:
            subtask = self._done.pop(token, None)
            if subtask is not None:
                self.acknowledged.add(subtask)

    @staticmethod
    def _say(socket: ClientConnection, *said: Frame) -> None:
        if said:
            socket.send(JSON.write(said).decode())


def _done(token: str) -> frames.Done:
    return frames.Done(token=token, result=msgspec.Raw(b'"by the clerk"'))
