"""Following events as they happen, from a thread or from an event loop.

    with hub.subscribe(goal) as events:
        for event in events:          # or: async for event in events
            print(event)

A subscription is a bounded buffer between the runtime, which never waits, and a
reader, who may be slow. What does not fit is dropped, progress first, and the reader
is told how much by an `EventsLost`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Self

from callboard.actors.logic.annals import Annals
from callboard.messages.errors import CallTimedOut
from callboard.messages.notices import EventsLost, ProgressMade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.unions import Event

BUFFER = 10_000
"""Events that wait for a reader at the most, unless told otherwise."""

_TURN = 100
"""Events that an event loop takes at once before others have their turn."""


class Backlog:
    """A bounded list of events in order, which drops progress first.

    Costs O(1) an event on average. While there is room, everything is kept; from three
    quarters of `limit` on the progress in it makes way, then the oldest events do.

    Attributes:
        limit: How many there may be.
        lost: How many were dropped.
        lost_at: Time of the latest dropped one, seconds since the epoch.
    """

    __slots__ = ("_events", "_progress", "limit", "lost", "lost_at")

    def __init__(self, limit: int, events: Iterable[Event] = ()) -> None:
        self._events: Annals[Event] = Annals(events)
        self.limit = limit
        self.lost = 0
        self.lost_at = 0.0
        self._progress = 0

    @property
    def events(self) -> tuple[Event, ...]:
        """What is there."""
        return tuple(self._events)

    def add(self, event: Event) -> None:
        """Append *event*, or drop it, or drop others for it."""
        size = self._events.count
        if type(event) is ProgressMade:
            if 4 * size >= 3 * self.limit:
                if 4 * self._progress < self.limit:
                    # There is too little of it to make its removal worth the while.
                    self._drop(event)
                    return
                self._shed()
            self._progress += 1
        elif size >= self.limit:
            self._make_room()
        self._events.append(event)

    def extend(self, events: Sequence[Event]) -> None:
        """As `add` of each, in order."""
        if self._events.count + len(events) <= self.limit and ProgressMade not in map(type, events):
            self._events.extend(events)
        else:
            for event in events:
                self.add(event)

    def told(self) -> tuple[Event, ...]:
        """All that is there, with an `EventsLost` before it if some are missing."""
        if not self.lost:
            return self.events
        return (EventsLost(at=self.lost_at, count=self.lost), *self.events)

    def take(self) -> tuple[Event, ...]:
        """The same, and start anew with nothing."""
        taken, nothing = self.told(), Annals["Event"]()
        self._events, self._progress, self.lost = nothing, 0, 0
        return taken

    def _make_room(self) -> None:
        if self._progress:
            self._shed()
        while len(self._events) >= max(self.limit, 1):
            self._drop(self._events.drop_first())

    def _shed(self) -> None:
        for event in self._events:
            if type(event) is ProgressMade:
                self._drop(event)
        self._events = Annals(event for event in self._events if type(event) is not ProgressMade)
        self._progress = 0

    def _drop(self, event: Event) -> None:
        self.lost += 1
        self.lost_at = event.at


class Subscription(Iterator["Event"], AsyncIterator["Event"]):
    """Events in order: those so far, then those to come, until it ends.

    It ends after the last event of its goal, when it is closed, and when the runtime
    is. Several threads and tasks may read from it; each event goes to one of them.
    """

    def __init__(
        self,
        story: Iterable[Event] = (),
        *,
        buffer: int = BUFFER,
        leave: Callable[[Subscription], None] | None = None,
    ) -> None:
        self._changed = threading.Condition()
        # What has happened before does not count as unread: a reader could not be faster.
        self._batch: Iterator[Event] = iter(tuple(story))
        self._backlog = Backlog(buffer)
        self._ended = False
        self._sleepers: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._leave = leave
        self._turn = 0

    # For the hub

    def push(self, event: Event) -> None:
        """Take *event* for the reader; never waits, never raises."""
        with self._changed:
            if not self._ended:
                self._backlog.add(event)
                self._wake()

    def end(self) -> None:
        """Nothing more will come; what is there can still be read."""
        with self._changed:
            self._ended = True
            self._wake()

    # For the reader

    def next(self, timeout: float | None = None) -> Event | None:
        """The next event, or None after the last one.

        Args:
            timeout: Seconds to wait for it; None waits as long as it takes.

        Raises:
            CallTimedOut: There was none in time.
        """
        limit = None if timeout is None else monotonic() + timeout
        with self._changed:
            while (event := self._take()) is None and not self._ended:
                left = None if limit is None else limit - monotonic()
                if left is not None and left <= 0:
                    raise CallTimedOut("the next event", timeout or 0.0)
                self._changed.wait(left)
        return event

    def close(self) -> None:
        """Follow no longer, and drop what was not read."""
        with self._changed:
            self._ended = True
            self._batch = iter(())
            self._backlog.take()
            self._wake()
        if self._leave is not None:
            self._leave(self)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        await self._give_way()
        while True:
            with self._changed:
                event = self._take()
                if event is not None:
                    return event
                if self._ended:
                    raise StopAsyncIteration
                sleeper = self._sleep()
            try:
                await sleeper
            finally:
                self._forget(sleeper)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def _give_way(self) -> None:
        self._turn = (self._turn + 1) % _TURN
        if self._turn == 0:
            await asyncio.sleep(0)

    def _take(self) -> Event | None:
        event = next(self._batch, None)
        if event is None:
            self._batch = iter(self._backlog.take())
            event = next(self._batch, None)
        return event

    def _sleep(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        sleeper: asyncio.Future[None] = loop.create_future()
        self._sleepers.append((loop, sleeper))
        return sleeper

    def _forget(self, sleeper: asyncio.Future[None]) -> None:
        with self._changed:
            self._sleepers = [entry for entry in self._sleepers if entry[1] is not sleeper]

    def _wake(self) -> None:
        self._changed.notify_all()
        sleepers, self._sleepers = self._sleepers, []
        for loop, sleeper in sleepers:
            try:
                loop.call_soon_threadsafe(_rouse, sleeper)
            except RuntimeError:
                # That loop is closed, and its reader with it.
                continue


def _rouse(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
