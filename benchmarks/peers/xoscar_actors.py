"""xoscar: actors of one pool, on an event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from contestants import SLOTS, Results

from peers import needed
from peers.looped import Looped

_xoscar: Any = needed("xoscar")
_Actor: Any = _xoscar.Actor


class _Worker(_Actor):  # type: ignore[misc, valid-type, unused-ignore]
    """Answers."""

    def do(self) -> None:
        """Do nothing."""

    def clock(self) -> float:
        """Tell the time."""
        return time.perf_counter()


class Peer(Looped):
    """A fleet of actors, asked in turn."""

    name = "xoscar"
    most = 2_000

    async def opened(self) -> None:
        """A pool with all actors in it."""
        self._pool = await _xoscar.create_actor_pool("127.0.0.1", n_process=0)
        address = self._pool.external_address
        self._workers = [
            await _xoscar.create_actor(_Worker, address=address, uid=f"worker-{number}")
            for number in range(SLOTS)
        ]

    async def closed(self) -> None:
        """Stop the pool."""
        await self._pool.stop()

    def independent(self, count: int) -> Results:
        """Ask all, then collect."""
        return self.on_loop(self._all(count))

    async def _all(self, count: int) -> Results:
        return await asyncio.gather(*(self._workers[n % SLOTS].do() for n in range(count)))

    def chain(self, count: int) -> Results:
        """One after the other."""
        return self.on_loop(self._one_by_one(count))

    async def _one_by_one(self, count: int) -> Results:
        return [await self._workers[number % SLOTS].do() for number in range(count)]

    def start_delay(self) -> float:
        """Seconds from asking until it is received."""
        asked = time.perf_counter()
        return self.on_loop(self._clock()) - asked

    async def _clock(self) -> float:
        return float(await self._workers[0].clock())
