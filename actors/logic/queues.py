"""Ready subtasks, in the order in which they should be done.

One queue for each set of required skills, so that a free agent looks at the heads of
the queues it can serve and at nothing else. Within a queue: the priority class with
ageing, then requeued work, then the least slack to a deadline, then the longest way
to the end of the plan (upward rank), then age. Between queues the backlog of their
agents is added to that way (`ranking`): within one it is the same for all.

What somebody has worked out a turn for (`advising`) has queues of its own, one for each
agent that is to do it, and stands there by its turn.
"""

from __future__ import annotations

import heapq
import math
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from callboard.actors.logic.outlook import Needs, Wanted
from callboard.actors.logic.places import (
    AGEING,
    Alike,
    E,
    Lane,
    Place,
    Seat,
    Slot,
    lane_needs,
    rank_of,
)
from callboard.actors.logic.ranking import score
from callboard.actors.logic.ready_queue import ReadyQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from callboard.messages.values import Ready

C = TypeVar("C")


class Queues(Generic[E]):
    """All ready subtasks that wait: a queue for each set of required skills.

    Args:
        tau: See `ReadyQueue`.
        least: Seconds of open work of the least laden agent that may do what has such
            needs; None for 0.

    Attributes:
        added: Grows with all that is added, or is to be looked at again.
        fresh: Sets of required skills with something that was added since they were seen.
        waiting: How many there are.
    """

    def __init__(self, tau: float = AGEING, least: Callable[[Wanted], float] | None = None) -> None:
        self._tau = tau
        self._least = least or _nothing
        self._queues: dict[Lane, ReadyQueue[E]] = {}
        self._lanes: dict[Needs, dict[Lane, None]] = {}
        self.added = 0
        self.fresh: dict[Needs, None] = {}
        self.waiting = 0

    def add(  # noqa: PLR0913 - what decides where it stands
        self,
        entry: E,
        ready: Ready,
        *,
        rank: float | None = None,
        front: bool = False,
        turn: Slot | None = None,
        alike: Alike | None = None,
    ) -> None:
        """Queue a subtask as *ready* says.

        Args:
            entry: What is to wait.
            ready: What is known of it.
            rank: Upward rank, seconds; None for what its plan says.
            front: It was taken from an agent.
            turn: Who is to do it, and when it is due, if somebody has worked that out.
            alike: With what it stands, where it matters to whom it goes.
        """
        lane: Lane = entry.needs if alike is None else alike
        if turn is not None:
            lane = Seat(entry.needs, turn.agent)
        self.added += 1
        self.waiting += 1
        entry.lane = lane
        queue = self._queues.get(lane)
        if queue is None:
            queue = self._queues[lane] = ReadyQueue(self._tau)
            self._lanes.setdefault(entry.needs, {})[lane] = None
        self.fresh[entry.needs] = None
        if rank is None:
            rank = ready.rank
        length = rank if turn is None else turn.score
        queue.push(entry, rank_of(ready, rank, length, front=front), ready.since, self.added)

    def drop(self, entry: E) -> None:
        """It is taken or withdrawn."""
        self.waiting -= 1
        queue = self._queues[entry.lane]
        queue.drop(entry)
        if not queue.live:
            self._forget(entry.lane)

    def _forget(self, lane: Lane) -> None:
        """Nothing waits there any more."""
        del self._queues[lane]
        needs = lane_needs(lane)
        lanes = self._lanes[needs]
        del lanes[lane]
        if not lanes:
            del self._lanes[needs]
            self.fresh.pop(needs, None)

    def _lanes_of(self, needs: Needs) -> Collection[Lane]:
        """Those in which something waits that needs these skills."""
        return self._lanes.get(needs, ())

    def rises(self, ready: Ready, otherwise: float) -> float:
        """When it has waited itself to the top; *otherwise* where priorities are strict."""
        if self._tau == math.inf:
            return otherwise
        return ready.since + max(1, ready.urgency) * self._tau

    def look_again(self, needs: Needs) -> None:
        """The time has come to look at what needs these skills, although nobody has changed."""
        self.added += 1
        self.fresh[needs] = None

    def needs(self) -> Collection[Needs]:
        """Every set of required skills that something waits for."""
        return self._lanes.keys()

    def head_of(self, needs: Needs, now: float) -> E | None:
        """What goes first of those with these needs that have no turn; None for nothing."""
        queue = self._queues.get(needs)
        return None if queue is None else queue.head(now)

    def beside(self, entry: E) -> int:
        """How many wait in the same line, itself included; 0 where it stands in none."""
        queue = self._queues.get(entry.lane) if entry.number else None
        return 0 if queue is None else len(queue)

    def entries(self, needs: Needs) -> list[E]:
        """What waits for somebody who covers *needs*, in no order."""
        return [e for lane in self._lanes_of(needs) for e in self._queues[lane].entries()]

    def ahead_of(
        self, entry: E, rivals: Callable[[Needs], bool], now: float
    ) -> tuple[Place[E], list[Place[E]]]:
        """Where it stands among all that wait, and what goes first; it takes O(n), for people.

        Args:
            entry: What waits.
            rivals: Whether what has these needs could be done by somebody who may do it.
            now: Seconds since the epoch.
        """
        queues = [queue for lane, queue in self._queues.items() if rivals(lane_needs(lane))]
        for queue in queues:
            queue.head(now)  # whoever has waited long enough is promoted
        mine, found = self._head(entry), list[Place[E]]()
        for queue in queues:
            found += [p for p in map(self._head, queue.entries()) if p < mine]
        return mine, found

    def in_order(
        self,
        choose: Callable[[Needs], C | None],
        now: float,
        among: Collection[Needs] | None = None,
        follow: Callable[[E], C | None] | None = None,
    ) -> Iterator[tuple[E, C]]:
        """What should be done next, each with who takes it; drop it before you go on.

        Args:
            choose: Who takes the next subtask with these needs; None where nobody can.
            now: Seconds since the epoch.
            among: Whatever waits for something else cannot be taken; None for nothing.
            follow: Who takes what stands in a lane of its own; None where that is all the same.
        """
        if len(self._queues) == 1:
            yield from self._in_one(choose, now, among, follow)
            return
        heads = self._heads(among, now)
        while heads:
            entry = heads[0][5]
            if follow is not None and type(entry.lane) is not frozenset:
                chosen = follow(entry)
            else:
                chosen = choose(entry.needs)
            if chosen is None:
                heapq.heappop(heads)
                continue
            # What was handed out since has made the backlogs smaller.
            again = self._head(entry)
            if again > heads[0]:
                heapq.heapreplace(heads, again)
                continue
            yield entry, chosen
            queue = self._queues.get(entry.lane)
            following = None if queue is None else queue.head(now)
            if following is None:
                heapq.heappop(heads)
            else:
                heapq.heapreplace(heads, self._head(following))

    def _in_one(
        self,
        choose: Callable[[Needs], C | None],
        now: float,
        among: Collection[Needs] | None,
        follow: Callable[[E], C | None] | None,
    ) -> Iterator[tuple[E, C]]:
        """The same where there is one queue, so that nothing need be compared."""
        [(lane, queue)] = self._queues.items()
        needs = lane_needs(lane)
        if among is not None and needs not in among:
            return
        if type(lane) is frozenset:  # it is no lane of its own
            follow = None
        while (entry := queue.head(now)) is not None:
            chosen = choose(needs) if follow is None else follow(entry)
            if chosen is None:
                return
            yield entry, chosen

    def _heads(self, among: Collection[Needs] | None, now: float) -> list[Place[E]]:
        """The head of each queue for what is *among* these, as a heap."""
        heads: list[Place[E]] = []
        for lane in (
            self._queues if among is None else chain.from_iterable(map(self._lanes_of, among))
        ):
            entry = self._queues[lane].head(now)
            if entry is not None:
                heads.append(self._head(entry))
        heapq.heapify(heads)
        return heads

    def _head(self, entry: E) -> Place[E]:
        """Where it stands among the heads of all queues; it waits, so it has a place."""
        lane, number = entry.lane, entry.number
        urgency, group, slack, length, _, _ = entry.block.row
        if type(lane) is Seat:
            return urgency, group, slack, length, number, entry
        wanted = (lane.needs, lane.kind) if type(lane) is Alike else entry.needs
        return urgency, group, slack, -score(-length, self._least(wanted)), number, entry


def _nothing(wanted: Wanted) -> float:
    """It is not known how much there is to do."""
    del wanted
    return 0.0
