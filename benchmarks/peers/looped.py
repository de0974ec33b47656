"""What peers share that live on an event loop: it runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from contestants import SECONDS, InStages

T = TypeVar("T")


class Looped(InStages):
    """A loop in a thread; a peer opens and closes itself on it."""

    async def opened(self) -> None:
        """Start."""

    async def closed(self) -> None:
        """Stop."""

    def __enter__(self) -> Self:
        """Start the loop, and the peer."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.on_loop(self.opened())
        return self

    def __exit__(self, *error: object) -> None:
        """Stop both."""
        self.on_loop(self.closed())
        self.on_loop(_the_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done there, and wait."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


async def _the_rest() -> None:
    """What a peer has left running on the loop is called off."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
