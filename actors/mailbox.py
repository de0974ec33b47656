"""A mailbox: many senders, one reader, control before work.

Senders only append to a lane, which is atomic; the one reader empties the lanes in
their order. An actor that is restarted gets the mailbox of its predecessor, so a
message to it waits instead of being lost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from callboard.messages.base import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_UNUSED: tuple[None, ...] = (None,) * len(Lane)
"""The lanes of a mailbox in which nothing has ever come."""

_making = threading.Lock()


def _nobody() -> None:
    """Wakes nobody: there is no reader yet."""


def _never(item: object) -> bool:  # noqa: ARG001 - as any other
    """Nothing may wait."""
    return False


class Mailbox(Generic[T]):
    """What waits for one actor; FIFO for each sender and lane.

    >>> mailbox = Mailbox(lambda item: Lane.CONTROL if item == "stop" else Lane.WORK)
    >>> mailbox.put_all(["this", "that", "stop"])
    >>> mailbox.take(2), mailbox.take(2)
    (['stop', 'this'], ['that'])

    Args:
        lane_of: Tells in which lane an item waits.
        is_patient: Tells whether it may wait there for a moment.

    Attributes:
        lanes: Each with what waits in it; only to be looked at.
        wake: Called after whatever comes; whoever runs the reader sets it.
        nudge: Called in place of it after what may wait for a moment; None for nobody.
        relief: Called after something was taken, while somebody waits for room.
    """

    __slots__ = (
        "_bell", "_is_patient", "_lane_of", "_reading", "_refuse",
        "lanes", "nudge", "relief", "wake",
    )  # fmt: skip

    def __init__(
        self, lane_of: Callable[[T], Lane], is_patient: Callable[[T], bool] = _never
    ) -> None:
        self._lane_of = lane_of
        self._is_patient = is_patient
        # Each is made when something comes in it: an empty one is three quarters of a kilobyte.
        # Most agents of a crowd never get anything, so neither is what is needed to read them.
        self.lanes: Sequence[deque[T] | None] = _UNUSED
        # A predecessor that was ended in its turn may still read beside its successor.
        self._reading = _making  # until it has one of its own, before the first lane
        self._refuse: Callable[[T], None] | None = None
        self._bell: threading.Event | None = None  # only for a reader that blocks
        self.wake: Callable[[], None] = _nobody
        self.nudge: Callable[[], None] | None = None
        self.relief: Callable[[], None] | None = None

    def __len__(self) -> int:
        """How many items wait."""
        return sum(map(len, filter(None, self.lanes)))

    def put(self, item: T) -> None:
        """Append an item; never blocks."""
        # What is called through an attribute, and is no method, is looked up anew each time.
        lane_of, is_patient, nudge = self._lane_of, self._is_patient, self.nudge
        number = lane_of(item)
        lane = self.lanes[number]
        if lane is None:
            lane = self._lane(number)
        lane.append(item)
        if self._refuse is not None:  # put, then look: no item can fall between
            self._drain_refused()
        ring = self.wake if nudge is None or not is_patient(item) else nudge
        ring()

    def put_all(self, items: Sequence[T]) -> None:
        """Append several items with one wake-up."""
        lane_of, nudge = self._lane_of, self.nudge
        for item in items:
            number = lane_of(item)
            lane = self.lanes[number]
            if lane is None:
                lane = self._lane(number)
            lane.append(item)
        if self._refuse is not None:
            self._drain_refused()
        ring = self.wake
        if nudge is not None and all(map(self._is_patient, items)):
            ring = nudge
        ring()

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not any(self.lanes)

    def take(self, limit: int) -> list[T]:
        """Up to *limit* items, control first; for the one reader."""
        taken: list[T] = []
        if self.lanes is not _UNUSED:
            with self._reading:
                for lane in self.lanes:
                    while lane and len(taken) < limit:
                        taken.append(lane.popleft())
        relief = self.relief
        if relief is not None:
            relief()
        return taken

    def get(self) -> T:
        """The next item, waiting for one; for a reader with a thread of its own."""
        if self._bell is None:
            self._bell = threading.Event()
            self.wake = self._bell.set
        while not (taken := self.take(1)):
            self._bell.wait()
            self._bell.clear()  # clear, then look: no item can fall between
        return taken[0]

    def put_back(self, items: list[T]) -> None:
        """Return what was taken and not read, in front of what waits."""
        lanes = [self._lane(self._lane_of(item)) for item in items]
        with self._reading:
            for lane, item in zip(reversed(lanes), reversed(items), strict=True):
                lane.appendleft(item)
        if self._refuse is not None:
            self._drain_refused()
        self.wake()

    def _lane(self, number: int) -> deque[T]:
        """That lane, which may be empty, or not there yet."""
        lane = self.lanes[number]
        if lane is None:
            with _making:  # one for all: each is made once
                lane = self.lanes[number]
                if lane is None:
                    lane = self._new_lane(number)
        return lane

    def _new_lane(self, number: int) -> deque[T]:
        if self.lanes is _UNUSED:
            self._reading = threading.Lock()
        lanes, lane = list(self.lanes), deque[T]()
        lanes[number] = lane
        self.lanes = lanes  # last: who sees the lane sees what it is read with
        return lane

    def close(self, refuse: Callable[[T], None]) -> None:
        """Hand everything that waits, and all that still comes, to *refuse*."""
        self._refuse = refuse  # set, then drain: whoever is last finds it
        self._drain_refused()

    def _drain_refused(self) -> None:
        refuse = self._refuse
        while refuse is not None and (waiting := self.take(1)):
            refuse(waiting[0])


# Of our own types each has one.
_lane_of_ours: Callable[[Any], Lane] = attrgetter("lane")
_is_patient: Callable[[Any], bool] = attrgetter("patient")


def lane_of_message(message: object) -> Lane:
    """The lane that a message's type declares; work for types that are not ours."""
    lane: Lane = getattr(type(message), "lane", Lane.WORK)
    return lane


def new_mailbox() -> Mailbox[Any]:
    """A mailbox for messages."""
    return Mailbox(_lane_of_ours, _is_patient)
