"""Agents: who is there, and what they may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import AgentId
from callboard.runtime.gateways.operations.bounds import Some
from callboard.runtime.gateways.operations.operation import Answer, Operation, Request, Scope
from callboard.runtime.gateways.operations.views import AgentView, agent_view

if TYPE_CHECKING:
    from callboard.runtime.runtime import Runtime


class ListAgents(Request):
    """All registered agents, in the order of their registration."""


class AskAgent(Request):
    """Which agent.

    Attributes:
        agent_id: Its id.
    """

    agent_id: AgentId


class PauseAgent(Request):
    """Give an agent nothing new.

    Attributes:
        agent_id: Its id.
        reason: For people.
        interrupt: What it runs is taken back at once, with its checkpoint.
    """

    agent_id: AgentId
    reason: str = ""
    interrupt: bool = False


class DrainAgent(Request):
    """Let an agent go once it has done what it has; this is answered then.

    Attributes:
        agent_id: Its id.
        timeout: Seconds that it may take; what it has not done then goes to others.
    """

    agent_id: AgentId
    timeout: Some = 10.0


class OneAgent(Answer):
    """An agent.

    Attributes:
        agent: How it stands.
    """

    agent: AgentView


class Agents(Answer):
    """Who is registered.

    Attributes:
        agents: In the order of their registration.
        count: How many there are.
    """

    agents: tuple[AgentView, ...]
    count: int


class Gone(Answer):
    """An agent is gone.

    Attributes:
        message: What was done, for people.
    """

    message: str


async def _list(runtime: Runtime, _: ListAgents) -> Agents:
    records = runtime.agents()
    views = runtime.hub.read(lambda _: tuple(map(agent_view, records.values())))
    return Agents(agents=views, count=len(views))


async def _get(runtime: Runtime, asked: AskAgent) -> OneAgent:
    record = runtime.hub.agent(asked.agent_id)
    return OneAgent(agent=runtime.hub.read(lambda _: agent_view(record)))


async def _pause(runtime: Runtime, asked: PauseAgent) -> OneAgent:
    await runtime.apause_agent(asked.agent_id, asked.reason, interrupt=asked.interrupt)
    return await _get(runtime, AskAgent(agent_id=asked.agent_id))


async def _resume(runtime: Runtime, asked: AskAgent) -> OneAgent:
    await runtime.aresume_agent(asked.agent_id)
    return await _get(runtime, asked)


async def _drain(runtime: Runtime, asked: DrainAgent) -> Gone:
    await runtime.aunregister(asked.agent_id, drain=True, timeout=asked.timeout)
    return Gone(message=f"Agent {asked.agent_id} has done what it had, and is gone")


AGENTS = (
    Operation(
        name="list_agents",
        method="GET",
        path="/agents",
        summary="List the registered agents",
        tag="agents",
        scope=Scope.READER,
        request=ListAgents,
        answer=Agents,
        do=_list,
        bulky=True,
    ),
    Operation(
        name="get_agent",
        method="GET",
        path="/agents/{agent_id}",
        summary="An agent as it stands",
        tag="agents",
        scope=Scope.READER,
        request=AskAgent,
        answer=OneAgent,
        do=_get,
        refuses=(404,),
    ),
    Operation(
        name="pause_agent",
        method="POST",
        path="/agents/{agent_id}/pause",
        summary="Give an agent nothing new",
        tag="agents",
        scope=Scope.OPERATOR,
        request=PauseAgent,
        answer=OneAgent,
        do=_pause,
        refuses=(404,),
    ),
    Operation(
        name="resume_agent",
        method="POST",
        path="/agents/{agent_id}/resume",
        summary="Give a paused agent work again",
        tag="agents",
        scope=Scope.OPERATOR,
        request=AskAgent,
        answer=OneAgent,
        do=_resume,
        refuses=(404,),
    ),
    Operation(
        name="drain_agent",
        method="POST",
        path="/agents/{agent_id}/drain",
        summary="Let an agent go once it has done what it has",
        tag="agents",
        scope=Scope.OPERATOR,
        request=DrainAgent,
        answer=Gone,
        do=_drain,
        refuses=(404,),
    ),
)
"""In the order in which the documentation shows them."""
