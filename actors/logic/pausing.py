"""Pause, resume and drain: of goals, of single subtasks, and of the runtime.

The facts say what is paused (`pauses`); the scheduler is told what to hold for it, and
told again whenever one of the two is restarted. Who pauses is answered by the scheduler:
from then on nothing of it is begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.actors.logic.replies import refuse
from callboard.messages import facts
from callboard.messages.base import NOBODY, SCHEDULER
from callboard.messages.commands import Done
from callboard.messages.errors.lookups import (
    AlreadyEnded,
    GoalAlreadyEnded,
    UnknownGoal,
    UnknownSubtask,
)
from callboard.messages.work import Hold, Release

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.books import Books
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.actors.logic.pauses import Pause
    from callboard.messages.base import Address, SubtaskId
    from callboard.messages.commands import (
        PauseGoal,
        PauseRuntime,
        PauseSubtask,
        ResumeGoal,
        ResumeRuntime,
        ResumeSubtask,
    )


class Pausing:
    """Holds work back, and lets it go on."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._goals = books.goals
        self._pauses = books.goals.pauses

    # Goals

    def pause_goal(self, message: PauseGoal, now: float) -> list[Effect]:
        """No new attempt at it, nor at what serves it."""
        goal = self._goals.by_id.get(message.goal)
        if goal is None:
            return refuse(message.reply_to, UnknownGoal(message.goal))
        if goal.ended:
            return refuse(message.reply_to, GoalAlreadyEnded(message.goal))
        reason, interrupt = message.reason, message.interrupt
        fact = facts.GoalPaused(at=now, goal=goal.id, reason=reason, interrupt=interrupt)
        recorded = self._books.record(fact)
        pause = self._pauses.goals[goal.id]
        return [*recorded, self._hold(_tree([goal], self), pause, reply_to=message.reply_to)]

    def resume_goal(self, message: ResumeGoal, now: float) -> list[Effect]:
        """It goes on; that it was not paused is as good."""
        goal = self._goals.by_id.get(message.goal)
        if goal is None:
            return refuse(message.reply_to, UnknownGoal(message.goal))
        if goal.id not in self._pauses.goals:
            return [Tell(message.reply_to, Done())]
        recorded = self._books.record(facts.GoalResumed(at=now, goal=goal.id))
        released = self._release(goal)
        return [*recorded, *released, Tell(message.reply_to, Done())]

    def joined(self, goal: GoalState) -> list[Effect]:
        """A goal was accepted: it is held with what it serves."""
        pause = self.over(goal)
        return [] if pause is None else [self._hold([goal], pause)]

    # Subtasks

    def pause_subtask(self, message: PauseSubtask, now: float) -> list[Effect]:
        """No new attempt at it, nor at the goals that serve it."""
        state = self._goals.subtasks.get(message.subtask)
        if state is None:
            return refuse(message.reply_to, UnknownSubtask(message.subtask))
        if state.status in ENDED:
            ended = AlreadyEnded(message.subtask, state.status.value)
            return refuse(message.reply_to, ended)
        uuid, reason, interrupt = message.subtask, message.reason, message.interrupt
        fact = facts.SubtaskPaused(
            at=now, goal=state.goal, subtask=uuid, reason=reason, interrupt=interrupt
        )
        recorded = self._books.record(fact)
        below = _tree(self._goals.open_children(uuid), self)
        pause = self._pauses.subtasks[uuid]
        return [*recorded, self._hold(below, pause, [state], reply_to=message.reply_to)]

    def resume_subtask(self, message: ResumeSubtask, now: float) -> list[Effect]:
        """It goes on, unless its goal is paused; that it was not paused is as good."""
        state = self._goals.subtasks.get(message.subtask)
        if state is None:
            return refuse(message.reply_to, UnknownSubtask(message.subtask))
        uuid = message.subtask
        if uuid not in self._pauses.subtasks:
            return [Tell(message.reply_to, Done())]
        fact = facts.SubtaskResumed(at=now, goal=state.goal, subtask=uuid)
        recorded = self._books.record(fact)
        below: list[GoalState] = []
        if self.over(self._goals.by_id[state.goal]) is None:
            serving = self._goals.open_children(uuid)
            own = [goal for goal in serving if goal.id not in self._pauses.goals]
            below = _tree(own, self, held=False)
        release = Release(
            goals=tuple(goal.id for goal in below),
            subtasks=(uuid,),
            ready=_ready(below, [state]),
        )
        return [*recorded, Tell(SCHEDULER, release), Tell(message.reply_to, Done())]

    # Everything

    def pause_runtime(self, message: PauseRuntime, now: float) -> list[Effect]:
        """No new attempt at anything; goals are still accepted."""
        reason, interrupt = message.reason, message.interrupt
        fact = facts.RuntimePaused(at=now, reason=reason, interrupt=interrupt)
        hold = Hold(runtime=True, reason=reason, interrupt=interrupt, reply_to=message.reply_to)
        return [*self._books.record(fact), Tell(SCHEDULER, hold)]

    def resume_runtime(self, message: ResumeRuntime, now: float) -> list[Effect]:
        """Work goes on, and goals are accepted."""
        paused, effects = self._pauses.runtime is not None, list[Effect]()
        if paused or self._pauses.closed:
            effects += self._books.record(facts.RuntimeResumed(at=now))
        if paused:
            effects.append(Tell(SCHEDULER, Release(runtime=True)))
        return [*effects, Tell(message.reply_to, Done())]

    # What the scheduler is told

    def all_held(self) -> list[Effect]:
        """Everything that is paused, for a scheduler that may know nothing of it."""
        pauses, effects = self._pauses, list[Effect]()
        if pauses.runtime is not None:
            reason, interrupt = pauses.runtime
            hold = Hold(runtime=True, reason=reason, interrupt=interrupt)
            effects.append(Tell(SCHEDULER, hold))
        for uuid, pause in pauses.subtasks.items():
            effects.append(self._hold([], pause, [self._goals.subtasks[uuid]]))
        if pauses.goals or pauses.subtasks:
            for goal in self._goals.open_goals():
                over = self.over(goal)
                effects += [] if over is None else [self._hold([goal], over)]
        return effects

    def over(self, goal: GoalState) -> Pause | None:
        """What pauses the goal: its own pause, or that of something that it serves."""
        pauses = self._pauses
        above: GoalState | None = goal
        while above is not None:
            if above.id in pauses.goals:
                return pauses.goals[above.id]
            parent = above.goal.parent
            if parent is not None and parent.subtask in pauses.subtasks:
                return pauses.subtasks[parent.subtask]
            superior = None if parent is None else self._goals.subtasks.get(parent.subtask)
            above = None if superior is None else self._goals.by_id[superior.goal]
        return None

    def _hold(
        self,
        goals: list[GoalState],
        pause: Pause,
        states: Iterable[SubtaskState] = (),
        *,
        reply_to: Address = NOBODY,
    ) -> Effect:
        hold = Hold(
            goals=tuple(goal.id for goal in goals),
            subtasks=tuple(state.spec.uuid for state in states),
            ready=_ready(goals, states),
            reason=pause.reason,
            interrupt=pause.interrupt,
            reply_to=reply_to,
        )
        return self._books.tell_to_hold(hold)

    def _release(self, goal: GoalState) -> list[Effect]:
        if self.over(goal) is not None:  # what it serves is paused too
            return []
        goals = _tree([goal], self, held=False)
        release = Release(goals=tuple(g.id for g in goals), ready=_ready(goals))
        return [Tell(SCHEDULER, release)]

    def children(self, goal: GoalState, *, held: bool) -> list[GoalState]:
        """Open goals that serve it; *held* includes what is paused by itself."""
        pauses = self._pauses
        return [
            child
            for uuid, state in goal.subtasks.items()
            if state.status not in ENDED and (held or uuid not in pauses.subtasks)
            for child in self._goals.open_children(uuid)
            if held or child.id not in pauses.goals
        ]


def _tree(goals: list[GoalState], pausing: Pausing, *, held: bool = True) -> list[GoalState]:
    """These goals and all that serve them, however deep."""
    found: list[GoalState] = []
    todo = list(goals)
    while todo:
        goal = todo.pop()
        found.append(goal)
        todo += pausing.children(goal, held=held)
    return found


def _ready(
    goals: Iterable[GoalState], states: Iterable[SubtaskState] = ()
) -> tuple[SubtaskId, ...]:
    each = [*states, *(state for goal in goals for state in goal.subtasks.values())]
    return tuple(state.spec.uuid for state in each if state.status is Status.READY)
