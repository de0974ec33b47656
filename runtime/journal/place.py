"""Where a journal's file lies: may it be opened, is it one, is it whole, is it free?"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING

from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalForeign,
    JournalInUse,
    JournalUnreachable,
)
from callboard.runtime.journal.explaining import explained
from callboard.runtime.journal.wal import read_log, taken

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 72
"""Bytes of an SQLite file up to the end of its `application_id`."""
_BUSY = 5.0
"""Seconds that another connection may keep us waiting."""
_LOOKS = (0.0, 0.01, 0.1, 1.0)
"""Seconds before each look at a log."""


def check_place(path: Path, mark: int, *, reading: bool) -> None:
    """Make sure that the file can be opened, and leave no trace where it cannot.

    Args:
        path: Of the file.
        mark: `application_id` of our files.
        reading: It is only looked at.

    Raises:
        JournalUnreachable: There is no such folder or file, or no permission.
        JournalForeign: It is plainly something else.
    """
    folder = path.parent
    if not folder.is_dir():
        raise JournalUnreachable(str(path), f"there is no folder {folder}")
    if path.is_dir():
        raise JournalForeign(str(path), "this is a folder")
    if path.exists():
        _check_mark(path, mark)
        if not reading and not os.access(path, os.W_OK):
            raise JournalUnreachable(str(path), "the file may not be written")
    elif reading:
        check_there(path)
    if not reading and not os.access(folder, os.W_OK):
        raise JournalUnreachable(str(path), f"the folder {folder} may not be written")


def check_there(path: Path) -> None:
    """Make sure that there is one, where none is to be made.

    Raises:
        JournalUnreachable: There is none.
    """
    if not path.exists():
        raise JournalUnreachable(str(path), "there is no such file")


def _check_mark(path: Path, ours: int) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise JournalUnreachable(str(path), f"it cannot be read: {error}") from None
    mark = int.from_bytes(head[-4:])
    if head and not (head.startswith(b"SQLite format 3\0") and mark in (0, ours)):
        raise JournalForeign(str(path), "this is no journal of Callboard")


def take_lock(path: Path) -> sqlite3.Connection:
    """Keep others from writing for as long as this is open, or this process lives.

    Raises:
        JournalInUse: Somebody else has it.
        JournalUnreachable: There can be no lock.
    """
    lock = sqlite3.connect(
        f"{path}.lock", timeout=0.0, isolation_level=None, check_same_thread=False
    )
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise JournalUnreachable(str(path), f"its lock: {error}") from None
        why = "another process has it open, or another runtime of this one"
        raise JournalInUse(str(path), why) from None
    return lock


def connect(path: Path, *, reading: bool) -> sqlite3.Connection:
    """A connection that begins no transaction by itself, for one thread at a time."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode={'ro' if reading else 'rwc'}",
        uri=True,
        timeout=_BUSY,
        isolation_level=None,
        check_same_thread=False,
    )


def check_log(path: Path) -> int:
    """Make sure that SQLite takes all commits of its log, before it may change anything.

    Somebody who writes just now is between the log and its index for a moment.

    Returns:
        Bytes at the end of a commit that was under way: it was never acknowledged.

    Raises:
        JournalDamaged: It would leave out commits that were whole.
    """
    lost = 0
    for pause in _LOOKS if path.exists() and path.stat().st_size else ():
        time.sleep(pause)
        log = read_log(path)
        lost = log.committed - _taken(path) if log.committed else 0
        if lost <= 0:
            return log.torn
    if lost > 0:
        why = f"{lost} pages of its log {path.name}-wal are not what was written"
        raise JournalDamaged(str(path), why)
    return 0


def _taken(path: Path) -> int:
    with explained(path), contextlib.closing(connect(path, reading=True)) as base:
        base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return taken(path)
