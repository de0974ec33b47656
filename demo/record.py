"""Turns the runtime's facts into a timeline and into sentences that a person reads.

A recorder sees each event once, in order, and answers with what is worth saying about it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import msgspec

from callboard.demo.timeline import Down, Outcome, Span, Timeline
from callboard.messages import facts, notices
from callboard.messages.base import Message
from callboard.messages.values import Lease, Problem, Token

Tone: TypeAlias = Literal["quiet", "plain", "good", "bad"]

_AGENT = "agent/"


class Line(NamedTuple):
    """Something worth saying.

    Attributes:
        at: Seconds since the run began.
        text: One sentence, without an end mark.
        tone: How it should look.
    """

    at: float
    text: str
    tone: Tone = "plain"


class Doing(NamedTuple):
    """What an agent is at.

    Attributes:
        fraction: Done, in [0, 1].
    """

    agent: str
    subtask: str
    fraction: float
    note: str


class Recorder:
    """Remembers who did what.

    Args:
        agents: In the order in which they shall be drawn.
    """

    def __init__(self, agents: list[str]) -> None:
        self._agents = list(agents)
        self._began: float | None = None
        self._names: dict[str, str] = {}
        self._saved: set[str] = set()
        self._spans: dict[Token, Span] = {}
        self._downs: dict[str, list[Down]] = {}
        self._doing: dict[Token, Doing] = {}
        self._story: list[tuple[float, str]] = []

    @property
    def doing(self) -> list[Doing]:
        """What is being worked on now."""
        return sorted(self._doing.values())

    @property
    def crashes(self) -> int:
        """How many attempts a crash has ended."""
        return sum(span.outcome == "crashed" for span in self._spans.values())

    @property
    def hangs(self) -> int:
        """How many attempts were ended because they hung."""
        return sum(span.outcome == "hung" for span in self._spans.values())

    @property
    def timeline(self) -> Timeline:
        """All that was seen so far."""
        return Timeline(
            spans=list(self._spans.values()),
            downs=[down for downs in self._downs.values() for down in downs],
            agents=self._agents,
            story=self._story,
        )

    def see(self, event: Message) -> list[Line]:
        """Take note of an event; answer with what is worth saying about it."""
        when = getattr(event, "at", None)
        if not isinstance(when, float):
            return []
        if self._began is None:
            self._began = when
        at = max(0.0, round(when - self._began, 3))
        lines = [Line(at, text, tone) for text, tone in self._judge(event, at)]
        self._story += [(line.at, line.text) for line in lines]
        return lines

    def _judge(self, event: Message, at: float) -> list[tuple[str, Tone]]:
        match event:
            case facts.PlanChanged(change=change):
                self._names |= {subtask.uuid: subtask.name for subtask in change.add}
            case facts.PlanAdopted(plan=plan) | facts.PlanGrown(plan=plan):
                self._names |= {subtask.uuid: subtask.name for subtask in plan.subtasks}
                names = ", ".join(subtask.name for subtask in plan.subtasks)
                return [(f"plan of {len(plan.subtasks)} subtasks: {names}", "plain")]
            case facts.CheckpointSaved(lease=lease):
                self._saved.add(lease.subtask)
            case facts.SubtaskStarted(lease=lease):
                return [self._started(lease, at)]
            case notices.ProgressMade(lease=lease, fraction=fraction, note=note):
                if lease.token in self._doing:
                    self._doing[lease.token] = Doing(
                        lease.agent, self._name(lease.subtask), fraction, note
                    )
            case facts.SubtaskCompleted(subtask=subtask, lease=lease, seconds=seconds):
                if lease is not None:
                    self._end(lease, at, "done")
                who = lease.agent if lease else "somebody"
                return [(f"{who} has finished {self._name(subtask)} in {seconds:.1f} s", "good")]
            case facts.AgentCrashed() | facts.AgentStarted() | facts.RestartScheduled():
                return self._life(event, at)
            case facts.Escalated(address=address, problem=problem):
                return [(f"{_who(address)} is given up: {_short(problem)}", "bad")]
            case _:
                return self._trouble(event, at)
        return []

    def _started(self, lease: Lease, at: float) -> tuple[str, Tone]:
        name = self._name(lease.subtask)
        again = any(span.subtask == name for span in self._spans.values())
        self._spans[lease.token] = Span(
            agent=lease.agent, subtask=name, start=at, end=at, outcome="running"
        )
        self._doing[lease.token] = Doing(lease.agent, name, 0.0, "")
        if not again:
            return f"{lease.agent} begins {name}", "plain"
        saved = " from its last checkpoint" if lease.subtask in self._saved else ""
        return f"{lease.agent} takes over {name}{saved}", "good"

    def _life(
        self, event: facts.AgentCrashed | facts.AgentStarted | facts.RestartScheduled, at: float
    ) -> list[tuple[str, Tone]]:
        match event:
            case facts.AgentCrashed(agent=agent, problem=problem):
                outcome: Outcome = "hung" if problem.error == "AgentLost" else "crashed"
                held = self._lose(agent, at, outcome, _short(problem))
                self._downs.setdefault(agent, []).append(Down(agent=agent, start=at, end=None))
                during = f" in the middle of {held}" if held else ""
                return [(f"{agent} CRASHED{during}: {_short(problem)}", "bad")]
            case facts.AgentStarted(agent=agent, incarnation=incarnation):
                downs = self._downs.get(agent)
                if downs and downs[-1].end is None:
                    downs[-1] = msgspec.structs.replace(downs[-1], end=at)
                return [(f"{agent} is back", "good")] if incarnation > 1 else []
            case facts.RestartScheduled(address=address, delay=delay):
                return [(f"{_who(address)} will be started again in {delay:.1f} s", "plain")]

    def _trouble(self, event: Message, at: float) -> list[tuple[str, Tone]]:
        match event:
            case facts.RetryScheduled(lease=lease, problem=problem, delay=delay):
                name, again = self._name(lease.subtask), f"next try in {delay:.1f} s"
                if problem.error == "AttemptTimedOut" and lease.token not in self._spans:
                    return [(f"{lease.agent} did not begin {name} in time; {again}", "bad")]
                if problem.error == "AttemptTimedOut":
                    self._end(lease, at, "hung", _short(problem))
                    text = f"{lease.agent} HANGS: {name} is taken away from it; {again}"
                    return [(text, "bad")]
                self._end(lease, at, "failed", _short(problem))
                return [(f"{name} failed at {lease.agent}: {_short(problem)}; {again}", "bad")]
            case facts.LeaseRevoked(lease=lease, reason=reason):
                self._end(lease, at, "taken away", reason)
            case facts.SubtaskRequeued(subtask=subtask):
                return [(f"{self._name(subtask)} goes back to the front of the queue", "plain")]
            case facts.SubtaskParked(subtask=subtask, problem=problem):
                return [(f"{self._name(subtask)} is put aside: {_short(problem)}", "bad")]
            case facts.SubtaskFailed(subtask=subtask, problem=problem):
                return [(f"{self._name(subtask)} has failed: {_short(problem)}", "bad")]
            case facts.GoalCompleted():
                return [("the goal is reached", "good")]
            case facts.GoalFailed() | facts.GoalCancelled():
                return [("the goal is not reached", "bad")]
            case notices.StaleRefused(lease=lease):
                name = self._name(lease.subtask)
                return [(f"a late word of {lease.agent} on {name} is refused", "quiet")]
            case notices.ThreadAbandoned(lease=lease):
                return [(f"the hanging thread of {lease.agent} is given up", "quiet")]
            case notices.Unschedulable(subtask=subtask, missing=missing):
                lacking = ", ".join(missing) or "all of its skills at once"
                return [(f"{self._name(subtask)} waits: no agent has {lacking}", "bad")]
            case _:
                pass
        return []

    def _lose(self, agent: str, at: float, outcome: Outcome, note: str) -> str:
        """End what the agent held; answer with the names of it."""
        lost: list[str] = []
        for token, span in self._spans.items():
            # A lease may have been revoked a moment before the crash was told.
            if span.agent == agent and (
                span.outcome == "running" or (span.outcome == "taken away" and span.end == at)
            ):
                lost.append(span.subtask)
                self._close(token, at, outcome, note)
        return ", ".join(lost)

    def _end(self, lease: Lease, at: float, outcome: Outcome, note: str = "") -> None:
        span = self._spans.get(lease.token)
        if span is None:
            return
        if span.outcome == "running":
            self._close(lease.token, at, outcome, note)
        elif span.outcome == "taken away":
            self._close(lease.token, span.end, outcome, note)

    def _close(self, token: Token, at: float, outcome: Outcome, note: str) -> None:
        self._doing.pop(token, None)
        self._spans[token] = msgspec.structs.replace(
            self._spans[token], end=at, outcome=outcome, note=note
        )

    def _name(self, subtask: str) -> str:
        return self._names.get(subtask, subtask)


def _who(address: str) -> str:
    return address.removeprefix(_AGENT)


def _short(problem: Problem) -> str:
    """The problem on one line; of what killed an agent only the cause."""
    if problem.error == "ActorDied" and problem.details:
        return " ".join(str(problem.details[-1]).split())
    return " ".join(problem.text.split()) or problem.error
