"""The time limits of ready subtasks: when each begins to count, rests, and is over.

How long everything may take is said by `limits`; here it is kept with each subtask as it
is queued, held back, leased, heard of and freed. What a limit that is reached means is
decided in `setbacks` and `watching`.

A subtask has one alarm for all its limits, never later than the earliest of them. When
it goes off it is seen which of them are reached; so a limit that is put off or cleared,
as most are, costs no more than its line in the subtask's own table.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.alarms import Alarms
from callboard.actors.logic.lifecycle import State, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.actors.logic.limits import Limits
    from callboard.actors.logic.members import Member

Alarm: TypeAlias = tuple[str, str]
"""What may be due, and for what: ("heartbeat", an agent), ("breaker", a skill), ("turn", ""), or a
limit ("queue", "run", "silence", "stall", "total", "retry", "park") and the subtask it is for."""

_OF_AN_ATTEMPT = ("run", "silence", "stall", "late")
_STOPPED = ("queue", "total")
"""Limits that stand still for work behind a gate."""

_when = itemgetter(0)


class Timing:
    """Which limits of each subtask count, and until when.

    Times are in seconds since the epoch.

    Attributes:
        alarms: When to look at which subtask.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.alarms = Alarms[Work]()

    def set(self, work: Work, kind: str, when: float) -> None:
        """That limit is reached *when*, in place of an earlier one of its kind."""
        work.due[kind] = when
        if when < work.knock:
            self._knock(work, when)

    def clear(self, work: Work, *kinds: str) -> None:
        """These limits do not count."""
        due = work.due
        for kind in kinds:
            if kind in due:
                del due[kind]

    def overdue(self, now: float) -> Iterator[tuple[str, Work, float]]:
        """The limits that are reached, each with its time, the earliest first.

        They are forgotten. What is cleared or set anew while they are gone through is
        left out.
        """
        found: list[tuple[float, str, Work]] = []
        for work in self.alarms.due(now):
            found += [(when, kind, work) for kind, when in work.due.items() if when <= now]
            later = min((when for when in work.due.values() if when > now), default=math.inf)
            work.knock = later
            if later < math.inf:
                self.alarms.set(work, later)
        for when, kind, work in sorted(found, key=_when):
            if work.due.get(kind) == when:
                del work.due[kind]
                yield kind, work, when

    # Ready, and queued

    def ready(self, work: Work, now: float) -> None:
        """It is to be done from now on, and waits for an agent."""
        self._allow(work, "total", self._limits.total(work.ready), now)
        self._allow(work, "queue", self._limits.queue(work.ready), now)

    def total(self, work: Work, now: float) -> None:
        """All that is to be done with it must be done in time from now on."""
        self._allow(work, "total", self._limits.total(work.ready), now)

    def queued(self, work: Work, since: float) -> None:
        """It waits for an agent since then."""
        self._allow(work, "queue", self._limits.queue(work.ready), since)

    def unqueued(self, work: Work) -> None:
        """It waits no longer."""
        work.due.pop("queue", None)
        if work.stopped:
            work.stopped.pop("queue", None)

    def again(self, work: Work, now: float) -> None:
        """Its time limits are others, and count from now."""
        self.clear(work, *_STOPPED)
        work.stopped = None
        self.total(work, now)
        if work.state is State.QUEUED:
            self.queued(work, now)

    # Held back

    def stop(self, work: Work, now: float) -> None:
        """It stands behind a gate: its waiting is not counted."""
        for kind in _STOPPED:
            when = work.due.pop(kind, None)
            if when is not None:
                _stand(work, kind, max(0.0, when - now))

    def go_on(self, work: Work, now: float) -> None:
        """No gate is left before it: what was stopped has as long as was left."""
        stopped, work.stopped = work.stopped, None
        # Whatever is parked has no limit but that.
        if stopped and work.state is not State.PARKED:
            for kind, seconds in stopped.items():
                self.set(work, kind, now + seconds)

    # Leased

    def run(self, work: Work, member: Member, now: float) -> None:
        """The attempt counts from now: it was given out."""
        self._allow(work, "run", self._limits.run(work.ready, member.agent), now)

    def heard(self, work: Work, member: Member, now: float) -> None:
        """The attempt gave a sign of life; while its slot is lent it need give none."""
        if not (member.lent and _waits(work, member)):
            self._allow(work, "silence", self._limits.silence(work.ready, member.agent), now)

    def advanced(self, work: Work, member: Member, now: float) -> None:
        """The attempt is further than it was, which is a sign of life as well."""
        if not (member.lent and _waits(work, member)):
            limits, ready, agent = self._limits, work.ready, member.agent
            silence, stall = limits.silence(ready, agent), limits.stall(ready, agent)
            if silence is not None:
                self._allow(work, "silence", silence, now)
            if stall is not None:
                self._allow(work, "stall", stall, now)

    def lent(self, work: Work) -> None:
        """The attempt waits for something else; nothing is expected of it meanwhile."""
        self.clear(work, "silence", "stall")

    # Freed, and ended

    def freed(self, work: Work) -> None:
        """The attempt has ended."""
        due = work.due
        if due:
            for kind in _OF_AN_ATTEMPT:
                due.pop(kind, None)

    def forget(self, work: Work) -> None:
        """No limit of it counts any more."""
        work.stopped = None
        if work.due:
            work.due.clear()
        if work.knock < math.inf:
            work.knock = math.inf
            self.alarms.clear(work)

    def _allow(self, work: Work, kind: str, seconds: float | None, now: float) -> None:
        if seconds is None:
            return
        work.allowed[kind] = seconds
        if work.gates and kind in _STOPPED:
            _stand(work, kind, seconds)
            return
        work.due[kind] = when = now + seconds  # as `set`, which this is most of
        if when < work.knock:
            self._knock(work, when)

    def _knock(self, work: Work, when: float) -> None:
        work.knock = when
        self.alarms.set(work, when)


def _stand(work: Work, kind: str, seconds: float) -> None:
    """That limit stands still, with so much of it left."""
    if work.stopped is None:
        work.stopped = {}
    work.stopped[kind] = seconds


def _waits(work: Work, member: Member) -> bool:
    return work.lease is not None and work.lease.token in member.lent
