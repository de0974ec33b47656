"""Why a subtask does not run: who could do it, and why none of them has it."""

from __future__ import annotations

import math

from callboard.messages.base import AgentId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.words import ahead, are, duration, listed


class NobodyCan(Reason):
    """No registered agent could ever do it.

    Attributes:
        missing: Skills that nobody covers, and resources that nobody offers; empty where no
            single agent covers them all.
        required: All that it requires of an agent.
        until: When it fails, seconds since the epoch; None where nothing is set.
    """

    missing: tuple[str, ...]
    required: tuple[str, ...]
    until: float | None = None

    def said(self, at: float) -> str:
        """Which skills."""
        lost = "" if self.until is None else f"; it fails {ahead(self.until, at)}"
        if self.missing:
            return f"no registered agent covers {listed(self.missing)}{lost}"
        if not self.required:
            return f"no agent is registered that could do it{lost}"
        return f"no single agent covers all of {listed(self.required)}{lost}"


class AgentState(Value):
    """An agent that may do it, and how it stands.

    Attributes:
        fit: "exact", "equivalent" or "general".
        state: "free", "busy", "paused", "draining", "overloaded" or "down"; "down" is
            doubted too.
        load: Slots that are taken.
        free_at: When one of them is expected to be free, seconds since the epoch; None
            where that is not known.
        stopping: Of these slots, how many wait for something that was told to stop.
    """

    agent: AgentId
    fit: str
    state: str
    load: int
    max_load: int
    free_at: float | None = None
    stopping: int = 0

    def said(self, at: float) -> str:
        """In a few words."""
        if self.state != "busy":
            return f"{self.agent} is {self.state}"
        then = "" if self.free_at is None else f", free {_soon(self.free_at, at)}"
        return f"{self.agent} runs {self.load} of {self.max_load}{then}"


class AgentsTaken(Reason):
    """Everybody who may do it is busy, or takes nothing now.

    Attributes:
        count: How many there are.
        agents: The first of them: who fits best, then who is expected to be free first.
    """

    count: int
    agents: tuple[AgentState, ...]

    def said(self, at: float) -> str:
        """Who, and how long."""
        who = "the one agent" if self.count == 1 else f"all {self.count:,} agents"
        told = "; ".join(one.said(at) for one in self.agents)
        more = self.count - len(self.agents)
        return f"{who} that may do it can take nothing now: {told}" + (
            f"; and {more:,} more" if more else ""
        )


class NotAskedFor(Reason):
    """An agent in pull mode may have it as soon as somebody asks for work."""

    agents: tuple[AgentId, ...]
    count: int

    def said(self, at: float) -> str:
        """For whom."""
        del at
        return (
            f"nobody has asked for work for {listed(self.agents, self.count)} since it became ready"
        )


class HasTurn(Reason):
    """A better order than the rule's was worked out, and it has a turn in that.

    Attributes:
        agent: Who is to do it.
        start: When its turn is due, seconds since the epoch.
    """

    agent: AgentId
    start: float

    def said(self, at: float) -> str:
        """Whose turn, and when."""
        return f"by the order that was worked out {self.agent} does it {ahead(self.start, at)}"


class WaitsForFaster(Reason):
    """An agent is free, and one that is busy would still have done it sooner.

    Attributes:
        agent: Who is waited for.
        end: When it would be done there, seconds since the epoch.
        instead: Who is free.
        end_instead: When it would be done there.
        until: From when on the other one takes it after all.
    """

    agent: AgentId
    end: float
    instead: AgentId
    end_instead: float
    until: float

    def said(self, at: float) -> str:
        """Who, and how much sooner."""
        del at
        sooner = f"would do it {duration(max(0.0, self.end_instead - self.end))} sooner"
        return f"{self.agent} is busy and {sooner} than {self.instead}, which is free"


class AboutToGo(Reason):
    """Nothing stands in its way: it is handed out with the next decision."""

    agents: tuple[AgentId, ...] = ()

    def said(self, at: float) -> str:
        """To whom."""
        del at
        who = f"{listed(self.agents)} {are(self.agents)} free"
        return f"nothing stands in its way, and {who}" if self.agents else "it is handed out next"


def _soon(when: float, at: float) -> str:
    return "soon" if when <= at or when == math.inf else ahead(when, at)
