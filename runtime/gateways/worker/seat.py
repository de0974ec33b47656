"""An agent of a worker: its lives, one after the other, until it has left its server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from callboard.messages.errors.base import CallboardError
from callboard.runtime.gateways.worker.life import Life
from callboard.runtime.gateways.worker.linking import Linking
from callboard.runtime.gateways.worker.news import Left, Renewed
from callboard.runtime.gateways.worker.outbox import Outbox
from callboard.runtime.gateways.worker.retrying import Retrying

if TYPE_CHECKING:
    from callboard.runtime.executors.definition import AgentDefinition
    from callboard.runtime.gateways.worker.around import Surroundings

ENDS = "the worker ends"
"""Why what still runs is stopped then."""

SPARE = 2.0
"""Seconds beyond the others after which nobody is waited for any more."""


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
        self._definition = definition
        self._agent = definition.agent
        self._around = around
        self._outbox = Outbox()
        self._linking = Linking(self._agent.id, around, self._outbox, self.welcomed.set)
        self._lives = Retrying(f"a life of {self._agent.id}")
        self._life: Life | None = None
        self._leaving = asyncio.Event()
        self._grace = 0.0
        self._cut: tuple[str, ...] = ()

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the subtasks that it is at."""
        return () if self._life is None else self._life.tenure.running

    async def run(self) -> None:
        """Be at the server until it has left.

        Raises:
            ServerUnreachable: Nobody has answered for too long.
            CallboardError: It is not taken in, or cannot begin.
        """
        life = await self._live(succeeds=False)
        while life.again and not self._leaving.is_set():
            await self._wait(life.again)
            if self._leaving.is_set():
                break
            life = await self._live(succeeds=True)
        tenure = life.tenure
        cut = self._cut or tenure.running
        left = Left(agent=self._agent.id, why=life.reason, cut=cut, untold=tenure.untold)
        self._around.tell(left)

    def drain(self, grace: float) -> None:
        """Leave: what runs may end, for so many seconds; what then still runs is stopped."""
        if self._leaving.is_set():
            return
        self._leaving.set()
        self._grace = grace
        loop = asyncio.get_running_loop()
        if self._life is not None:
            self._life.do_all(self._life.tenure.drain(self._patience))
        loop.call_later(grace, self._cut_off)
        loop.call_later(self._patience, self.hurry)

    def hurry(self) -> None:
        """Leave now, whatever runs."""
        self._leaving.set()
        self._cut = self._cut or self.running
        if self._life is not None:
            self._life.over.set()

    @property
    def _patience(self) -> float:
        return self._grace + self._around.stop_grace + SPARE

    def _cut_off(self) -> None:
        life = self._life
        if life is not None and not life.over.is_set():
            self._cut = life.tenure.running
            life.do_all(life.tenure.stop_all(ENDS, asyncio.get_running_loop().time()))

    async def _live(self, *, succeeds: bool) -> Life:
        """One life, from its begin to its end."""
        life = self._life = Life(
            self._definition,
            self._around.server.url,
            self._around.workshop,
            say=self._outbox.put,
            tell=self._around.tell,
            succeeds=succeeds,
        )
        try:
            await self._begin(life, succeeds=succeeds)
            if not life.again:
                await self._linking.serve(life)
            if not life.again:
                await life.finish()
        finally:
            await life.close(0.0 if life.again else self._around.stop_grace)
        return life

    async def _begin(self, life: Life, *, succeeds: bool) -> None:
        try:
            await life.begin()
        except CallboardError as error:
            if not succeeds:
                raise
            life.again = str(error)
        else:
            self._lives.linked(asyncio.get_running_loop().time())

    async def _wait(self, why: str) -> None:
        """Before another life begins."""
        seconds = self._lives.failed(asyncio.get_running_loop().time()) or 0.0
        self._around.tell(Renewed(agent=self._agent.id, why=why, seconds=seconds))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)
