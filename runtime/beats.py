"""Heartbeats of agents that run their work by themselves: timestamps, not messages.

The scheduler says whose it expects; it hears the first one of each as a message, and
looks at the timestamps of those that follow when a limit is reached. A timestamp is what
the board shows as the agent's last heartbeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callboard.actors.logic.records import AgentRecord
    from callboard.actors.ports import Clock
    from callboard.messages.base import AgentId


class Beats:
    """When the agents that are expected to beat did so last; safe to use from any thread.

    Args:
        agents: The board's, which change while they are read.
        clock: Dates a heartbeat.
    """

    def __init__(self, agents: Mapping[AgentId, AgentRecord], clock: Clock) -> None:
        self._agents = agents
        self._now = clock.now
        self._expected: set[AgentId] = set()

    def expect(self, agent: AgentId, *, expected: bool) -> None:
        """The scheduler expects its heartbeats from now on, or wants to be told of the next."""
        if expected:
            self._expected.add(agent)
        else:
            self._expected.discard(agent)

    def forget(self) -> None:
        """A new scheduler expects nobody's yet."""
        self._expected.clear()

    def note(self, agent: AgentId) -> bool:
        """It has beaten; False where the scheduler must be told, or there is none like that."""
        if agent not in self._expected:
            return False
        record = self._agents.get(agent)
        if record is None:  # it has just left
            return False
        record.last_heartbeat = self._now()
        return True

    def take_in(self, seen: Mapping[AgentId, float]) -> None:
        """The board shows these signs of life too, in seconds since then, if they are newer."""
        now = self._now()
        for agent, quiet in seen.items():
            record = self._agents.get(agent)
            if record is not None and now - quiet > record.last_heartbeat:
                record.last_heartbeat = now - quiet

    def quiet(self, agent: AgentId) -> float | None:
        """Seconds since it beat last; None where nobody expects it to."""
        record = self._agents.get(agent)
        if record is None or agent not in self._expected:
            return None
        return max(0.0, self._now() - record.last_heartbeat)
