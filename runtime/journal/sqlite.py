"""The journal in a file: what it is told goes to its writer, what it is asked it looks up.

Actors hand over facts and go on; see `Writer`. Where nothing can be written, for want of
room, `trouble` says so, and whoever accepts work refuses it.
"""

from __future__ import annotations

import contextlib
import threading
from itertools import islice
from typing import TYPE_CHECKING

from callboard.actors.logic.lessons import Lessons
from callboard.actors.logic.records import GoalStatus
from callboard.actors.logic.remains import Remains
from callboard.actors.logic.stretch import Stretch
from callboard.messages.errors.journal import JournalError
from callboard.messages.facts import LearningKept
from callboard.runtime.journal.compaction import OF_THE_DAY, Compaction
from callboard.runtime.journal.pages import mentioned
from callboard.runtime.journal.past import record_of, summary_of
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.writer import Writer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterator, Sequence

    from callboard.actors.logic.pages import Place, Wanted
    from callboard.actors.logic.records import GoalRecord
    from callboard.actors.ports import Follower
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact

_PASSED_OVER = (*OF_THE_DAY, LearningKept)


def _reader(store: Store) -> Store:
    """A second look at the file, beside whoever writes it.

    Its log was checked when *store* opened it; while that writes it would look damaged.
    """
    return Store(store.path, reading=True, trusting=True)


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
        self._looking = threading.Lock()
        self._reader: Store | None = None
        self._carried: tuple[Fact, ...] | None = None
        self._writer = Writer(self._store, self._let_go)
        self.commits = self._writer.commits

    @property
    def trouble(self) -> JournalError | None:
        """Why nothing can be written now, if so."""
        return self._writer.trouble

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
        self._writer.watch(blocked, lost)

    @property
    def unwritten(self) -> int:
        """Facts that wait to be written; once it is closed, those that never were."""
        return self._writer.unwritten

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts* in their order; call *kept* on the writer's thread once they are safe.

        Raises:
            RuntimeClosed: The journal is closed.
        """
        self._writer.append(facts, kept)

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
        with self._writer.still() as waiting:
            store = self._snapshot()
        with contextlib.closing(store):
            yield from store.facts(number)
        for facts in waiting:
            yield from facts

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
        self._writer.tidy(Compaction(self._store, before))

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

    def mentions(self, subtask: SubtaskId) -> bool:
        """Whether any fact may name a subtask; goes through the file and decodes nothing.

        Raises:
            JournalError: The file cannot be read.
        """
        with self._writer.still() as waiting:
            store = self._snapshot()
        with contextlib.closing(store):
            return any(mentioned(subtask, facts) for facts in waiting) or store.mentions(subtask)

    # Following

    @property
    def count(self) -> int:
        """Position of the latest fact that is safe."""
        return self._store.count

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Show it on the writer's thread all that is committed from now on."""
        return self._writer.follow(follower)

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
        return self._writer.close(timeout)

    def _let_go(self) -> None:
        with self._looking:
            if self._reader is not None:
                self._reader.close()
        self._store.close()
