"""Drain: what runs may end, nothing else begins, and the rest is cancelled.

Only the scheduler knows what runs. It is told that no further attempt is wanted, and
says of every subtask that nobody runs, or runs no longer, that it is idle; then it is
cancelled. Sub-goals of what runs go on: it may need them to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.closing import cancelled
from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.goal_states import ENDED, Status
from callboard.actors.logic.growing import stop_growing
from callboard.actors.logic.replies import refuse
from callboard.messages import facts
from callboard.messages.commands import CancelGoal, CancelSubtask, Done
from callboard.messages.errors.lookups import UnknownGoal, UnknownSubtask
from callboard.messages.work import Hold

if TYPE_CHECKING:
    from callboard.actors.logic.books import Books
    from callboard.actors.logic.closing import Closing
    from callboard.actors.logic.goal_states import GoalState, SubtaskState
    from callboard.actors.logic.repairing import Repairing
    from callboard.actors.logic.settling import Settling
    from callboard.messages.commands import DrainGoal, DrainRuntime, DrainSubtask
    from callboard.messages.work import SubtaskIdle

DRAINED = "drained"
"""Why the rest is cancelled, where nobody gave a reason."""


class Draining:
    """Brings goals, subtasks and the runtime to a soft end."""

    def __init__(
        self, books: Books, closing: Closing, settling: Settling, repairing: Repairing
    ) -> None:
        self._books = books
        self._closing = closing
        self._settling = settling
        self._repairing = repairing

    def drain_goal(self, message: DrainGoal, now: float) -> list[Effect]:
        """Its running attempts are its last ones; that it has ended is as good."""
        goal = self._books.goals.by_id.get(message.goal)
        if goal is None:
            return refuse(message.reply_to, UnknownGoal(message.goal))
        if goal.ended or goal.id in self._books.goals.pauses.draining_goals:
            return [Tell(message.reply_to, Done())]
        reason = message.reason or DRAINED
        if goal.plan is None:  # nothing of it runs
            cancel = CancelGoal(goal=goal.id, reason=reason, reply_to=message.reply_to)
            return self._closing.cancel(cancel, now)
        recorded = self._books.record(facts.GoalDraining(at=now, goal=goal.id, reason=reason))
        whole = stop_growing(self._books, goal, now)
        effects = [*recorded, *whole, *self.mend(goal, now), *self._last(goal)]
        effects += self._repairing.review(goal, now)
        return [*effects, *self._closing.close_if_done(goal, now), Tell(message.reply_to, Done())]

    def mend(self, goal: GoalState, now: float) -> list[Effect]:
        """What waits for others in a draining goal will not begin."""
        reason = self._books.goals.pauses.draining_goals.get(goal.id)
        effects: list[Effect] = []
        for state in goal.subtasks.values() if reason is not None else ():
            if state.status is Status.BLOCKED:
                effects += self._books.record(cancelled(state, reason or DRAINED, now))
        return effects

    def drain_subtask(self, message: DrainSubtask, now: float) -> list[Effect]:
        """Its running attempt is its last one; that it has ended is as good."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None:
            return refuse(message.reply_to, UnknownSubtask(message.subtask))
        uuid, reason = message.subtask, message.reason or DRAINED
        if state.status in ENDED or uuid in self._books.goals.pauses.draining_subtasks:
            return [Tell(message.reply_to, Done())]
        if state.status is Status.BLOCKED:
            cancel = CancelSubtask(subtask=uuid, reason=reason, reply_to=message.reply_to)
            return self._settling.cancel(cancel, now)
        fact = facts.SubtaskDraining(at=now, goal=state.goal, subtask=uuid, reason=reason)
        recorded = self._books.record(fact)
        return [*recorded, self._last_of(state), Tell(message.reply_to, Done())]

    def idle(self, message: SubtaskIdle, now: float) -> list[Effect]:
        """Nobody runs it: it is cancelled, unless it has ended meanwhile."""
        state = self._books.goals.subtasks.get(message.subtask)
        if state is None or state.status in ENDED:
            return []
        pauses = self._books.goals.pauses
        reason = pauses.draining_subtasks.get(message.subtask)
        reason = reason or pauses.draining_goals.get(state.goal)
        return [] if reason is None else self._settling.end(state, reason, now)

    def drain_runtime(self, message: DrainRuntime, now: float) -> list[Effect]:
        """No goal is accepted any more but sub-goals."""
        effects: list[Effect] = []
        if not self._books.goals.pauses.closed:
            effects += self._books.record(facts.RuntimeDraining(at=now, reason=message.reason))
        return [*effects, Tell(message.reply_to, Done())]

    def all_last(self) -> list[Effect]:
        """Everything that is draining, for a scheduler that may know nothing of it."""
        goals, effects = self._books.goals, list[Effect]()
        for goal in goals.pauses.draining_goals:
            effects += self._last(goals.by_id[goal])
        for uuid in goals.pauses.draining_subtasks:
            effects.append(self._last_of(goals.subtasks[uuid]))
        return effects

    def _last(self, goal: GoalState) -> list[Effect]:
        states = goal.subtasks.values()
        ready = tuple(s.spec.uuid for s in states if s.status in (Status.READY, Status.VERIFYING))
        if not ready:
            return []
        return [self._books.tell_to_hold(Hold(goals=(goal.id,), ready=ready, last=True))]

    def _last_of(self, state: SubtaskState) -> Effect:
        only = (state.spec.uuid,)
        return self._books.tell_to_hold(Hold(subtasks=only, ready=only, last=True))
