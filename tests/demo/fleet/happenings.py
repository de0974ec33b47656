"""Facts of a small run, made by hand."""

from __future__ import annotations

from callboard.messages import facts
from callboard.messages.base import Message
from callboard.messages.values import (
    Goal,
    Lease,
    Payload,
    Plan,
    Priority,
    Problem,
    Subtask,
    Token,
)

BEGAN = 1000.0
FAILURE = Problem(error="ValueError", text="ValueError: no")
HANG = Problem(error="AttemptTimedOut", text="too long")
DEATH = Problem(error="ActorDied", text="ann died")
PLAN = Plan(
    subtasks=(
        Subtask(uuid="s1", name="Gather", priority=Priority.HIGH),
        Subtask(uuid="s2", name="Write", priority=Priority.LOW, dependencies=("s1",)),
    )
)
ACCEPTED: tuple[Message, ...] = (
    facts.GoalAccepted(at=BEGAN, goal=Goal(id="g", text="Study 1")),
    facts.PlanAdopted(at=BEGAN, goal="g", plan=PLAN),
)


def lease(subtask: str = "s1", agent: str = "ann", number: int = 1) -> Lease:
    token = Token(boot=1, incarnation=1, counter=number)
    return Lease(goal="g", subtask=subtask, agent=agent, token=token)


def queued(at: float, subtask: str = "s1") -> Message:
    return facts.SubtaskQueued(at=BEGAN + at, goal="g", subtask=subtask)


def started(at: float, held: Lease) -> Message:
    return facts.SubtaskStarted(at=BEGAN + at, lease=held)


def done(at: float, held: Lease, seconds: float = 1.0) -> Message:
    return facts.SubtaskCompleted(
        at=BEGAN + at,
        goal="g",
        subtask=held.subtask,
        lease=held,
        result=Payload(),
        seconds=seconds,
    )


def revoked(at: float, held: Lease) -> Message:
    return facts.LeaseRevoked(at=BEGAN + at, lease=held, reason="gone")


def requeued(at: float, held: Lease) -> Message:
    return facts.SubtaskRequeued(at=BEGAN + at, goal="g", subtask=held.subtask, reason="gone")


def retried(at: float, held: Lease, problem: Problem) -> Message:
    return facts.RetryScheduled(at=BEGAN + at, lease=held, problem=problem, delay=2.0)


def crashed(at: float, agent: str = "ann") -> Message:
    return facts.AgentCrashed(at=BEGAN + at, agent=agent, incarnation=1, problem=DEATH)


def back(at: float, agent: str = "ann") -> Message:
    return facts.AgentStarted(at=BEGAN + at, agent=agent, incarnation=2)
