"""Why a subtask does not run: what it demands of resources."""

from __future__ import annotations

from callboard.messages.base import AgentId, SubtaskId
from callboard.messages.reasons.base import Reason
from callboard.messages.resources import Claim
from callboard.messages.words import ahead, listed


class WaitsForResource(Reason):
    """It could have an agent, and what it demands of a resource is not there for it.

    Attributes:
        claim: What it wants of which supply.
        free: What is there now, at least 0.
        amount: That there is in all.
        used: What is used up of a budget.
        holders: Subtasks that have some of it.
        names: What these are called; empty where that is not known.
        kept: What of that must be left to one that has waited for longer.
        until: When time gives back enough of a rate, seconds since the epoch; else None.
    """

    claim: Claim
    free: float
    amount: float
    used: float = 0.0
    holders: tuple[SubtaskId, ...] = ()
    kept: float = 0.0
    until: float | None = None
    names: tuple[str, ...] = ()

    def said(self, at: float) -> str:
        """What it wants, what there is, and who has the rest."""
        who = self.names or self.holders
        has = f"; {listed(who)} {_have(len(who))} of it" if who else ""
        kept = f"; {self.kept:g} is kept for who has waited longer" if self.kept else ""
        if self.claim.of == "key":
            most = f"{self.amount:g} at once may run with the key {self.claim.resource!r}"
            return f"only {most}{has}{kept}"
        used = f", {self.used:g} used up" if self.used else ""
        whose = "its goal's budget" if self.claim.of == "goal" else "the runtime"
        then = f"; there is enough {ahead(self.until, at)}" if self.until is not None else ""
        wants = f"it wants {self.claim.amount:g} {self.claim.resource}, and {self.free:g}"
        return f"{wants} of {self.amount:g} of {whose} is free{used}{has}{kept}{then}"


class TooMuch(Reason):
    """It demands more than there is in all, so it waits until that is changed.

    Attributes:
        missing: What, in words.
    """

    missing: tuple[str, ...]

    def said(self, at: float) -> str:
        """What."""
        del at
        return f"it demands more than there could ever be: {listed(self.missing)}"


class AgentsCrowded(Reason):
    """Agents that could do it have not enough left of their own resources.

    Attributes:
        agents: Some of them.
        count: How many there are.
    """

    agents: tuple[AgentId, ...]
    count: int

    def said(self, at: float) -> str:
        """Who."""
        del at
        more = self.count - len(self.agents)
        others = f" and {more} more" if more else ""
        return f"{listed(self.agents)}{others} could do it and have not enough room left for it"


def _have(count: int) -> str:
    return "has some" if count == 1 else "have some"
