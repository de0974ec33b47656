"""What is asked about a subtask."""

from __future__ import annotations

from typing import ClassVar

from callboard.messages.base import Address, Lane, Message, SubtaskId
from callboard.messages.values import Lease, Payload, Problem, Subtask


class CancelSubtask(Message):
    """End one subtask; what depends on it fails. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    reply_to: Address = ""


class PauseSubtask(Message):
    """Start no new attempt at a subtask until `ResumeSubtask`. Answer: `Done`.

    Attributes:
        interrupt: As for `PauseGoal`.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    interrupt: bool = False
    reply_to: Address = ""


class ResumeSubtask(Message):
    """Undo `PauseSubtask`. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address = ""


class DrainSubtask(Message):
    """Let a subtask's running attempt be its last one; without one cancel it. Answer: `Done`."""

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reason: str = ""
    reply_to: Address = ""


class CompleteSubtask(Message):
    """Count a subtask as done on somebody's word. Answer: `Done`.

    Attributes:
        lease: The attempt that has this result: where it is not current, the word is
            refused. None for whichever is.
    """

    subtask: SubtaskId
    result: Payload
    reply_to: Address = ""
    lease: Lease | None = None


class FailSubtask(Message):
    """The attempt failed, says who runs it for an agent in pull mode. Answer: `Done`."""

    lease: Lease
    problem: Problem
    reply_to: Address = ""


class RequeueSubtask(Message):
    """Try a parked subtask again. Answer: `Done`.

    The scheduler is asked; of what it does not have, the orchestrator says why.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address = ""


class EditSubtask(Message):
    """Do a subtask otherwise than its plan says; nobody works on it now. Answer: `Done`.

    The scheduler is asked first, for it knows who works on what, and passes it on to the
    orchestrator, who owns the plan.

    Attributes:
        to: Holds what is new.
        fields: Names of the fields that are.
        requeue: It is parked, and shall be tried again.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    to: Subtask
    fields: tuple[str, ...]
    requeue: bool = False
    reply_to: Address = ""


class Explain(Message):
    """Why does a subtask stand as it does? Answer: `Explained`.

    The orchestrator says what holds it back by its plan, the scheduler whom and what it
    waits for; who asks puts both together.

    Attributes:
        lease: The attempt of which the scheduler says why its agent got it; None for none.
    """

    lane: ClassVar[Lane] = Lane.CONTROL
    subtask: SubtaskId
    reply_to: Address
    lease: Lease | None = None
