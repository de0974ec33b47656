"""Agents come: one, or a whole company in one call."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Unpack

from callboard.messages.base import SUPERVISOR, AgentId
from callboard.messages.commands import Done, RegisterAgent, RegisterAgents
from callboard.messages.errors.agents import AgentIdTaken, AgentWithoutId
from callboard.messages.values import replace
from callboard.runtime.core import Core
from callboard.runtime.executors.company import GivenCompany, recruits_of
from callboard.runtime.executors.definition import AgentOptions, definition_of
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from callboard.messages import values
    from callboard.runtime.calls import Call
    from callboard.runtime.crew import Elsewhere

TOGETHER = 256
"""Agents of a company that join in one turn of the supervisor; others want one in between."""


class JoiningCalls(Core):
    """How agents get into a runtime."""

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

    def enrol(self, agent: values.Agent) -> AgentId:
        """Take in an agent in pull mode, or take note of what it says of itself now.

        Who is there already keeps its load and its `max_load`; its skills are replaced.

        Args:
            agent: What is known of it; that it is in pull mode goes without saying.

        Raises:
            AgentWithoutId: Its id is empty.
            AgentIdTaken: An agent of that id runs its work by itself.
        """
        return self._enrolling(agent).now()

    async def aenrol(self, agent: values.Agent) -> AgentId:
        """The twin of `enrol`."""
        return await self._enrolling(agent)

    async def aregister_elsewhere(
        self, agent: values.Agent, place: Elsewhere, *, replace: bool = False
    ) -> AgentId:
        """Take in an agent whose code runs in another program, which has a link to us.

        It is pushed to, watched and restarted like any other; `place` carries out what
        its actor wants done. For doors; programs use `callboard worker`.

        Args:
            agent: What is known of it.
            place: Where it is.
            replace: It may take the place of another one with its id.

        Raises:
            AgentIdTaken: Another agent has that id, and *replace* is False.
        """
        text_of("agent.id", agent.id)
        self._check_open()
        if not self._cast.engage(agent, replace=replace):
            raise AgentIdTaken(agent.id)
        self._crew.engage_elsewhere(agent.id, place)
        return await self._joining(agent, replace=replace)

    def register_all(
        self, agents: GivenCompany, **options: Unpack[AgentOptions]
    ) -> tuple[AgentId, ...]:
        """Take many agents into the company with one call, all of them or none.

            runtime.register_all([analyst, writer, Reviewer])
            runtime.register_all({f"scraper-{n}": scrape for n in range(10_000)}, skills=["http"])

        Nothing is registered where one of them is refused.

        Args:
            agents: As `register` takes each of them; or a mapping from their ids to them,
                in which one and the same function or class may come many times.
            options: Of all of them, as `callboard.agent` takes them, but for `id`; they go
                before those of decorators.

        Returns:
            Their ids, in the same order.

        Raises:
            InvalidCall: They are no agents that could be gone through.
            InvalidAgent: One of them cannot be registered as it is; AgentIdTaken among
                others, also where two of them have one id.
        """
        return self._registering_all(agents, options).now()

    async def aregister_all(
        self, agents: GivenCompany, **options: Unpack[AgentOptions]
    ) -> tuple[AgentId, ...]:
        """The twin of `register_all`."""
        return await self._registering_all(agents, options)

    # How

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

    def _enrolling(self, agent: values.Agent) -> Call[AgentId]:
        if not text_of("agent.id", agent.id).strip():
            raise AgentWithoutId(repr(agent.id))
        self._check_open()
        enrolled = self._cast.enrol(replace(agent, pull=True))
        if enrolled is None:
            raise AgentIdTaken(agent.id)
        return self._joining(enrolled, replace=True)

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

    # How many do

    def _registering_all(
        self, agents: GivenCompany, options: AgentOptions
    ) -> Call[tuple[AgentId, ...]]:
        recruits = recruits_of(agents, options)
        members = recruits.agents
        ids = self._engage_all(members)
        self._crew.engage_all(ids, recruits.definitions)
        return self._joining_all(members, ids)

    def _engage_all(self, members: Sequence[values.Agent]) -> tuple[AgentId, ...]:
        self._check_open()
        taken = self._cast.engage_all(members)
        if taken is not None:
            raise AgentIdTaken(taken)
        return tuple([member.id for member in members])

    def _joining_all(
        self, members: Sequence[values.Agent], ids: tuple[AgentId, ...]
    ) -> Call[tuple[AgentId, ...]]:
        joined: Future[tuple[AgentId, ...]] = Future()
        self._join_on(iter(_parts(members)), joined, ids)
        return self._calls.call(joined, "register all", self._calls.limit(None))

    def _join_on(
        self,
        parts: Iterator[tuple[values.Agent, ...]],
        joined: Future[tuple[AgentId, ...]],
        ids: tuple[AgentId, ...],
    ) -> None:
        """Have the next part join once the one before has, whether somebody waits or not."""
        part = next(parts, None)
        if part is None:
            if joined.set_running_or_notify_cancel():
                joined.set_result(ids)
            return

        def settled(done: Future[None]) -> None:
            error = done.exception()
            if error is None:
                self._join_on(parts, joined, ids)
                return
            for late in (part, *parts):
                self._dismiss_all(late)
            if joined.set_running_or_notify_cancel():
                joined.set_exception(error)

        self._calls.begin(
            SUPERVISOR,
            lambda here: RegisterAgents(agents=part, reply_to=here),
            Done,
            lambda _: None,
        ).add_done_callback(settled)

    def _dismiss_all(self, agents: Sequence[values.Agent]) -> None:
        for agent in agents:
            self._dismiss(agent.id)


def _parts(agents: Sequence[values.Agent]) -> list[tuple[values.Agent, ...]]:
    return [tuple(agents[first : first + TOGETHER]) for first in range(0, len(agents), TOGETHER)]
