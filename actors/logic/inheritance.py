"""A subtask that an earlier scheduler knew already goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.standing import put_off

if TYPE_CHECKING:
    from callboard.actors.logic.effects import Effect
    from callboard.actors.logic.history import History
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work


def inherit(leasing: Leasing, work: Work, past: History, now: float) -> list[Effect]:
    """Take *work* on with its *past*: parked, waiting for its retry, or queued."""
    work.attempts, work.before, work.why = past.attempts, past.lease, past.why
    work.inherit(past.evidence, past.charges)
    if past.lease is not None and past.copies:
        leasing.copies.remember(work.uuid, [past.lease, *past.copies])
    if past.parked is not None:  # no other limit counts while it rests
        work.state = State.PARKED
        leasing.know(work)
        leasing.timing.set(work, "park", past.parked)
        return []
    put_off(past, now)
    leasing.take_on(work, past.since)
    effects: list[Effect] = []
    if past.due is not None:
        work.state = State.DELAYED
        leasing.timing.set(work, "retry", past.due)
    else:
        effects += leasing.queue(work, now, since=past.queued)
    count_what_was_waited(work, past, now)
    return effects


def count_what_was_waited(work: Work, past: History, now: float) -> None:
    """Of limits that stand still so much is left as there was when it was paused."""
    if work.stopped is None:
        return
    for kind, start in (("total", past.since), ("queue", past.queued)):
        if start is not None and kind in work.stopped:
            work.stopped[kind] = max(0.0, work.stopped[kind] - (now - start))
