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

from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.effects import Effect, LookAt, LookAtAll
from callboard.actors.logic.lateness import owed, worst
from callboard.messages.supervision import SignsSeen

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.membership import Membership
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import AgentId
    from callboard.messages.supervision import AllSignsSeen
    from callboard.messages.values import Lease, Token

    _Key: TypeAlias = tuple[str, AgentId | Token]
    """A limit, and whom or which attempt it is for."""

AHEAD = 1 / 32
"""Part of the limit of silence by which agents are looked at too early, beside others."""

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
        agent: Who is doubted.
        lease: The attempt that is; None for the agent as a whole.
        late: Seconds that we looked after it was due, as `lateness.worst` says.
        since: When it was reached.
        until: When it is due again, if it was put off by what was owed.
        asked: Somebody looks.
    """

    __slots__ = ("agent", "asked", "late", "lease", "since", "until")

    def __init__(self, agent: AgentId, lease: Lease | None, since: float) -> None:
        self.agent = agent
        self.lease = lease
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
        self._doubts: dict[_Key, _Doubt] = {}
        self._tidy = _MANY

    # A limit is reached

    def beats(self, now: float) -> list[Effect]:
        """Look at those who were silent for too long, and with them at who soon will have been.

        Nobody is judged by a look that came too early. But most have long beaten again,
        and to look at many at once costs a part of what it does to look at each in turn.
        """
        silent = list(self._leasing.beats.overdue(now, AHEAD * self._timeout))
        for agent, when in silent:
            self._doubt("heartbeat", agent, None, when, now)
        if len(silent) > 1:
            return [LookAtAll(agents=tuple(agent for agent, _ in silent), limit="heartbeat")]
        return [LookAt(agent=agent, lease=None, limit="heartbeat") for agent, _ in silent]

    def limit(self, limit: str, work: Work, when: float, now: float) -> list[Effect]:
        """That limit of an attempt was reached *when* it was due: look *now*."""
        lease = work.lease
        if lease is None:
            return []
        self._doubt(limit, lease.agent, lease, when, now)
        return [LookAt(agent=lease.agent, lease=lease, limit=limit)]

    def _doubt(
        self, limit: str, agent: AgentId, lease: Lease | None, when: float, now: float
    ) -> None:
        key = _key(limit, agent, lease)
        doubt = self._doubts.get(key)
        if doubt is None or doubt.until != when:
            doubt = self._doubts[key] = _Doubt(agent, lease, when)
            self._forget_settled()
        doubt.late = worst(now - when, doubt.late, limit=self._allowed(limit, lease))
        doubt.asked = True

    def _forget_settled(self) -> None:
        """Doubts whose cause has ended while they were put off."""
        if len(self._doubts) > self._tidy:
            doubts = self._doubts.items()
            self._doubts = {k: d for k, d in doubts if d.asked or self._counts(k[0], d)}
            self._tidy = max(_MANY, 2 * len(self._doubts))

    # Somebody has looked

    def seen(self, seen: SignsSeen, now: float) -> list[Effect]:
        """Decide by what was seen, unless the agent was heard since."""
        key = _key(seen.limit, seen.agent, seen.lease)
        doubt = self._doubts.get(key)
        if doubt is None or not doubt.asked:
            return []
        doubt.asked = False
        if self._counts(seen.limit, doubt) or not self._concerns(seen):
            del self._doubts[key]
            return []
        return self._decide(key, doubt, seen, now)

    def all_seen(self, all_seen: AllSignsSeen, now: float) -> list[Effect]:
        """As `seen` of each."""
        effects: list[Effect] = []
        for agent, quiet in all_seen.seen:
            seen = SignsSeen(agent=agent, limit=all_seen.limit, quiet=quiet)
            effects += self.seen(seen, now)
        return effects

    def _concerns(self, seen: SignsSeen) -> bool:
        """Whether it is about something that still goes on, and of which signs are expected."""
        if seen.lease is None:
            member = self._leasing.slots.member(seen.agent)
            return member is not None and member.beaten
        if self._leasing.current(seen.lease) is None:
            return False
        member = self._leasing.slots.holder(seen.lease)
        return seen.limit == "run" or seen.lease.token not in member.lent

    def _decide(self, key: _Key, doubt: _Doubt, seen: SignsSeen, now: float) -> list[Effect]:
        allowed = self._allowed(seen.limit, seen.lease)
        if seen.quiet is None and now < doubt.since:  # too early, and nothing is to be seen
            del self._doubts[key]
            self._put_off(seen, doubt.since)
            return []
        if seen.limit in _OF_SIGNS and seen.quiet is not None:
            if seen.quiet < allowed:
                del self._doubts[key]
                self._put_off(seen, now + allowed - seen.quiet)
                return []
            doubt.since = max(doubt.since, now + allowed - seen.quiet)
        more = self._patience(doubt, seen, allowed, now - doubt.since)
        if more > 0:
            doubt.until = now + more
            self._put_off(seen, doubt.until)
            return []
        del self._doubts[key]
        return self._judge(seen, now)

    def _patience(self, doubt: _Doubt, seen: SignsSeen, allowed: float, over: float) -> float:
        more = owed(over, doubt.late, limit=allowed)
        first = not doubt.until
        if seen.limit == "run":
            # It is limited by the clock on the wall, whoever sleeps.
            more = min(more, FINISH_SECONDS) if first else 0.0
        if first and seen.quiet is None and self._reports(seen):
            more = max(more, REPORT_SECONDS)
        return more

    def _allowed(self, limit: str, lease: Lease | None) -> float:
        work = None if lease is None else self._leasing.current(lease)
        return self._timeout if work is None else work.allowed[limit]

    def _counts(self, limit: str, doubt: _Doubt) -> bool:
        """Whether the limit is to be reached later, because something was heard or put off."""
        if doubt.lease is None:
            return doubt.agent in self._leasing.beats
        work = self._leasing.current(doubt.lease)
        return work is not None and limit in work.due

    def _put_off(self, seen: SignsSeen, when: float) -> None:
        if seen.lease is None:
            self._leasing.beats.set(seen.agent, when)
            return
        work = self._leasing.current(seen.lease)
        if work is not None:
            self._leasing.timing.set(work, seen.limit, when)

    def _reports(self, seen: SignsSeen) -> bool:
        """Whether its end, which was seen, is on its way to us."""
        lease = seen.lease
        return lease is not None and not self._leasing.slots.holder(lease).agent.pull

    def _judge(self, seen: SignsSeen, now: float) -> list[Effect]:
        if seen.lease is None:
            return self._membership.silent(seen.agent, now)
        work = self._leasing.current(seen.lease)
        return [] if work is None else self._setbacks.due(seen.limit, work, now)


def _key(limit: str, agent: AgentId, lease: Lease | None) -> _Key:
    return limit, agent if lease is None else lease.token
