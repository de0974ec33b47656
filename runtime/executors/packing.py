"""A handler's call, made so that it ends with its result encoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callboard.messages.user import pack
from callboard.messages.values import Payload
from callboard.runtime.executors.handlers import Handler
from callboard.runtime.executors.runs import settled_value


def packing(
    handler: Handler, arguments: Callable[[], tuple[object, object]], what: str
) -> Callable[[], Any]:
    """A call of the handler that ends with its result encoded."""
    if handler.is_async:

        async def awaited() -> Payload:
            return pack(await handler(*arguments()), what=what)

        return awaited

    return lambda: pack(settled_value(handler(*arguments()), what), what=what)
