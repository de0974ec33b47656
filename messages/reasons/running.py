"""Why an agent has a subtask: how it runs, and who else could have got it."""

from __future__ import annotations

from callboard.messages.base import AgentId, Value
from callboard.messages.reasons.base import Reason
from callboard.messages.words import ago, counted, duration, listed


class Runs(Reason):
    """An agent holds it.

    Attributes:
        since: When it was handed out, seconds since the epoch.
        started: Its handler runs; else there is no word of it yet.
        fraction: How far it says it is, in [0, 1].
    """

    agent: AgentId
    attempt: int
    since: float
    started: bool
    fraction: float = 0.0

    def said(self, at: float) -> str:
        """Who, and how far."""
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        if not self.started:
            return (
                f"{self.agent} was given it {ago(self.since, at)} ago and has not begun yet{again}"
            )
        far = f", {self.fraction:.0%} done" if self.fraction else ""
        return f"{self.agent} has had it for {ago(self.since, at)}{far}{again}"


class Candidate(Value):
    """An agent that may do it, as it stood when the choice was made.

    What comes first decides first: who ends it soonest where agents are not equally fast,
    else fit, load, backlog, number; the least goes first.

    Attributes:
        fit: "exact", "equivalent" or "general".
        load: Slots that were taken.
        seconds: That it should take there, as far as is known now.
        backlog: Seconds of open work for an agent with such skills, as it is now.
        number: Agents are counted in the order of their registration.
        state: "free", "busy", "paused", "draining" or "down".
    """

    agent: AgentId
    fit: str
    load: int
    max_load: int
    seconds: float
    backlog: float
    number: int
    state: str

    @property
    def lost(self) -> str:
        """Why it did not get it, in a word or two; "" where it could have."""
        if self.state == "free":
            return ""
        return f"{self.load} of {self.max_load} taken" if self.state == "busy" else self.state


_FITS = {
    "exact": "has just these skills",
    "equivalent": "has equivalent skills",
    "general": "does anything, and no specialist was free",
}


class Chosen(Reason):
    """Why this agent got it, of all who may do it.

    Attributes:
        agent: Who got it.
        at: When, seconds since the epoch.
        candidates: The first of all that may do it, in the order in which they would have
            got it: those who were free, then the others.
        count: How many there were.
    """

    agent: AgentId
    at: float
    candidates: tuple[Candidate, ...]
    count: int

    def said(self, at: float) -> str:
        """Why it, and why not the others."""
        del at
        won = next((one for one in self.candidates if one.agent == self.agent), None)
        others = [one for one in self.candidates if one.agent != self.agent]
        if won is None:
            return f"{self.agent} got it"
        if not others:
            return f"{self.agent} got it: nobody else may do it"
        told = listed([f"{one.agent} ({_why_not(one, won)})" for one in others], self.count - 1)
        of = counted(self.count, "agent")
        return f"of {of} that may do it {self.agent} got it, which {_FITS[won.fit]}; not {told}"


def _why_not(one: Candidate, won: Candidate) -> str:
    """What spoke for the other one."""
    if one.lost:
        return one.lost
    if one.fit != won.fit:
        return f"its fit is {one.fit}"
    if one.load != won.load:
        return f"load {one.load} against {won.load}"
    if one.seconds > won.seconds:
        return f"slower: {duration(one.seconds)} against {duration(won.seconds)}"
    return "registered later" if one.number > won.number else "needed more elsewhere"
