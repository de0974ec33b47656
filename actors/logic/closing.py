"""Goals end: all their subtasks have, or they fail, or nobody wants them any more."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.messages import facts
from callboard.messages.base import DECOMPOSER, SCHEDULER
from callboard.messages.commands import CancelGoal, Done, Refused
from callboard.messages.errors.base import problem_of
from callboard.messages.errors.endings import DeadlinePassed
from callboard.messages.errors.lookups import UnknownGoal
from callboard.messages.planning import DropPlanning
from callboard.messages.work import Withdraw, Withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from callboard.actors.logic.books import Books
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.messages.facts import Fact
    from callboard.messages.values import Problem


class Closing:
    """Ends goals, and all that serves them.

    Args:
        books: All goals.
        keep_goals: How many ended goals are remembered; None remembers all.

    Attributes:
        undecided: Goals about which nobody has decided in time, until it is seen to that.
        verified: Goals that verify a result and have ended, until it is seen to what follows.
    """

    def __init__(self, books: Books, keep_goals: int | None) -> None:
        self._books = books
        self._keep_goals = keep_goals
        self.verified: list[GoalState] = []
        self.undecided: list[GoalState] = []

    # By themselves

    def close_if_done(self, goal: GoalState, now: float) -> list[Effect]:
        """End the goal if all of its subtasks have ended."""
        if goal.ended or goal.open or goal.plan is None or goal.growing or goal.mending:
            return []
        if not goal.problems:
            return self._close(facts.GoalCompleted(at=now, goal=goal.id))
        drained = self._books.goals.pauses.draining_goals.get(goal.id)
        if drained is not None:
            return self._close(_cancelled_goal(goal, drained, now))
        problems = tuple(goal.problems.values())
        return self._close(facts.GoalFailed(at=now, goal=goal.id, problems=problems))

    def _close(self, fact: Fact) -> list[Effect]:
        goal = self._books.goals.by_id[fact.goal_id]
        if goal.goal.verifies:
            self.verified.append(goal)
        self._books.deadlines.clear(fact.goal_id)
        return [*self._books.record(fact), *self._forget_oldest(fact.at)]

    def _forget_oldest(self, now: float) -> list[Effect]:
        goals, effects = self._books.goals, list[Effect]()
        while self._keep_goals is not None and len(goals.ended) > self._keep_goals:
            oldest = next(iter(goals.ended))
            effects += self._books.record(facts.GoalForgotten(at=now, goal=oldest))
        return effects

    # Before their time

    def cancel(self, message: CancelGoal, now: float) -> list[Effect]:
        """Somebody wants the goal to end; that it has already is as good."""
        goal = self._books.goals.by_id.get(message.goal)
        if goal is None:
            problem = problem_of(UnknownGoal(message.goal))
            return [Tell(message.reply_to, Refused(problem=problem))]
        return [*self._cancel(goal, message.reason, now), Tell(message.reply_to, Done())]

    def deadlines(self, now: float) -> list[Effect]:
        """Fail the goals that should have ended by now."""
        effects: list[Effect] = []
        for goal_id in self._books.deadlines.due(now):
            goal = self._books.goals.by_id[goal_id]
            if goal.goal.deadline is None and goal.proposal is not None:
                self.undecided.append(goal)
            else:
                effects += self.fail(goal, problem_of(DeadlinePassed(goal_id)), now)
        return effects

    def fail(self, goal: GoalState, problem: Problem, now: float) -> list[Effect]:
        """The goal fails for a reason that is not a subtask's."""
        problems = (problem, *goal.problems.values())
        fact = facts.GoalFailed(at=now, goal=goal.id, problems=problems)
        return self._end(goal, problem.text, fact)

    def end_children(self, state: SubtaskState, now: float) -> list[Effect]:
        """The subtask has ended: so do the goals that serve it."""
        return self._end_all(deque(self._serving([state], now)))

    def end_orphans(self, now: float) -> list[Effect]:
        """End the goals that serve a subtask which has ended, or is forgotten."""
        goals, effects = self._books.goals, list[Effect]()
        for goal in list(goals.open_goals()):
            parent = goal.goal.parent
            superior = None if parent is None else goals.subtasks.get(parent.subtask)
            if parent is not None and (superior is None or superior.status in ENDED):
                name = parent.subtask if superior is None else superior.spec.name
                effects += self._cancel(goal, _served(name), now)
        return effects

    def _cancel(self, goal: GoalState, reason: str, now: float) -> list[Effect]:
        if goal.ended:
            return []
        return self._end(goal, reason, _cancelled_goal(goal, reason, now))

    def _end(self, goal: GoalState, reason: str, how: Fact) -> list[Effect]:
        return self._end_all(deque([_Ending(goal, reason, how)]))

    def _end_all(self, endings: deque[_Ending]) -> list[Effect]:
        """End goals whatever is still open, and all that serves them, however deep."""
        effects: list[Effect] = []
        while endings:
            goal, reason, how = endings.popleft()
            still_open = [s for s in goal.subtasks.values() if s.status not in ENDED]
            endings.extend(self._serving(still_open, how.at))
            effects += self._end_one(goal, still_open, reason, how)
        return effects

    def _end_one(
        self, goal: GoalState, still_open: list[SubtaskState], reason: str, how: Fact
    ) -> list[Effect]:
        effects: list[Effect] = []
        if goal.planning or goal.mending:
            effects.append(Tell(DECOMPOSER, DropPlanning(goal=goal.id)))
        ready = [s for s in still_open if s.status is not Status.BLOCKED]
        for state in still_open:
            effects += self._books.record(cancelled(state, reason, how.at))
        effects += self._close(how)
        return [*effects, *withdraw(ready, reason)]

    def _serving(self, states: Iterable[SubtaskState], now: float) -> Iterator[_Ending]:
        for state in states:
            reason = _served(state.spec.name)
            for goal in self._books.goals.open_children(state.spec.uuid):
                yield _Ending(goal, reason, _cancelled_goal(goal, reason, now))


class _Ending(NamedTuple):
    """A goal that is about to end, why, and the fact that says so."""

    goal: GoalState
    reason: str
    how: Fact


def withdraw(states: Sequence[SubtaskState], reason: str) -> list[Effect]:
    """The scheduler shall do these no longer."""
    if not states:
        return []
    uuids = tuple(s.spec.uuid for s in states)
    return [
        Tell(SCHEDULER, Withdraw(subtasks=uuids, reason=reason)),
        Tell(SCHEDULER, Withdrawn(subtasks=uuids)),
    ]


def cancelled(state: SubtaskState, reason: str, now: float) -> Fact:
    """Nobody wants that subtask any more."""
    goal, uuid = state.goal, state.spec.uuid
    return facts.SubtaskCancelled(at=now, goal=goal, subtask=uuid, reason=reason)


def _served(name: str) -> str:
    return f"subtask {name!r}, which it served, has ended"


def _cancelled_goal(goal: GoalState, reason: str, now: float) -> Fact:
    return facts.GoalCancelled(at=now, goal=goal.id, reason=reason)
