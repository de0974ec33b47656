"""An agent as the scheduler sees it: what it holds, and whether it can be given more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callboard.actors.logic.demands import Room
from callboard.actors.logic.skills import normal
from callboard.messages.base import agent_address

if TYPE_CHECKING:
    from callboard.actors.logic.groups import Group
    from callboard.actors.logic.sightings import Look
    from callboard.messages.values import Agent, Lease, Token

_NO_ROOMS: dict[Token, Room] = {}
_NOBODY: dict[Token, float] = {}
_NOTHING: dict[str, float] = {}
"""Of those who offer nothing, as most do; never written to."""


class Member:
    """An agent as the scheduler sees it.

    Attributes:
        address: Of its actor.
        group: Of those who are alike; None where it has left.
        incarnation: Of its actor; 0 until it was up for the first time.
        up: Its actor lives and it is not doubted.
        draining: It finishes what it has and gets no more.
        leases: What it holds, by token.
        ahead: Those of them that have not begun, and were given before there was a slot for
            them: since when, seconds since the epoch, the oldest first.
        lent: Those of them that wait for a sub-goal, and take no slot meanwhile.
        waits: How often each of them has waited, as far as is known.
        resuming: Those of these that want their slot back, in the order of asking.
        stopping: Tokens that were revoked; each takes a slot until its handler has ended.
        slow: Those of them that had reached a limit.
        overloaded: It reports too much load.
        kept: Slots that are not given away for the moment.
        elsewhere: Those of them that are taken by what nobody here knows.
        seen: How it stood when it changed last.
        kept_until: When the first of them would be free again, as far as that is known.
        beaten: It has given a heartbeat, so silence means something.
        rooms: What of its own resources attempts have, by token.
        spare: What is left of them, by `normal` name.
        promised: All of them are kept for something that has waited for long.
        taking: It is counted among those of its group that take anything.
        vacant: It is counted among those who can be given something now.
    """

    __slots__ = (
        "address", "agent", "ahead", "beaten", "draining", "elsewhere", "group", "incarnation",
        "kept", "kept_until", "leases", "lent", "number", "overloaded", "promised", "resuming",
        "rooms", "seen", "slow", "spare", "stopping", "taking", "up", "vacant", "version", "waits",
    )  # fmt: skip

    def __init__(self, agent: Agent, number: int) -> None:
        self.agent = agent
        self.address = agent_address(agent.id)
        self.number = number
        self.group: Group | None = None
        self.incarnation = 0
        self.up = False
        self.draining = False
        self.leases: dict[Token, Lease] = {}
        self.ahead = _NOBODY
        # Dictionaries without values: an empty set takes three times as much, and the
        # collector of garbage looks at every list.
        self.lent: dict[Token, None] = {}
        self.waits: dict[Token, int] = {}
        self.resuming: dict[Token, None] = {}
        self.stopping: dict[Token, None] = {}
        self.slow: dict[Token, Lease] = {}
        self.beaten = False
        self.overloaded = False
        self.kept = 0
        self.elsewhere = 0
        self.kept_until = math.inf
        self.seen: Look | None = None
        self.version = 0
        self.promised = False
        self.taking = False
        self.vacant = False
        self.rooms: dict[Token, Room] = _NO_ROOMS
        self.spare: dict[str, float] = _NOTHING

    def take_ahead(self, token: Token, now: float) -> None:
        """It holds that, and has no slot for it yet."""
        if not self.ahead:
            self.ahead = {}
        self.ahead[token] = now

    def begin(self, token: Token) -> bool:
        """It has a slot for that; False where it was not given ahead."""
        if self.ahead.pop(token, None) is None:
            return False
        if not self.ahead:
            self.ahead = _NOBODY
        return True

    def keep(self, until: float) -> None:
        """Give one of its slots to nobody, until then as far as that is known."""
        self.kept += 1
        self.kept_until = min(self.kept_until, until)

    def let_go(self) -> None:
        """One of these slots is kept no longer; of the others it is not known how long they are."""
        self.kept -= 1
        self.kept_until = math.inf

    def busy(self, elsewhere: int) -> None:
        """So many of its slots are taken by what nobody here knows, and no more."""
        self.kept += elsewhere - self.elsewhere
        self.elsewhere = elsewhere

    def reserve(self, token: Token, room: Room) -> None:
        """An attempt has so much of its own resources."""
        if room:
            self.rooms = {**self.rooms, token: room}
            self.count()

    def give_back(self, token: Token) -> None:
        """An attempt has nothing of them any more."""
        if token in self.rooms:
            self.rooms = {t: room for t, room in self.rooms.items() if t != token}
            self.count()

    def count(self) -> None:
        """See what is left of its resources."""
        spare = {normal(offer.resource): offer.amount for offer in self.agent.offers}
        for room in self.rooms.values():
            for name, amount in room:
                spare[name] = spare.get(name, 0.0) - amount
        self.spare = spare

    @property
    def load(self) -> int:
        """Slots that are taken."""
        return self.due - len(self.ahead)

    @property
    def due(self) -> int:
        """Slots that are taken, with those that what it was given ahead will take."""
        return len(self.leases) - len(self.lent) + len(self.stopping) + self.kept

    @property
    def takes(self) -> bool:
        """Whether it is given anything at all, now or when it has a slot."""
        return self.up and not (self.draining or self.agent.paused or self.overloaded)

    @property
    def free(self) -> bool:
        """Whether it can be given something now."""
        if not self.up or self.draining or self.agent.paused or self.overloaded:
            return False
        taken = len(self.leases) + self.kept
        if self.lent or self.stopping:
            taken += len(self.stopping) - len(self.lent)
        return taken < self.agent.max_load

    @property
    def state(self) -> str:
        """How it stands: "free", "busy", "paused", "draining", "overloaded" or "down"."""
        if not self.up:
            return "down"
        if self.agent.paused:
            return "paused"
        if self.draining:
            return "draining"
        if self.overloaded:
            return "overloaded"
        return "free" if self.due < self.agent.max_load else "busy"
