"""The time limits of ready subtasks: when each begins to count, rests, and is over.

How long everything may take is said by `limits`; here it is kept with each subtask as it
is queued, held back, leased, heard of and freed. What a limit that is reached means is
decided in `setbacks` and `watching`.

A subtask has one alarm for all its limits, never later than the earliest of them. When
it goes off it is seen which of them are reached; so a limit that is put off or cleared,
as most are, costs no more than its line in the subtask's own table. Until it is leased it
shares that table with all that became ready with it and may take as long.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from callboard.actors.logic.knocks import Knocks
from callboard.actors.logic.lifecycle import NO_LIMITS, State, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callboard.actors.logic.limits import Limits
    from callboard.actors.logic.members import Member
    from callboard.messages.values import Ready, Timeouts

Alarm: TypeAlias = tuple[str, str]
"""What may be due, and for what: ("breaker", a skill), ("turn", ""), or a
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
        self.alarms = Knocks[Work]()
        self._latest = _Tables(0.0, None, None, math.inf, NO_LIMITS, NO_LIMITS)
        # Whose limits these are:
        self._like: Timeouts | None = None
        self._deadline: float | None = None

    def set(self, work: Work, kind: str, when: float) -> None:
        """That limit is reached *when*, in place of an earlier one of its kind."""
        if work.shared:
            _part(work)
        work.due[kind] = when
        if when < work.knock:
            self.alarms.set(work, when)

    def clear(self, work: Work, *kinds: str) -> None:
        """These limits do not count."""
        if work.shared:
            _part(work)
        for kind in kinds:
            work.due.pop(kind, None)

    def overdue(self, now: float) -> Iterator[tuple[str, Work, float]]:
        """The limits that are reached, each with its time, the earliest first.

        They are forgotten. What is cleared or set anew while they are gone through is
        left out.
        """
        found: list[tuple[float, str, Work]] = []
        for work in self.alarms.due(now):
            if work.state is State.SETTLING:  # it was let go on; see `rest`
                continue
            found += [(when, kind, work) for kind, when in work.due.items() if when <= now]
            later = min((when for when in work.due.values() if when > now), default=math.inf)
            if later < math.inf:
                self.alarms.set(work, later)
        for when, kind, work in sorted(found, key=_when):
            if work.due.get(kind) == when:
                self.clear(work, kind)
                yield kind, work, when

    # Ready, and queued

    def ready(self, work: Work, now: float) -> None:
        """It is to be done from now on, and waits for an agent."""
        ready, latest = work.ready, self._latest
        like = ready.subtask.timeouts is self._like and ready.deadline == self._deadline
        if latest.now != now or not like:  # what comes together mostly is
            latest = self._tables(ready, now)
        if work.gates or not work.shared:
            self._allow(work, "total", latest.total, now)
            self._allow(work, "queue", latest.queue, now)
            return
        work.due, work.allowed = latest.due, latest.allowed
        if latest.first < work.knock:
            self.alarms.set(work, latest.first)

    def _tables(self, ready: Ready, now: float) -> _Tables:
        """What it has in common with all that become ready now and may take as long."""
        self._like, self._deadline = ready.subtask.timeouts, ready.deadline
        total, queue = self._limits.total(ready), self._limits.queue(ready)
        latest = self._latest
        if (latest.now, latest.total, latest.queue) != (now, total, queue):
            latest = self._latest = _tables(now, total, queue)
        return latest

    def total(self, work: Work, now: float) -> None:
        """All that is to be done with it must be done in time from now on."""
        self._allow(work, "total", self._limits.total(work.ready), now)

    def queued(self, work: Work, since: float) -> None:
        """It waits for an agent since then."""
        self._allow(work, "queue", self._limits.queue(work.ready), since)

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
            when = work.due.get(kind)
            if when is not None:
                _stand(work, kind, max(0.0, when - now))
        self.clear(work, *_STOPPED)

    def go_on(self, work: Work, now: float) -> None:
        """No gate is left before it: what was stopped has as long as was left."""
        stopped, work.stopped = work.stopped, None
        # Whatever is parked has no limit but that.
        if stopped and work.state is not State.PARKED:
            for kind, seconds in stopped.items():
                self.set(work, kind, now + seconds)

    # Leased

    def leased(self, work: Work, member: Member, now: float) -> None:
        """It waits no longer: the attempt counts from now."""
        self.waited(work)
        run, _, _ = self._limits.attempt(work.ready, member.agent)
        self.run(work, run, now)

    def waited(self, work: Work) -> None:
        """It waits no longer."""
        if work.stopped:
            work.stopped.pop("queue", None)
        if work.shared:
            _part(work)
        work.due.pop("queue", None)

    def started(self, work: Work, member: Member, now: float) -> None:
        """The handler runs: the attempt counts from now, and is heard of."""
        run, silence, stall = self._limits.attempt(work.ready, member.agent)
        self.run(work, run, now)
        if silence is not None or stall is not None:
            self.advanced(work, member, now)

    def run(self, work: Work, seconds: float | None, now: float) -> None:
        """The attempt has so long from now on."""
        if seconds is None:
            return
        if work.shared:
            _part(work)
        work.allowed["run"] = seconds  # as `_allow`, but for gates: they do not stop what runs
        work.due["run"] = when = now + seconds
        if when < work.knock:
            self.alarms.set(work, when)

    def heard(self, work: Work, member: Member, now: float) -> None:
        """The attempt gave a sign of life; while its slot is lent it need give none."""
        if not (member.lent and _waits(work, member)):
            _, silence, _ = self._limits.attempt(work.ready, member.agent)
            self._allow(work, "silence", silence, now)

    def advanced(self, work: Work, member: Member, now: float) -> None:
        """The attempt is further than it was, which is a sign of life as well."""
        if not (member.lent and _waits(work, member)):
            _, silence, stall = self._limits.attempt(work.ready, member.agent)
            self._allow(work, "silence", silence, now)
            self._allow(work, "stall", stall, now)

    def lent(self, work: Work) -> None:
        """The attempt waits for something else; nothing is expected of it meanwhile."""
        self.clear(work, "silence", "stall")

    # Freed, and ended

    def freed(self, work: Work) -> None:
        """The attempt has ended."""
        due = work.due
        if work.shared:
            return  # it is its own from the moment that it is leased
        for kind in _OF_AN_ATTEMPT:
            if kind in due:
                del due[kind]

    def forget(self, work: Work) -> None:
        """No limit of it counts any more."""
        work.stopped = None
        if work.due:
            work.due, work.shared = NO_LIMITS, True  # what it was allowed is still asked
        self.alarms.clear(work)

    def rest(self, work: Work) -> None:
        """It has a result that may be no good: what it has over all attempts goes on.

        Nobody looks at that meanwhile: what is done in time may be verified later.
        """
        total, left = work.due.get("total"), (work.stopped or {}).get("total")
        self.forget(work)
        if total is not None:
            _part(work)
            work.due["total"] = total
        if left is not None:
            work.stopped = {"total": left}

    def go_on_trying(self, work: Work, now: float) -> None:
        """It was no good."""
        total = work.due.get("total")
        if total is not None:
            self.set(work, "total", total)
            if work.gates:
                self.stop(work, now)
        elif not work.stopped:  # nothing is known of its past
            self.total(work, work.ready.since)

    def take_over(self, work: Work, twin: Work) -> None:
        """The attempt of that copy is its own from now on."""
        for kind, when in twin.due.items():
            self.set(work, kind, when)
        if work.shared:
            _part(work)
        work.allowed.update(twin.allowed)
        self.forget(twin)

    def _allow(self, work: Work, kind: str, seconds: float | None, now: float) -> None:
        if seconds is None:
            return
        if work.shared:
            _part(work)
        work.allowed[kind] = seconds
        if work.gates and kind in _STOPPED:
            _stand(work, kind, seconds)
            return
        work.due[kind] = when = now + seconds  # as `set`, which this is most of
        if when < work.knock:
            self.alarms.set(work, when)


class _Tables(NamedTuple):
    """What becomes ready now, and may take and wait so long, has in common.

    Attributes:
        first: When the first of its limits is reached.
    """

    now: float
    total: float | None
    queue: float | None
    first: float
    due: dict[str, float]
    allowed: dict[str, float]


def _tables(now: float, total: float | None, queue: float | None) -> _Tables:
    stated = {"total": total, "queue": queue}
    allowed = {kind: seconds for kind, seconds in stated.items() if seconds is not None}
    due = {kind: now + seconds for kind, seconds in allowed.items()}
    return _Tables(now, total, queue, min(due.values(), default=math.inf), due, allowed)


def _part(work: Work) -> None:
    """From now on its tables of limits are its own."""
    work.due, work.allowed, work.shared = dict(work.due), dict(work.allowed), False


def _stand(work: Work, kind: str, seconds: float) -> None:
    """That limit stands still, with so much of it left."""
    if work.stopped is None:
        work.stopped = {}
    work.stopped[kind] = seconds


def _waits(work: Work, member: Member) -> bool:
    return work.lease is not None and work.lease.token in member.lent
