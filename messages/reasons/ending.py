"""How a subtask ended, and what befell it before."""

from __future__ import annotations

from callboard.messages.base import AgentId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.values import Problem
from callboard.messages.words import ago, counted, duration, listed


class HasCompleted(Reason):
    """It is done.

    Attributes:
        agent: Who did it; "" where somebody outside said so.
        when: Seconds since the epoch.
        seconds: That the agent worked on it.
    """

    agent: AgentId
    when: float
    seconds: float

    def said(self, at: float) -> str:
        """By whom, and when."""
        who = self.agent or "somebody outside"
        return f"{who} completed it {ago(self.when, at)} ago, in {duration(self.seconds)}"


class HasFailed(Reason):
    """It has failed for good.

    Attributes:
        root: What is at the bottom of it, where it failed because something failed that it
            needs: the name of that subtask, and its problem.
    """

    problem: Problem
    when: float
    root: tuple[str, Problem] | None = None

    def said(self, at: float) -> str:
        """Of what."""
        because = "" if self.root is None else f"; {self.root[0]!r} failed: {self.root[1].text}"
        return f"it failed {ago(self.when, at)} ago: {self.problem.text}{because}"


class WasCancelled(Reason):
    """It is not wanted any more."""

    why: str
    when: float

    def said(self, at: float) -> str:
        """Why."""
        return f"it was cancelled {ago(self.when, at)} ago" + (f": {self.why}" if self.why else "")


class Attempt(Value):
    """An attempt that did not end it.

    Attributes:
        when: It ended, seconds since the epoch.
        how: In words.
    """

    agent: AgentId
    number: int
    when: float
    how: str


class EarlierAttempts(Reason):
    """Attempts were made before, and did not end it.

    Attributes:
        count: How many.
        latest: The latest of them, oldest first.
    """

    count: int
    latest: tuple[Attempt, ...]

    def said(self, at: float) -> str:
        """At whom, and how they ended."""
        del at
        told = listed([f"{one.agent} ({one.how})" for one in self.latest])
        more = "" if self.count == len(self.latest) else ", the latest"
        return f"{counted(self.count, 'earlier attempt')} did not end it{more}: {told}"
