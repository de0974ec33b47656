"""Agents who are alike wherever skills are asked for, and who of them goes first."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.demands import Room, lacks
from callboard.actors.logic.tiers import Changes, Tiers

if TYPE_CHECKING:
    from callboard.actors.logic.members import Member
    from callboard.actors.logic.outlook import Needs, Trade
    from callboard.messages.base import AgentId

_Place: TypeAlias = "tuple[int, int, int, Member]"
"""Load, number, version; no two are alike in one heap, so members are never compared."""

_ROOMS = 64
"""Of how many different demands each group keeps who can meet them."""


class Group:
    """Agents who are alike wherever skills are asked for.

    Attributes:
        free: Those with a free slot, and places that do not count any more.
        roomy: Those of them that have so much left of their own resources, likewise; kept
            for whatever was asked for.
        serves: What they may do, of all that was ever asked for.
        tiers: How they stand by their speed, by kind of work; only where that differs.
        changes: Of their loads and states, for these.
        takers: How many of them take anything, now or when they have a slot.
    """

    __slots__ = ("changes", "free", "members", "roomy", "serves", "takers", "tiers", "trade")

    def __init__(self, trade: Trade) -> None:
        self.trade = trade
        self.members: dict[AgentId, Member] = {}
        self.free: list[_Place] = []
        self.serves: dict[Needs, None] = {}
        self.roomy: dict[Room, list[_Place]] = {}
        self.tiers: dict[str, Tiers[Member]] = {}
        self.changes = Changes()
        self.takers = 0

    def first(self, room: Room = ()) -> _Place | None:
        """The least loaded who has a free slot, of equals who came first; None for none.

        Args:
            room: It must have that of its own resources too.
        """
        free = self._with(room) if room else self.free
        while free:
            place = free[0]
            if place[2] == place[3].version and place[3].free:
                return place
            heapq.heappop(free)
        return None

    def note(self, member: Member) -> None:
        """Its load or state has changed, wherever it stands by its speed."""
        self.changes.note(member.agent.id, len(self.members))

    def offer(self, member: Member, load: int) -> None:
        """It has a free slot; a place of its that is stale is skipped later."""
        place = (load, member.number, member.version, member)
        heapq.heappush(self.free, place)
        if len(self.free) > 2 * len(self.members) + 64:
            self.free = _tidied(self.free)
        if self.roomy:
            self._offer_room(place)

    def _offer_room(self, place: _Place) -> None:
        for room, found in self.roomy.items():
            if not place[3].promised and not lacks(place[3].spare, room):
                heapq.heappush(found, place)
                if len(found) > 2 * len(self.members) + 64:
                    self.roomy[room] = _tidied(found)

    def _with(self, room: Room) -> list[_Place]:
        found = self.roomy.get(room)
        if found is None:
            if len(self.roomy) >= _ROOMS:
                self.roomy.clear()  # it is quickly made anew
            fitting = (p for p in self.free if not lacks(p[3].spare, room))
            found = [p for p in fitting if _stands(p) and not p[3].promised]
            heapq.heapify(found)
            self.roomy[room] = found
        return found


def _tidied(free: list[_Place]) -> list[_Place]:
    """Only what counts still, as a heap."""
    found = [place for place in free if place[2] == place[3].version]
    heapq.heapify(found)
    return found


def _stands(place: _Place) -> bool:
    """Whether nothing has changed with that member since, so that it is free."""
    return place[2] == place[3].version
