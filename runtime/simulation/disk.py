"""A disk in memory: what stays when the process dies, and what of it is lost.

What is written stands in a cache until it is synced. When the process dies, the machine
with it, some bytes of what was not synced may be there all the same; the commit at which
they end is torn, and is cut off when the journal is opened again.

>>> from callboard.messages.facts import RuntimeResumed
>>> disk = Disk()
>>> journal = DiskJournal(disk, later=lambda seconds, call: None)
>>> journal.append([RuntimeResumed(at=1.0)], kept=None)
>>> disk.crash(0.5)
>>> again = DiskJournal(disk, later=lambda seconds, call: None)
>>> again.boot, list(again.history())
(2, [RuntimeResumed(at=1.0)])
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from callboard.actors.logic.board import Board
from callboard.actors.logic.lessons import taught_by
from callboard.actors.logic.pages import latest
from callboard.actors.logic.remains import Remains
from callboard.actors.logic.stretch import Stretch
from callboard.messages import facts
from callboard.messages.errors.journal import JournalError, JournalFull
from callboard.runtime.journal.compaction import OF_THE_DAY
from callboard.runtime.journal.pages import VERSION, Pages, checksum, dictionary, mentioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from callboard.actors.logic.pages import Place, Wanted
    from callboard.actors.logic.records import GoalRecord
    from callboard.actors.ports import Follower
    from callboard.messages.base import GoalId, SubtaskId
    from callboard.messages.facts import Fact

AGAIN = 0.5
"""Seconds after which a commit for which there was no room is tried again."""

_HEAD = struct.Struct(">II")
_PATH = "simulated.db"
_ENDS = (facts.GoalCompleted, facts.GoalFailed, facts.GoalCancelled)


class Disk:
    """Bytes that outlive the process.

    Args:
        sync: Seconds that a sync takes; 0 for none.
        vary: Draws by which part of that each one is quicker, in [0, 1); None for none.

    Attributes:
        boots: How many times it was opened.
        full: There is no room for more.
        slow: Seconds that each sync takes more.
        cut: Bytes of torn commits that were cut off so far.
    """

    def __init__(self, sync: float = 0.0, vary: Callable[[], float] | None = None) -> None:
        self.boots = 0
        self.full = False
        self.slow = 0.0
        self.cut = 0
        self._sync = sync
        self._vary = vary
        self._bytes = bytearray()
        self._safe = 0
        self._pages = Pages(dictionary())

    @property
    def unsynced(self) -> int:
        """Bytes that a crash may take."""
        return len(self._bytes) - self._safe

    def delay(self) -> float:
        """Seconds that the next sync takes."""
        quicker = self._vary() if self._vary is not None and self._sync else 0.0
        return self._sync * (1.0 - quicker) + self.slow

    def write(self, told: Sequence[Fact]) -> None:
        """Write a commit; it is not safe yet.

        Raises:
            JournalFull: There is no room.
        """
        if self.full:
            raise JournalFull(_PATH, "the disk is full")
        body = self._pages.pack(told)
        self._bytes += _HEAD.pack(len(body), checksum(body)) + body

    def sync(self) -> None:
        """All that was written is safe."""
        self._safe = len(self._bytes)

    def crash(self, part: float = 0.0) -> None:
        """Lose what is not safe, but for so large a *part* of it, in [0, 1], at its beginning."""
        del self._bytes[self._safe + int(part * self.unsynced) :]

    def open(self) -> list[Fact]:
        """All facts that are there, for another life; a torn commit is cut off."""
        self.boots += 1
        found: list[Fact] = []
        end = 0
        for told, after in self._commits():
            found += told
            end = after
        self.cut += len(self._bytes) - end
        del self._bytes[end:]
        self.sync()
        return found

    def _commits(self) -> Iterator[tuple[Sequence[Fact], int]]:
        """Each whole commit, and where it ends."""
        begin = 0
        while len(self._bytes) - begin >= _HEAD.size:
            size, summed = _HEAD.unpack_from(self._bytes, begin)
            body = bytes(self._bytes[begin + _HEAD.size : begin + _HEAD.size + size])
            if len(body) < size or checksum(body) != summed:
                return
            begin += _HEAD.size + size
            yield self._pages.unpack(body, VERSION), begin


class _Entry(NamedTuple):
    facts: tuple[Fact, ...]
    kept: Callable[[], None] | None


def _nothing(_: JournalError | None) -> None:
    """Nobody wants to know."""


class DiskJournal:
    """The journal of one life of a process, on a `Disk`; a commit is what came meanwhile.

    As `callboard.runtime.journal.sqlite.SqliteJournal`, but on the one thread there is:
    it says that facts are safe out of the turn of whoever handed them over, unless the
    disk takes no time.

    Args:
        disk: Holds what earlier lives have left.
        later: Calls back in so many seconds, unless the process dies before.

    Attributes:
        boot: How many times the disk was opened, this time included.
        found: The facts that were there.
    """

    lasting = True

    def __init__(
        self,
        disk: Disk,
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self.found: tuple[Fact, ...] = tuple(disk.open())
        self.boot = disk.boots
        self._disk = disk
        self._later = later
        self._told = list(self.found)
        self._carried = _carried(self.found)
        self._waiting: list[_Entry] = []
        self._flying: list[_Entry] = []
        self._busy = False
        self._trouble: JournalError | None = None
        self._followers: tuple[Follower, ...] = ()
        self._blocked: Callable[[JournalError | None], None] = _nothing

    @property
    def trouble(self) -> JournalError | None:
        """Why nothing can be written now, if so."""
        return self._trouble

    @property
    def settled(self) -> bool:
        """Whether all that was appended is safe, and everybody was told so."""
        return not (self._waiting or self._busy)

    def watch(
        self,
        blocked: Callable[[JournalError | None], None],
        lost: Callable[[JournalError], None],  # noqa: ARG002 - there is always hope
    ) -> None:
        """See `callboard.actors.ports.Journal`."""
        self._blocked = blocked

    def append(self, facts: Sequence[Fact], kept: Callable[[], None] | None) -> None:
        """Keep *facts* in their order; call *kept* once they are safe."""
        self._told.extend(facts)
        self._waiting.append(_Entry(tuple(facts), kept))
        if not self._busy:
            self._begin()

    # The writer

    def _begin(self) -> None:
        """Write all that waits as one commit, as soon as there is room."""
        while self._waiting and not self._busy:
            try:
                self._disk.write([fact for entry in self._waiting for fact in entry.facts])
            except JournalFull as full:
                self._busy = True
                self._later(AGAIN, self._again)
                self._say(full)
                return
            self._flying, self._waiting = self._waiting, []
            self._busy = True
            delay = self._disk.delay()
            if delay:
                self._later(delay, self._synced)
                return
            self._settle()

    def _again(self) -> None:
        self._busy = False
        self._begin()

    def _synced(self) -> None:
        self._settle()
        self._begin()

    def _settle(self) -> None:
        """The commit is safe: say so, in order; who hears it may have more to be kept."""
        self._disk.sync()
        self._say(None)
        first = self.count + 1
        flying, self._flying = self._flying, []
        for follower in self._followers:
            follower(first, [fact for entry in flying for fact in entry.facts])
        for entry in flying:
            if entry.kept is not None:
                entry.kept()
        self._busy = False

    def _say(self, error: JournalError | None) -> None:
        before, self._trouble = self._trouble, error
        if type(before) is not type(error):
            self._blocked(error)

    # Reading

    def history(self) -> Iterator[Fact]:
        """All facts, in order, of whatever life; those that are not safe yet among them."""
        return iter(tuple(self._told))

    def replay(self) -> Iterator[Fact]:
        """See `callboard.actors.ports.Journal`."""
        yield from self._carried
        yield from self._told[len(self.found) :]

    def tidy(self, before: float) -> None:
        """It keeps everything."""

    def goal_of(self, key: str) -> GoalId | None:
        """The goal that was accepted with that idempotency key, in whatever life."""
        accepted = (fact.goal for fact in self._told if isinstance(fact, facts.GoalAccepted))
        return next((goal.id for goal in accepted if goal.key == key), None)

    def goal(self, goal: GoalId) -> GoalRecord | None:
        """A goal of whatever life, as it stands; None where there is none."""
        board = Board()
        for fact in self.story(goal):
            board.apply(fact)
        return board.goals.get(goal)

    def goals(self, wanted: Wanted, before: Place, limit: int) -> Sequence[GoalRecord]:
        """Goals of whatever life, the one that was accepted last at the front."""
        accepted = (fact.goal.id for fact in self._told if isinstance(fact, facts.GoalAccepted))
        found = (record for record in map(self.goal, accepted) if record is not None)
        return latest(found, wanted, before=before, limit=limit)

    def story(self, goal: GoalId) -> Sequence[Fact]:
        """All facts about a goal, in order."""
        return [fact for fact in self._told if fact.goal_id == goal]

    def subtask_story(self, subtask: SubtaskId) -> Sequence[Fact]:
        """All facts about a subtask, in order."""
        return [fact for fact in self._told if fact.subtask_id == subtask]

    def mentions(self, subtask: SubtaskId) -> bool:
        """Whether any fact names a subtask."""
        return mentioned(subtask, self._told)

    commits = None

    @property
    def count(self) -> int:
        """Position of the latest fact that is safe."""
        unsafe = sum(len(entry.facts) for entry in (*self._waiting, *self._flying))
        return len(self._told) - unsafe

    def follow(self, follower: Follower) -> Callable[[], None]:
        """See `callboard.actors.ports.Journal`."""
        self._followers += (follower,)

        def leave() -> None:
            self._followers = tuple(f for f in self._followers if f is not follower)

        return leave

    def stretch(self, since: int) -> Stretch | None:
        """All that is safe from that position on."""
        facts = self._told[since - 1 : self.count]
        return Stretch(since, self.count, facts) if facts else None

    def close(self, timeout: float | None = None) -> int:  # noqa: ARG002 - it answers at once
        """Write what is left, if there is room; how many facts there was none for."""
        if self._flying:
            self._settle()
        self._busy = False
        while self._waiting and not self._disk.full:
            self._disk.write([fact for entry in self._waiting for fact in entry.facts])
            self._flying, self._waiting = self._waiting, []
            self._settle()
        return sum(len(entry.facts) for entry in self._waiting)


def _carried(found: Sequence[Fact]) -> tuple[Fact, ...]:
    """What earlier lives have left to be done: nothing of goals that have ended."""
    over = {fact.goal_id for fact in found if isinstance(fact, _ENDS)}
    remains = Remains(over.__contains__, max((fact.at for fact in found), default=0.0))
    left = [fact for fact in remains.passing(found) if not isinstance(fact, OF_THE_DAY)]
    return (*left, *remains.left(), *taught_by(found))
