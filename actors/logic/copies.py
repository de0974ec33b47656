"""Subtasks that are attempted more than once at the same time.

A subtask that is leased has one attempt, which `Work.lease` names. While there are copies
of it, each is a `Twin`: a `Work` of its own as far as one attempt goes, with a lease,
limits of time and progress, and otherwise that of its subtask. All of them are worth the
same: the first valid completion ends the subtask and takes the others back. When the
attempt of the `Work` itself ends in another way, the oldest copy takes its place, so a
subtask that is leased always has a lease, and one without copies costs nothing here.

Each of them is an attempt like any other: when it fails it uses up one of the retry
policy's, and nothing is tried anew as long as another one goes on. One that is lost with
its agent uses up none.

Of checkpoints those of the `Work` itself are kept for the next attempt. Those of a copy
stay with it until it takes that place: then they are the newest, as its token is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.actors.logic.checkpoints import is_known, is_older
from callboard.actors.logic.effects import Effect, Record, Tell
from callboard.actors.logic.lifecycle import State, Work
from callboard.messages import facts
from callboard.messages.base import ORCHESTRATOR
from callboard.messages.values import replace
from callboard.messages.work import SaveCheckpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callboard.actors.logic.leasing import Leasing
    from callboard.actors.logic.timing import Timing
    from callboard.messages.base import SubtaskId
    from callboard.messages.values import Lease, Token


class Twin(Work):
    """A copy that is under way.

    Attributes:
        of: The subtask.
    """

    __slots__ = ("of",)

    def __init__(self, of: Work, lease: Lease) -> None:
        super().__init__(of.ready)
        self.of = of
        self.state = State.LEASED
        self.lease = lease

    @property
    def whole(self) -> Work:
        """The subtask."""
        return self.of


class Copies:
    """All copies that are under way, and those that an earlier scheduler knew.

    Attributes:
        twins: Those that are under way.
    """

    def __init__(self) -> None:
        self.twins: dict[Token, Twin] = {}
        self._of: dict[SubtaskId, list[Twin]] = {}
        self._before: dict[SubtaskId, dict[Token, Lease]] = {}

    def __len__(self) -> int:
        """How many are under way."""
        return len(self.twins)

    def find(self, token: Token) -> Twin | None:
        """The copy with that token."""
        return self.twins.get(token)

    def of(self, work: Work) -> list[Twin]:
        """The copies of a subtask, the oldest first."""
        return list(self._of.get(work.uuid, ())) if self.twins else []

    def leases(self, work: Work) -> list[Lease]:
        """All current leases of a subtask."""
        held = [work.lease, *(twin.lease for twin in self.of(work))]
        return [lease for lease in held if lease is not None]

    def beside(self, work: Work) -> bool:
        """Whether another attempt at the same subtask goes on beside this one."""
        return bool(self.twins) and work.uuid in self._of

    def add(self, work: Work, lease: Lease) -> Twin:
        """One more copy."""
        twin = self.twins[lease.token] = Twin(work, lease)
        self._of.setdefault(work.uuid, []).append(twin)
        work.attempts += 1
        return twin

    def remove(self, twin: Twin, token: Token) -> None:
        """It is under way no more."""
        del self.twins[token]
        others = self._of[twin.uuid]
        others.remove(twin)
        if not others:
            del self._of[twin.uuid]

    def promote(self, work: Work, timing: Timing) -> list[Effect]:
        """The attempt of the subtask itself has ended: its oldest copy takes the place.

        What it has saved is worth more from now on than what its predecessor had.
        """
        twin = self._of[work.uuid][0]
        lease, ready = twin.lease, twin.ready
        if lease is None:
            return []
        self.remove(twin, lease.token)
        work.lease, work.started, work.begun = lease, twin.started, twin.begun
        work.fraction = twin.fraction
        timing.take_over(work, twin)
        saved, known = ready.saved, work.ready.saved
        if ready.checkpoint is None or saved is None or saved.token != lease.token:
            return []
        # An attempt that was adopted may be the older one, or have saved nothing since.
        if is_known(saved, known) or is_older(saved, known):
            return []
        work.ready = replace(work.ready, checkpoint=ready.checkpoint, saved=saved)
        save = SaveCheckpoint(lease=lease, checkpoint=ready.checkpoint, number=saved.number)
        return [Tell(ORCHESTRATOR, save)]

    # After a restart

    def remember(self, uuid: SubtaskId, leases: Iterable[Lease]) -> None:
        """So many attempts were under way when the scheduler was rebuilt."""
        self._before[uuid] = {lease.token: lease for lease in leases}

    def was_under_way(self, lease: Lease) -> bool:
        """Whether that is one of them, and neither adopted nor given up."""
        return bool(self._before) and lease.token in self._before.get(lease.subtask, ())

    def adopted(self, lease: Lease) -> None:
        """It goes on."""
        if self._before:
            self._before.get(lease.subtask, {}).pop(lease.token, None)

    def lost(self) -> list[Lease]:
        """Those that nobody runs any more; they are forgotten."""
        lost = [lease for leases in self._before.values() for lease in leases.values()]
        self._before.clear()
        return lost


def let_go(leasing: Leasing, work: Work, lease: Lease, now: float) -> list[Effect]:
    """One of several attempts at a subtask has ended, however; the others go on."""
    effects = leasing.free(work, lease, now)
    if isinstance(work, Twin):
        leasing.copies.remove(work, lease.token)  # pyright: ignore[reportArgumentType]
        leasing.timing.forget(work)
    else:
        effects += leasing.copies.promote(work, leasing.timing)
    leasing.speculating.again(work.whole, now)
    return effects


def take_back(leasing: Leasing, leases: Iterable[Lease], reason: str, now: float) -> list[Effect]:
    """End these attempts, which are current and not all that their subtask has."""
    effects: list[Effect] = []
    for lease in leases:
        work = leasing.current(lease)
        if work is None:
            continue
        effects.append(Record(facts.LeaseRevoked(at=now, lease=lease, reason=reason)))
        effects += leasing.tell_agent(lease, reason, now)
        work.whole.attempts -= 1
        effects += let_go(leasing, work, lease, now)
    return effects


def only(leasing: Leasing, work: Work, lease: Lease, reason: str, now: float) -> list[Effect]:
    """Of all attempts at a subtask let only that one stand."""
    others = [one for one in leasing.copies.leases(work.whole) if one.token != lease.token]
    return take_back(leasing, others, reason, now)


def single(leasing: Leasing, work: Work, reason: str, now: float) -> list[Effect]:
    """Of all attempts at a subtask let only that of the `Work` itself stand."""
    if not leasing.copies.beside(work) or work.lease is None:
        return []
    return only(leasing, work, work.lease, reason, now)
