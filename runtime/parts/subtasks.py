"""Single subtasks are handed out, and ended on somebody's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.messages.base import ORCHESTRATOR, SCHEDULER, SubtaskId
from callboard.messages.commands import (
    Assignments,
    AssignNow,
    CancelSubtask,
    CompleteSubtask,
    FailSubtask,
)
from callboard.messages.user import pack
from callboard.messages.work import CheckLease, LeaseStands
from callboard.runtime.core import Core
from callboard.runtime.executors.problems import problem_from
from callboard.runtime.executors.waiting import text_of

if TYPE_CHECKING:
    from callboard.messages.values import Lease
    from callboard.runtime.calls import Call


class SubtaskCalls(Core):
    """What may be asked of a runtime about one subtask."""

    def cancel_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """End one subtask; what depends on it fails.

        Raises:
            UnknownSubtask: There is none with that uuid.
            AlreadyEnded: It has been completed or has failed.
        """
        self._cancelling_subtask(subtask, reason).now()

    async def acancel_subtask(self, subtask: SubtaskId, reason: str = "") -> None:
        """The twin of `cancel_subtask`."""
        await self._cancelling_subtask(subtask, reason)

    def complete(
        self, subtask: SubtaskId, result: object = None, *, lease: Lease | None = None
    ) -> None:
        """Count a subtask as done on somebody's word, whoever holds it.

        Harmless where it was completed with the same result.

        Args:
            subtask: Its uuid.
            result: Any data.
            lease: The attempt that has this result, as `assign` gave it out; None for
                whichever is current.

        Raises:
            StaleLease: Somebody else works on it now, or nobody does.
            UnknownSubtask: There is none with that uuid.
            Blocked: It waits for others, which are named.
            AlreadyEnded: It has ended already, and not like that.
            ResultRejected: It is not what the subtask asks for; in pull mode that was a failed
                attempt.
            NotEncodable: The result is no data.
        """
        self._completing(subtask, result, lease).now()

    async def acomplete(
        self, subtask: SubtaskId, result: object = None, *, lease: Lease | None = None
    ) -> None:
        """The twin of `complete`."""
        await self._completing(subtask, result, lease)

    def fail(self, lease: Lease, error: BaseException) -> None:
        """End an attempt that an agent in pull mode made in vain; its retry policy decides.

        Args:
            lease: The attempt, as `assign` gave it out.
            error: Why; errors that are not to be tried again are known by their class.

        Raises:
            StaleLease: It is not current any more: there is nothing to end.
        """
        self._failing(lease, error).now()

    async def afail(self, lease: Lease, error: BaseException) -> None:
        """The twin of `fail`."""
        await self._failing(lease, error)

    def assign(self) -> tuple[Lease, ...]:
        """Hand out all that agents in pull mode can have now."""
        return self._assigning().now()

    async def aassign(self) -> tuple[Lease, ...]:
        """The twin of `assign`."""
        return await self._assigning()

    # How

    def _cancelling_subtask(self, subtask: SubtaskId, reason: str) -> Call[None]:
        uuid, why = text_of("subtask", subtask), text_of("reason", reason)
        self._check_open()
        return self._calls.command(
            "cancel_subtask",
            ORCHESTRATOR,
            lambda here: CancelSubtask(subtask=uuid, reason=why, reply_to=here),
        )

    def _completing(
        self, subtask: SubtaskId, result: object, lease: Lease | None = None
    ) -> Call[None]:
        uuid = text_of("subtask", subtask)
        payload = pack(result, what=f"the result of subtask {uuid}")
        self._check_open()
        return self._scheduling(
            "complete",
            lambda here: CompleteSubtask(subtask=uuid, result=payload, reply_to=here, lease=lease),
        )

    def _failing(self, lease: Lease, error: BaseException) -> Call[None]:
        problem = problem_from(error)
        self._check_open()
        return self._scheduling(
            "fail",
            lambda here: FailSubtask(lease=lease, problem=problem, reply_to=here),
        )

    def _assigning(self) -> Call[tuple[Lease, ...]]:
        self._check_open()
        return self._calls.visit(
            "assign",
            SCHEDULER,
            lambda here: AssignNow(reply_to=here),
            Assignments,
            lambda assigned: assigned.leases,
            door=self._doors.scheduler,
        )

    def _checking(self, lease: Lease) -> Call[None]:
        self._check_open()
        return self._calls.ask(
            "once",
            SCHEDULER,
            lambda here: CheckLease(lease=lease, reply_to=here),
            LeaseStands,
            lambda _: None,
        )
