"""The agents that may be given work, and who of them takes what.

For each set of required skills there are heaps of agents with a free slot: those who
have just these skills, those who have equivalent ones, and those who are there for
anything; an agent's change of load touches only the sets that it covers. So a choice
costs O(log n) however many agents and subtasks there are.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.skills import Fit, fit, missing
from callboard.messages.base import agent_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.skills import Equivalences
    from callboard.messages.base import AgentId
    from callboard.messages.values import Agent, Lease, Skill, Token

Needs: TypeAlias = "frozenset[Skill]"
"""A set of required skills."""

_Place: TypeAlias = "tuple[int, int, int, Member]"
"""Load, number, version; no two are alike in one heap, so members are never compared."""


class Member:
    """An agent as the scheduler sees it.

    Attributes:
        address: Of its actor.
        incarnation: Of its actor; 0 until it was up for the first time.
        up: Its actor lives and it is not doubted.
        draining: It finishes what it has and gets no more.
        leases: What it holds, by token.
        lent: Those of them that wait for a sub-goal, and take no slot meanwhile.
        waits: How often each of them has waited, as far as is known.
        resuming: Those of these that want their slot back, in the order of asking.
        stopping: Tokens that were revoked; each takes a slot until its handler has ended.
        slow: Those of them that had reached a limit.
        serves: The sets of required skills that it covers, and how.
        beaten: It has given a heartbeat, so silence means something.
    """

    __slots__ = (
        "address", "agent", "beaten", "draining", "incarnation", "leases", "lent", "number",
        "resuming", "serves", "slow", "stopping", "up", "version", "waits",
    )  # fmt: skip

    def __init__(self, agent: Agent, number: int) -> None:
        self.agent = agent
        self.address = agent_address(agent.id)
        self.number = number
        self.incarnation = 0
        self.up = False
        self.draining = False
        self.leases: dict[Token, Lease] = {}
        # Dictionaries without values: an empty set takes three times as much.
        self.lent: dict[Token, None] = {}
        self.waits: dict[Token, int] = {}
        self.resuming: list[Token] = []
        self.stopping: dict[Token, None] = {}
        self.slow: dict[Token, Lease] = {}
        self.beaten = False
        self.version = 0
        self.serves: list[tuple[_Circle, Fit]] = []

    @property
    def load(self) -> int:
        """Slots that are taken."""
        return len(self.leases) - len(self.lent) + len(self.stopping)

    @property
    def free(self) -> bool:
        """Whether it can be given something now."""
        taking = self.up and not self.draining and not self.agent.paused
        return taking and self.load < self.agent.max_load


_FITS = len(Fit)


class _Circle:
    """Who covers one set of required skills."""

    __slots__ = ("free", "members")

    def __init__(self) -> None:
        self.members: dict[AgentId, Fit] = {}
        self.free: tuple[list[_Place], ...] = tuple([] for _ in range(_FITS))


class Company:
    """All registered agents of one mode: those that are pushed to, or those that pull.

    Attributes:
        members: By id, in the order of their registration.
        changes: Grows whenever somebody may have become free.
    """

    def __init__(self, equivalences: Equivalences) -> None:
        self._equivalences = equivalences
        self.members: dict[AgentId, Member] = {}
        self._circles: dict[Needs, _Circle] = {}
        self._numbers = 0
        self.changes = 0

    def join(self, agent: Agent) -> Member:
        """An agent is registered, or registered anew with other skills."""
        member = self.members.get(agent.id)
        if member is None:
            self._numbers += 1
            member = self.members[agent.id] = Member(agent, self._numbers)
        else:
            _forget(member)
            member.agent = agent
        member.serves = []
        for needs, circle in self._circles.items():
            self._admit(needs, circle, member)
        self.changed(member)
        return member

    def leave(self, agent: AgentId) -> Member | None:
        """An agent has gone for good."""
        member = self.members.pop(agent, None)
        if member is not None:
            member.version += 1  # its places in the heaps are stale
            _forget(member)
        return member

    def changed(self, member: Member) -> None:
        """Its load or its state has changed; a stale place in a heap is skipped later."""
        member.version += 1
        self.changes += 1
        load, agent = member.load, member.agent
        if load < agent.max_load and member.up and not member.draining and not agent.paused:
            place = (load, member.number, member.version, member)
            for circle, how in member.serves:
                heap = circle.free[how]
                heapq.heappush(heap, place)
                if len(heap) > 2 * len(circle.members) + 64:
                    _tidy(heap)

    def choose(self, needs: Needs) -> Member | None:
        """The agent that takes the next subtask with these needs, if one is free.

        Who fits best goes first, then who is least loaded, then who was registered
        first. So a generalist is chosen only where it is free and every specialist is
        busy: it would finish before any of them.
        """
        circle = self._circles.get(needs) or self._new_circle(needs)
        for heap in circle.free:
            while heap:
                _, _, version, member = heap[0]
                if version == member.version:
                    return member
                heapq.heappop(heap)
        return None

    def could(self, needs: Needs) -> bool:
        """Whether any registered agent could ever do it."""
        circle = self._circles.get(needs) or self._new_circle(needs)
        return bool(circle.members)

    def missing(self, needs: Needs) -> tuple[str, ...]:
        """The skills that nobody covers."""
        offered = [skill for m in self.members.values() for skill in m.agent.skills]
        return missing(offered, _in_order(needs), self._equivalences)

    def _new_circle(self, needs: Needs) -> _Circle:
        circle = self._circles[needs] = _Circle()
        for member in self.members.values():
            how = self._admit(needs, circle, member)
            if how is not None and member.free:
                place = (member.load, member.number, member.version, member)
                heapq.heappush(circle.free[how], place)
        return circle

    def _admit(self, needs: Needs, circle: _Circle, member: Member) -> Fit | None:
        skills, required = member.agent.skills, _in_order(needs)
        how = fit(skills, required, self._equivalences)
        if how is not None:
            circle.members[member.agent.id] = how
            member.serves.append((circle, how))
        return how


def _forget(member: Member) -> None:
    """It covers nothing any more."""
    for circle, _ in member.serves:
        circle.members.pop(member.agent.id, None)
    member.serves = []


def _tidy(heap: list[_Place]) -> None:
    """Forget the places of members with whom something has changed since."""
    heap[:] = [place for place in heap if place[2] == place[3].version]
    heapq.heapify(heap)


def _in_order(needs: Iterable[Skill]) -> tuple[Skill, ...]:
    return tuple(sorted(needs, key=lambda skill: (skill.name, skill.level or 0.0)))
