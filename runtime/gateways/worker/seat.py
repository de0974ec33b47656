"""An agent of a worker, from its begin until it has left its server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from callboard.runtime.gateways.worker.life import Life
from callboard.runtime.gateways.worker.linking import Linking
from callboard.runtime.gateways.worker.news import Left
from callboard.runtime.gateways.worker.outbox import Outbox

if TYPE_CHECKING:
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.gateways.worker.around import Surroundings

ENDS = "the worker ends"
"""Why what still runs is stopped then."""

SPARE = 2.0
"""Seconds that a server has beyond the grace to say that it has let an agent go."""


class Seat:
    """One agent; to be used on the event loop of its worker.

    Args:
        definition: The agent.
        around: What it shares with the others.

    Attributes:
        welcomed: Set when it is welcome for the first time.
    """

    def __init__(self, definition: AgentDefinition, around: Surroundings) -> None:
        self.welcomed = asyncio.Event()
        self._agent = definition.agent
        self._around = around
        outbox = Outbox()
        self._linking = Linking(self._agent.id, around, outbox, self.welcomed.set)
        self._life = Life(definition, around, outbox.put)
        self._leaving = False
        self._cut: tuple[str, ...] = ()

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the subtasks that it is at."""
        return self._life.tenure.running

    async def run(self) -> None:
        """Be at the server until it has left.

        Raises:
            ServerUnreachable: Nobody has answered for too long.
            CallboardError: It is not taken in, or cannot begin.
        """
        life = self._life
        keeping = None
        try:
            await life.begin()
            keeping = asyncio.ensure_future(life.keep_up())
            await self._linking.serve(life)
            self._cut, untold = self._cut or self.running, life.tenure.untold
            await life.stop(ENDS, self._around.stop_grace)
            await life.finish()
        finally:
            if keeping is not None:
                keeping.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeping
            await life.close()
        why = "" if self._leaving else life.reason
        left = Left(agent=self._agent.id, why=why, cut=self._cut, untold=untold)
        self._around.tell(left)

    def drain(self, grace: float) -> None:
        """Leave: what runs may end, for so many seconds; what then still runs is stopped."""
        if self._leaving:
            return
        self._leaving = True
        self._life.do_all(self._life.tenure.drain(grace + SPARE))
        loop = asyncio.get_running_loop()
        loop.call_later(grace if self._life.tenure.busy else grace + SPARE, self.hurry)

    def hurry(self) -> None:
        """Leave now, whatever runs."""
        self._leaving = True
        if not self._life.over.is_set():
            self._cut = self.running
            self._life.do_all(self._life.tenure.leave(ENDS))
