"""Keeps the books of a run: every fact and notice goes in, what became of all comes out.

The ledger follows the facts with rules of its own, so it would notice a subtask that
was lost or that ended twice. All times are seconds since the run began.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, TypeAlias

import msgspec

from callboard.messages import facts, notices
from callboard.messages.base import AgentId, GoalId, Message, SubtaskId
from callboard.messages.values import Lease, Priority, Problem, Subtask, Token

Outcome: TypeAlias = Literal["running", "done", "failed", "hung", "lost"]
Again: TypeAlias = Literal["", "retried", "requeued"]
Ending: TypeAlias = Literal["finished", "failed", "cancelled"]

_AGENT = "agent/"
_HANGS = "AttemptTimedOut"


class Attempt(msgspec.Struct, kw_only=True):
    """One attempt at one subtask by one agent.

    Attributes:
        number: Which attempt at this subtask, from 1; requeued ones count too.
        again: Why it is not the first one.
    """

    agent: AgentId
    subtask: SubtaskId
    start: float
    end: float
    number: int
    again: Again
    outcome: Outcome = "running"


class Down(msgspec.Struct, kw_only=True):
    """An agent was not there.

    Attributes:
        end: When it was there again; None where it never was.
    """

    agent: AgentId
    start: float
    end: float | None = None


class Wait(msgspec.Struct, kw_only=True):
    """A subtask waited for an agent.

    Attributes:
        end: When an attempt began, or when nobody wanted it any more.
        served: It was the former.
    """

    subtask: SubtaskId
    priority: Priority
    start: float
    end: float
    served: bool


class GoalEntry(msgspec.Struct, kw_only=True):
    """What became of a goal.

    Attributes:
        end: When it ended, however; None as long as it is open.
        reasons: Why it failed or was cancelled.
    """

    text: str
    start: float
    end: float | None = None
    ending: Ending | None = None
    reasons: tuple[str, ...] = ()


class SubtaskEntry(msgspec.Struct, kw_only=True):
    """What became of a subtask.

    Attributes:
        ends: How it ended; just one, or a promise is broken.
        seconds: That the attempt took which completed it.
    """

    subtask: Subtask
    goal: GoalId
    ends: list[Ending] = []
    attempts: int = 0
    seconds: float = 0.0


class Ledger:
    """The books.

    Args:
        began: When the run began, seconds since the epoch.

    Attributes:
        attempts: In the order in which they began.
        waits: In the order in which they ended.
        downs: In the order in which they began.
        restarted: Actors of the runtime itself, and when each was there again.
        counts: How many events of each kind were seen.
        parked: Subtasks that are put aside, and since when.
        load: How many attempts each agent runs.
        waiting: Subtasks that wait for an agent, and since when.
        away: Agents that are not there.
        removed: Agents that were given up.
        ended: How many subtasks have ended.
        failure: Why the runtime itself could not go on, or "".
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self.goals: dict[GoalId, GoalEntry] = {}
        self.subtasks: dict[SubtaskId, SubtaskEntry] = {}
        self.attempts: list[Attempt] = []
        self.waits: list[Wait] = []
        self.downs: list[Down] = []
        self.restarted: list[tuple[str, float]] = []
        self.removed: list[AgentId] = []
        self.counts: dict[str, int] = {}
        self.parked: dict[SubtaskId, float] = {}
        self.waiting: dict[SubtaskId, float] = {}
        self.load: Counter[AgentId] = Counter()
        self.away: dict[AgentId, Down] = {}
        self.ended = 0
        self.failure = ""
        self._again: dict[SubtaskId, Again] = {}
        self._attempts: dict[Token, Attempt] = {}
        self._latest: dict[SubtaskId, Attempt] = {}

    @property
    def open_goals(self) -> int:
        """How many have not ended."""
        return sum(goal.end is None for goal in self.goals.values())

    @property
    def makespan(self) -> float:
        """When the last goal ended that has."""
        return max((goal.end for goal in self.goals.values() if goal.end is not None), default=0.0)

    def see(self, event: Message) -> None:
        """Enter an event."""
        kind = type(event).__name__
        self.counts[kind] = self.counts.get(kind, 0) + 1
        when = getattr(event, "at", None)
        at = round(when - self._began, 3) if isinstance(when, float) else 0.0
        self._goal(event, at)

    # Goals and subtasks

    def _goal(self, event: Message, at: float) -> None:
        match event:
            case facts.GoalAccepted(goal=goal):
                self.goals[goal.id] = GoalEntry(text=goal.text, start=at)
            case facts.PlanAdopted(goal=goal, plan=plan) | facts.PlanGrown(goal=goal, plan=plan):
                for subtask in plan.subtasks:
                    self.subtasks[subtask.uuid] = SubtaskEntry(subtask=subtask, goal=goal)
            case facts.PlanChanged(goal=goal, change=change):
                for subtask in change.add:
                    self.subtasks[subtask.uuid] = SubtaskEntry(subtask=subtask, goal=goal)
            case facts.GoalCompleted(goal=goal):
                self._end_goal(goal, at, "finished")
            case facts.GoalFailed(goal=goal, problems=problems):
                self._end_goal(goal, at, "failed", tuple(problem.text for problem in problems))
            case facts.GoalCancelled(goal=goal, reason=reason):
                self._end_goal(goal, at, "cancelled", (reason,))
            case facts.SubtaskCompleted(subtask=subtask, seconds=seconds):
                self.subtasks[subtask].seconds = seconds
                self._end(subtask, at, "finished", "done")
            case facts.SubtaskFailed(subtask=subtask, problem=problem):
                self._end(subtask, at, "failed", _outcome(problem))
            case facts.SubtaskCancelled(subtask=subtask):
                self._end(subtask, at, "cancelled", "lost")
            case _:
                self._attempt(event, at)

    def _end_goal(
        self, goal: GoalId, at: float, ending: Ending, reasons: tuple[str, ...] = ()
    ) -> None:
        entry = self.goals[goal]
        entry.end, entry.ending, entry.reasons = at, ending, reasons

    def _end(self, subtask: SubtaskId, at: float, ending: Ending, outcome: Outcome) -> None:
        self.subtasks[subtask].ends.append(ending)
        self.ended += 1
        self.parked.pop(subtask, None)
        self._stop_waiting(subtask, at, served=False)
        latest = self._latest.get(subtask)
        if latest is not None and latest.outcome == "running":
            self._close(latest, at, outcome)
        self._explain(subtask, at, outcome)

    # Attempts

    def _attempt(self, event: Message, at: float) -> None:
        match event:
            case facts.SubtaskQueued(subtask=subtask) | facts.SubtaskUnparked(subtask=subtask):
                self.parked.pop(subtask, None)
                # A scheduler that was restarted says again what waits, and of the leases
                # that were given up with the old one nothing else tells.
                self.waiting.setdefault(subtask, at)
                self._close(self._latest.get(subtask), at, "lost")
            case facts.SubtaskRequeued(subtask=subtask):
                self.waiting[subtask] = at
                self._again[subtask] = "requeued"
            case facts.SubtaskStarted(lease=lease):
                self._start(lease, at)
            case facts.RetryScheduled(lease=lease, problem=problem):
                self._again[lease.subtask] = "retried"
                self._close(self._attempts.get(lease.token), at, _outcome(problem))
                self._explain(lease.subtask, at, _outcome(problem))
            case facts.LeaseRevoked(lease=lease):
                self._close(self._attempts.get(lease.token), at, "lost")
            case facts.SubtaskParked(subtask=subtask):
                self.parked[subtask] = at
                self._again[subtask] = "requeued"
            case notices.RuntimeFailed(problem=problem):
                self.failure = problem.text
            case _:
                self._life(event, at)

    def _start(self, lease: Lease, at: float) -> None:
        self._stop_waiting(lease.subtask, at, served=True)
        entry = self.subtasks[lease.subtask]
        entry.attempts += 1
        attempt = Attempt(
            agent=lease.agent,
            subtask=lease.subtask,
            start=at,
            end=at,
            number=entry.attempts,
            again=self._again.pop(lease.subtask, ""),
        )
        self.attempts.append(attempt)
        self._attempts[lease.token] = self._latest[lease.subtask] = attempt
        self.load[lease.agent] += 1

    def _stop_waiting(self, subtask: SubtaskId, at: float, *, served: bool) -> None:
        since = self.waiting.pop(subtask, None)
        if since is not None:
            priority = self.subtasks[subtask].subtask.priority
            self.waits.append(
                Wait(subtask=subtask, priority=priority, start=since, end=at, served=served)
            )

    def _close(self, attempt: Attempt | None, at: float, outcome: Outcome) -> None:
        if attempt is not None and attempt.outcome == "running":
            attempt.end, attempt.outcome = at, outcome
            self.load[attempt.agent] -= 1

    def _explain(self, subtask: SubtaskId, at: float, outcome: Outcome) -> None:
        """A lease is revoked a moment before anybody says why."""
        attempt = self._latest.get(subtask)
        if attempt is not None and attempt.outcome == "lost" and attempt.end == at:
            attempt.outcome = outcome

    # Agents and actors

    def _life(self, event: Message, at: float) -> None:
        match event:
            case facts.AgentCrashed(agent=agent):
                self.away[agent] = Down(agent=agent, start=at)
                self.downs.append(self.away[agent])
            case facts.AgentStarted(agent=agent):
                down = self.away.pop(agent, None)
                if down is not None:
                    down.end = at
            case facts.AgentRemoved(agent=agent):
                self.removed.append(agent)
            case facts.ActorRestarted(address=address):
                self.restarted.append((address.removeprefix(_AGENT), at))
            case _:
                pass


def _outcome(problem: Problem) -> Outcome:
    return "hung" if problem.error == _HANGS else "failed"
