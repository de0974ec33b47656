"""The attempts that an agent has begun, and how many of its slots they hold."""

from __future__ import annotations

import enum

from callboard.messages.values import Lease, Payload, Token
from callboard.messages.work import Waiting, WaitOver


class State(enum.Enum):
    """Where an attempt is."""

    NEW = enum.auto()
    RUNNING = enum.auto()
    WAITING = enum.auto()  # for a sub-goal; it holds no slot
    RESUMING = enum.auto()  # was granted its slot, and waits until one is free here
    STOPPING = enum.auto()  # was told to stop, and holds its slot until it has
    ENDED = enum.auto()


_OCCUPYING = (State.RUNNING, State.STOPPING)


class Attempt:
    """One attempt; only `Attempts.enter` changes its state.

    Attributes:
        checkpoint: What it has saved last.
        wants_slot: It waits no longer, and was not granted its slot yet.
    """

    __slots__ = ("checkpoint", "lease", "state", "wants_slot")

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.state = State.NEW
        self.checkpoint: Payload | None = None
        self.wants_slot = False

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self.state is State.STOPPING

    def about_its_slot(self) -> list[Waiting | WaitOver]:
        """What a scheduler must be told that knows nothing of it."""
        if self.state is not State.WAITING:
            return []
        waits = Waiting(lease=self.lease)
        return [waits, WaitOver(lease=self.lease)] if self.wants_slot else [waits]


class Attempts:
    """All attempts that have begun and have not ended.

    Attributes:
        occupied: Slots that they hold.
    """

    def __init__(self) -> None:
        self.occupied = 0
        self._attempts: dict[Token, Attempt] = {}
        self._resuming: dict[Token, Attempt] = {}  # in the order of their grants

    def __len__(self) -> int:
        """How many there are."""
        return len(self._attempts)

    def __contains__(self, token: Token) -> bool:
        """Whether that attempt is under way."""
        return token in self._attempts

    def get(self, token: Token) -> Attempt | None:
        """That attempt, if it is under way."""
        return self._attempts.get(token)

    def all(self) -> list[Attempt]:
        """All of them, the oldest first."""
        return list(self._attempts.values())

    def begin(self, lease: Lease) -> None:
        """An attempt runs from now on."""
        attempt = self._attempts[lease.token] = Attempt(lease)
        self.enter(attempt, State.RUNNING)

    def enter(self, attempt: Attempt, state: State) -> None:
        """Change the state of *attempt*, and the count of slots with it."""
        self.occupied += (state in _OCCUPYING) - (attempt.state in _OCCUPYING)
        attempt.state = state
        attempt.wants_slot = False
        if state is State.RESUMING:
            self._resuming[attempt.lease.token] = attempt
        else:
            self._resuming.pop(attempt.lease.token, None)

    def resume_next(self) -> Token | None:
        """Let the first of those that were granted a slot run; None where there is none."""
        attempt = next(iter(self._resuming.values()), None)
        if attempt is None:
            return None
        self.enter(attempt, State.RUNNING)
        return attempt.lease.token

    def end(self, attempt: Attempt) -> None:
        """Forget *attempt*: it has ended."""
        self.enter(attempt, State.ENDED)
        del self._attempts[attempt.lease.token]
