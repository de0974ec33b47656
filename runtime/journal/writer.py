"""The one who writes a journal's file, on a thread of its own: one commit per batch.

The batch forms while the last one is written. What cannot be written, for want of room,
waits and is tried again; meanwhile `Writer.trouble` says so.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.histogram import Histogram
from callboard.messages.errors.base import described
from callboard.messages.errors.journal import JournalDamaged, JournalError, JournalUnreachable
from callboard.messages.errors.running import RuntimeClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from callboard.actors.ports import Follower
    from callboard.messages.facts import Fact
    from callboard.runtime.journal.store import Store

LARGEST_BATCH = 4_096
"""Facts of one commit."""
AGAIN = 0.5
"""Seconds after which a batch that could not be written is tried again."""


class _Entry(NamedTuple):
    facts: tuple[Fact, ...]
    kept: Callable[[], None] | None


def _nothing(_: JournalError | None) -> None:
    """Nobody wants to know."""


class Writer:
    """Writes what it is given, in order.

    Args:
        store: The file, which nobody else writes.
        let_go: Lets go of it, once nothing is written any more; called on whatever thread.

    Attributes:
        commits: Seconds that each commit took, until it was safe.
        trouble: Why nothing can be written now, if so.
    """

    def __init__(self, store: Store, let_go: Callable[[], None]) -> None:
        self.commits = Histogram()
        self.trouble: JournalError | None = None
        self._store = store
        self._let_go = let_go
        self._blocked: Callable[[JournalError | None], None] = _nothing
        self._lost: Callable[[JournalError], None] = _nothing
        self._waiting: deque[_Entry] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._asleep = False  # whether it waits to be told that there is something
        self._file = threading.Lock()
        self._tidying: Iterator[None] | None = None
        self._followers: tuple[Follower, ...] = ()
        self._closing = False
        self._over = self._abandoned = False
        self._thread = threading.Thread(
            target=self._write_all, name="callboard-journal", daemon=True
        )
        self._thread.start()

    def watch(
        self,
        blocked: Callable[[JournalError | None], None],
        lost: Callable[[JournalError], None],
    ) -> None:
        """See `SqliteJournal.watch`."""
        self._blocked, self._lost = blocked, lost

    @property
    def unwritten(self) -> int:
        """Facts that wait to be written; once it is closed, those that never were."""
        with self._changed:
            return sum(len(entry.facts) for entry in self._waiting)

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Write *facts*, soon, and call *kept* once they are safe.

        Raises:
            RuntimeClosed: Nothing is written any more.
        """
        with self._lock:
            if self._closing:
                raise RuntimeClosed
            self._waiting.append(_Entry(tuple(facts), kept))
            if self._asleep:
                self._changed.notify()
                self._asleep = False

    def tidy(self, steps: Iterable[None]) -> None:
        """Take these steps between batches, unless others are being taken."""
        with self._changed:
            if self._tidying is None:
                self._tidying = iter(steps)
            self._changed.notify()

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Show it all that is committed from now on, until what this returns is called."""
        with self._lock:
            self._followers += (follower,)

        def leave() -> None:
            with self._lock:
                self._followers = tuple(f for f in self._followers if f is not follower)

        return leave

    @contextlib.contextmanager
    def still(self) -> Generator[Sequence[Sequence[Fact]]]:
        """What waits, while nothing is under way between it and the file."""
        with self._file, self._changed:
            yield [entry.facts for entry in self._waiting]

    def close(self, timeout: float | None = None) -> int:
        """See `SqliteJournal.close`."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            self._abandoned = not self._over
        if self._abandoned:
            why = f"the disk has not answered for {timeout:g} seconds"
            self.trouble = JournalUnreachable(str(self._store.path), why)
        else:
            self._let_go()
        return self.unwritten

    # On its thread

    def _write_all(self) -> None:
        try:
            self._write_until_closed()
        except BaseException as error:  # noqa: BLE001 - else all would wait for ever
            lost = JournalDamaged(str(self._store.path), f"its writer: {described(error)}")
            self.trouble = lost
            self._lost(lost)
        finally:
            with self._changed:
                self._over = True
            if self._abandoned:  # `close` has not waited for so long
                self._let_go()

    def _write_until_closed(self) -> None:
        while self._wait_for_some():
            self._tidy()
            with self._file:
                batch = self._batch()
                error = self._written(batch)
                if error is None:
                    self._forget(batch)
            self._told(error)
            if error is None:
                self._show(batch)
                for entry in batch:
                    if entry.kept is not None:
                        entry.kept()
            elif self._give_up(error):
                return

    def _wait_for_some(self) -> bool:
        """False where there is nothing left to do."""
        with self._changed:
            if self.trouble is not None and not self._closing:
                self._changed.wait(AGAIN)
            while not (self._waiting or self._closing or self._tidying):
                self._asleep = True
                self._changed.wait()
            return bool(self._waiting) or not self._closing

    def _tidy(self) -> None:
        """Compact a portion, unless there is trouble already."""
        if self._tidying is None or self.trouble is not None:
            return
        before = self._store.count
        try:
            with self._file:
                next(self._tidying)
            self._show_lessons(before + 1)
        except StopIteration:
            self._tidying = None
        except JournalError as error:  # another time
            self._tidying = None
            self._told(error)

    def _batch(self) -> list[_Entry]:
        batch: list[_Entry] = []
        size = 0
        with self._changed:
            for entry in self._waiting:
                size += len(entry.facts)
                if batch and size > LARGEST_BATCH:
                    break
                batch.append(entry)
        return batch

    def _forget(self, batch: list[_Entry]) -> None:
        with self._changed:
            for _ in batch:
                self._waiting.popleft()

    def _show(self, batch: list[_Entry]) -> None:
        """Nobody else writes, so the store still counts what this batch ended with."""
        facts = [fact for entry in batch for fact in entry.facts] if self._followers else []
        if facts:
            for follower in self._followers:
                follower(self._store.count - len(facts) + 1, facts)

    def _show_lessons(self, since: int) -> None:
        """Before anything is dropped, what it has taught is written down once more."""
        count = self._store.count - since + 1
        if count and self._followers:
            page = self._store.page_with(since)  # perhaps one with what stood before them
            facts = [] if page is None else self._store.unpacked(page)[-count:]
            for follower in self._followers:
                follower(since, facts)

    def _written(self, batch: list[_Entry]) -> JournalError | None:
        facts = [fact for entry in batch for fact in entry.facts]
        began = perf_counter()
        try:
            if facts:
                self._store.write(facts)
                self.commits.add(perf_counter() - began)
        except JournalError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a fact that cannot be encoded, say: ours
            return JournalDamaged(str(self._store.path), f"cannot be written: {described(error)}")
        return None

    def _told(self, error: JournalError | None) -> None:
        before, self.trouble = self.trouble, error
        if type(before) is not type(error):
            self._blocked(error)

    def _give_up(self, error: JournalError) -> bool:
        """Whether trying again is in vain."""
        if isinstance(error, JournalDamaged) or self._store.gone:
            self._lost(error)
            return True
        return self._closing
