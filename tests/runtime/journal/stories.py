"""Facts for journals in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages import facts
from callboard.messages.values import Goal, Lease, Payload, Plan, Subtask, Token

if TYPE_CHECKING:
    from callboard.messages.facts import Fact


def story(goal: str, *, subtasks: int = 3, at: float = 1.0, key: str = "") -> list[Fact]:
    """A goal from its acceptance to its end, a second a subtask."""
    uuids = [f"{goal}-{number}" for number in range(subtasks)]
    plan = Plan(subtasks=tuple(Subtask(uuid=uuid, name=f"step {uuid}") for uuid in uuids))
    told: list[Fact] = [
        facts.GoalAccepted(at=at, goal=Goal(id=goal, text=f"do {goal}", key=key)),
        facts.PlanAdopted(at=at, goal=goal, plan=plan),
    ]
    for number, uuid in enumerate(uuids, 1):
        told += done(goal, uuid, number, at + number)
    return [*told, facts.GoalCompleted(at=at + subtasks, goal=goal)]


def done(goal: str, uuid: str, number: int, at: float) -> list[Fact]:
    """A subtask from its assignment to its completion."""
    token = Token(boot=1, incarnation=1, counter=number)
    lease = Lease(goal=goal, subtask=uuid, agent="a1", token=token)
    return [
        facts.SubtaskQueued(at=at, goal=goal, subtask=uuid),
        facts.SubtaskAssigned(at=at, lease=lease),
        facts.SubtaskStarted(at=at, lease=lease),
        facts.SubtaskCompleted(
            at=at, goal=goal, subtask=uuid, lease=lease, result=Payload(), seconds=0.5
        ),
    ]
