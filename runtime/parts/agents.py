"""Who works: agents come, go, give signs of life and change their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from callboard.messages.base import SCHEDULER, SUPERVISOR, AgentId
from callboard.messages.commands import (
    Done,
    ForgetHonesty,
    Forgotten,
    Heartbeat,
    RegisterAgent,
    ResizeAgent,
    UnregisterAgent,
)
from callboard.messages.errors.agents import AgentIdTaken
from callboard.runtime.core import Core
from callboard.runtime.executors.definition import AgentOptions, definition_of
from callboard.runtime.executors.waiting import share_of, text_of
from callboard.runtime.submission import load_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from callboard.messages import values
    from callboard.runtime.calls import Call

_ANSWER = 1.0
"""Seconds that an answer has beyond the limit of what it answers."""


class AgentCalls(Core):
    """What may be asked of a runtime about its agents."""

    def register(self, agent: object, **options: Unpack[AgentOptions]) -> AgentId:
        """Take an agent into the company; also while goals run.

        Args:
            agent: A function, coroutine function, bound method, class or instance, with
                the options of `callboard.agent` or decorated with them.
            options: What `callboard.agent` takes; they go before the decorator's.

        Returns:
            Its id.

        Raises:
            InvalidAgent: It cannot be registered as it is; AgentIdTaken among others.
        """
        return self._registering(agent, options).now()

    async def aregister(self, agent: object, **options: Unpack[AgentOptions]) -> AgentId:
        """The twin of `register`."""
        return await self._registering(agent, options)

    def register_remote(self, agent: values.Agent, *, replace: bool = False) -> AgentId:
        """Take in an agent that runs its work by itself and asks for it (pull mode).

        Args:
            agent: What is known of it.
            replace: It may take the place of another one with its id.

        Raises:
            AgentIdTaken: Another agent has that id, and *replace* is False.
        """
        return self._registering_remote(agent, replace=replace).now()

    async def aregister_remote(self, agent: values.Agent, *, replace: bool = False) -> AgentId:
        """The twin of `register_remote`."""
        return await self._registering_remote(agent, replace=replace)

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

        Args:
            agent: Its id.
            cpu: Busy part of its processors, in [0, 1]; with too much of it it gets
                nothing new (`Config.overload`). None says nothing.
            memory: Part of its memory that is taken, likewise.

        Raises:
            InvalidCall: A figure is no number from 0 to 1.
            UnknownAgent: There is none with that id.
        """
        self._beating(agent, cpu, memory).now()

    async def aheartbeat(
        self, agent: AgentId, *, cpu: float | None = None, memory: float | None = None
    ) -> None:
        """The twin of `heartbeat`."""
        await self._beating(agent, cpu, memory)

    def resize(self, agent: AgentId, max_load: int) -> None:
        """Change how many subtasks an agent may run at once.

        Raises:
            InvalidOption: That is no whole number above 0.
            UnknownAgent: There is none with that id.
        """
        self._resizing(agent, max_load).now()

    async def aresize(self, agent: AgentId, max_load: int) -> None:
        """The twin of `resize`."""
        await self._resizing(agent, max_load)

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

    def _registering(self, agent: object, options: AgentOptions) -> Call[AgentId]:
        definition = definition_of(agent, **options)
        self._check_open()
        if not self._cast.engage(definition.agent):
            raise AgentIdTaken(definition.agent.id)
        self._crew.engage(definition)
        return self._joining(definition.agent, replace=False)

    def _registering_remote(self, agent: values.Agent, *, replace: bool) -> Call[AgentId]:
        text_of("agent.id", agent.id)
        self._check_open()
        if not self._cast.engage(agent, replace=replace):
            raise AgentIdTaken(agent.id)
        return self._joining(agent, replace=replace)

    def _joining(self, agent: values.Agent, *, replace: bool) -> Call[AgentId]:
        joining = self._calls.ask(
            "register",
            SUPERVISOR,
            lambda here: RegisterAgent(agent=agent, replace=replace, reply_to=here),
            Done,
            lambda _: agent.id,
        )
        if not replace:
            joining.future.add_done_callback(lambda done: self._joined(done, agent.id))
        return joining

    def _joined(self, done: Future[AgentId], agent: AgentId) -> None:
        """Who was refused must not look like a member; of who got no answer nobody knows."""
        if not done.cancelled() and done.exception() is not None:
            self._dismiss(agent)

    def _letting_go(self, agent: AgentId, *, drain: bool, timeout: float | None) -> Call[None]:
        leaver, seconds = text_of("agent", agent), self._calls.limit(timeout)
        self._check_open()
        return self._calls.command(
            f"unregister {leaver}",
            SUPERVISOR,
            lambda here: UnregisterAgent(agent=leaver, drain=drain, seconds=seconds, reply_to=here),
            seconds + _ANSWER,
        )

    def _beating(
        self, agent: AgentId, cpu: float | None = None, memory: float | None = None
    ) -> Call[None]:
        alive = text_of("agent", agent)
        busy = None if cpu is None else share_of("cpu", cpu)
        taken = None if memory is None else share_of("memory", memory)
        self._check_open()
        return self._scheduling(
            "heartbeat",
            lambda here: Heartbeat(agent=alive, cpu=busy, memory=taken, reply_to=here),
        )

    def _resizing(self, agent: AgentId, max_load: int) -> Call[None]:
        resized, load = text_of("agent", agent), load_of(max_load)
        self._check_open()
        return self._calls.command(
            "resize",
            SUPERVISOR,
            lambda here: ResizeAgent(agent=resized, max_load=load, reply_to=here),
        )
