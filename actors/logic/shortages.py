"""Who waits for which resource, and who comes next.

There is a line for each supply, each set of needs and each size of demand (sizes that
differ by less than an eighth share one), in the order of the queues. So who comes next is
found at the heads of a few lines, whoever waits for whatever. Where the runtime limits
several of the things that are demanded, those in a line demand about as much of each, and
lack the same.

Small demands pass a large one that does not fit yet. That ends when it has waited for one
promotion (`Config.ageing`) since it became ready: from then on whoever is younger must
leave as much as it wants, of every supply that it draws on. So what has waited so long
waits only for those who have something now, and for older ones that wait as it does. The
oldest goes first everywhere, so no two wait for each other. What nobody does for now
keeps nothing, until somebody does again.
"""

from __future__ import annotations

import heapq
import math
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from callboard.actors.logic.ledger import Source, source
from callboard.actors.logic.places import rank_of
from callboard.actors.logic.ready_queue import ReadyQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callboard.actors.logic.lifecycle import Work
    from callboard.actors.logic.outlook import Needs
    from callboard.messages.resources import Claim

_Kind: TypeAlias = "tuple[Needs, int, tuple[tuple[str, int], ...]]"
"""What it needs, how much it demands, and what else the runtime must have for it."""
_Waiter: TypeAlias = "tuple[float, int, float, Work]"
"""Since when, its turn, what it wants, and the subtask."""

_SIZES = 8
"""Lines for each doubling of what is wanted."""

_BEYOND = 1 << 60
"""Numbers of places here: greater than any in the queues for agents, where a place that a
subtask has left may still be looked up by its number when it is due to be promoted."""


class Shortages:
    """What was put aside for want of a resource.

    Args:
        tau: Seconds after which a subtask is not passed any more.
        obstacle: Why a subtask would not begin now if others gave back what they have: the
            needs that nobody meets, or the budget that is used up; None where it would.
            Where that changes `reconsider` is called, or `revive`.
        touched: Where supplies are put of which others may have more than they might.

    Attributes:
        tau: As it was given.
        lines: Who waits for which supply; empty where nobody waits for anything.
    """

    def __init__(
        self,
        tau: float,
        obstacle: Callable[[Work], Needs | Source | None],
        touched: dict[Source, None],
    ) -> None:
        self.tau = tau
        self._obstacle = obstacle
        self._touched = touched
        self.lines: dict[Source, dict[_Kind, ReadyQueue[Work]]] = {}
        self._waiters: dict[Source, list[_Waiter]] = {}
        # Those of them that waited longest and met an obstacle, by it, each by its turn.
        self._barred: dict[Source, dict[Needs | Source, dict[int, _Waiter]]] = {}
        self._turns = _BEYOND

    def __contains__(self, key: Source) -> bool:
        """Whether somebody was put aside for it."""
        return key in self.lines

    def __bool__(self) -> bool:
        """Whether anybody waits for anything."""
        return bool(self.lines)

    def touch(self) -> None:
        """It may be another one now that is not passed: look at all supplies again."""
        self._touched.update(dict.fromkeys(self.lines))

    # They come and go

    def put(self, work: Work, claim: Claim) -> bool:
        """Put aside what lacks that; it stands in no queue.

        Returns:
            Whether it waits for a resource for the first time since it was queued.
        """
        self._turns += 1
        kinds = self.lines.setdefault(source(claim), {})
        kind = (work.needs, _size(claim.amount), _beside(work, claim))
        line = kinds.get(kind)
        if line is None:
            line = kinds[kind] = ReadyQueue(self.tau)
        rank = rank_of(work.ready, work.rank, work.rank, front=work.front)
        line.push(work, rank, work.ready.since, self._turns)
        work.line, work.awaits = line, claim
        if work.turn:
            return False
        work.turn = self._turns
        for each in work.claims:
            waiters = self._waiters.setdefault(source(each), [])
            heapq.heappush(waiters, (work.since, work.turn, each.amount, work))
        return True

    def take_out(self, work: Work) -> None:
        """It goes back into its queue, and is still the one that has waited so long."""
        if work.line is not None:
            work.line.drop(work)
            work.line = work.awaits = None

    def leave(self, work: Work) -> list[Source]:
        """It waits for no resource any more; the answer is what may be there for others."""
        self.take_out(work)
        if not work.turn:
            return []
        keys, turn = [source(claim) for claim in work.claims], work.turn
        work.turn = 0
        for key in keys:
            self._unbar(key, turn)
            self._oldest(key)
        return keys

    def _unbar(self, key: Source, turn: int) -> None:
        kinds = self._barred.get(key, {})
        for obstacle, barred in list(kinds.items()):
            barred.pop(turn, None)
            if not barred:
                del kinds[obstacle]
        if not kinds:
            self._barred.pop(key, None)

    def reconsider(self) -> None:
        """Some work that nobody has done is done now, or the reverse."""
        for obstacle in dict.fromkeys(o for each in self._barred.values() for o in each):
            if type(obstacle) is not Source:
                self._revive(obstacle, unless=True)
        self.touch()

    def revive(self, budget: Source) -> None:
        """More of it was granted."""
        self._revive(budget)

    def _revive(self, obstacle: Needs | Source, *, unless: bool = False) -> None:
        """Let them keep what they want again, *unless* that is still in the way."""
        for key, kinds in list(self._barred.items()):
            barred = kinds.get(obstacle, {})
            if unless and any(self._obstacle(w[3]) == obstacle for w in islice(barred.values(), 1)):
                continue
            for waiter in kinds.pop(obstacle, {}).values():
                heapq.heappush(self._waiters.setdefault(key, []), waiter)
            if not kinds:
                del self._barred[key]

    def draws(self, key: Source) -> bool:
        """Whether somebody who waits for anything draws on it."""
        return key in self._waiters

    # Who comes next

    def heads(self, key: Source, now: float) -> Iterator[Work]:
        """Who comes next in each line for it; take it out, and the one behind it is next.

        Before all others the one that is not passed any more, wherever it stands.
        """
        kinds = self.lines.get(key, {})
        keeper = self.keeper(key, now) if kinds else None
        if keeper is not None:
            work = keeper[3]
            if work.awaits is not None and source(work.awaits) == key:
                yield work
        for kind, line in list(kinds.items()):
            before: Work | None = None
            while (head := line.head(now)) is not None and head is not before:
                before = head
                yield head
            if not len(line):
                del kinds[kind]
        if not kinds:
            self.lines.pop(key, None)

    def keeper(self, key: Source, now: float) -> _Waiter | None:
        """Who draws on it and is not passed any more: the oldest that could be done."""
        while (waiter := self._oldest(key)) is not None:
            since, turn, _, work = waiter
            if since + self.tau > now:
                return None
            obstacle = self._obstacle(work)
            if obstacle is None:
                return waiter
            # It keeps nothing from others, until that obstacle is out of the way.
            self._barred.setdefault(key, {}).setdefault(obstacle, {})[turn] = waiter
            self._touched.update((source(claim), None) for claim in work.claims)
            heapq.heappop(self._waiters[key])
        return None

    def leads(self, key: Source, work: Work) -> bool:
        """Whether nobody who draws on it has waited longer."""
        waiter = self._oldest(key)
        return waiter is not None and waiter[3] is work

    def _oldest(self, key: Source) -> _Waiter | None:
        """Who draws on it and has waited longest; where nobody waits nothing is kept."""
        waiters = self._waiters.get(key, [])
        while waiters and waiters[0][3].turn != waiters[0][1]:
            heapq.heappop(waiters)
        if waiters:
            return waiters[0]
        self._waiters.pop(key, None)
        return None

    def kept(self, key: Source, work: Work, now: float) -> float:
        """How much of it *work* must leave to one that is older and is not passed any more."""
        keeper = self.keeper(key, now)
        if keeper is None or keeper[3] is work:
            return 0.0
        since, turn, wanted, _ = keeper
        older = (work.since, work.turn or math.inf) < (since, turn)
        return 0.0 if older else wanted

    # All of them

    def needs(self) -> list[Needs]:
        """Every set of needs that somebody has who was put aside."""
        found = (needs for kinds in self.lines.values() for needs, *_ in kinds)
        return list(dict.fromkeys(found))

    def entries(self, needs: Needs) -> list[Work]:
        """Who of them has these needs, in no order."""
        kinds = [(k, line) for each in self.lines.values() for k, line in each.items()]
        return [work for (own, *_), line in kinds if own == needs for work in line.entries()]


def _beside(work: Work, claim: Claim) -> tuple[tuple[str, int], ...]:
    """What else the runtime must have for it; of its keys and its goal others have none."""
    if claim.of != "runtime":
        return ()
    others = (c for c in work.claims if c.of == "runtime" and c is not claim)
    return tuple(sorted((c.resource, _size(c.amount)) for c in others))


def _size(wanted: float) -> int:
    """The same for demands that differ by less than an eighth."""
    mantissa, exponent = math.frexp(wanted)
    return exponent * _SIZES + int((2 * mantissa - 1) * _SIZES)
