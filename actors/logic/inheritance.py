"""A subtask that an earlier scheduler knew already goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.lifecycle import State

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.history import History
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work


def inherit(leasing: Leasing, work: Work, past: History, now: float) -> list[Effect]:
    """Take *work* on with its *past*: parked, waiting for its retry, or queued."""
    work.attempts, work.downs, work.before = past.attempts, past.downs, past.lease
    if past.parked is not None:  # no other limit counts while it rests
        work.state = State.PARKED
        leasing.works[work.uuid] = work
        leasing.alarms.set(("park", work.uuid), past.parked)
        return []
    leasing.take_on(work, past.since)
    if past.due is not None:
        work.state = State.DELAYED
        leasing.alarms.set(("retry", work.uuid), past.due)
        return []
    return leasing.queue(work, now, since=past.queued)
