"""Parked subtasks are seen, mended and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from callboard.actors.logic.board import Board
from callboard.messages import values
from callboard.messages.base import SCHEDULER, SubtaskId
from callboard.messages.commands import RequeueSubtask
from callboard.runtime.core import Core
from callboard.runtime.editing import SubtaskChanges, edit_of
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.actors.logic.records import Quarantined
    from callboard.runtime.calls import Call


class QuarantineCalls(Core):
    """What may be asked of a runtime about its quarantine."""

    def quarantine(self) -> tuple[Quarantined, ...]:
        """All parked subtasks with what speaks against them, the first one first.

        Each of them waits until it is requeued, cancelled, or its time is over. This
        waits for nothing, so it needs no twin.
        """
        return self.hub.read(Board.quarantine)

    def edit(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """Change what is to be done, where nobody works on it.

        A parked subtask stays parked; `requeue` takes the same changes.

        Args:
            subtask: Its uuid.
            changes: What is new; see `SubtaskChanges`.

        Raises:
            UnknownSubtask: There is none with that uuid.
            AlreadyEnded: It has been completed, has failed or was cancelled.
            StillRunning: An agent works on it.
            InvalidOption: That cannot be changed, or not so.
            InvalidPlan: A value could not stand in a plan.
        """
        self._editing(subtask, changes).now()

    async def aedit(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """The twin of `edit`."""
        await self._editing(subtask, changes)

    def requeue(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """Try a parked subtask again, perhaps changed; what spoke against it is forgotten.

        Args:
            subtask: Its uuid.
            changes: As for `edit`.

        Raises:
            UnknownSubtask: There is no such subtask, or its goal is forgotten.
            AlreadyEnded: It has ended.
            NotParked: It is not parked.
            JournalFull: There is no room to keep that.
            StillRunning: Somebody works on it, and it was to be changed.
            InvalidOption: What is changed cannot be, or not so.
            InvalidPlan: A value could not stand in a plan.
        """
        self._requeueing(subtask, changes).now()

    async def arequeue(self, subtask: SubtaskId, **changes: Unpack[SubtaskChanges]) -> None:
        """The twin of `requeue`."""
        await self._requeueing(subtask, changes)

    # How

    def _requeueing(self, subtask: SubtaskId, changes: SubtaskChanges) -> Call[None]:
        self._check_open()
        self._keeping.check()  # the scheduler says nothing until it is kept
        if changes:
            return self._editing(subtask, changes, requeue=True)
        uuid = text_of("subtask", subtask)
        return self._calls.command(
            "requeue", SCHEDULER, lambda here: RequeueSubtask(subtask=uuid, reply_to=here)
        )

    def _editing(
        self, subtask: SubtaskId, changes: SubtaskChanges, *, requeue: bool = False
    ) -> Call[None]:
        command = edit_of(text_of("subtask", subtask), changes, requeue=requeue)
        self._check_open()
        return self._calls.command(
            "edit", SCHEDULER, lambda here: values.replace(command, reply_to=here)
        )
