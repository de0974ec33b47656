"""To an agent: what it is to do, what no longer, and what is known of it."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Lane, Message
from callboard.messages.values import Follower, Lease, Ready, Token


class Assign(Message):
    """Do this (scheduler -> agent); said again until the agent has answered.

    Attributes:
        incarnation: Of the agent's actor that is meant; its successor declines.
        ahead: It waits there until one that runs has ended; it may be taken back meanwhile.
        then: What follows, each as soon as the one before has succeeded there.
    """

    lease: Lease
    ready: Ready
    incarnation: int = 1
    ahead: bool = False
    then: tuple[Follower, ...] = ()


class Recall(Message):
    """Give these back unless they have begun (scheduler -> agent). Answer: `GivenBack`.

    Nothing that runs is stopped by it.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    tokens: tuple[Token, ...]


class Revoke(Message):
    """That lease is no longer yours: stop (scheduler -> agent).

    Said again until the agent has answered that nothing of it runs.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    token: Token
    reason: str


class Reconcile(Message):
    """Say what you run and resend what was not acknowledged (scheduler -> agent)."""

    lane: ClassVar[Lane] = Lane.CONTROL


class Acknowledged(Message):
    """Your word of these ends has arrived; forget them.

    A completion is acknowledged when it is recorded (orchestrator -> agent), a failure
    when it is known what follows from it (scheduler -> agent).
    """

    patient: ClassVar[bool] = True
    tokens: tuple[Token, ...]


class LeaseStands(Message):
    """The lease was current when this was said (scheduler -> its handler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease


class WaitNoted(Message):
    """That the attempt waits is known, or that it wants its slot back (scheduler -> agent).

    It need not be said again soon. If this is lost, it is; so this is said once.

    Attributes:
        number: Of the wait.
        over: It stands in line for a slot, and gets a `Resume` when there is one.
    """

    token: Token
    number: int = 1
    over: bool = False


class Resume(Message):
    """Here is your slot (scheduler -> agent).

    Attributes:
        number: Of the wait that is over.
    """

    token: Token
    number: int = 1
