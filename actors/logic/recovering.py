"""A scheduler that was restarted finds out which leases of its predecessor go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Record
from callboard.actors.logic.leasing import queued
from callboard.actors.logic.lifecycle import State
from callboard.messages import facts

if TYPE_CHECKING:
    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.reports import Reports
    from callboard.messages.values import Lease

RECOVERY = 1.0
"""Seconds that a restarted scheduler waits for the agents to say what they run."""


class Recovering:
    """Leases that are adopted, and work that is held back until it is known which."""

    def __init__(self, leasing: Leasing, reports: Reports) -> None:
        self._leasing = leasing
        self._reports = reports

    def begin(self, now: float) -> None:
        """Hold back until the agents have said what they run, or for a moment."""
        self._leasing.recovering = True
        self._leasing.alarms.set(("recovered", ""), now + RECOVERY)

    def adopt(self, lease: Lease, now: float) -> list[Effect]:
        """An agent says that it holds this: let it go on."""
        work = self._leasing.works.get(lease.subtask)
        member = self._leasing.slots.member(lease.agent)
        if work is None or member is None or work.state is not State.QUEUED:
            return self._leasing.tell_agent(lease, "it is not wanted any more")
        self._leasing.hold(work, member, lease, now)
        work.started = True
        return [Record(facts.LeaseAdopted(at=now, lease=lease))]

    def over(self, now: float) -> list[Effect]:
        """The agents have said what they run: go on, with what came meanwhile first."""
        if not self._leasing.recovering:
            return []
        self._leasing.recovering = False
        early, self._reports.early = self._reports.early, []
        effects: list[Effect] = []
        for message in early:
            work = self._leasing.works.get(message.lease.subtask)
            if work is not None and work.state is State.QUEUED:
                effects += self.adopt(message.lease, now)
            effects += self._reports.completed(message, now)
        waiting = (work for work in self._leasing.works.values() if work.state is State.QUEUED)
        return [*effects, *(queued(work, now) for work in waiting)]
