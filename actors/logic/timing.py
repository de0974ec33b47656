"""The time limits of ready subtasks: when each begins to count, rests, and is over.

How long everything may take is said by `limits`; here it is put on the alarms as a
subtask is queued, held back, leased, heard of and freed. What an alarm that goes off
means is decided in `setbacks` and `watching`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.lifecycle import State, Work

if TYPE_CHECKING:
    from callboard.actors.logic.alarms import Alarms
    from callboard.actors.logic.company import Member
    from callboard.actors.logic.limits import Limits

Alarm: TypeAlias = tuple[str, str]
"""A limit ("queue", "run", "silence", "stall", "total", "retry", "park") and what it is for."""

_OF_AN_ATTEMPT = ("run", "silence", "stall")
_ALL = (*_OF_AN_ATTEMPT, "total", "retry", "park")

_STOPPED = ("queue", "total")
"""Limits that stand still for work behind a gate."""


class Timing:
    """Which limits of each subtask count, and until when.

    Times are in seconds since the epoch.
    """

    def __init__(self, alarms: Alarms[Alarm], limits: Limits) -> None:
        self._alarms = alarms
        self._limits = limits

    # Ready, and queued

    def total(self, work: Work, now: float) -> None:
        """All that is to be done with it must be done in time from now on."""
        self._allow(work, "total", self._limits.total(work.ready), now)

    def queued(self, work: Work, since: float) -> None:
        """It waits for an agent since then."""
        self._allow(work, "queue", self._limits.queue(work.ready), since)

    def unqueued(self, work: Work) -> None:
        """It waits no longer."""
        self._alarms.clear(("queue", work.uuid))
        work.stopped.pop("queue", None)

    def again(self, work: Work, now: float) -> None:
        """Its time limits are others, and count from now."""
        self._clear(work, _STOPPED)
        work.stopped.clear()
        self.total(work, now)
        if work.state is State.QUEUED:
            self.queued(work, now)

    # Held back

    def stop(self, work: Work, now: float) -> None:
        """It stands behind a gate: its waiting is not counted."""
        for kind in _STOPPED:
            when = self._alarms.when((kind, work.uuid))
            if when is not None:
                work.stopped[kind] = max(0.0, when - now)
                self._alarms.clear((kind, work.uuid))

    def go_on(self, work: Work, now: float) -> None:
        """No gate is left before it: what was stopped has as long as was left."""
        for kind, seconds in work.stopped.items():
            # Whatever is parked has no limit but that.
            if work.state is not State.PARKED:
                self._alarms.set((kind, work.uuid), now + seconds)
        work.stopped.clear()

    # Leased

    def run(self, work: Work, member: Member, now: float) -> None:
        """The attempt counts from now: it was given out, or its handler has begun."""
        self._allow(work, "run", self._limits.run(work.ready, member.agent), now)

    def heard(self, work: Work, member: Member, now: float) -> None:
        """The attempt gave a sign of life; while its slot is lent it need give none."""
        if not _waits(work, member):
            self._allow(work, "silence", self._limits.silence(work.ready, member.agent), now)

    def advanced(self, work: Work, member: Member, now: float) -> None:
        """The attempt is further than it was, which is a sign of life as well."""
        self.heard(work, member, now)
        if not _waits(work, member):
            self._allow(work, "stall", self._limits.stall(work.ready, member.agent), now)

    def lent(self, work: Work) -> None:
        """The attempt waits for something else; nothing is expected of it meanwhile."""
        self._clear(work, ("silence", "stall"))

    # Freed, and ended

    def freed(self, work: Work) -> None:
        """The attempt has ended."""
        self._clear(work, _OF_AN_ATTEMPT)

    def forget(self, work: Work) -> None:
        """It waits no longer, and no limit of it counts any more."""
        self.unqueued(work)
        work.stopped.clear()
        self._clear(work, _ALL)

    def _allow(self, work: Work, kind: str, seconds: float | None, now: float) -> None:
        if seconds is None:
            return
        work.allowed[kind] = seconds
        if work.gates and kind in _STOPPED:
            work.stopped[kind] = seconds
            return
        self._alarms.set((kind, work.uuid), now + seconds)

    def _clear(self, work: Work, kinds: tuple[str, ...]) -> None:
        self._alarms.clear(*[(kind, work.uuid) for kind in kinds])


def _waits(work: Work, member: Member) -> bool:
    return work.lease is not None and work.lease.token in member.lent
