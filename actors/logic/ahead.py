"""Leasing ahead: brief work is given to busy agents, and begins there without asking anybody.

What an attempt costs beside the handler is mostly that agent and scheduler wait for each
other's turns. Work that takes less than that, as far as was learnt, is therefore leased to
agents that have no slot for it yet. It stands in line with what runs the agent's work,
which begins the next one as soon as one has ended.

It breaks no promise, since little may wait so, and not for long:

- All that waits at an agent may take a millisecond together, as expected, and no more of
  what waits is given away than leaves each agent its share: what is left at the end goes
  to whoever is free first.
- It is taken in the order in which it would have been handed out. An agent is given none
  while something that is not brief, or is bound by more than its agent's skills, goes
  first and could be its own.
- What has not begun after 50 ms is taken back, to the front of its class, because what is
  before it takes longer than was thought. So is at once what is paused. Nothing that has
  begun is stopped by that: the agent says what it gives back.
- Its time counts from when it begins, and so does its part in its agent's end; until then
  it waits, with the time limit of what waits.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.learning import kind_of, sample_of
from callboard.actors.logic.lifecycle import State
from callboard.actors.logic.unlinking import given_up
from callboard.messages import facts
from callboard.messages.work import Assign, Recall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.groups import Group
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.negotiating import Negotiating
    from callboard.actors.logic.outlook import Needs
    from callboard.actors.logic.setbacks import Setbacks
    from callboard.messages.base import AgentId
    from callboard.messages.values import Token
    from callboard.messages.work import GivenBack

RECALLS = "ahead"
"""The kind of alarm after which it is looked whether what waits at an agent has begun."""

_AGAIN = 10
"""What was asked back is asked for again after so many times the patience."""

WHY = "it had not begun, and its agent takes longer than expected"
"""Why an attempt is revoked that was given back."""


class Ahead:
    """Gives agents brief work before they have a slot for it, and takes it back.

    Args:
        leasing: The subtasks and their leases.
        negotiating: Knows what agents are asked for bids for.
        setbacks: Lets what was given back wait again.
    """

    def __init__(self, leasing: Leasing, negotiating: Negotiating, setbacks: Setbacks) -> None:
        self._leasing = leasing
        self._negotiating = negotiating
        self._setbacks = setbacks

    # Given

    def fill(self, now: float) -> list[Effect]:
        """Give those who have little left as much as they may have."""
        leasing = self._leasing
        company, thirsty = leasing.slots.pushed, leasing.thirsty
        share = leasing.queues.waiting // max(1, len(company.members))
        if not share or self._is_bound():
            return []
        rooms = _by_group(thirsty)
        thirsty.clear()
        return _Round(leasing, self._negotiating, rooms, share).give(now) if rooms else []

    def _is_bound(self) -> bool:
        """Whether more than skills and order decides who gets what just now."""
        leasing = self._leasing
        turns, rests = leasing.advice.turns, leasing.breakers.resting
        return bool(leasing.recovering or turns or rests or leasing.slots.pushed.rooms)

    # Taken back

    def overdue(self, agent: AgentId, now: float) -> list[Effect]:
        """Ask an agent for what it should have begun by now."""
        leasing = self._leasing
        member = leasing.slots.pushed.members.get(agent)
        if member is None or not member.ahead:
            return []
        patience = leasing.ahead.patience
        late = [token for token, since in member.ahead.items() if since + patience <= now]
        if not late:
            leasing.alarms.set((RECALLS, agent), next(iter(member.ahead.values())) + patience)
            return []
        leasing.alarms.set((RECALLS, agent), now + _AGAIN * patience)
        return [_recall(member, late)]

    def held(self, works: Iterable[Work]) -> list[Effect]:
        """These shall not begin."""
        slots = self._leasing.slots
        found: dict[AgentId, list[Token]] = {}
        for work in works:
            lease = work.lease
            if lease is not None and lease.token in slots.holder(lease).ahead:
                found.setdefault(lease.agent, []).append(lease.token)
        members = slots.pushed.members
        return [_recall(members[agent], tokens) for agent, tokens in found.items()]

    def given_back(self, message: GivenBack, now: float) -> list[Effect]:
        """These wait again, as long as they might have waited."""
        leasing, effects = self._leasing, list[Effect]()
        member = leasing.slots.pushed.members.get(message.agent)
        for token in message.tokens[::-1] if leasing.links.by_token else ():
            effects += given_up(leasing, token, now)
        for token in message.tokens:
            leasing.auditing.over(token)
            if member is not None and token in member.stopping:  # it is revoked by now
                effects += leasing.not_held(message.agent, token, now)
            lease = None if member is None else member.leases.get(token)
            work = None if lease is None else leasing.current(lease)
            if member is None or lease is None or work is None or token not in member.ahead:
                continue
            until = work.due.get("queue")
            effects += self._setbacks.lose(lease, WHY, now)
            if until is not None and work.state is State.QUEUED and not work.gates:
                leasing.timing.set(work, "queue", until)
        return effects


def _lease(leasing: Leasing, work: Work, member: Member, now: float) -> list[Effect]:
    """Give it to an agent that has no slot for it yet."""
    lease, ready, number = leasing.new_lease(work, member), work.told, member.incarnation
    leasing.slots.pushed.sightings.chosen(lease.token.counter, ready.subtask, now)
    if not member.ahead:
        leasing.alarms.set((RECALLS, lease.agent), now + leasing.ahead.patience)
    member.take_ahead(lease.token, now)
    held = leasing.hold(work, member, lease, now, ahead=True)
    assign = Assign(lease=lease, ready=ready, incarnation=number, ahead=True)
    fact = facts.SubtaskAssigned(at=now, lease=lease, ahead=True)
    return [Record(fact), leasing.auditing.assign(member, assign, now), *held]


def give_back(member: Member) -> list[Effect]:
    """It gets nothing new, and begins nothing new."""
    return [_recall(member, member.ahead)] if member.ahead else []


def _recall(member: Member, tokens: Iterable[Token]) -> Tell:
    return Tell(member.address, Recall(tokens=tuple(tokens)))


def _by_group(thirsty: Iterable[Member]) -> dict[Group, deque[Member]]:
    rooms: dict[Group, deque[Member]] = {}
    for member in thirsty:
        if member.group is not None and member.takes and not (member.lent or member.stopping):
            rooms.setdefault(member.group, deque()).append(member)
    return rooms


class _Round:
    """One time that agents are filled up.

    Args:
        leasing: The subtasks and their leases.
        negotiating: Knows what agents are asked for bids for.
        rooms: Who may be given something, those who are alike together.
        share: How many each of them may have of all that waits.
    """

    def __init__(
        self,
        leasing: Leasing,
        negotiating: Negotiating,
        rooms: dict[Group, deque[Member]],
        share: int,
    ) -> None:
        self._leasing = leasing
        self._negotiating = negotiating
        self._rooms = rooms
        self._most = min(share, leasing.ahead.most)
        self._known: dict[tuple[str, AgentId], int] = {}

    def give(self, now: float) -> list[Effect]:
        """All that may be given."""
        leasing, effects = self._leasing, list[Effect]()
        differ = leasing.paces.uneven or leasing.apart
        follow = self._follow if differ else None  # what is brief may go to any of them
        for work, member in leasing.queues.in_order(self._choose, now, follow=follow):
            group = member.group
            if group is None or not self._may(work):
                self._bar(work.needs)
                continue
            line = self._rooms[group]
            if len(member.ahead) >= self._room(work, member):
                line.popleft()
                continue
            line.rotate(-1)
            effects += _lease(leasing, work, member, now)
        return effects

    def _choose(self, needs: Needs) -> Member | None:
        """The next of those who fit best, if any of them may be given something."""
        for group in self._leasing.slots.pushed.best(needs):
            line = self._rooms.get(group)
            if line:
                return line[0]
        self._bar(needs)
        return None

    def _follow(self, work: Work) -> Member | None:
        return self._choose(work.needs)

    def _bar(self, needs: Needs) -> None:
        """What goes first is not given ahead: whoever could do it is left alone."""
        for _, group in self._leasing.slots.pushed.groups(needs):
            self._rooms.pop(group, None)

    def _may(self, work: Work) -> bool:
        """Whether it is given to somebody before there is a slot for it at all."""
        if work.demanding or not work.untried:
            return False
        negotiate, negotiating = work.ready.subtask.negotiate, self._negotiating
        return negotiate in negotiating.unasked or not negotiating.asks(work)

    def _room(self, work: Work, member: Member) -> int:
        """How many like it that agent may have in all; 0 where it is not brief there."""
        key = kind_of(work.ready.subtask), member.agent.id
        room = self._known.get(key)
        if room is None:
            room = self._known[key] = self._reckon(work, member)
        return room

    def _reckon(self, work: Work, member: Member) -> int:
        leasing, subtask = self._leasing, work.ready.subtask
        options = leasing.ahead
        if leasing.learning.figures(kind_of(subtask)) < options.least:
            return 0
        # Not the mean: one in a hundred that something holds up would count for all.
        sample = sample_of(subtask, member.agent.id)
        seconds = leasing.learning.typical(sample, subtask.stated_seconds)
        if seconds * self._most <= options.brief:
            return self._most
        return int(options.brief / seconds)
