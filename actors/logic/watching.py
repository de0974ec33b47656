"""Attempts and agents that have reached a limit: nobody is judged unseen.

The clock's knock overtakes the work in the scheduler's mailbox, so the sign of life that
would have put a limit off may lie there unread, and so may the completion. And who is
starved of the processor gives no sign, and we notice late. Therefore a limit that is
reached only raises a doubt:

    reached -> looked at: the timestamps that the worker writes (`LookAt`); the answer
               comes behind all that waits in the mailbox (`SignsSeen`)
    looked at -> forgotten, if the agent was heard meanwhile, or what it did has ended
              -> put off until the limit after the last sign, if that is young enough
              -> put off by what is owed (`lateness.owed`), if we were late ourselves
              -> judged otherwise
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, LookAt
from callboard.actors.logic.lateness import owed, worst

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.membership import Membership
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.actors.logic.timing import Alarm
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.supervision import SignsSeen
    from callboard.messages.values import Lease

REPORT_SECONDS = 1.0
"""Within which the end of an attempt is heard that has ended over there."""

FINISH_SECONDS = 10.0
"""That a run may get beyond its limit, where we are late: for starvation, not for sleep."""

WATCHED = frozenset({"run", "silence", "stall", "heartbeat"})
"""The limits that are looked at before anybody is judged by them."""

_OF_SIGNS = ("silence", "heartbeat")
_MANY = 64


class _Doubt:
    """A limit that was reached.

    Attributes:
        late: Seconds that we looked after it was due, as `lateness.worst` says.
        since: When it was reached.
        until: When it is due again, if it was put off by what was owed.
        asked: Somebody looks.
    """

    __slots__ = ("asked", "late", "since", "until")

    def __init__(self, since: float) -> None:
        self.since = since
        self.late = self.until = 0.0
        self.asked = False


class Watching:
    """Looks before it judges.

    Args:
        leasing: The attempts, and the alarms of all limits.
        membership: Judges agents.
        setbacks: Judges attempts.
        heartbeat_timeout: Seconds of silence after which an agent is doubted.
    """

    def __init__(
        self,
        leasing: Leasing,
        membership: Membership,
        setbacks: Setbacks,
        heartbeat_timeout: float,
    ) -> None:
        self._leasing = leasing
        self._membership = membership
        self._setbacks = setbacks
        self._timeout = heartbeat_timeout
        self._doubts: dict[Alarm, _Doubt] = {}
        self._tidy = _MANY

    # A limit is reached

    def due(self, alarm: Alarm, when: float, now: float) -> list[Effect]:
        """A limit was to be looked at *when* it was reached, and that is *now*: look."""
        limit, key = alarm
        if limit == "heartbeat":
            return self._look(alarm, key, None, when, now)
        lease = self._leasing.works[key].lease
        return [] if lease is None else self._look(alarm, lease.agent, lease, when, now)

    def _look(
        self, alarm: Alarm, agent: AgentId, lease: Lease | None, when: float, now: float
    ) -> list[Effect]:
        doubt = self._doubts.get(alarm)
        if doubt is None or doubt.until != when:
            doubt = self._doubts[alarm] = _Doubt(when)
            self._forget_settled()
        doubt.late = worst(now - when, doubt.late, limit=self._allowed(alarm))
        doubt.asked = True
        return [LookAt(agent=agent, lease=lease, limit=alarm[0])]

    def _forget_settled(self) -> None:
        """Doubts whose cause has ended while they were put off."""
        if len(self._doubts) > self._tidy:
            doubts = self._doubts.items()
            self._doubts = {a: d for a, d in doubts if d.asked or self._counts(a)}
            self._tidy = max(_MANY, 2 * len(self._doubts))

    # Somebody has looked

    def seen(self, seen: SignsSeen, now: float) -> list[Effect]:
        """Decide by what was seen, unless the agent was heard since."""
        alarm = (seen.limit, seen.agent if seen.lease is None else seen.lease.subtask)
        doubt = self._doubts.get(alarm)
        if doubt is None or not doubt.asked:
            return []
        doubt.asked = False
        if self._counts(alarm) or not self._concerns(seen):
            del self._doubts[alarm]
            return []
        return self._decide(alarm, doubt, seen, now)

    def _concerns(self, seen: SignsSeen) -> bool:
        """Whether it is about something that still goes on, and of which signs are expected."""
        if seen.lease is None:
            member = self._leasing.slots.member(seen.agent)
            return member is not None and member.beaten
        if self._leasing.current(seen.lease) is None:
            return False
        member = self._leasing.slots.holder(seen.lease)
        return seen.limit == "run" or seen.lease.token not in member.lent

    def _decide(self, alarm: Alarm, doubt: _Doubt, seen: SignsSeen, now: float) -> list[Effect]:
        allowed = self._allowed(alarm)
        if seen.limit in _OF_SIGNS and seen.quiet is not None:
            if seen.quiet < allowed:
                del self._doubts[alarm]
                self._put_off(alarm, now + allowed - seen.quiet)
                return []
            doubt.since = max(doubt.since, now + allowed - seen.quiet)
        more = self._patience(doubt, seen, allowed, now - doubt.since)
        if more > 0:
            doubt.until = now + more
            self._put_off(alarm, doubt.until)
            return []
        del self._doubts[alarm]
        return self._judge(alarm, now)

    def _patience(self, doubt: _Doubt, seen: SignsSeen, allowed: float, over: float) -> float:
        more = owed(over, doubt.late, limit=allowed)
        first = not doubt.until
        if seen.limit == "run":
            # It is limited by the clock on the wall, whoever sleeps.
            more = min(more, FINISH_SECONDS) if first else 0.0
        if first and seen.quiet is None and self._reports(seen):
            more = max(more, REPORT_SECONDS)
        return more

    def _allowed(self, alarm: Alarm) -> float:
        limit, key = alarm
        return self._timeout if limit == "heartbeat" else self._leasing.works[key].allowed[limit]

    def _counts(self, alarm: Alarm) -> bool:
        """Whether the limit is to be reached later, because something was heard or put off."""
        limit, key = alarm
        if limit == "heartbeat":
            return alarm in self._leasing.alarms
        work = self._leasing.works.get(key)
        return work is not None and limit in work.due

    def _put_off(self, alarm: Alarm, when: float) -> None:
        limit, key = alarm
        if limit == "heartbeat":
            self._leasing.alarms.set(alarm, when)
        else:
            self._leasing.timing.set(self._leasing.works[key], limit, when)

    def _reports(self, seen: SignsSeen) -> bool:
        """Whether its end, which was seen, is on its way to us."""
        lease = seen.lease
        return lease is not None and not self._leasing.slots.holder(lease).agent.pull

    def _judge(self, alarm: Alarm, now: float) -> list[Effect]:
        limit, key = alarm
        if limit == "heartbeat":
            return self._membership.silent(key, now)
        uuid: SubtaskId = key
        return self._setbacks.due(limit, uuid, now)
