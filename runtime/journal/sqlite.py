"""The journal in a file: one writer with a thread of its own, one commit per batch.

Actors hand over facts and go on; the batch forms while the last one is written. What
cannot be written, for want of room, waits and is tried again; meanwhile `trouble`
says so, and whoever accepts work refuses it.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.histogram import Histogram
from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.records import GoalStatus
from callboard.actors.logic.remains import Remains
from callboard.actors.logic.stretch import Stretch
from callboard.messages.errors.base import described
from callboard.messages.errors.journal import JournalDamaged, JournalError, JournalUnreachable
from callboard.messages.errors.running import RuntimeClosed
from callboard.messages.facts import LearningKept
from callboard.runtime.journal.compaction import OF_THE_DAY, Compaction
from callboard.runtime.journal.past import record_of, summary_of
from callboard.runtime.journal.store import Store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterator, Sequence

    from callboard.actors.logic.pages import Place, Wanted
    from callboard.actors.logic.records import GoalRecord
    from callboard.actors.ports import Follower
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact

_PASSED_OVER = (*OF_THE_DAY, LearningKept)
LARGEST_BATCH = 4_096
"""Facts of one commit."""
AGAIN = 0.5
"""Seconds after which a batch that could not be written is tried again."""


class _Entry(NamedTuple):
    facts: tuple[Fact, ...]
    kept: Callable[[], None] | None


def _reader(store: Store) -> Store:
    """A second look at the file, beside whoever writes it.

    Its log was checked when *store* opened it; while that writes it would look damaged.
    """
    return Store(store.path, reading=True, trusting=True)


def _nothing(_: JournalError | None) -> None:
    """Nobody wants to know."""


class SqliteJournal:
    """Keeps facts in a file; see `callboard.runtime.journal.store`.

    Args:
        path: Of the file; it is made where there is none.
        now: Seconds since the epoch, for the record of who opened it.

    Attributes:
        boot: How many times it has been opened, this one included.
        last: When its last fact of earlier runs happened; 0.0 if it holds none.
        torn: Bytes of a commit that was cut off on opening; see `Store`.
        commits: Seconds that each commit took, until it was safe.

    Raises:
        JournalError: It cannot be opened; see `Store`.
    """

    lasting = True

    def __init__(self, path: str | os.PathLike[str], now: float) -> None:
        self._store = Store(path)
        try:
            self.last, self.torn = self._store.latest(), self._store.torn
            self.boot = self._store.boot(max(now, self.last))
            self._begun = self._store.boundary = self._store.count + 1
        except BaseException:
            self._store.close()
            raise
        self._blocked: Callable[[JournalError | None], None] = _nothing
        self._lost: Callable[[JournalError], None] = _nothing
        self._waiting: deque[_Entry] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._asleep = False  # whether the writer waits to be told that there is something
        self._file = threading.Lock()
        self._looking = threading.Lock()
        self._reader: Store | None = None
        self._tidying: Iterator[None] | None = None
        self._carried: tuple[Fact, ...] | None = None
        self._trouble: JournalError | None = None
        self._followers: tuple[Follower, ...] = ()
        self.commits = Histogram()
        self._closing = False
        self._over = self._abandoned = False
        self._thread = threading.Thread(
            target=self._write_all, name="callboard-journal", daemon=True
        )
        self._thread.start()

    @property
    def trouble(self) -> JournalError | None:
        """Why nothing can be written now, if so."""
        return self._trouble

    def watch(
        self,
        blocked: Callable[[JournalError | None], None],
        lost: Callable[[JournalError], None],
    ) -> None:
        """Call these on the writer's thread.

        Args:
            blocked: With why nothing can be written, and with None when it can be again.
            lost: When nothing ever will be.
        """
        self._blocked, self._lost = blocked, lost

    @property
    def unwritten(self) -> int:
        """Facts that wait to be written; once it is closed, those that never were."""
        with self._changed:
            return sum(len(entry.facts) for entry in self._waiting)

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts* in their order; call *kept* on the writer's thread once they are safe.

        Raises:
            RuntimeClosed: The journal is closed.
        """
        with self._lock:
            if self._closing:
                raise RuntimeClosed
            self._waiting.append(_Entry(tuple(facts), kept))
            if self._asleep:
                self._asleep = False
                self._changed.notify()

    def history(self) -> Iterator[Fact]:
        """All facts that are kept, in order, of whatever run.

        Raises:
            JournalError: The file cannot be read.
        """
        yield from self._since(1)

    def replay(self) -> Iterator[Fact]:
        """The facts that the state of now follows from, in order.

        Of goals that had ended when the journal was opened there are none: what such a
        journal takes to open depends on what is open, not on all that ever was.

        Raises:
            JournalError: The file cannot be read.
        """
        if self._carried is None:
            self._carried = tuple(self._carry())
        with self._reading() as store:
            compacted = {entry.id for entry in store.ledger.compacted_since(self._begun)}
        yield from (fact for fact in self._carried if fact.goal_id not in compacted)
        yield from self._since(self._begun)

    def _carry(self) -> Iterator[Fact]:
        """What earlier runs have left to be done, and what they have taught."""
        with contextlib.closing(_reader(self._store)) as store:
            going_on = {"", *(entry.id for entry in store.ledger.open_before(self._begun))}
            lessons = Lessons()
            remains = Remains(lambda goal: goal not in going_on, self.last)
            for fact in remains.passing(lessons.heard(store.facts(until=self._begun - 1))):
                if not isinstance(fact, _PASSED_OVER):
                    yield fact
            yield from remains.left()
            yield from lessons.kept(self.last)

    def _since(self, number: int) -> Iterator[Fact]:
        """The facts from that one on, with those that wait to be written."""
        with contextlib.ExitStack() as stack:
            with self._file, self._changed:  # nothing is under way between file and queue
                waiting = tuple(self._waiting)
                store = stack.enter_context(contextlib.closing(self._snapshot()))
            yield from store.facts(number)
        for entry in waiting:
            yield from entry.facts

    def _snapshot(self) -> Store:
        """The file as it is now; the writer goes on meanwhile."""
        store = _reader(self._store)
        store.pin()
        return store

    def tidy(self, before: float) -> None:
        """Turn goals that ended before then into summaries, in between; see `compaction`.

        Args:
            before: Seconds since the epoch.
        """
        with self._changed:
            if self._tidying is None:
                self._tidying = iter(Compaction(self._store, before))
            self._changed.notify()

    # Looking things up

    def goal_of(self, key: str) -> GoalId | None:
        """The goal that was accepted with that idempotency key, in whatever run."""
        with self._reading() as store:
            entry = store.ledger.by_key(key)
        return None if entry is None else entry.id

    def goal(self, goal: GoalId) -> GoalRecord | None:
        """A goal of whatever run, as it stands; None where there is none.

        Raises:
            JournalError: The file cannot be read.
        """
        with self._reading() as store:
            entry = store.ledger.by_id(goal)
            return None if entry is None else record_of(entry, store.facts_of(goal))

    def goals(self, wanted: Wanted, before: Place, limit: int) -> Sequence[GoalRecord]:
        """Goals of whatever run without their subtasks, the one accepted last at the front.

        Their context is not known here, so no text is found in it.

        Raises:
            JournalError: The file cannot be read.
        """
        states = wanted.states or frozenset(GoalStatus)
        with self._reading() as store:
            some = map(summary_of, store.ledger.before(before, states))
            return list(islice(filter(wanted.has, some), limit))

    def story(self, goal: GoalId) -> Sequence[Fact]:
        """All facts about a goal, in order; none where it was compacted.

        Raises:
            JournalError: The file cannot be read.
        """
        with self._reading() as store:
            return store.facts_of(goal)

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:
        """All facts about a subtask, in order; reads the whole file.

        Raises:
            JournalError: The file cannot be read.
        """
        return [fact for fact in self.history() if fact.subtask_id == subtask]

    # Following

    @property
    def count(self) -> int:
        """Position of the latest fact that is safe."""
        return self._store.count

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Show it on the writer's thread all that is committed from now on."""
        with self._lock:
            self._followers += (follower,)

        def leave() -> None:
            with self._lock:
                self._followers = tuple(f for f in self._followers if f is not follower)

        return leave

    def stretch(self, since: int) -> Stretch | None:
        """What one commit has written, or what compaction has left of several.

        Raises:
            JournalError: The file cannot be read.
        """
        with self._reading() as store:
            page = store.page_with(since)
            return None if page is None else Stretch(page.first, page.last, store.unpacked(page))

    @contextlib.contextmanager
    def _reading(self) -> Generator[Store]:
        """On a connection of its own, which stays: the writer goes on meanwhile."""
        with self._looking:
            if self._reader is None:
                self._reader = _reader(self._store)
            yield self._reader

    # The end

    def close(self, timeout: float | None = None) -> int:
        """Write what is left, if it can be, and let go of the file; harmless twice.

        A disk that does not answer is not waited for any longer than that. Then `trouble`
        says so, and the file is let go of when the disk answers, or the process ends.

        Args:
            timeout: Seconds; None waits for as long as it takes.

        Returns:
            How many facts could not be written: what waited for them was never acknowledged.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            self._abandoned = not self._over
        if self._abandoned:
            why = f"the disk has not answered for {timeout:g} seconds"
            self._trouble = JournalUnreachable(str(self._store.path), why)
        else:
            self._let_go()
        return self.unwritten

    def _let_go(self) -> None:
        with self._looking:
            if self._reader is not None:
                self._reader.close()
        self._store.close()

    # The writer

    def _write_all(self) -> None:
        try:
            self._write_until_closed()
        except BaseException as error:  # noqa: BLE001 - else all would wait for ever
            lost = JournalDamaged(str(self._store.path), f"its writer: {described(error)}")
            self._trouble = lost
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
            if self._trouble is not None and not self._closing:
                self._changed.wait(AGAIN)
            while not (self._waiting or self._closing or self._tidying):
                self._asleep = True
                self._changed.wait()
            return bool(self._waiting) or not self._closing

    def _tidy(self) -> None:
        """Compact a portion, unless there is trouble already."""
        if self._tidying is None or self._trouble is not None:
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
        before, self._trouble = self._trouble, error
        if type(before) is not type(error):
            self._blocked(error)

    def _give_up(self, error: JournalError) -> bool:
        """Whether trying again is in vain."""
        if isinstance(error, JournalDamaged) or self._store.gone:
            self._lost(error)
            return True
        return self._closing
