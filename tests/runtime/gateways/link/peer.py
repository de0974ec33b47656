"""A worker of a few lines: says frames, and hears them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from callboard.messages.user import pack
from callboard.runtime.gateways.link import frames
from callboard.runtime.gateways.link.codec import MSGPACK, Codec

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from callboard.runtime.executors.processes.wire import Frame

F = TypeVar("F")
LONG = 30.0
"""Seconds after which a test has failed; nothing takes so long but what never comes."""

SUBPROTOCOL = Subprotocol("callboard.v1")

_lives = itertools.count(1)


class Peer:
    """One link of one worker.

    Args:
        url: Of the server.
        agent: Its id.
        codec: In which it speaks.
        life: Of the worker; "" for a new one.

    Attributes:
        held: What it says that it has when it is asked.
        answers: Whether it does.
    """

    def __init__(
        self, url: str, agent: str = "ann", *, codec: Codec = MSGPACK, life: str = ""
    ) -> None:
        self.life = life or f"life {next(_lives)}"
        self.id = agent
        self._codec = codec
        self._link = contextlib.ExitStack()
        self._socket = self._link.enter_context(
            connect(url.replace("http", "ws", 1) + "/agents/link", subprotocols=[SUBPROTOCOL])
        )
        self._heard: list[frames.ToWorker] = []
        self.held: tuple[frames.Held, ...] = ()
        self.answers = True

    def __enter__(self) -> Self:
        """It is open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._link.close()

    def say(self, *said: Frame) -> None:
        """Say all that, in one message."""
        data = self._codec.write(said)
        self._socket.send(data if self._codec is MSGPACK else data.decode())

    def say_raw(self, data: str | bytes) -> None:
        """Say something that is perhaps no frame."""
        self._socket.send(data)

    def hello(
        self,
        *held: frames.Held,
        grace: float | None = None,
        replace: bool = False,
        **options: object,
    ) -> None:
        """Say who it is."""
        worker = frames.Worker(id=self.id, **options)  # type: ignore[arg-type]
        self.say(
            frames.Hello(
                worker=worker, life=self.life, protocol=1, held=held, grace=grace, replace=replace
            )
        )

    def join(self, *held: frames.Held, **options: object) -> frames.Welcome:
        """Say who it is, and be welcome."""
        self.hello(*held, **options)  # type: ignore[arg-type]
        return self.expect(frames.Welcome)

    def expect(self, kind: type[F], fits: Callable[[F], bool] = lambda _: True) -> F:
        """The next frame of that kind; others before it are passed over."""
        for frame in self.hear():
            if isinstance(frame, kind) and fits(frame):
                return frame
        raise AssertionError(f"the link was closed before there was a {kind.__name__}")

    def hear(self) -> Iterator[frames.ToWorker]:
        """What is said to it, until the link is closed."""
        while True:
            if not self._heard:
                try:
                    data = self._socket.recv(LONG)
                except ConnectionClosed:
                    return
                self._heard = self._codec.hear(data if isinstance(data, bytes) else data.encode())
            frame = self._heard.pop(0)
            if isinstance(frame, frames.Reconcile) and self.answers:
                self.say(frames.Running(epoch=frame.epoch, held=self.held))
            yield frame

    def done(self, assign: frames.Assign, result: object = None) -> None:
        """Say that it is done."""
        payload = pack(result, what="the result")
        self.say(frames.Done(token=assign.token, result=self._codec.raw(payload)))


Making = Callable[..., Peer]
"""Makes workers, as the fixture `peer` does."""
