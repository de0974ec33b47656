"""What happens in a runtime, for many readers on one event loop, each at a place of its own.

Facts come from the journal once they are safe, with their positions; notices from the hub,
as they are seen. Both stand in one short list that all readers share. The runtime never
waits for any of them: who falls so far behind that the list has gone on has to fetch the
facts from the journal, and is told how many notices it has missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeAlias, cast

from callboard.actors.logic.annals import Annals
from callboard.messages.notices import Notice
from callboard.runtime.gateways.rest.frames import framed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from callboard.messages.facts import Fact
    from callboard.messages.unions import Event
    from callboard.runtime.runtime import Runtime
    from callboard.runtime.subscription import Subscription

    Safe: TypeAlias = tuple[int, Sequence[Fact]]

KEPT = 10_000
"""Events that are kept for readers, at the most."""


class Entry:
    """Something that has happened.

    Attributes:
        event: What.
        position: In the journal; None for a notice. Its id is that, with *suffix*.
    """

    __slots__ = ("_frame", "_id", "event", "position")

    def __init__(self, event: Event, position: int | None = None, suffix: str = "") -> None:
        self.event = event
        self.position = position
        self._id = None if position is None else f"{position}{suffix}"
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        """As it is sent; made once for all readers."""
        if self._frame is None:
            self._frame = framed(self.event, self._id)
        return self._frame


class Feed:
    """The list, and who reads it. All but `close_soon` is for the loop of its readers.

    Args:
        runtime: What is followed, from the first reader's coming to the last one's leaving.
        suffix: What ids of facts end with.
        keep: Events that are kept, at the most.

    Attributes:
        over: Nothing more will come.
        end: How many events have come since the first reader has.
        notices: How many of these were notices.
    """

    def __init__(self, runtime: Runtime, suffix: str = "", keep: int = KEPT) -> None:
        self._runtime = runtime
        self._suffix = suffix
        self._keep = keep
        self.over = False
        self._readers: set[Reader] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], None] | None = None
        self._safe: deque[Safe] = deque()
        self._due = False
        self._begin_anew()

    @property
    def readers(self) -> int:
        """How many there are."""
        return len(self._readers)

    def join(self) -> Reader:
        """A reader of what comes from now on."""
        if not self._readers:
            self._open()
        reader = Reader(self, self.end, self.notices)
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """It reads no longer."""
        self._readers.discard(reader)
        if not self._readers and self._stop is not None:
            self._stop()
            self._stop = None

    def close_soon(self) -> None:
        """End all readers, from whatever thread; those that come later end at once."""
        self.over = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rouse)

    # For readers

    def since(self, place: int, most: int) -> list[Entry] | None:
        """Entries from that place on, so many at the most; None where some are gone."""
        skipped = place - (self.end - self._entries.count)
        if skipped < 0:
            return None
        found = self._entries.since(skipped)
        return [entry for entry, _ in zip(found, range(most), strict=False)]

    # How

    def _begin_anew(self) -> None:
        self._entries: Annals[Entry] = Annals()
        self.end = 0
        self.notices = 0

    def _open(self) -> None:
        self._begin_anew()
        self._loop = asyncio.get_running_loop()
        self._safe.clear()
        self._due = False
        # The journal first: what happens between the two is kept by it.
        leave = self._runtime.journal.follow(self._take)
        notices = self._runtime.events()
        task = self._loop.create_task(self._hear(notices), name="callboard-feed")

        def stop() -> None:
            leave()
            notices.close()
            task.cancel()

        self._stop = stop

    def _take(self, first: int, facts: Sequence[Fact]) -> None:
        """Facts are safe: on the thread of whoever has written them."""
        self._safe.append((first, facts))
        loop = self._loop
        if not self._due and loop is not None:
            self._due = True
            try:
                loop.call_soon_threadsafe(self._take_in)
            except RuntimeError:  # the loop is closed, and its readers with it
                return

    def _take_in(self) -> None:
        self._due = False  # before the look: who comes after it calls again
        while self._safe:
            first, facts = self._safe.popleft()
            for position, fact in enumerate(facts, first):
                self._put(Entry(cast("Event", fact), position, self._suffix))
        self._rouse()

    async def _hear(self, notices: Subscription) -> None:
        async for event in notices:
            if isinstance(event, Notice):
                self.notices += 1
                self._put(Entry(event))
                self._rouse()
        self.over = True
        self._take_in()

    def _put(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.end += 1
        if self._entries.count > self._keep:
            self._entries.drop_first()

    def _rouse(self) -> None:
        for reader in self._readers:
            reader.fresh.set()


class Reader:
    """One's place in a feed.

    Args:
        feed: What is read.
        place: How many entries had come before.
        heard: How many of these were notices.

    Attributes:
        fresh: There may be something new.
    """

    def __init__(self, feed: Feed, place: int, heard: int) -> None:
        self._feed = feed
        self._place = place
        self._heard = heard
        self.fresh = asyncio.Event()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._feed.over

    def take(self, most: int) -> list[Entry] | None:
        """What has come since the last time, so much at the most; None where it was too much."""
        self.fresh.clear()
        entries = self._feed.since(self._place, most)
        if entries is not None:
            self._place += len(entries)
            self._heard += sum(entry.position is None for entry in entries)
        return entries

    def skip(self) -> int:
        """Go to the end; how many notices were passed over."""
        missed = self._feed.notices - self._heard
        self._place, self._heard = self._feed.end, self._feed.notices
        return missed

    async def wait(self, seconds: float) -> bool:
        """Until there may be something new; False where there was nothing for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.fresh.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Read no longer."""
        self._feed.leave(self)
