"""Scheduler -> orchestrator: how it went."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, Lane, Message, SubtaskId
from callboard.messages.values import Lease, Payload, Problem, Subtask, Token


class SchedulerStarted(Message):
    """A scheduler asks the orchestrator for all that is open."""

    lane: ClassVar[Lane] = Lane.CONTROL
    incarnation: int


class SubtaskDone(Message):
    """A completion that the scheduler found valid (scheduler -> orchestrator).

    Attributes:
        lease: None where a subtask was completed that nobody held.
        seconds: That the agent worked.
        reply_to: Somebody who completed it from outside and waits for an answer.
        after: It was begun in line with what it depends on, before that was recorded: the
            attempt of that. It counts only if that one does.
        spec: What was done then.
    """

    subtask: SubtaskId
    lease: Lease | None
    result: Payload
    seconds: float
    reply_to: Address = ""
    after: Token | None = None
    spec: Subtask | None = None


class SubtaskGivenUp(Message):
    """No further attempt will be made (scheduler -> orchestrator).

    Attributes:
        lease: The attempt whose failure is the reason; None where it is not an attempt's.
    """

    subtask: SubtaskId
    problem: Problem
    lease: Lease | None = None


class SubtaskIdle(Message):
    """Nobody runs it, and nobody will: it was to be tried no more (scheduler -> orchestrator)."""

    subtask: SubtaskId


class SaveCheckpoint(Message):
    """Keep this for the next attempt (scheduler -> orchestrator).

    Attributes:
        number: Which checkpoint of its attempt it is, from 1; 0 where nobody counted.
    """

    lease: Lease
    checkpoint: Payload
    number: int = 0
