"""A server's application without a socket, for a client that blocks."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

import httpx
from starlette.applications import Starlette


class Bridge(httpx.BaseTransport):
    """Carries requests to an application that runs on a loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._app = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bridge")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and wait."""
        return asyncio.run_coroutine_threadsafe(self._ask(request), self._loop).result(30)

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)

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
