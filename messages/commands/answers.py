"""What a command is answered with."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, GoalId, Lane, Message
from callboard.messages.learnt import LearningReport
from callboard.messages.reasons import AnyReason
from callboard.messages.values import Lease, Payload, Problem


class Done(Message):
    """The command was carried out."""

    lane: ClassVar[Lane] = Lane.CONTROL


class Refused(Message):
    """The command was not carried out, and nothing has changed."""

    lane: ClassVar[Lane] = Lane.CONTROL
    problem: Problem


class GoalTaken(Message):
    """The goal is accepted.

    Attributes:
        goal: Its id; that of the earlier goal where the idempotency key was known.
        known: The idempotency key was known.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    goal: GoalId
    known: bool = False


class Proposed(Message):
    """What was handed in is proposed now.

    Attributes:
        number: Of the proposal; whoever approves it names it by that.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    number: int


class Assignments(Message):
    """What `AssignNow` handed out, in order."""

    lane: ClassVar[Lane] = Lane.CONTROL
    leases: tuple[Lease, ...] = ()


class Explained(Message):
    """Why a subtask stands as it does, as far as the actor that answers knows.

    Attributes:
        reasons: What weighs most comes first; none where it knows of nothing.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    reasons: tuple[AnyReason, ...] = ()


class Forgotten(Message):
    """What was learnt is forgotten.

    Attributes:
        count: How much there was: agents, or pairs of a kind of work and an agent.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    count: int


class LearningShown(Message):
    """What was learnt, at this moment."""

    lane: ClassVar[Lane] = Lane.CONTROL
    report: LearningReport


class Pong(Message):
    """I am here.

    Attributes:
        address: Of the actor that answers.
        state: A few figures of it, for people.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    address: Address
    state: dict[str, int]


class Replied(Message):
    """What an agent's handler answered to a user's message."""

    lane: ClassVar[Lane] = Lane.CONTROL
    body: Payload
