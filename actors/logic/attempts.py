"""The attempts that an agent has, from their assignment until their end is acknowledged.

from      to        when
--------  --------  ------------------------------------------------------
queued    running   a slot is free
queued    over      it was revoked, or the agent stops
queued    lined     it came ahead, and stands in line with what runs the work
lined     running   another one has ended, and it has begun in its place
lined     stopping  it was revoked, or the agent stops
lined     over      it was taken back, and has not begun
running   waiting   it waits for a sub-goal, and holds no slot
running   told      it has ended; the scheduler is told until it has heard
running   stopping  it was revoked, or the agent stops
waiting   resuming  the scheduler gives it a slot again
waiting   told      it has ended without its slot
waiting   stopping  it was revoked, or the agent stops
resuming  running   a slot is free here too
resuming  told      it has ended without its slot
resuming  stopping  it was revoked, or the agent stops
stopping  over      it has stopped, or was given up
told      over      it was acknowledged, or revoked
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

from callboard.messages.values import Lease, Payload, Token
from callboard.messages.work import Completed, Failed

if TYPE_CHECKING:
    from callboard.messages.resources import Amount
    from callboard.messages.values import Follower, Ready

Report: TypeAlias = Completed | Failed
"""How an attempt has ended by itself."""


class State(enum.Enum):
    """Where an attempt is."""

    __hash__ = object.__hash__  # that of `Enum` is a function of Python

    QUEUED = "queued"
    LINED = "lined"
    RUNNING = "running"
    WAITING = "waiting"
    RESUMING = "resuming"
    STOPPING = "stopping"
    TOLD = "told"
    OVER = "over"


# Each message asks for some of them, and of the class that takes eight times as long.
QUEUED, LINED, RUNNING, WAITING, RESUMING, STOPPING, TOLD, OVER = State

TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (QUEUED, RUNNING),
        (QUEUED, OVER),
        (QUEUED, LINED),
        (LINED, RUNNING),
        (LINED, STOPPING),
        (LINED, OVER),
        (RUNNING, WAITING),
        (RUNNING, TOLD),
        (RUNNING, STOPPING),
        (WAITING, RESUMING),
        (WAITING, TOLD),
        (WAITING, STOPPING),
        (RESUMING, RUNNING),
        (RESUMING, TOLD),
        (RESUMING, STOPPING),
        (STOPPING, OVER),
        (TOLD, OVER),
    }
)
"""Every change of state that there is; the table above, as data."""

UNDER_WAY = frozenset({RUNNING, WAITING, RESUMING, STOPPING})
"""The handler has begun and has not ended."""

_OCCUPYING = frozenset({RUNNING, STOPPING})

_SLOTS = {
    (before, after): (after in _OCCUPYING) - (before in _OCCUPYING) for before, after in TRANSITIONS
}
"""How many slots more each change takes."""


class Attempt:
    """One attempt; only `Attempts.enter` changes its state.

    Attributes:
        ready: What is to be done.
        waits: How often it has waited for a sub-goal.
        checkpoint: What it has saved last.
        saves: How often it has saved something.
        spent: What it has used up, as it has said.
        wants_slot: It waits no longer, and was not granted its slot yet.
        report: How it has ended, until that is acknowledged.
        then: What follows when it has succeeded.
    """

    __slots__ = (
        "checkpoint", "lease", "ready", "report", "saves", "spent", "state", "then", "waits",
        "wants_slot",
    )  # fmt: skip

    def __init__(self, lease: Lease, ready: Ready, then: tuple[Follower, ...] = ()) -> None:
        self.lease = lease
        self.ready = ready
        self.then = then
        self.state = QUEUED
        self.waits = 0
        self.checkpoint: Payload | None = None
        self.saves = 0
        self.spent: tuple[Amount, ...] = ()
        self.wants_slot = False
        self.report: Report | None = None

    @property
    def token(self) -> Token:
        """Names it."""
        return self.lease.token


class Attempts:
    """All attempts of an agent that are not over.

    Attributes:
        occupied: Slots that they hold.
        queued: What begins once a slot is free, in order.
        ahead: What is to stand in line with what runs the work, in order.
        resuming: What goes on once a slot is free, in order.
    """

    def __init__(self) -> None:
        self.occupied = 0
        self._all: dict[Token, Attempt] = {}
        self.queued: dict[Attempt, None] = {}
        self.ahead: list[Attempt] = []
        self.resuming: dict[Attempt, None] = {}

    @property
    def under_way(self) -> int:
        """How many have begun and have not ended."""
        return len(self.where(*UNDER_WAY))

    @property
    def next(self) -> Attempt | None:
        """Which is to run next, if a slot is free: those first that have had one before."""
        if self.resuming:
            return next(iter(self.resuming))
        return next(iter(self.queued)) if self.queued else None

    def get(self, token: Token) -> Attempt | None:
        """That attempt, unless it is over or was never heard of."""
        return self._all.get(token)

    def begun(self, token: Token) -> Attempt | None:
        """That attempt, if it is under way."""
        attempt = self._all.get(token)
        return attempt if attempt is not None and attempt.state in UNDER_WAY else None

    def where(self, *states: State) -> list[Attempt]:
        """Those in the first of these states, then those in the next one, as they came."""
        attempts = self._all.values()
        return [attempt for state in states for attempt in attempts if attempt.state is state]

    def count(self, state: State) -> int:
        """How many are in that state."""
        return len(self.where(state))

    def add(
        self, lease: Lease, ready: Ready, *, ahead: bool = False, then: tuple[Follower, ...] = ()
    ) -> Attempt:
        """A new one, queued; what comes *ahead* is for the line."""
        attempt = self._all[lease.token] = Attempt(lease, ready, then)
        if ahead:
            self.ahead.append(attempt)
        else:
            self.queued[attempt] = None
        return attempt

    def tie(self, attempt: Attempt) -> None:
        """What follows that attempt stands in line from now on, behind it."""
        then = attempt.then
        for number, one in enumerate(then, 1):
            behind = self._all[one.lease.token] = Attempt(one.lease, one.ready, then[number:])
            behind.state = LINED

    def not_behind(self, token: Token) -> None:
        """It is not to follow what has not begun yet, nor is what comes after it."""
        for attempt in self.queued:
            for number, follower in enumerate(attempt.then):
                if follower.lease.token == token:
                    attempt.then = attempt.then[:number]
                    return

    def none_behind(self) -> None:
        """Nothing is to follow what has not begun yet."""
        for attempt in self.queued:
            attempt.then = ()

    def untie(self, attempt: Attempt) -> list[Attempt]:
        """What stands behind that attempt, which has not succeeded: none of it will begin."""
        tokens = (follower.lease.token for follower in attempt.then)
        attempt.then = ()
        return [behind for token in tokens if (behind := self._all.get(token)) is not None]

    def enter(self, attempt: Attempt, state: State) -> None:
        """Change the state of *attempt*, and the count of slots with it.

        Raises:
            ValueError: The table has no such change.
        """
        before = attempt.state
        more = _SLOTS.get((before, state))
        if more is None:
            raise ValueError(before, state)
        self.occupied += more
        attempt.state, attempt.wants_slot = state, False
        if before is QUEUED:
            if attempt in self.queued:
                del self.queued[attempt]
            else:
                self.ahead.remove(attempt)
        elif before is RESUMING:
            del self.resuming[attempt]
        if state is OVER:
            del self._all[attempt.lease.token]
        elif state is RESUMING:
            self.resuming[attempt] = None
        elif state is WAITING:
            attempt.waits += 1
