"""How alive an agent is: well, slow, stuck or dead, from what was seen of it.

*Slow*: an attempt reached its limit and was told to stop, and has not stopped yet.
*Stuck*: something would not stop within its grace and was given up; it still runs, on a
thread that nobody can end, and the agent works on beside it. *Dead*: its actor, process
or link has ended, or is doubted. The worst of what holds is what is said.

>>> alive, attempt = Liveness(), Token(boot=1, incarnation=1, counter=7)
>>> [alive.note(change, attempt) for change in (Change.OVERRAN, Change.GIVEN_UP, Change.ENDED)]
[<Health.SLOW: 'slow'>, <Health.STUCK: 'stuck'>, <Health.WELL: 'well'>]
"""

from __future__ import annotations

import enum
from typing import assert_never

import msgspec

from callboard.messages.values import Token


class Health(enum.StrEnum):
    """How alive an agent is."""

    WELL = "well"
    SLOW = "slow"
    STUCK = "stuck"
    DEAD = "dead"


class Change(enum.StrEnum):
    """What may change that."""

    OVERRAN = "an attempt reached a limit and was told to stop"
    GIVEN_UP = "a handler would not stop within its grace"
    ENDED = "what was told to stop, or was given up, has ended"
    DIED = "its actor, process or link has ended, or is doubted"
    STARTED = "it was started again, or has spoken again"


TRANSITIONS: frozenset[tuple[Health, Change, Health]] = frozenset(
    {
        (Health.WELL, Change.OVERRAN, Health.SLOW),
        (Health.SLOW, Change.ENDED, Health.WELL),
        (Health.SLOW, Change.GIVEN_UP, Health.STUCK),
        (Health.WELL, Change.GIVEN_UP, Health.STUCK),  # it was told to stop for another reason
        (Health.STUCK, Change.ENDED, Health.WELL),
        (Health.STUCK, Change.ENDED, Health.SLOW),
        (Health.WELL, Change.DIED, Health.DEAD),
        (Health.SLOW, Change.DIED, Health.DEAD),
        (Health.STUCK, Change.DIED, Health.DEAD),
        (Health.DEAD, Change.STARTED, Health.WELL),
        (Health.SLOW, Change.STARTED, Health.WELL),
        (Health.STUCK, Change.STARTED, Health.WELL),
    }
)
"""Every change of health that there is; what is not here changes nothing."""


_NONE: frozenset[Token] = frozenset()
"""Of one that is well, as most are: shared by all."""


class Liveness(msgspec.Struct, gc=False):
    """What is wrong with one agent.

    Attributes:
        slow: Attempts that were told to stop because of a limit, and have not yet.
        stuck: Attempts that were given up and still run.
        dead: It has ended, or is doubted.
    """

    slow: frozenset[Token] = _NONE
    stuck: frozenset[Token] = _NONE
    dead: bool = False

    @property
    def health(self) -> Health:
        """The worst of it."""
        if self.dead:
            return Health.DEAD
        if self.stuck:
            return Health.STUCK
        return Health.SLOW if self.slow else Health.WELL

    def note(self, change: Change, *attempts: Token) -> Health:
        """Take note of a change; the answer is how the agent is now.

        Args:
            change: What has happened.
            attempts: That were told to stop; of no account where the agent died or was
                started.
        """
        match change:
            case Change.OVERRAN:
                self.slow = self.slow.union(attempts)
            case Change.GIVEN_UP:
                self.slow = self.slow.difference(attempts)
                self.stuck = self.stuck.union(attempts)
            case Change.ENDED:
                self.slow = self.slow.difference(attempts)
                self.stuck = self.stuck.difference(attempts)
            case Change.DIED | Change.STARTED:
                # Its handlers were ended with it, or are nobody's any more.
                self.slow = self.stuck = _NONE
                self.dead = change is Change.DIED
            case _:
                assert_never(change)
        return self.health

    def forget_slow(self) -> None:
        """Nobody will say any more how that ended which was told to stop."""
        self.slow = _NONE
