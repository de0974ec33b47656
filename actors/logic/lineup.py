"""What stands in line: ready subtasks that wait for an agent, each in its place.

Whatever changes where something stands, or whether it stands anywhere, is a step here:
it comes, is held back by a gate and let in again, is to be done otherwise, or takes longer
or less than was thought. Who gets it is decided in `dispatching`, what follows in `leasing`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callboard.actors.logic.effects import Effect, Show
from callboard.actors.logic.learning import MOST, kind_of
from callboard.actors.logic.lengths import renew
from callboard.actors.logic.lifecycle import State, Work
from callboard.actors.logic.outlook import needs_of
from callboard.actors.logic.places import Alike
from callboard.messages.notices import HeldBack, Unschedulable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.advising import Advice
    from callboard.actors.logic.alarms import Alarms
    from callboard.actors.logic.breaker import Breakers
    from callboard.actors.logic.foresight import Foresight
    from callboard.actors.logic.gates import Gate, Gates
    from callboard.actors.logic.learning import Learning
    from callboard.actors.logic.lengths import Lengths
    from callboard.actors.logic.links import Links
    from callboard.actors.logic.outlook import Needs, Outlook, Wanted
    from callboard.actors.logic.paces import Paces
    from callboard.actors.logic.queues import Queues
    from callboard.actors.logic.reserving import Reserving
    from callboard.actors.logic.slots import Slots
    from callboard.actors.logic.tenders import Tenders
    from callboard.actors.logic.timing import Alarm, Timing
    from callboard.messages.base import AgentId, SubtaskId
    from callboard.messages.values import Ready, Skill, Subtask


WAITS = "faster"
"""The kind of alarm after which a wait for somebody faster is thought over (`binding`)."""


class Lineup:
    """All that is ready, and its place in line; what these are is said in `Leasing`."""

    __slots__ = ()

    alarms: Alarms[Alarm]
    breakers: Breakers
    slots: Slots
    outlook: Outlook
    queues: Queues[Work]
    foresight: Foresight
    advice: Advice
    learning: Learning
    paces: Paces
    apart: set[str]
    lengths: Lengths
    works: dict[SubtaskId, Work]
    timing: Timing
    gates: Gates
    links: Links
    reserving: Reserving
    tenders: Tenders
    recovering: bool

    def needs(self) -> list[Needs]:
        """Every set of needs that something may wait with, also aside for a resource."""
        found = [*self.queues.needs(), *self.reserving.shortages.needs()]
        return list(dict.fromkeys(found))

    def waiting(self, needs: Needs) -> list[Work]:
        """What waits for somebody who covers *needs*, in no order."""
        return [*self.queues.entries(needs), *self.reserving.shortages.entries(needs)]

    # Ready, and queued

    def know(self, work: Work) -> None:
        """From now on it is ours to do, or to leave alone for now."""
        if work.demanding:
            self.reserving.claim(work)
        self.works[work.uuid] = work
        if self.foresight.ahead:
            self.foresight.forget(work.uuid)
        if self.gates.standing:
            work.gates = self.gates.admit(work)
        if self.links.downs:
            for setback in self.links.downs.pop(work.uuid, ()):
                work.evidence.add(setback)

    def enter(self, work: Work, now: float, able: dict[Needs, bool]) -> list[Effect]:
        """It has become ready, and waits for an agent: `take_on` and `queue` in one step.

        Args:
            work: What was not known.
            now: Seconds since the epoch.
            able: Whether anybody could ever do what has such needs, as far as it was
                asked since somebody came or left; what is asked here is added.
        """
        self.know(work)
        self.timing.ready(work, now)
        self._enqueue(work)
        could = able.get(work.needs)
        if could is None:
            could = able[work.needs] = self.slots.could(work.needs)
        if could and not (work.claims or self.breakers.resting):
            return []  # as `_seen_waiting` would find
        return self._seen_waiting(work, now)

    def take_on(self, work: Work, now: float) -> None:
        """All that is to be done with it must be done in time from now on."""
        self.know(work)
        self.timing.total(work, now)

    def queue(
        self, work: Work, now: float, *, front: bool = False, since: float | None = None
    ) -> list[Effect]:
        """Let it wait for an agent.

        Args:
            work: What was not queued.
            now: Seconds since the epoch.
            front: It was taken from an agent.
            since: When it began to wait, where that was before this scheduler.
        """
        if work.state is not State.QUEUED:
            work.move(State.QUEUED)
        work.front = front
        self._enqueue(work)
        self.timing.queued(work, now if since is None else since)
        return self._seen_waiting(work, now)

    def _seen_waiting(self, work: Work, now: float) -> list[Effect]:
        """Say what keeps it waiting, unless that is only that everybody is busy."""
        if self.recovering or self.can_be_done(work):
            return self.held_back(work, now) if self.breakers.resting else []
        return [self.unschedulable(work, now)]

    def can_be_done(self, work: Work) -> bool:
        """Whether it ever could be, by those who are there and with what there is."""
        possible = self.slots.could(work.needs)
        return possible and not (work.claims and self.reserving.never(work))

    def replace(self, work: Work, ready: Ready) -> None:
        """What waits is to be done otherwise; it has waited as long as it has."""
        self._dequeue(work)
        self.amend(work, ready)
        self._enqueue(work)

    def amend(self, work: Work, ready: Ready) -> None:
        """It is to be done otherwise; it stands in no queue."""
        work.amend(ready)
        if work.demanding:
            self.reserving.claim(work)

    def stand_anew(self, work: Work) -> None:
        """What waits has another turn than before.

        What waits for a resource is given its turn when it stands in a queue again.
        """
        if work.number and work.line is None:
            self._dequeue(work)
            self._enqueue(work)

    def stand_elsewhere(self, work: Work) -> None:
        """It takes longer, or not as long, as was thought; what is kept aside stays there."""
        if work.turn or work.line is not None or not work.number:
            self.outlook.renew(work.uuid, work.seconds)
        else:
            self.stand_anew(work)

    def stand_again(self, work: Work) -> None:
        """It has waited for a resource outside of the queues, and need not any more."""
        self._enqueue(work)

    def _enqueue(self, work: Work) -> None:
        subtask = work.ready.subtask
        wanted = (
            self._wanted(subtask, work.needs) if self.paces.uneven or self.apart else work.needs
        )
        self.outlook.open(work.uuid, wanted, work.seconds)
        if not work.gates:
            self.line_up(work)

    def line_up(self, work: Work) -> None:
        """Give it its place in a queue."""
        turn = self.advice.slot(work.uuid) if self.advice.turns else None
        alike = self._alike(work) if self.paces.uneven or self.apart else None
        self.queues.add(work, work.ready, rank=work.rank, front=work.front, turn=turn, alike=alike)

    def _alike(self, work: Work) -> Alike | None:
        """With what it stands where agents are not equally fast at it."""
        kind = kind_of(work.ready.subtask)
        # What demands resources may have to wait for these, and for nobody beside.
        if work.demanding or not self._is_apart(kind):
            return None
        return Alike(work.needs, kind, math.frexp(work.ready.subtask.seconds)[1])

    def put_back(self, work: Work, now: float) -> list[Effect]:
        """It was taken from its queue, and given to nobody: it waits again, in front."""
        work.front = True
        self._enqueue(work)
        return self._seen_waiting(work, now)

    def _dequeue(self, work: Work) -> None:
        aside = work.line is not None
        if aside or work.turn:  # it waits for a resource, or has waited
            self.reserving.left(work)
        if aside:
            return
        if work.number:
            self.queues.drop(work)
        elif self.tenders.calls:
            self.tenders.leave(work)

    # Held back

    def set_aside(self, work: Work, gates: frozenset[Gate], now: float) -> None:
        """It stands behind these gates: nobody gets it, and its waiting is not counted."""
        work.gates = gates
        self.timing.stop(work, now)
        self._dequeue(work)

    def let_in(self, work: Work, gates: frozenset[Gate], now: float) -> list[Effect]:
        """No other gates than these are left before it; without any it goes on waiting."""
        held, work.gates = bool(work.gates), gates
        if gates or not held:
            return []
        self.timing.go_on(work, now)
        if work.state is not State.QUEUED:
            return []
        self._enqueue(work)
        return self._seen_waiting(work, now)

    def unschedulable(self, work: Work, now: float) -> Show:
        """Nobody could ever do it, for all who are registered now."""
        missing = self.slots.missing(work.needs) + self.reserving.never(work)
        notice = Unschedulable(at=now, goal=work.goal, subtask=work.uuid, missing=missing)
        return Show(notice)

    def held_back(self, work: Work, now: float) -> list[Effect]:
        """Say once that a skill's rest keeps it waiting, if one does."""
        bar = self.breakers.bar(work.needs)
        if bar is None or work.held:
            return []
        work.held = True
        goal, uuid = work.goal, work.uuid
        return [Show(HeldBack(at=now, goal=goal, subtask=uuid, skill=bar.skill, until=bar.until))]

    # Learnt, and foreseen

    def forget_learnt(self, kind: str, agent: AgentId) -> int:
        """Think no more of that kind of work and that agent; "" stands for each of them.

        Returns:
            Of how many pairs of them something was known.
        """
        count = self.learning.forget(kind, agent)
        self.paces.anew()
        self.apart.clear()
        for member in self.slots.pushed.members.values():
            self.slots.changed(member)
        for work in self.works.values():
            self.stand_anew(work)
        renew(self)  # pyright: ignore[reportArgumentType]
        return count

    def _hear(self, subtask: Subtask, agent: AgentId, times: int) -> None:
        """Somebody who has done so many like it may be known to be faster or slower now."""
        kind = kind_of(subtask)
        self.lengths.hear(subtask, times)
        if not self.paces.hear(subtask, agent):
            return
        member = self.slots.pushed.members.get(agent)
        if member is not None:
            self.slots.changed(member)
        if kind in self.paces.uneven and kind not in self.apart:
            self._set_apart(kind)

    def _set_apart(self, kind: str) -> None:
        """From now on it matters to whom such work goes, now and then."""
        if len(self.apart) >= MOST:
            self.apart.clear()  # who is in a line of its own stays there
        self.apart.add(kind)
        for other in self.works.values():
            if kind_of(other.ready.subtask) == kind:
                self.stand_anew(other)

    def _stop_waiting(self, work: Work) -> None:
        """It does not wait for somebody faster any more."""
        if work.patience < math.inf:
            work.patience = math.inf
            self.alarms.clear((WAITS, work.uuid))

    def foresee(self, readies: Iterable[Ready]) -> None:
        """They will be ready one day."""
        apart, own = self.paces.uneven or self.apart, self.lengths.own
        skills: tuple[Skill, ...] = ()
        needs = needs_of(skills)
        for ready in readies:
            subtask = ready.subtask
            if subtask.required_skills is not skills:  # those of one plan share them
                skills = subtask.required_skills
                needs = needs_of(skills)
            wanted = self._wanted(subtask, needs) if apart else needs
            self.outlook.open(subtask.uuid, wanted, own(subtask))

    def _wanted(self, subtask: Subtask, needs: Needs) -> Wanted:
        kind = kind_of(subtask)
        return (needs, kind) if self._is_apart(kind) else needs

    def _is_apart(self, kind: str) -> bool:
        """Whether agents differ at it, or have differed: then it has lines of its own still."""
        return kind in self.paces.uneven or kind in self.apart

    def dismiss(self, uuid: SubtaskId) -> None:
        """It will never be ready; harmless where nobody thought that it would."""
        self.foresight.settled(uuid)
        self.links.downs.pop(uuid, None)
        if self.advice.turns:
            self.advice.forget(uuid)
        self.lengths.known.pop(uuid, None)
        if self.foresight.forget(uuid):
            self.outlook.close(uuid)
