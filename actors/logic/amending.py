"""A subtask is to be done otherwise than its plan says: what the scheduler makes of it.

Whoever wants that asks the scheduler first, for it knows who works on what: a subtask
that somebody works on is not edited under their hands. The orchestrator then records
the edit and says what it changes. If an agent was given the subtask in between, that
attempt is taken back without counting, so none that begins after the edit knows the
old words only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.replies import answer, refuse
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.commands import Done, RequeueSubtask
from callboard.messages.errors.lookups import NotParked, StillRunning

if TYPE_CHECKING:
    from callboard.actors.logic.chaining import Chaining
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import Address, SubtaskId
    from callboard.messages.commands import EditSubtask
    from callboard.messages.values import Ready
    from callboard.messages.work import Amended

EDITED = "it was edited"


class Amending:
    """Puts parked subtasks back into the queue, and changes what waits."""

    def __init__(self, leasing: Leasing, setbacks: Setbacks, chaining: Chaining) -> None:
        self._leasing = leasing
        self._chaining = chaining
        self._setbacks = setbacks

    def requeue(self, message: RequeueSubtask, now: float) -> list[Effect]:
        """Try a parked subtask again as it is."""
        return self._requeue(message.subtask, message.reply_to, now)

    def edit(self, message: EditSubtask, now: float) -> list[Effect]:
        """Pass it on, unless somebody works on it or it is not where it should be."""
        work = self._leasing.works.get(message.subtask)
        if work is not None and work.lease is not None:
            return refuse(message.reply_to, StillRunning(message.subtask, work.lease.agent))
        if message.requeue and (work is None or work.state is not State.PARKED):
            return self._not_parked(message.subtask, message.reply_to)
        return [*self._chaining.cut(message.subtask, EDITED, now), Tell(ORCHESTRATOR, message)]

    def amended(self, message: Amended, now: float) -> list[Effect]:
        """The orchestrator has recorded an edit; these are what it changes."""
        effects: list[Effect] = []
        for ready in message.subtasks:
            work = self._leasing.works.get(ready.subtask.uuid)
            if work is None:
                continue
            if work.state is State.SETTLING:
                limited_before = work.ready.subtask.timeouts
                work.amend(ready)  # as the facts have it, from which others learn
                if ready.subtask.timeouts != limited_before:
                    self._leasing.timing.again(work, now)
            else:
                effects += self._amend(work, ready, now)
        if message.requeue:
            effects += self._requeue(message.requeue, message.reply_to, now)
        return effects

    def _amend(self, work: Work, ready: Ready, now: float) -> list[Effect]:
        before = work.ready.subtask
        if work.lease is not None and ready.subtask != before:
            return self._take_back(work, ready, now)
        if work.state is State.QUEUED:
            self._leasing.replace(work, ready)
        else:
            self._leasing.amend(work, ready)
        if ready.subtask.timeouts != before.timeouts and work.state is not State.PARKED:
            self._leasing.timing.again(work, now)
        if work.state is State.QUEUED and not self._leasing.can_be_done(work):
            return [] if self._leasing.recovering else [self._leasing.unschedulable(work, now)]
        return []

    def _take_back(self, work: Work, ready: Ready, now: float) -> list[Effect]:
        effects = self._leasing.revoke(work, EDITED, now)
        work.attempts -= 1
        self._leasing.amend(work, ready)
        goal, uuid = work.goal, work.uuid
        fact = facts.SubtaskRequeued(at=now, goal=goal, subtask=uuid, reason=EDITED)
        return [*effects, Record(fact), *self._leasing.queue(work, now, front=True)]

    def _requeue(self, uuid: SubtaskId, reply_to: Address, now: float) -> list[Effect]:
        effects = self._setbacks.unpark(uuid, now)
        if not effects:
            return self._not_parked(uuid, reply_to)
        return [*effects, *answer(reply_to, Done())]

    def _not_parked(self, uuid: SubtaskId, reply_to: Address) -> list[Effect]:
        """Of what is not here the orchestrator knows why: it may have ended, or wait for others."""
        if uuid in self._leasing.works:
            return refuse(reply_to, NotParked(uuid))
        return [Tell(ORCHESTRATOR, RequeueSubtask(subtask=uuid, reply_to=reply_to))]
