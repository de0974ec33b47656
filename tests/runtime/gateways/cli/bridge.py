"""A server's application without a socket, for a client that blocks; and servers of one answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from callboard.runtime.gateways.cli.carrier import Asked, Reply, Stream

if TYPE_CHECKING:
    from starlette.applications import Starlette


class Played:
    """A carrier without a network: whatever is asked, that function answers.

    Args:
        handle: Answers, or raises.
    """

    def __init__(self, handle: Callable[[Asked], Reply | Lines]) -> None:
        self._handle = handle

    def send(self, asked: Asked) -> Reply:
        """Ask."""
        found = self._handle(asked)
        assert isinstance(found, Reply)
        return found

    @contextlib.contextmanager
    def stream(self, asked: Asked) -> Generator[Stream]:
        """Ask."""
        found = self._handle(asked)
        yield found if isinstance(found, Lines) else Lines(found.body.decode(), found)

    def close(self) -> None:
        """There is nothing to close."""


class Lines:
    """An answer that comes line by line, and may break off.

    Args:
        text: All that comes.
        reply: Its status and kind.
        then: What ends it in place of its end.
    """

    def __init__(
        self, text: str, reply: Reply | None = None, *, then: Exception | None = None
    ) -> None:
        self.status = 200 if reply is None else reply.status
        self.kind = "text/event-stream" if reply is None else reply.kind
        self._text, self._then = text, then

    def read(self) -> bytes:
        """All of it."""
        return self._text.encode()

    def lines(self) -> Iterator[str]:
        """Line by line."""
        whole = self._text.split("\n")
        yield from whole[:-1] if self._then is None else whole
        if self._then is not None:
            raise self._then


def says(data: Any, status: int = 200) -> Reply:
    """That data as JSON."""
    return Reply(status, "application/json", json.dumps(data).encode())


class Bridge:
    """Carries requests to an application that runs on a loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._app = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bridge")

    def send(self, asked: Asked) -> Reply:
        """Ask, and wait."""
        return asyncio.run_coroutine_threadsafe(self._ask(asked), self._loop).result(30)

    async def _ask(self, asked: Asked) -> Reply:
        async with httpx.AsyncClient(transport=self._app) as client:
            answer = await client.request(
                asked.method,
                f"http://board.example{asked.target}",
                headers=dict(asked.headers),
                content=asked.body,
            )
        return Reply(answer.status_code, answer.headers["content-type"], answer.content)

    def stream(self, asked: Asked) -> contextlib.AbstractContextManager[Stream]:
        """Nobody asks for that here."""
        raise NotImplementedError

    def close(self) -> None:
        """The loop ends with the bridge."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
