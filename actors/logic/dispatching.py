"""Ready subtasks come, are handed out, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Tell
from callboard.actors.logic.lifecycle import Work
from callboard.messages.base import ORCHESTRATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from callboard.actors.logic.company import Company
    from callboard.actors.logic.leasing import Leasing
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Ready


class Dispatching:
    """What the orchestrator wants done, and who gets it."""

    def __init__(self, leasing: Leasing) -> None:
        self._leasing = leasing
        self._withdrawn: set[SubtaskId] = set()

    # They come

    def queue_all(self, readies: Sequence[Ready], now: float) -> list[Effect]:
        """Queue what is ready and not known yet."""
        effects: list[Effect] = []
        for ready in readies:
            uuid = ready.subtask.uuid
            if uuid not in self._leasing.works and uuid not in self._withdrawn:
                effects += self._queue(Work(ready), now)
        return effects

    def _queue(self, work: Work, now: float) -> list[Effect]:
        leasing = self._leasing
        leasing.works[work.uuid] = work
        leasing.alarms.set(("total", work.uuid), now + leasing.limits.total(work.ready, now))
        return leasing.queue(work, now)

    def resync(self, readies: Sequence[Ready], now: float) -> list[Effect]:
        """All that is open: forget the rest, report again what was not confirmed."""
        works = self._leasing.works
        still_open = {ready.subtask.uuid for ready in readies}
        gone = [uuid for uuid in works if uuid not in still_open]
        effects = self.withdraw(gone, "it has ended", now)
        self.withdrawn(gone)  # this list is what any later one is compared with
        outcomes = (work.outcome for work in works.values())
        effects += [Tell(ORCHESTRATOR, o) for o in outcomes if o is not None]
        return [*effects, *self.queue_all(readies, now)]

    # They are handed out

    def dispatch(self, now: float) -> list[Effect]:
        """Give free agents what they should do next."""
        return self._serve(self._leasing.slots.pushed, now)[1]

    def hand_out(self, now: float) -> tuple[tuple[Lease, ...], list[Effect]]:
        """Give agents in pull mode all that they can have now."""
        leases, effects = self._serve(self._leasing.slots.pulling, now)
        return tuple(leases), effects

    def _serve(self, company: Company, now: float) -> tuple[list[Lease], list[Effect]]:
        leasing = self._leasing
        leases: list[Lease] = []
        effects: list[Effect] = []
        if leasing.recovering:
            return leases, effects
        for entry, member in leasing.queues.in_order(company.choose, now):
            lease, assigned = leasing.lease(leasing.works[entry.uuid], member, now)
            leases.append(lease)
            effects += assigned
        return leases, effects

    def report_unschedulable(self, now: float) -> list[Effect]:
        """Some agent has left: say which waiting subtasks nobody could do now."""
        leasing = self._leasing
        return [
            leasing.unschedulable(leasing.works[entry.uuid], now)
            for needs, entries in leasing.queues.by_needs()
            if not leasing.slots.could(needs)
            for entry in entries
        ]

    # They go

    def withdraw(self, subtasks: Iterable[SubtaskId], reason: str, now: float) -> list[Effect]:
        """Do these no longer, also those that this has overtaken on its way."""
        effects: list[Effect] = []
        for uuid in subtasks:
            self._withdrawn.add(uuid)
            work = self._leasing.works.get(uuid)
            if work is not None:
                effects += self._leasing.revoke(work, reason, now)
                self._leasing.drop(work)
        return effects

    def withdrawn(self, subtasks: Iterable[SubtaskId]) -> list[Effect]:
        """Whatever the withdrawal overtook has arrived by now."""
        self._withdrawn.difference_update(subtasks)
        return []

    def settled(self, subtasks: Iterable[SubtaskId]) -> list[Effect]:
        """The orchestrator has recorded their end."""
        leasing, effects = self._leasing, list[Effect]()
        for uuid in subtasks:
            work = leasing.works.get(uuid)
            if work is None:
                continue
            if work.lease is not None:
                effects += leasing.tell_agent(work.lease, "it has ended")
                effects += leasing.free(work)
            leasing.drop(work)
        return effects
