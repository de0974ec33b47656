"""SQLite's errors as ours."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from callboard.messages.errors.journal import (
    JournalDamaged,
    JournalError,
    JournalForeign,
    JournalFull,
    JournalUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextlib.contextmanager
def explained(path: Path) -> Generator[None]:
    """Within it, whatever is wrong with the file raises an error of ours.

    Raises:
        JournalError: Its class says what is wrong.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _error(str(path), error) from error
    except (ValueError, TypeError, OverflowError) as error:  # values that nobody wrote
        raise JournalDamaged(str(path), str(error)) from error


def _error(path: str, error: sqlite3.Error) -> JournalError:
    why = str(error)
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return JournalFull(path, f"no room is left ({why})")
        case sqlite3.SQLITE_NOTADB:
            return JournalForeign(path, "this is no journal of Callboard")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return JournalUnreachable(path, why)
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return JournalUnreachable(path, why)
        case _:  # malformed, or a statement that the tables of ours would take
            return JournalDamaged(path, why)
