"""A door that is asked without a socket: the application of REST, request by request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import httpx

from callboard.runtime.gateways.rest.app import build

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from callboard import Runtime
    from callboard.runtime.gateways.rest.guarding import Guard


class Asked:
    """Asks the application of a runtime, one request after the other.

    Args:
        runtime: Stands behind it.
        guard: Decides who may ask what.
    """

    def __init__(self, runtime: Runtime, guard: Guard | None = None) -> None:
        self.app = build(runtime, guard=guard)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._client.aclose())
        self._runner.__exit__(kind, error, trace)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer to one request."""
        return self._runner.run(self._client.request(method, path, **more))

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What is answered, which must be a success."""
        return self._well(self.ask("GET", path, params=query))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """What is answered, which must be a success."""
        return self._well(self.ask("POST", path, json=body))

    def refused(self, method: str, path: str, **more: Any) -> tuple[int, Mapping[str, Any]]:
        """Status and body of what must be a refusal."""
        answer = self.ask(method, path, **more)
        assert answer.status_code >= 400, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json()

    @staticmethod
    def _well(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        assert told.pop("success") is True
        return told
