"""A handler's call, made so that it ends with its result encoded."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from callboard.messages.errors.data import NotEncodable
from callboard.messages.user import pack
from callboard.messages.values import Payload
from callboard.runtime.executors.handlers import Handler

_NOTHING = Payload()


def packing(
    handler: Handler, arguments: Callable[[], tuple[object, object]], what: str
) -> Callable[[], Any]:
    """A call of the handler that ends with its result encoded."""
    if handler.is_async:

        async def awaited() -> Payload:
            return pack(await handler(*arguments()), what=what)

        return awaited

    return lambda: packed(handler(*arguments()), lambda: what)


def packed(value: object, what: Callable[[], str]) -> Payload:
    """What code that is not async has returned, encoded.

    Args:
        value: What it has returned.
        what: How an error names it; asked for only where it is needed.

    Raises:
        NotEncodable: It cannot be encoded, or is a coroutine that nobody would await.
    """
    if value is None:  # the most frequent result by far
        return _NOTHING
    named = what()
    return pack(settled_value(value, named), what=named)


def settled_value(value: object, what: str) -> object:
    """The value that code which is not async returned.

    Raises:
        NotEncodable: It is a coroutine that nobody would await.
    """
    if inspect.iscoroutine(value):
        value.close()
        raise NotEncodable(what, "it is a coroutine; declare the handler with `async def`")
    return value
