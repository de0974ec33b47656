"""The orchestrator's books: a decision becomes facts, and the facts change the goals.

So a replay of the facts gives the same books.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.goals import Goals
from callboard.messages import facts
from callboard.messages.base import SCHEDULER, GoalId
from callboard.messages.work import SubtasksReady

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.messages.facts import Fact
    from callboard.messages.values import Goal


class Books:
    """All goals, and when they are due.

    Args:
        history: Facts to be rebuilt from.

    Attributes:
        goals: What the facts say.
        deadlines: Of goals that have not ended.
    """

    def __init__(self, history: Iterable[Fact]) -> None:
        self.goals = Goals()
        self.deadlines = Alarms[GoalId]()
        for fact in history:
            self.goals.apply(fact)

    def watch_deadline(self, goal: Goal) -> None:
        """Be woken when the goal must have ended."""
        if goal.deadline is not None:
            self.deadlines.set(goal.id, goal.deadline)

    def record(self, fact: Fact) -> list[Effect]:
        """Record a fact, and send off what becomes ready by it."""
        freed = self.goals.apply(fact)
        effects: list[Effect] = [Record(fact)]
        for state in freed:
            goal, uuid = state.goal.id, state.spec.uuid
            effects.append(Record(facts.SubtaskQueued(at=fact.at, goal=goal, subtask=uuid)))
        if freed:
            ready = tuple(state.goal.ready(state) for state in freed)
            effects.append(Tell(SCHEDULER, SubtasksReady(subtasks=ready)))
        return effects
