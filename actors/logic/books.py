"""The orchestrator's books: a decision becomes facts, and the facts change the goals.

So a replay of the facts gives the same books.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.approving import decided_by
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.goal_states import Status
from callboard.actors.logic.goals import Goals
from callboard.messages import facts
from callboard.messages.base import SCHEDULER, GoalId, SubtaskId
from callboard.messages.facts.base import subtask_of
from callboard.messages.work import Release, Settled, SubtasksReady

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.messages.facts import Fact
    from callboard.messages.work import Hold


class Books:
    """All goals, and when they are due.

    Args:
        history: Facts to be rebuilt from.

    Attributes:
        goals: What the facts say.
        deadlines: Of goals that have not ended.
        freed: What completions have made ready, of which the scheduler was not told yet.
    """

    def __init__(self, history: Iterable[Fact]) -> None:
        self.goals = Goals()
        self.deadlines = Alarms[GoalId]()
        self.freed: list[SubtaskState] = []
        self._held = _Held(set(), set())
        for fact in history:
            self.goals.apply(fact)
        budgeted = (goal.id for goal in self.goals.open_goals() if goal.goal.budget)
        self._held.goals.update(budgeted)

    def watch(self, goal: GoalState) -> None:
        """Be woken when the goal must have ended, or somebody must have decided about it."""
        when = goal.goal.deadline
        if goal.proposal is not None:
            when = decided_by(goal.goal, goal.proposal)
        if when is not None:
            self.deadlines.set(goal.id, when)
        else:
            self.deadlines.clear(goal.id)

    def record(self, fact: Fact) -> list[Effect]:
        """Record a fact, and send off what becomes ready by it."""
        effects = self.release() if self.freed else []
        effects.append(Record(fact))
        if type(fact) in _SUBTASK_ENDS:
            effects += _blocked(self.goals, subtask_of(fact))
        freed = self.goals.apply(fact)
        if freed:
            goal = self.goals.by_id[freed[0].goal]  # one fact frees subtasks of one goal
            _send_off(goal, freed, fact, effects)
        if type(fact) is facts.GoalAccepted and fact.goal.budget:
            self._held.goals.add(fact.goal.id)  # the scheduler keeps its accounts
        if self._held.goals or self._held.subtasks:
            effects += self._forget_held(fact)
        return effects

    def complete(self, state: SubtaskState, fact: facts.SubtaskCompleted) -> list[Effect]:
        """As `record`, of a subtask that was ready: most of what is ever recorded.

        What becomes ready by all completions of a batch is sent off together (`release`).
        """
        effects: list[Effect] = [Record(fact)]
        freed = self.goals.complete(state, fact)
        if freed:
            effects += _queued(self.goals.by_id[state.goal], freed, fact.at)
            self.freed += freed
        if self._held.goals or self._held.subtasks:
            effects += self._forget_held(fact)
        return effects

    def release(self) -> list[Effect]:
        """Send off what completions have made ready, before the scheduler hears anything else.

        Agents may have gone on to it by themselves, and be done by now.
        """
        left = [state for state in self.freed if state.status is Status.READY]
        self.freed.clear()
        by_goal, by_id = groupby(left, attrgetter("goal")), self.goals.by_id
        ready = [one for goal, freed in by_goal for one in by_id[goal].freed(freed)]
        return [Tell(SCHEDULER, SubtasksReady(subtasks=tuple(ready)))] if ready else []

    def tell_to_hold(self, hold: Hold) -> Tell:
        """Have the scheduler hold these; it is told when they end."""
        self._held.goals.update(hold.goals)
        self._held.subtasks.update(hold.subtasks)
        return Tell(SCHEDULER, hold)

    def _forget_held(self, fact: Fact) -> list[Effect]:
        if type(fact) in _GOAL_ENDS and fact.goal_id in self._held.goals:
            self._held.goals.discard(fact.goal_id)
            return [Tell(SCHEDULER, Release(goals=(fact.goal_id,), ended=True))]
        if type(fact) in _SUBTASK_ENDS and fact.subtask_id in self._held.subtasks:
            self._held.subtasks.discard(fact.subtask_id)
            return [Tell(SCHEDULER, Release(subtasks=(fact.subtask_id,), ended=True))]
        return []


def _send_off(
    goal: GoalState, freed: list[SubtaskState], fact: Fact, effects: list[Effect]
) -> None:
    effects += _queued(goal, freed, fact.at)
    ready = tuple(goal.freed(freed))
    more = type(fact) in _PLANS and goal.open > len(freed)
    ahead = tuple(goal.ahead()) if more else ()
    effects.append(Tell(SCHEDULER, SubtasksReady(subtasks=ready, ahead=ahead)))


def _queued(goal: GoalState, freed: list[SubtaskState], at: float) -> list[Effect]:
    queued, name = facts.SubtaskQueued, goal.goal.id
    return [Record(queued(at=at, goal=name, subtask=s.spec.uuid)) for s in freed]


class _Held(NamedTuple):
    """What the scheduler was told to hold, and has not forgotten since.

    Of goals with a budget it keeps accounts until they end, held or not.
    """

    goals: set[GoalId]
    subtasks: set[SubtaskId]


_GOAL_ENDS = frozenset({facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled})
_PLANS = frozenset({facts.PlanAdopted, facts.PlanGrown, facts.PlanChanged})
_SUBTASK_ENDS = frozenset({facts.SubtaskCompleted, facts.SubtaskFailed, facts.SubtaskCancelled})


def _blocked(goals: Goals, uuid: SubtaskId) -> list[Effect]:
    """The scheduler counts what is not ready yet, so it is told when that ends."""
    if goals.subtasks[uuid].status is not Status.BLOCKED:
        return []
    return [Tell(SCHEDULER, Settled(subtasks=(uuid,), unready=True))]
