"""What takes a while, done beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def aside(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What *work* answers, which may block: a thread does it meanwhile."""
    # Here, as it is slow to load: clients know the operations too, and have no loop.
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(work, *given, **named)
