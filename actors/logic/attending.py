"""Whose heartbeats are looked for from now on, so that they need not be told.

>>> attending = Attending()
>>> attending.begin("far"), attending.begin("far")
([ExpectBeats(agent='far', expected=True)], [])
>>> attending.end("far"), attending.end("far")
([ExpectBeats(agent='far', expected=False)], [])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, ExpectBeats

if TYPE_CHECKING:
    from callboard.messages.base import AgentId


class Attending:
    """A heartbeat changes something only where nobody expects one, or not any more.

    The first one is a message: silence means something from then on. Those that follow
    are timestamps, which are looked at when the limit of silence is reached. Once an agent
    was doubted, has died or has left, its next one is a message again.
    """

    def __init__(self) -> None:
        self._whom: set[AgentId] = set()

    def begin(self, agent: AgentId) -> list[Effect]:
        """Its heartbeats are looked for from now on."""
        if agent in self._whom:
            return []
        self._whom.add(agent)
        return [ExpectBeats(agent, expected=True)]

    def end(self, agent: AgentId) -> list[Effect]:
        """Its next heartbeat is to be told."""
        if agent not in self._whom:
            return []
        self._whom.discard(agent)
        return [ExpectBeats(agent, expected=False)]
