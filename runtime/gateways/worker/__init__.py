"""The worker's side of a link: agents of this process do the work of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.runtime.gateways.worker.worker import Worker

__all__ = ["Worker"]


def __getattr__(name: str) -> object:
    """Load it on its first use: nothing else here needs asyncio and executors."""
    if name != "Worker":
        raise AttributeError(name)
    from callboard.runtime.gateways.worker import worker  # noqa: PLC0415

    return worker.Worker
