"""Who could do what, as a planner sees it: a view of the agents that are registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.outlook import trade_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Skill


class Trades:
    """See `callboard.actors.ports.Company`.

    Args:
        agents: Those that are registered; it may change while this is used.
        equivalences: Which skills stand in for which.
    """

    def __init__(self, agents: Mapping[AgentId, Agent], equivalences: Equivalences) -> None:
        self._agents = agents
        self._equivalences = equivalences

    @property
    def equivalences(self) -> Equivalences:
        """See `Company`."""
        return self._equivalences

    def trades(self) -> Sequence[Sequence[Skill]]:
        """See `Company`."""
        return [tuple(trade_of(agent)) for agent in list(self._agents.values())]
