"""The file of a journal: what stands in it, who may open it, what may be wrong with it.

An SQLite database in WAL mode with synchronous=FULL: what was committed survives a
power cut. Its tables: `about` (the format), `boot` (who has opened it), `page` (the
facts, those of one commit in a row; see `pages`), `goal` (see `ledger`). A second,
empty database beside it, held locked for as long as it is open, keeps a second process
out; readers are welcome.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalForeign,
    JournalNewer,
    JournalUnreachable,
)
from callboard.messages.facts import RuntimeStarted
from callboard.runtime.journal import ledger
from callboard.runtime.journal.explaining import explained
from callboard.runtime.journal.ledger import Kept, Ledger
from callboard.runtime.journal.pages import VERSION, Pages, checksum, dictionary, sought
from callboard.runtime.journal.place import check_log, check_place, connect, take_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from callboard.messages.base import GoalId
    from callboard.messages.facts import Fact
    from callboard.messages.unions import AnyFact

T = TypeVar("T")

MARK = 0x43414C4C
"""`application_id` of our files."""

FORMAT = 1
"""`user_version`: of the tables."""

_SCHEMA = f"""
PRAGMA application_id = {MARK};
PRAGMA user_version = {FORMAT};
CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE boot (number INTEGER PRIMARY KEY, at REAL NOT NULL, pid INTEGER NOT NULL);
CREATE TABLE page (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, held INTEGER NOT NULL,
    earliest REAL NOT NULL, latest REAL NOT NULL, version INTEGER NOT NULL,
    sum INTEGER NOT NULL, body BLOB NOT NULL
);
{ledger.SCHEMA}
"""
_LAST = 2**62
"""No fact has so high a number."""
_CHECKPOINT = 4_000
"""Pages of the write-ahead log after which it is written into the file."""


class Page(NamedTuple):
    """A row of facts.

    Attributes:
        first: Number of its first fact; they count from 1.
        last: Number of its last fact.
        held: Facts that it holds; compaction has dropped the others.
        earliest: When the first one happened, seconds since the epoch.
        latest: When the last one happened.
    """

    first: int
    last: int
    held: int
    earliest: float
    latest: float
    version: int
    sum: int
    body: bytes


class Store:
    """An open journal file; for one thread at a time.

    Args:
        path: Of the file; it is made where there is none.
        reading: Only look at it: a process that writes may have it open.
        trusting: Take a log that is damaged as far as SQLite takes it.

    Attributes:
        path: As it was given, absolute.
        gone: The file that we have open is not the one that the path names any more.
        ledger: Its goals.
        boundary: Number of a fact that begins a row for as long as it is open.
        torn: Bytes of a commit that was under way when the last writer died; they were
            never acknowledged, and are cut off.

    Raises:
        JournalInUse: A process has it open for writing.
        JournalForeign: The file holds something else.
        JournalNewer: A newer version wrote it.
        JournalDamaged: It cannot be read.
        JournalUnreachable: It cannot be opened: no such folder, no permission.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, reading: bool = False, trusting: bool = False
    ) -> None:
        self.path = Path(path).absolute()
        self._lock: sqlite3.Connection | None = None
        self._next = 1
        self._identity: tuple[int, int] | None = None
        self.gone = False
        self.torn = 0
        self.boundary = 0
        check_place(self.path, MARK, reading=reading)
        if not reading:
            self._lock = take_lock(self.path)
        try:
            if not trusting:
                self.torn = check_log(self.path)
            self._open(reading=reading)
        except BaseException:
            self._let_go()
            raise

    def _open(self, *, reading: bool) -> None:
        with explained(self.path):
            self._base = connect(self.path, reading=reading)
            self._begin(reading=reading)

    def _begin(self, *, reading: bool) -> None:
        mark, version = self._pragma("application_id"), self._pragma("user_version")
        tables = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (mark, version, tables) == (0, 0, 0) and not reading:
            self._create()
        elif mark != MARK:
            raise JournalForeign(str(self.path), "this is no journal of Callboard")
        elif version > FORMAT:
            raise self._newer(f"its format is {version}", FORMAT)
        if not reading:
            self._harden()
        self._pages = Pages(self._dictionary())
        self.ledger = Ledger(self._base, self.path)
        last = self._base.execute("SELECT max(last) FROM page").fetchone()[0]
        self._next = (last or 0) + 1
        stat = self.path.stat()
        self._identity = (stat.st_dev, stat.st_ino)

    def _dictionary(self) -> bytes:
        """With which its pages are packed: one that is damaged would change facts unseen."""
        about = dict(self._base.execute("SELECT name, value FROM about").fetchall())
        if "dictionary" not in about and "dictionary copy" not in about:
            raise JournalDamaged(str(self.path), "its dictionary is missing")
        kept = [about[name] for name in ("dictionary", "dictionary copy") if name in about]
        alike = len(set(kept)) == 1  # also where a file of before has only one
        wanted = about.get("dictionary sum")
        found = next((one for one in kept if alike or _sum(one) == wanted), None)
        if found is None:
            raise JournalDamaged(str(self.path), "its dictionary is not what was written")
        return bytes(found)

    def _newer(self, what: str, known: int) -> JournalNewer:
        return JournalNewer(
            str(self.path), f"a newer Callboard wrote it ({what}, this one knows {known})"
        )

    def _create(self) -> None:
        self._base.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before there is any table
        self._base.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        words = dictionary()
        rows = {"dictionary": words, "dictionary copy": words, "dictionary sum": _sum(words)}
        self._base.executemany("INSERT INTO about VALUES (?, ?)", rows.items())
        self._base.execute("COMMIT")

    def _harden(self) -> None:
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        self._base.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")

    def _pragma(self, name: str) -> int:
        found: int = self._base.execute(f"PRAGMA {name}").fetchone()[0]
        return found

    # Writing

    def boot(self, at: float) -> int:
        """Note that it was opened; how many times it has been, this one included."""
        with explained(self.path):
            cursor = self._base.execute(
                "INSERT INTO boot (at, pid) VALUES (?, ?)", (at, os.getpid())
            )
        number = cursor.lastrowid
        assert number is not None  # noqa: S101 - it was just inserted
        return number

    def write(self, facts: Sequence[Fact]) -> None:
        """Commit these facts; when it returns they survive a power cut.

        Raises:
            JournalFull: There is no room; nothing was written.
            JournalUnreachable: The file has vanished, or cannot be written.
        """
        self.check_there()
        first, last = self._next, self._next + len(facts) - 1
        if self.ledger.concerns(facts):
            with self.changing():
                self._insert(first, last, facts)
                self.ledger.note(facts, first)
        else:
            # A statement by itself is a transaction by itself. The interpreter's lock is
            # given up for each, and while others compute it takes 5 ms to come back.
            with explained(self.path):
                self._insert(first, last, facts)
        self._next += len(facts)

    def _insert(self, first: int, last: int, facts: Sequence[Fact]) -> None:
        body = self._pages.pack(facts)
        times = [fact.at for fact in facts] or [0.0]
        page = Page(first, last, len(facts), min(times), max(times), VERSION, checksum(body), body)
        self._base.execute("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?)", page)

    def check_there(self) -> None:
        """The file that we write is the one that the path names.

        Raises:
            JournalUnreachable: It has vanished, or was replaced: what we write is lost
                when we end.
        """
        try:
            stat = self.path.stat()
        except OSError as error:
            self.gone = True
            why = f"the file has vanished ({error.strerror})"
            raise JournalUnreachable(str(self.path), why) from None
        if (stat.st_dev, stat.st_ino) != self._identity:
            self.gone = True
            raise JournalUnreachable(str(self.path), "another file has taken its place")

    @contextlib.contextmanager
    def changing(self) -> Generator[None]:
        """One transaction: all of it is written, or nothing."""
        with explained(self.path):
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                raise

    # Rewriting

    def portion(self, since: int, facts: int) -> list[Page]:
        """Rows from that fact on, of about so many facts."""
        found: list[Page] = []
        for page in self.pages(since):
            found.append(page)
            facts -= page.last - page.first + 1
            if facts <= 0:
                break
        return found

    def replace(self, group: Sequence[Page], facts: Sequence[Fact]) -> None:
        """Put one row with *facts* in the place of neighbouring ones."""
        first, last = group[0].first, group[-1].last
        self._base.execute("DELETE FROM page WHERE first BETWEEN ? AND ?", (first, last))
        self._insert(first, last, facts)

    def shrink(self) -> None:
        """Give back to the disk what is not needed any more."""
        with explained(self.path):
            # As a script: a cursor would stop after the first page that it frees.
            self._base.executescript("PRAGMA incremental_vacuum")
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # Reading

    def pin(self) -> None:
        """See the file as it is now, whatever is written from now on."""
        with explained(self.path):
            self._base.execute("BEGIN")
            self._base.execute("SELECT 1 FROM page LIMIT 1").fetchone()

    @property
    def count(self) -> int:
        """How many facts were ever written."""
        return self._next - 1

    def latest(self) -> float:
        """When the last fact happened; 0.0 if there is none."""
        with explained(self.path):
            found = self._base.execute("SELECT max(latest) FROM page").fetchone()[0]
        return found or 0.0

    def last_boot(self) -> int:
        """Number of the fact that says when it was last opened again; 0 where none does."""
        for page in self._rows("ORDER BY first DESC"):
            for fact in reversed(self.unpacked(page)):
                if isinstance(fact, RuntimeStarted):
                    return page.first
        return 0

    def pages(self, since: int = 1, until: int = _LAST) -> Iterator[Page]:
        """The rows with the facts of these numbers, in order."""
        return self._rows("WHERE last >= ? AND first <= ? ORDER BY first", since, until)

    def page_with(self, number: int) -> Page | None:
        """The row that holds that fact, or the first one after it; None behind the last."""
        with explained(self.path):
            found = self._base.execute("SELECT max(first) FROM page WHERE first <= ?", (number,))
            first = found.fetchone()[0] or 0
        rows = self._rows("WHERE first >= ? ORDER BY first LIMIT 2", first)
        return next((page for page in rows if page.last >= number), None)

    def _rows(self, which: str, *values: int) -> Iterator[Page]:
        with explained(self.path):
            rows = self._base.execute(f"SELECT * FROM page {which}", values)  # noqa: S608 - ours
            for row in rows:
                yield _checked(row)

    def facts(self, since: int = 1, until: int = _LAST) -> Iterator[AnyFact]:
        """All facts in order, from the one with that number up to that other one.

        A row is read whole, so *since* must begin one, and *until* end one.

        Those of goals that are being compacted are left out.

        Raises:
            JournalDamaged: A page cannot be read back, or one is missing.
            JournalNewer: A newer version wrote one.
        """
        going = {entry.id for entry in self.ledger.going()}
        for page in self._whole(since, until):
            found = self.unpacked(page)
            yield from [f for f in found if f.goal_id not in going] if going else found

    def mentions(self, text: str) -> bool:
        """Whether a fact may say that text as a whole, an id for one; none is decoded.

        Raises:
            JournalDamaged: As `facts`.
            JournalNewer: As `facts`.
        """
        wanted = sought(text)

        def found(body: bytes, _: int) -> bool:
            return self._pages.mention(wanted, body)

        return any(self._read(page, found) for page in self._whole())

    def _whole(self, since: int = 1, until: int = _LAST) -> Iterator[Page]:
        """The rows with the facts of these numbers, of which none is missing."""
        expected = since
        for page in self.pages(since, until):
            if page.first != expected:
                missing = f"facts {expected} to {page.first - 1} are missing"
                raise JournalDamaged(str(self.path), missing)
            expected = page.last + 1
            yield page

    def facts_of(self, goal: GoalId) -> list[AnyFact]:
        """What the file still holds of a goal, in order; [] where it knows none."""
        entry = self.ledger.by_id(goal)
        if entry is None or entry.kept is not Kept.ALL:
            return []
        pages = self.pages(entry.first, entry.last or _LAST)
        return [fact for page in pages for fact in self.unpacked(page) if fact.goal_id == goal]

    def unpacked(self, page: Page) -> list[AnyFact]:
        """The facts of a row.

        Raises:
            JournalDamaged: They are not what was written.
            JournalNewer: A newer version wrote them.
        """
        return self._read(page, self._pages.unpack)

    def _read(self, page: Page, read: Callable[[bytes, int], T]) -> T:
        where = f"facts {page.first} to {page.last}"
        if page.version > VERSION:
            raise self._newer(f"{where} have version {page.version}", VERSION)
        if checksum(page.body) != page.sum:
            raise JournalDamaged(str(self.path), f"{where} are not what was written")
        try:
            return read(page.body, page.version)
        except ValueError as error:
            raise JournalDamaged(str(self.path), f"{where} cannot be read: {error}") from None

    def misnumbered(self, page: Page) -> list[AnyFact] | None:
        """The facts of a row of a newer version, if nothing in it is newer; else None."""
        if checksum(page.body) != page.sum:
            return None
        try:
            return self._pages.unpack_whole(page.body)
        except ValueError:
            return None

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; "ok" where it finds nothing."""
        with explained(self.path):
            return [row[0] for row in self._base.execute("PRAGMA quick_check")]

    # The end

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._base.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.close()


def _checked(row: tuple[object, ...]) -> Page:
    """A row as we would have written it.

    Raises:
        ValueError: It cannot be one.
    """
    first, last, held, earliest, latest, version, summed, body = row
    match first, last, held, earliest, latest, version, summed, body:
        case int(), int(), int(), float(), float(), int(), int(), bytes():
            return Page(first, last, held, earliest, latest, version, summed, body)
        case _:
            raise ValueError(f"row {first} holds no page")


def _sum(dictionary: bytes) -> bytes:
    return checksum(dictionary).to_bytes(4, "big")
