"""The journal's file: what it keeps, whom it lets in, and what is said when it is ill."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalError,
    JournalForeign,
    JournalInUse,
    JournalNewer,
    JournalUnreachable,
)
from callboard.messages.facts import SubtaskQueued
from callboard.runtime.journal.ledger import Kept
from callboard.runtime.journal.store import Store
from tests.runtime.journal.stories import done, story

if TYPE_CHECKING:
    from pathlib import Path

    from callboard.messages.facts import Fact


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.db"


def written(path: Path, *batches: list[Fact]) -> list[Fact]:
    with closing(Store(path)) as store:
        for batch in batches:
            store.write(batch)
    return [fact for batch in batches for fact in batch]


def read(path: Path) -> list[Fact]:
    with closing(Store(path, reading=True)) as store:
        return list(store.facts())


# What it keeps


def test_what_was_written_is_read_again_in_order(path: Path) -> None:
    told = written(path, story("g1"), story("g2", at=10.0))
    assert read(path) == told


def test_writing_goes_on_where_it_ended(path: Path) -> None:
    told = written(path, story("g1")) + written(path, story("g2"))
    assert read(path) == told


def test_what_is_about_no_goal_is_written_by_one_statement(path: Path) -> None:
    queued = SubtaskQueued(at=2.0, goal="g1", subtask="s1")
    statements: list[str] = []
    with closing(Store(path)) as store:
        store.write(story("g1"))
        base = store._base  # pyright: ignore[reportPrivateUsage] - what it is told is counted
        base.set_trace_callback(statements.append)
        store.write([queued, queued])
    assert [statement.partition(" ")[0] for statement in statements] == ["INSERT"]
    assert read(path) == [*story("g1"), queued, queued]


def test_each_opening_counts(path: Path) -> None:
    numbers: list[int] = []
    for at in (1.0, 2.0, 3.0):
        with closing(Store(path)) as store:
            numbers.append(store.boot(at))
    assert numbers == [1, 2, 3]


def test_a_reader_may_look_while_somebody_writes(path: Path) -> None:
    with closing(Store(path)) as store:
        store.write(story("g1"))
        assert read(path) == story("g1")
        store.write(story("g2"))


def test_a_goal_is_found_by_its_id_and_its_key(path: Path) -> None:
    written(path, story("g1", key="invoice 7"), story("g2"))
    with closing(Store(path, reading=True)) as store:
        entry = store.ledger.by_key("invoice 7")
        assert entry is not None
        assert (entry.id, entry.status, entry.subtasks, entry.kept) == (
            "g1", "completed", 3, Kept.ALL,
        )  # fmt: skip
        assert store.ledger.by_id("g1") == entry
        assert store.ledger.by_key("") is None
        assert [entry.id for entry in store.ledger.all()] == ["g1", "g2"]


def test_a_goal_is_read_without_the_others(path: Path) -> None:
    mixed = [fact for pair in zip(story("g1"), story("g2"), strict=True) for fact in pair]
    written(path, mixed[:7], mixed[7:20], mixed[20:])
    with closing(Store(path, reading=True)) as store:
        assert store.facts_of("g2") == story("g2")
        assert store.facts_of("g3") == []


# Whom it lets in


def test_a_second_writer_is_turned_away(path: Path) -> None:
    with closing(Store(path)), pytest.raises(JournalInUse, match="another process has it open"):
        Store(path)
    Store(path).close()


def test_another_process_is_turned_away(path: Path) -> None:
    code = (
        "import sys; from callboard.runtime.journal.store import Store\n"
        "try: Store(sys.argv[1])\nexcept Exception as error: print(type(error).__name__)"
    )
    with closing(Store(path)):
        ran = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
        )
    assert ran.stdout.strip() == "JournalInUse"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalUnreachable, match=r"there is no folder .*nowhere"):
        Store(tmp_path / "nowhere" / "work.db")


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalForeign, match="this is a folder"):
        Store(tmp_path)


def test_a_reader_makes_no_file(path: Path) -> None:
    with pytest.raises(JournalUnreachable, match="no such file"):
        Store(path, reading=True)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("part", ["file", "folder"])
def test_what_may_not_be_written_is_said(path: Path, part: str) -> None:
    written(path, story("g"))
    locked = path if part == "file" else path.parent
    mode = locked.stat().st_mode
    locked.chmod(0o500 if part == "folder" else 0o400)
    try:
        with pytest.raises(JournalUnreachable, match="may not be written"):
            Store(path)
    finally:
        locked.chmod(mode)


# When it is ill


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 100, b"SQLite format 3\0" + b"x" * 200])
def test_a_foreign_file_is_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises((JournalForeign, JournalDamaged), match=r"work\.db"):
        Store(path)
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == ["work.db"]


def test_another_programs_database_is_left_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(JournalForeign, match="no journal of Callboard"):
        Store(path)
    assert path.read_bytes() == before


def test_a_newer_format_is_refused(path: Path) -> None:
    written(path, story("g"))
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalNewer, match="newer Callboard wrote it"):
        Store(path)


def test_newer_facts_are_refused(path: Path) -> None:
    written(path, story("g"))
    with closing(sqlite3.connect(path)) as base:
        base.execute("UPDATE page SET version = 99")
        base.commit()
    with pytest.raises(JournalNewer, match="facts 1 to 15 have version 99"):
        read(path)


def test_a_flipped_byte_in_a_page_is_noticed(path: Path) -> None:
    written(path, story("g1"), story("g2"))
    with closing(sqlite3.connect(path)) as base:
        body = bytearray(base.execute("SELECT body FROM page WHERE first = 16").fetchone()[0])
        body[20] ^= 1
        base.execute("UPDATE page SET body = ? WHERE first = 16", (bytes(body),))
        base.commit()
    with pytest.raises(JournalDamaged, match="facts 16 to 30 are not what was written"):
        read(path)


def test_a_page_that_is_missing_is_noticed(path: Path) -> None:
    written(path, story("g1"), story("g2"), story("g3"))
    with closing(sqlite3.connect(path)) as base:
        base.execute("DELETE FROM page WHERE first = 16")
        base.commit()
    with pytest.raises(JournalDamaged, match="facts 16 to 30 are missing"):
        read(path)


def test_a_truncated_file_is_never_taken_for_whole(path: Path) -> None:
    told = written(path, *(story(f"g{n}", subtasks=40) for n in range(20)))
    whole = path.read_bytes()
    for length in range(0, len(whole), 4096 * 2 + 1000):
        path.write_bytes(whole[:length])
        try:
            with closing(Store(path)) as store:
                found = list(store.facts())
        except JournalError:
            continue
        assert found == (told if length else [])


def crashed(path: Path, copy: Path, *batches: list[Fact]) -> None:
    """Files as a process leaves them that dies in the middle."""
    with closing(Store(path)) as store:
        for batch in batches:
            store.write(batch)
        for name in (path.name, path.name + "-wal"):
            shutil.copy(path.with_name(name), copy / name)


def test_a_commit_that_was_torn_is_cut_and_told(path: Path, tmp_path: Path) -> None:
    crash = tmp_path / "crash"
    crash.mkdir()
    crashed(path, crash, story("g1"), story("g2", subtasks=60))
    log = crash / "work.db-wal"
    log.write_bytes(log.read_bytes()[:-2000])
    with closing(Store(crash / "work.db")) as store:
        assert list(store.facts()) == story("g1")
        assert store.torn > 0


def test_every_torn_log_is_a_prefix_of_what_was_written(path: Path, tmp_path: Path) -> None:
    crash = tmp_path / "crash"
    crash.mkdir()
    batches = [story(f"g{n}", at=float(n)) for n in range(6)]
    crashed(path, crash, *batches)
    base, log = (crash / "work.db").read_bytes(), (crash / "work.db-wal").read_bytes()
    for length in range(len(log), 0, -1777):
        torn = tmp_path / f"torn-{length}"
        torn.mkdir()
        (torn / "work.db").write_bytes(base)
        (torn / "work.db-wal").write_bytes(log[:length])
        try:
            with closing(Store(torn / "work.db")) as store:
                found = list(store.facts())
        except JournalForeign:  # torn before it was made
            continue
        told = [fact for batch in batches for fact in batch]
        assert found == told[: len(found)]
        assert len(found) % len(batches[0]) == 0


def test_a_flipped_byte_in_the_log_is_no_silent_loss(path: Path, tmp_path: Path) -> None:
    crash = tmp_path / "crash"
    crash.mkdir()
    crashed(path, crash, story("g1"), story("g2"), story("g3"))
    log = crash / "work.db-wal"
    content = bytearray(log.read_bytes())
    content[len(content) // 2 + 100] ^= 1
    log.write_bytes(bytes(content))
    with pytest.raises(JournalDamaged, match=r"of its log work\.db-wal are not what was written"):
        Store(crash / "work.db")
    assert log.read_bytes() == bytes(content)


def test_a_file_that_vanishes_is_noticed_at_the_next_commit(path: Path) -> None:
    with closing(Store(path)) as store:
        store.write(story("g1"))
        path.unlink()
        with pytest.raises(JournalUnreachable, match="the file has vanished"):
            store.write(story("g2"))
        assert store.gone


def test_another_file_in_its_place_is_noticed(path: Path) -> None:
    with closing(Store(path)) as store:
        store.write(story("g1"))
        path.unlink()
        path.write_bytes(b"")
        with pytest.raises(JournalUnreachable, match="another file has taken its place"):
            store.write(story("g2"))


def test_a_batch_that_fails_leaves_nothing_behind(path: Path) -> None:
    with closing(Store(path)) as store:
        store.write(story("g1"))
        with pytest.raises(JournalError):
            store.write(done("g2", "s", 1, 1.0) + story("g1"))  # a goal accepted twice
        store.write(story("g2"))
        assert list(store.facts()) == story("g1") + story("g2")
