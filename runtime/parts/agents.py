"""Who works: agents go, give signs of life and change their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import NOBODY, SCHEDULER, SUPERVISOR, Address, AgentId
from callboard.messages.commands import (
    ForgetHonesty,
    Forgotten,
    Heartbeat,
    ResizeAgent,
    UnregisterAgent,
)
from callboard.messages.values import replace
from callboard.messages.work import LoadSeen
from callboard.runtime.executors.waiting import share_of, text_of
from callboard.runtime.parts.joining import JoiningCalls
from callboard.runtime.submission import busy_of, load_of

if TYPE_CHECKING:
    from callboard.runtime.calls import Call

_ANSWER = 1.0
"""Seconds that an answer has beyond the limit of what it answers."""


class AgentCalls(JoiningCalls):
    """What may be asked of a runtime about its agents."""

    def unregister(
        self, agent: AgentId, *, drain: bool = False, timeout: float | None = None
    ) -> None:
        """Let an agent go.

        Args:
            agent: Its id.
            drain: It finishes what it runs, within *timeout*; otherwise that is
                requeued at once.
            timeout: Seconds; None for the runtime's `call_timeout`.

        Raises:
            UnknownAgent: There is none with that id.
        """
        self._letting_go(agent, drain=drain, timeout=timeout).now()

    async def aunregister(
        self,
        agent: AgentId,
        *,
        drain: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as `unregister`
    ) -> None:
        """The twin of `unregister`."""
        await self._letting_go(agent, drain=drain, timeout=timeout)

    def heartbeat(
        self, agent: AgentId, *, cpu: float | None = None, memory: float | None = None
    ) -> None:
        """A sign of life of an agent that runs its work by itself.

        From the first one on it is expected to give them. What follows is a timestamp
        (`last_heartbeat` of `agents()`), which takes about a microsecond and waits for
        nobody; it is looked at when `Config.heartbeat_timeout` is reached.

        Args:
            agent: Its id.
            cpu: Busy part of its processors, in [0, 1]; with too much of it it gets
                nothing new (`Config.overload`). None says nothing.
            memory: Part of its memory that is taken, likewise.

        Raises:
            InvalidCall: A figure is no number from 0 to 1.
            UnknownAgent: There is none with that id.
        """
        if not self._noted(agent, cpu, memory):
            self._beating(agent, cpu, memory).now()

    async def aheartbeat(
        self, agent: AgentId, *, cpu: float | None = None, memory: float | None = None
    ) -> None:
        """The twin of `heartbeat`."""
        if not self._noted(agent, cpu, memory):
            await self._beating(agent, cpu, memory)

    def beat(
        self, agent: AgentId, *, cpu: float | None = None, memory: float | None = None
    ) -> None:
        """As `heartbeat`, for doors: nobody waits for an answer, not even by awaiting it.

        Raises:
            InvalidCall: A figure is no number from 0 to 1.
        """
        if self._noted(agent, cpu, memory):
            return
        said = _heartbeat(agent, cpu, memory, NOBODY)
        self._check_open()
        if self._noted(agent, None, None):  # so there is nothing but the figures to be told
            seen = LoadSeen(agent=said.agent, cpu=said.cpu, memory=said.memory)
            self._post.tell(SCHEDULER, seen)
        else:
            self._post.tell(SCHEDULER, said)

    def resize(self, agent: AgentId, max_load: int, *, elsewhere: int | None = None) -> None:
        """Change how many subtasks an agent may run at once.

        Args:
            agent: Its id.
            max_load: So many.
            elsewhere: So many of them it runs for others than this runtime, which cannot
                know that; None leaves what was said before.

        Raises:
            InvalidOption: That is no whole number above 0, or the other one none from 0 on.
            UnknownAgent: There is none with that id.
        """
        self._resizing(agent, max_load, elsewhere).now()

    async def aresize(self, agent: AgentId, max_load: int, *, elsewhere: int | None = None) -> None:
        """The twin of `resize`."""
        await self._resizing(agent, max_load, elsewhere)

    def forget_bids(self, agent: AgentId = "") -> int:
        """Take the next bids of an agent at their word, as if it had never bid.

        Args:
            agent: Its id, also of one that is not registered now; "" for all.

        Returns:
            Of how many agents something was known; 0 is harmless, and may be a wrong name.
        """
        return self._forgetting_bids(agent).now()

    async def aforget_bids(self, agent: AgentId = "") -> int:
        """The twin of `forget_bids`."""
        return await self._forgetting_bids(agent)

    # How

    def _forgetting_bids(self, agent: AgentId) -> Call[int]:
        whose = agent and text_of("agent", agent)
        self._check_open()
        return self._calls.visit(
            "forget bids",
            SCHEDULER,
            lambda here: ForgetHonesty(agent=whose, reply_to=here),
            Forgotten,
            lambda forgotten: forgotten.count,
            door=self._doors.scheduler,
        )

    def _letting_go(self, agent: AgentId, *, drain: bool, timeout: float | None) -> Call[None]:
        leaver, seconds = text_of("agent", agent), self._calls.limit(timeout)
        self._check_open()
        return self._calls.command(
            f"unregister {leaver}",
            SUPERVISOR,
            lambda here: UnregisterAgent(agent=leaver, drain=drain, seconds=seconds, reply_to=here),
            seconds + _ANSWER,
        )

    def _noted(self, agent: object, cpu: float | None, memory: float | None) -> bool:
        """Whether it was a mere sign of life, and one that somebody looks for."""
        if cpu is not None or memory is not None or self._leaving or self._broken is not None:
            return False
        return isinstance(agent, str) and self._beats.note(agent)

    def _beating(
        self, agent: AgentId, cpu: float | None = None, memory: float | None = None
    ) -> Call[None]:
        said = _heartbeat(agent, cpu, memory, NOBODY)
        self._check_open()
        return self._scheduling("heartbeat", lambda here: replace(said, reply_to=here))

    def _resizing(self, agent: AgentId, max_load: int, elsewhere: int | None = None) -> Call[None]:
        resized, load = text_of("agent", agent), load_of(max_load)
        taken = None if elsewhere is None else busy_of(elsewhere)
        self._check_open()
        return self._calls.command(
            "resize",
            SUPERVISOR,
            lambda here: ResizeAgent(agent=resized, max_load=load, elsewhere=taken, reply_to=here),
        )


def _heartbeat(
    agent: AgentId, cpu: float | None, memory: float | None, reply_to: Address
) -> Heartbeat:
    busy = None if cpu is None else share_of("cpu", cpu)
    taken = None if memory is None else share_of("memory", memory)
    return Heartbeat(agent=text_of("agent", agent), cpu=busy, memory=taken, reply_to=reply_to)
