"""AutoGen core: agents of a `SingleThreadedAgentRuntime`, on an event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from contestants import SLOTS, Results

from peers import needed
from peers.looped import Looped

_core: Any = needed("autogen_core")
_Agent: Any = _core.BaseAgent


class _Worker(_Agent):  # type: ignore[misc, valid-type, unused-ignore]
    """Answers."""

    async def on_message_impl(self, message: str, ctx: object) -> float | None:
        """Do nothing, or tell the time."""
        del ctx
        return time.perf_counter() if message == "time" else None


class Peer(Looped):
    """A fleet of agents, asked in turn."""

    name = "AutoGen core"
    most = 2_000

    async def opened(self) -> None:
        """A runtime with all agents in it."""
        self._runtime = _core.SingleThreadedAgentRuntime()
        await _Worker.register(self._runtime, "worker", lambda: _Worker("does nothing"))
        self._runtime.start()
        self._ids = [_core.AgentId("worker", str(number)) for number in range(SLOTS)]

    async def closed(self) -> None:
        """Stop it."""
        await self._runtime.stop()

    async def _ask(self, number: int, message: str = "do") -> Any:  # noqa: ANN401 - its answer
        return await self._runtime.send_message(message, self._ids[number % SLOTS])

    def independent(self, count: int) -> Results:
        """Ask all, then collect."""
        return self.on_loop(self._all(count))

    async def _all(self, count: int) -> Results:
        return await asyncio.gather(*(self._ask(number) for number in range(count)))

    def chain(self, count: int) -> Results:
        """One after the other."""
        return self.on_loop(self._one_by_one(count))

    async def _one_by_one(self, count: int) -> Results:
        return [await self._ask(number) for number in range(count)]

    def start_delay(self) -> float:
        """Seconds from asking until it is received."""
        asked = time.perf_counter()
        return float(self.on_loop(self._ask(0, "time"))) - asked
