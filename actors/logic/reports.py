"""What agents say of their leases, and what others say of subtasks.

Whatever comes with an old token changes nothing: it is shown, and the agent is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.effects import Effect, Record, Show, Tell
from callboard.actors.logic.leasing import resumed
from callboard.actors.logic.lifecycle import State
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.notices import AttemptDeclined, ProgressMade, StaleRefused
from callboard.messages.values import replace
from callboard.messages.work import Completed, SaveCheckpoint, SubtaskDone

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.work import Declined, Failed, Progress, Started, Waiting, WaitOver

    Said: TypeAlias = Completed | Failed | Progress | Started | Waiting | WaitOver

DECLINED_WAIT = 0.1
"""Seconds after which a subtask that an agent would not take is queued again."""


class Reports:
    """Listens to agents.

    Attributes:
        early: Completions of leases that this scheduler has not adopted yet.
    """

    def __init__(self, leasing: Leasing, setbacks: Setbacks) -> None:
        self._leasing = leasing
        self._setbacks = setbacks
        self.early: list[Completed] = []

    # An attempt goes on

    def started(self, message: Started, now: float) -> list[Effect]:
        """The handler runs; its time counts from now."""
        work = self._leasing.current(message.lease)
        member = self._leasing.slots.member(message.lease.agent)
        if work is None or member is None:
            return self._stale(message, now)
        work.started = True
        self._leasing.watch(work, member, now)
        return [Record(facts.SubtaskStarted(at=now, lease=message.lease))]

    def progress(self, message: Progress, now: float) -> list[Effect]:
        """A sign of life, perhaps with a checkpoint."""
        work = self._leasing.current(message.lease)
        member = self._leasing.slots.member(message.lease.agent)
        if work is None or member is None:
            return self._stale(message, now)
        self._leasing.heard(work, member, now)
        effects: list[Effect] = []
        if message.fraction is not None:
            effects.append(_shown(message, message.fraction, now))
        if message.checkpoint is not None:
            work.ready = replace(work.ready, checkpoint=message.checkpoint)
            save = SaveCheckpoint(lease=message.lease, checkpoint=message.checkpoint)
            effects.append(Tell(ORCHESTRATOR, save))
        return effects

    def waiting(self, message: Waiting, now: float) -> list[Effect]:
        """The attempt waits for a sub-goal; its slot is for others meanwhile."""
        work = self._leasing.current(message.lease)
        member = self._leasing.slots.member(message.lease.agent)
        if work is None or member is None:
            return self._stale(message, now)
        self._leasing.alarms.clear(("silence", work.uuid))
        return resumed(self._leasing.slots.lend(member, message.lease))

    def wait_over(self, message: WaitOver, now: float) -> list[Effect]:
        """The attempt wants its slot back; it goes before new work."""
        work = self._leasing.current(message.lease)
        member = self._leasing.slots.member(message.lease.agent)
        if work is None or member is None:
            return self._stale(message, now)
        self._leasing.heard(work, member, now)
        return resumed(self._leasing.slots.want_back(member, message.lease))

    # An attempt ends

    def completed(self, message: Completed, now: float) -> list[Effect]:
        """The first valid completion ends the subtask; the orchestrator records it."""
        lease = message.lease
        work = self._leasing.current(lease)
        if work is None:
            return self._completed_again(message, now)
        done = SubtaskDone(
            subtask=lease.subtask, lease=lease, result=message.result, seconds=message.seconds
        )
        return [*self._leasing.over(work, lease, now), *self._leasing.report(work, done)]

    def completed_outside(self, done: SubtaskDone, now: float) -> list[Effect]:
        """Somebody says it is done; the orchestrator knows whether that can be."""
        work = self._leasing.works.get(done.subtask)
        if work is None or work.state is State.SETTLING:
            return [Tell(ORCHESTRATOR, done)]
        effects: list[Effect] = []
        if work.lease is not None:
            done = replace(done, lease=work.lease)
            effects += self._leasing.tell_agent(work.lease, "it was completed by somebody else")
            effects += self._leasing.over(work, work.lease, now)
        return [*effects, *self._leasing.report(work, done)]

    def failed(self, message: Failed, now: float) -> list[Effect]:
        """The attempt failed, the agent lives."""
        work = self._leasing.current(message.lease)
        if work is None:
            return self._stale(message, now)
        return self._setbacks.attempt_failed(work, message.lease, message.problem, now)

    def declined(self, message: Declined, now: float) -> list[Effect]:
        """The agent would not take it: nobody's attempt; tried again a little later."""
        work = self._leasing.current(message.lease)
        if work is None:
            return []
        shown = Show(AttemptDeclined(at=now, lease=message.lease, reason=message.reason))
        over = self._leasing.over(work, message.lease, now)
        work.attempts -= 1
        self._setbacks.delay(work, now + DECLINED_WAIT)
        return [shown, *over]

    # Old tokens

    def _completed_again(self, message: Completed, now: float) -> list[Effect]:
        work = self._leasing.works.get(message.lease.subtask)
        outcome = work.outcome if work is not None else None
        if isinstance(outcome, SubtaskDone) and outcome.lease == message.lease:
            return [Tell(ORCHESTRATOR, outcome)]
        return self._stale(message, now)

    def _stale(self, message: Said, now: float) -> list[Effect]:
        if self._leasing.recovering and isinstance(message, Completed):
            self.early.append(message)
            return []
        refused = StaleRefused(at=now, lease=message.lease, what=type(message).__name__)
        told = self._leasing.tell_agent(message.lease, "the lease is not current")
        return [Show(refused), *told]


def _shown(message: Progress, fraction: float, now: float) -> Show:
    return Show(ProgressMade(at=now, lease=message.lease, fraction=fraction, note=message.note))
