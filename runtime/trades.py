"""Who could do what, and how such work went: what plans are made and corrected by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.correcting import Records
from callboard.actors.logic.outlook import trade_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from callboard.actors.logic.learning import Learning
    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Skill


class Trades:
    """See `callboard.actors.ports.Archive`.

    Args:
        agents: Those that are registered; it may change while this is used.
        equivalences: Which skills stand in for which.
        learning: What is learnt by now.
    """

    def __init__(
        self,
        agents: Mapping[AgentId, Agent],
        equivalences: Equivalences,
        learning: Callable[[], Learning],
    ) -> None:
        self._agents = agents
        self._equivalences = equivalences
        self._learning = learning

    @property
    def equivalences(self) -> Equivalences:
        """See `Company`."""
        return self._equivalences

    def trades(self) -> Sequence[Sequence[Skill]]:
        """See `Company`."""
        return [tuple(trade_of(agent)) for agent in list(self._agents.values())]

    def records(self) -> Records:
        """See `Archive`."""
        return Records(self._learning(), dict(self._agents), self._equivalences)
