"""Agent -> scheduler: how it goes with the leases that it holds."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, AgentId, Lane, Message, Value
from callboard.messages.resources import Amount
from callboard.messages.values import Lease, Payload, Problem, Token


class Accepted(Message):
    """I have it, and it waits for its turn or has still to stop (agent -> scheduler).

    Attributes:
        max_load: How many the agent thinks that it may run at once.
        stopping: It has been told to stop, and has still to; word of its end follows.
    """

    lease: Lease
    max_load: int = 1
    stopping: bool = False


class Declined(Message):
    """Not taken (agent -> scheduler)."""

    lease: Lease
    reason: str


class Started(Message):
    """The handler runs (agent -> scheduler).

    Where that takes no time, word of its end comes in the same turn.
    """

    patient: ClassVar[bool] = True
    lease: Lease


class HadStarted(Message):
    """The handler runs, and its agent goes down now (agent -> scheduler).

    It says again what `Started` has said and overtakes it, so that it comes before the
    news of the agent's end: what had started is what may be to blame for that.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease


class Progress(Message):
    """A sign of life of an attempt (agent -> scheduler).

    Attributes:
        fraction: Done, in [0, 1]; None for a mere sign of life.
        checkpoint: What the next attempt would need.
        number: Which checkpoint of the attempt that is, from 1: on the way an older one
            may overtake a newer one. 0 without one, and where nobody counted.
        spent: What it has used up, in all since it began; empty where it has not said.
    """

    lease: Lease
    fraction: float | None = None
    note: str = ""
    checkpoint: Payload | None = None
    number: int = 0
    spent: tuple[Amount, ...] = ()


class CheckLease(Message):
    """Does that lease stand? (its handler -> scheduler). Answer: `LeaseStands`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease
    reply_to: Address


class CheckpointLeft(Message):
    """What an attempt had saved last, for its agent goes down now (agent -> scheduler).

    It overtakes `Progress`, so that it comes before the news of the agent's end.

    Attributes:
        number: As in `Progress`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    lease: Lease
    checkpoint: Payload
    number: int = 0


class Waited(Value):
    """That an attempt has waited for a sub-goal.

    Attributes:
        number: How often, so that what was said of an earlier wait is known to be old.
        lent: It lends its slot: it waits still, or was not granted one again.
    """

    token: Token
    number: int
    lent: bool


class Running(Message):
    """The answer to `Reconcile`: all leases that the agent holds (agent -> scheduler).

    Attributes:
        incarnation: Of the actor that answers; what an earlier one held has ended.
        waits: Of those that have waited at all.
        stopping: What it was told to stop, and has not yet.
    """

    agent: AgentId
    leases: tuple[Lease, ...]
    incarnation: int = 1
    waits: tuple[Waited, ...] = ()
    stopping: tuple[Lease, ...] = ()


class GivenBack(Message):
    """These were given ahead, have not begun, and never will (agent -> scheduler)."""

    lane: ClassVar[Lane] = Lane.CONTROL
    agent: AgentId
    tokens: tuple[Token, ...]


class NotHeld(Message):
    """The answer to a `Revoke` that finds nothing: it does not run (agent -> scheduler)."""

    agent: AgentId
    token: Token


class Completed(Message):
    """An agent finished a subtask (agent -> scheduler); said again until acknowledged.

    Attributes:
        lease: The attempt that this ends; an older token is refused.
        seconds: Time the agent worked on it.
        spent: What it has used up in all.
    """

    lease: Lease
    result: Payload
    seconds: float
    spent: tuple[Amount, ...] = ()


class Failed(Message):
    """An attempt failed; the agent lives (agent -> scheduler); again until acknowledged.

    Attributes:
        spent: What it has used up in all.
    """

    lease: Lease
    problem: Problem
    seconds: float
    spent: tuple[Amount, ...] = ()


class Cancelled(Message):
    """The agent has stopped a revoked attempt (agent -> scheduler).

    Attributes:
        given_up: It would not stop: its handler runs on unheard, beside the agent's slots.
        spent: What it has used up in all.
    """

    lease: Lease
    given_up: bool = False
    spent: tuple[Amount, ...] = ()


class Waiting(Message):
    """The attempt waits for a sub-goal and needs no slot (agent -> scheduler).

    Attributes:
        number: Counts the waits of an attempt from 1; what is said of earlier ones comes
            too late.
    """

    lease: Lease
    number: int = 1


class WaitOver(Message):
    """The attempt wants its slot back (agent -> scheduler); said again until it has it.

    Attributes:
        number: Of the wait that is over.
    """

    lease: Lease
    number: int = 1
