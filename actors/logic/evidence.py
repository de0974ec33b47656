"""What speaks against a subtask: the agents that it took down, and those it failed at.

A subtask that is the cause itself, and no single agent, fails at whoever takes it. Each
agent that went down while it ran the subtask counts, also the same one again: another
incarnation died of it. An agent at which it only failed counts once, for one agent that
cannot do something is no fault of the subtask.

>>> wrong = Problem(error="ValueError", text="ValueError: no data")
>>> evidence = Evidence()
>>> for at, agent in enumerate(["ann", "ann", "bob"]):
...     evidence.add(Setback(agent=agent, at=float(at), problem=wrong))
>>> evidence.weight
2
"""

from __future__ import annotations

from dataclasses import dataclass, field

from callboard.messages.base import AgentId
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import Poison, reasons_of
from callboard.messages.values import Problem, Setback, replace

MOST = 20
"""Agents at which it failed that are remembered, the latest ones."""


@dataclass(slots=True)
class Evidence:
    """Of one subtask.

    Attributes:
        downs: Agents that went down while they ran it, oldest first.
        failures: The latest failed attempt of each agent, the latest last.
    """

    downs: list[Setback] = field(default_factory=list[Setback])
    failures: dict[AgentId, Setback] = field(default_factory=dict[AgentId, Setback])

    @property
    def weight(self) -> int:
        """How many agents went down or failed; who did both counts for its downs only."""
        return len(self.downs) + len(self._others)

    @property
    def _others(self) -> list[AgentId]:
        """Agents at which it only failed; a result that somebody brought is no agent's."""
        down = {"", *(setback.agent for setback in self.downs)}
        return [agent for agent in self.failures if agent not in down]

    def add(self, setback: Setback) -> None:
        """One more attempt has ended badly."""
        if setback.down:
            self.downs.append(setback)
            return
        self.failures.pop(setback.agent, None)
        self.failures[setback.agent] = setback
        if len(self.failures) > MOST:
            del self.failures[next(iter(self.failures))]

    def all(self) -> tuple[Setback, ...]:
        """All of it, oldest first."""
        return tuple(sorted([*self.downs, *self.failures.values()], key=lambda s: s.at))

    @property
    def rejection(self) -> tuple[str, ...]:
        """Why the latest result was not taken; empty where nobody rejected one last."""
        latest = max(self.all(), key=lambda setback: setback.at, default=None)
        return () if latest is None else reasons_of(latest.problem)

    def clear(self) -> None:
        """Somebody has looked into it and wants it tried again."""
        self.downs.clear()
        self.failures.clear()

    def poison(self, name: str) -> Problem:
        """Why the subtask of that name is kept aside, with all tracebacks."""
        downs = [setback.agent for setback in self.downs]
        texts = [s.problem.traceback for s in self.all() if s.problem.traceback]
        return replace(problem_of(Poison(name, downs, self._others)), traceback="\n".join(texts))
