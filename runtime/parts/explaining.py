"""Why a subtask does not run, who has it and why, or how it ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from callboard.actors.logic.endings import joined
from callboard.actors.logic.planned import why_not_begun
from callboard.messages.base import ORCHESTRATOR, SCHEDULER, SubtaskId
from callboard.messages.commands import Explain, Explained
from callboard.messages.errors.lookups import UnknownSubtask
from callboard.messages.facts import SubtaskAssigned
from callboard.messages.reasons import Explanation
from callboard.runtime.executors.waiting import text_of
from callboard.runtime.parts.standing import StandingCalls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callboard.messages.base import Address
    from callboard.messages.reasons import AnyReason
    from callboard.messages.values import Lease
    from callboard.runtime.calls import Call


class ExplainCalls(StandingCalls):
    """What a runtime can say about why."""

    def explain(self, subtask: SubtaskId) -> Explanation:
        """Why a subtask does not run, why this agent has it, or how it ended.

        In words (`text`), and as data (`reasons`). It is asked over the control lane of
        orchestrator and scheduler, so it answers while everything is busy.

        Raises:
            UnknownSubtask: There is none with that uuid.
        """
        uuid = text_of("subtask", subtask)
        if uuid not in self.hub.board.subtasks:
            return self._proposed(uuid) or self._forgotten(uuid)
        return self._join(uuid, [call.now() for call in self._asking_why(uuid)])

    async def aexplain(self, subtask: SubtaskId) -> Explanation:
        """The twin of `explain`."""
        uuid = text_of("subtask", subtask)
        if uuid not in self.hub.board.subtasks:
            return self._proposed(uuid) or await self._aforgotten(uuid)
        return self._join(uuid, [await call for call in self._asking_why(uuid)])

    # How

    def _proposed(self, uuid: SubtaskId) -> Explanation | None:
        now = self._world.clock.now()
        return self.hub.read(lambda board: why_not_begun(board.goals.values(), uuid, now))

    def _forgotten(self, uuid: SubtaskId) -> Explanation:
        """Its goal has ended long ago: as far as the journal knows."""
        if not self.journal.mentions(uuid):
            raise UnknownSubtask(uuid)
        return self.at(self._world.clock.now()).explain(uuid)

    async def _aforgotten(self, uuid: SubtaskId) -> Explanation:
        return await asyncio.to_thread(self._forgotten, uuid)

    def _asking_why(self, uuid: SubtaskId) -> list[Call[tuple[AnyReason, ...]]]:
        """Both who know, unless it has ended: then everything is on the board."""
        ended = self.hub.subtask(uuid).ended_at is not None
        lease = self._latest_lease(uuid)
        if ended and (lease is None or self._leaving or self._broken is not None):
            return []
        self._check_open()
        both = (SCHEDULER,) if ended else (ORCHESTRATOR, SCHEDULER)
        return [self._ask_why(uuid, lease, address) for address in both]

    def _latest_lease(self, uuid: SubtaskId) -> Lease | None:
        """Of the attempt that runs or that ended it; of any other one nobody asks why."""
        record = self.hub.subtask(uuid)
        if record.lease is not None or record.assigned_agent is None:
            return record.lease
        given = (e.lease for e in self.hub.story(uuid) if isinstance(e, SubtaskAssigned))
        mine = [lease for lease in given if lease.agent == record.assigned_agent]
        return mine[-1] if mine else None

    def _ask_why(
        self, uuid: SubtaskId, lease: Lease | None, address: Address
    ) -> Call[tuple[AnyReason, ...]]:
        return self._calls.ask(
            f"explain {uuid}",
            address,
            lambda here: Explain(subtask=uuid, lease=lease, reply_to=here),
            Explained,
            lambda explained: explained.reasons,
        )

    def _join(self, uuid: SubtaskId, answers: Sequence[tuple[AnyReason, ...]]) -> Explanation:
        record, story = self.hub.subtask(uuid), self.hub.story(uuid)
        now = self._world.clock.now()
        told = [reason for answer in answers for reason in answer]
        return self.hub.read(lambda board: joined(record, board.subtasks, told, story, now))
