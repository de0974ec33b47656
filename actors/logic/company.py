"""The agents that may be given work, and who of them takes what.

Agents with the same skills form a group, which keeps a heap of those with a free slot.
For each set of required skills there are lists of groups: those who have just these
skills, those who have equivalent ones, and those who are there for anything. So a change
of load touches one heap, and a choice looks at one agent of each group: it costs
O(log n), however many agents and subtasks there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.demands import Room, is_resource, lacks, room_of
from callboard.actors.logic.groups import Group
from callboard.actors.logic.members import Member
from callboard.actors.logic.outlook import Needs, Trade, trade_of
from callboard.actors.logic.sightings import Sightings
from callboard.actors.logic.skills import Fit, fit, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Skill, Subtask

_FITS = len(Fit)
_Circle: TypeAlias = tuple[list[Group], ...]
"""Who covers one set of required skills, the best fit first."""


class Company:
    """All registered agents of one mode: those that are pushed to, or those that pull.

    Args:
        equivalences: Which skills stand in for which.
        backlog: Seconds of open work for an agent of such a trade; None for 0.

    Attributes:
        members: By id, in the order of their registration.
        sightings: How they stood when work was handed out.
        changes: Grows whenever somebody may have become free.
        rooms: What work with such needs demands of an agent's own, where it does.
        promised: Who keeps all of its own for work with such needs.
        departures: How often somebody has left, or has joined anew and may do less.
        vacant: How many can be given something now.
        shifts: Grows whenever a group has its first one that takes anything, or its last
            one does not any more.
    """

    def __init__(
        self, equivalences: Equivalences, backlog: Callable[[Trade], float] | None = None
    ) -> None:
        self._equivalences = equivalences
        self._backlog = backlog or _none
        self.members: dict[AgentId, Member] = {}
        self._circles: dict[Needs, _Circle] = {}
        self._groups: dict[Trade, Group] = {}
        self._group_of: dict[AgentId, Group] = {}
        self.rooms: dict[Needs, Room] = {}
        self.promised: dict[Needs, Member] = {}
        self._numbers = 0
        self._stirred: dict[Group, None] = {}
        self.sightings: Sightings[Member, Subtask] = Sightings()
        self.changes = 0
        self.departures = 0
        self.shifts = 0
        self.vacant = 0

    def join(self, agent: Agent, up: int = 0, trade: Trade | None = None) -> Member:
        """An agent is registered, or registered anew with other skills.

        Args:
            agent: What is known of it.
            up: The incarnation of its actor, where it can be given work at once.
            trade: See `trade_of`; None where that was not looked at before.
        """
        member = self.members.get(agent.id)
        if member is None:
            self._numbers += 1
            member = self.members[agent.id] = Member(agent, self._numbers)
        else:
            self.departures += 1  # it may do less than it did
            self._forget(agent.id)
            member.agent = agent
        if agent.offers or member.rooms:
            member.count()
        if up:
            member.up, member.incarnation = True, up
        trade = trade_of(agent) if trade is None else trade
        group = self._groups.get(trade)
        if group is None:
            group = self._groups[trade] = Group(trade)
            for needs, circle in self._circles.items():
                self._admit(needs, circle, group)
        group.members[agent.id] = member
        self._group_of[agent.id] = member.group = group
        self.changed(member)
        return member

    def leave(self, agent: AgentId) -> Member | None:
        """An agent has gone for good."""
        member = self.members.pop(agent, None)
        if member is not None:
            member.version += 1  # its places in the heaps are stale
            self.departures += 1
            self.sightings.changed(member, member.seen)
            self._forget(agent)
        return member

    def changed(self, member: Member) -> None:
        """Its load or its state has changed."""
        takes = member.takes
        if takes is not member.taking:
            self._count(member.group or self._group_of[member.agent.id], member, takes=takes)
        self.loaded(member)

    def loaded(self, member: Member) -> None:
        """Its load has changed; whether it takes anything at all is as `changed` has found."""
        member.version += 1
        self.changes += 1
        load, most = len(member.leases) + member.kept, member.agent.max_load  # as `Member.due`
        if member.lent or member.stopping:
            load += len(member.stopping) - len(member.lent)
        group = member.group or self._group_of[member.agent.id]
        self._stirred[group] = None
        if group.tiers:
            group.note(member)
        vacant = load < most and member.taking
        if vacant is not member.vacant:
            member.vacant = vacant
            self.vacant += 1 if vacant else -1
        if vacant:
            group.offer(member, load)
        state = "free" if vacant else "busy" if member.taking else member.state
        self.sightings.changed(member, member.seen)
        member.seen = load - len(member.ahead), most, state

    def choose(self, needs: Needs) -> Member | None:
        """The agent that takes the next subtask with these needs, if one is free.

        Who fits best goes first, then who is least loaded, then whose trade has least
        open work, so that scarce agents are kept free, then who was registered first. A
        generalist is chosen only where it is free and every specialist is busy: it would
        finish before any of them.
        """
        circle = self._circles.get(needs) or self._circle(needs)
        room = self.rooms.get(needs, ()) if self.rooms else ()
        keeper = self.promised.get(needs) if room else None
        if keeper is not None and keeper.free and not lacks(keeper.spare, room):
            return keeper
        for groups in circle:
            if groups:
                if len(groups) == 1:
                    place = groups[0].first(room)
                    chosen = None if place is None else place[3]
                else:
                    chosen = self._first(groups, room)
                if chosen is not None:
                    return chosen
        return None

    def choose_other(self, needs: Needs, but: Iterable[AgentId]) -> Member | None:
        """As `choose`, but none of these."""
        aside = [self.members[agent] for agent in but if agent in self.members]
        for member in aside:
            member.kept += member.agent.max_load
        chosen = self.choose(needs)
        for member in aside:
            member.kept -= member.agent.max_load
            member.version += 1  # it may have lost its place, and has only one
            group = self._group_of[member.agent.id]
            group.note(member)
            if member.free:
                group.offer(member, member.load)
        return chosen

    def crowded(self, needs: Needs, member: Member) -> bool:
        """Whether that agent has not enough left of its own resources now."""
        room = self.rooms.get(needs, ()) if self.rooms else ()
        kept = bool(room) and member.promised and self.promised.get(needs) is not member
        return kept or lacks(member.spare, room)

    def promise(self, keepers: dict[Needs, Member]) -> bool:
        """These keep their own for work with such needs, and nobody else; whether that is new."""
        before = {member.agent.id: member for member in self.promised.values()}
        now = {member.agent.id: member for member in keepers.values()}
        if keepers == self.promised:
            return False
        self.promised = keepers
        for agent, member in {**before, **now}.items():
            member.promised = agent in now
            if self.members.get(agent) is member:
                self.changed(member)
        return True

    def _first(self, groups: list[Group], room: Room) -> Member | None:
        best: Member | None = None
        least = (0, 0.0, 0)
        for group in groups:
            place = group.first(room)
            if place is None:
                continue
            load, number, _, member = place
            key = (load, self._backlog(group.trade), number)
            if best is None or key < least:
                best, least = member, key
        return best

    def stirred(self, waiting: Collection[Needs]) -> dict[Needs, None]:
        """What of *waiting* somebody may do whose load or state has changed since `seen`."""
        found: dict[Needs, None] = {}
        for group in self._stirred:
            if len(group.serves) < len(waiting):
                found.update((needs, None) for needs in group.serves if needs in waiting)
            else:
                found.update((needs, None) for needs in waiting if needs in group.serves)
        return found

    def seen(self) -> None:
        """What has changed until now was looked at."""
        self._stirred.clear()

    def keep(self, member: Member, until: float = math.inf) -> None:
        """Give one of its slots to nobody for the moment; to one who needs it for so long."""
        member.keep(until)
        self.changed(member)

    def let_go(self, member: Member) -> None:
        """The moment is over."""
        member.let_go()
        self.changed(member)

    def groups(self, needs: Needs) -> Iterator[tuple[int, Group]]:
        """Everybody who could ever do it, each group with how well: 0 for who fits best."""
        for how, groups in enumerate(self._circle(needs)):
            for group in groups:
                yield how, group

    def best(self, needs: Needs) -> Iterator[Group]:
        """Those who fit best of all who take anything, now or when they have a slot."""
        for groups in self._circle(needs):
            found = [group for group in groups if group.takers]
            if found:
                return iter(found)
        return iter(())

    def backlog_of(self, group: Group) -> float:
        """Seconds of open work for one of them."""
        return self._backlog(group.trade)

    def could(self, needs: Needs) -> bool:
        """Whether any registered agent could ever do it."""
        return any(map(bool, self._circle(needs)))

    def could_now(self, needs: Needs) -> bool:
        """Whether anybody who could do it takes anything, now or when there is a slot."""
        return any(group.takers for groups in self._circle(needs) for group in groups)

    def fits(self, needs: Needs, member: Member) -> bool:
        """Whether that agent could do it."""
        group = self._group_of[member.agent.id]
        return any(group in groups for groups in self._circle(needs))

    def eligible(self, needs: Needs) -> list[tuple[Fit, Member]]:
        """Everybody who could ever do it, with how well; who fits best first."""
        return [
            (fits, member)
            for fits, groups in zip(Fit, self._circle(needs), strict=True)
            for group in groups
            for member in group.members.values()
        ]

    def share(self, needs: Needs, other: Needs) -> bool:
        """Whether anybody could do what has these needs, and what has the other ones."""
        able = {group.trade for groups in self._circle(needs) for group in groups}
        return any(group.trade in able for groups in self._circle(other) for group in groups)

    def fit(self, needs: Needs, trade: Trade) -> Fit | None:
        """How well somebody of that trade could do it; None for not at all."""
        return fit(tuple(trade), _in_order(needs), self._equivalences)

    def backlog(self, member: Member) -> float:
        """Seconds of open work for an agent of its trade."""
        return self._backlog(trade_of(member.agent))

    def missing(self, needs: Needs) -> tuple[str, ...]:
        """The skills that nobody covers, and the resources of which nobody offers as much."""
        offered = [skill for m in self.members.values() for skill in trade_of(m.agent)]
        return missing(offered, _in_order(needs), self._equivalences)

    def _circle(self, needs: Needs) -> _Circle:
        circle = self._circles.get(needs)
        if circle is None:
            circle = self._circles[needs] = tuple([] for _ in range(_FITS))
            if any(is_resource(skill.name) for skill in needs):
                self.rooms[needs] = room_of(needs)
            for group in self._groups.values():
                self._admit(needs, circle, group)
        return circle

    def _admit(self, needs: Needs, circle: _Circle, group: Group) -> None:
        how = fit(tuple(group.trade), _in_order(needs), self._equivalences)
        if how is not None:
            circle[how].append(group)
            group.serves[needs] = None

    def _count(self, group: Group, member: Member, *, takes: bool) -> None:
        """It takes something from now on, or does not any more."""
        member.taking = takes
        group.takers += 1 if takes else -1
        if group.takers == int(takes):
            self.shifts += 1

    def _forget(self, agent: AgentId) -> None:
        group = self._group_of.pop(agent)
        member = group.members.pop(agent)
        member.group = None
        if member.vacant:
            member.vacant = False
            self.vacant -= 1
        if member.taking:
            self._count(group, member, takes=False)
        if group.members:
            return
        del self._groups[group.trade]
        self._stirred.pop(group, None)
        for circle in self._circles.values():
            for groups in circle:
                if group in groups:
                    groups.remove(group)


def _none(trade: Trade) -> float:
    """Nothing is known of what there is to do."""
    del trade
    return 0.0


def _in_order(needs: Iterable[Skill]) -> tuple[Skill, ...]:
    return tuple(sorted(needs, key=lambda skill: (skill.name, skill.level or 0.0)))
