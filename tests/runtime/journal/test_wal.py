"""Reading SQLite's log beside SQLite, while somebody writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from callboard.runtime.journal.wal import Log, read_log


def test_a_log_that_is_cut_while_it_is_read_ends_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "work.db"
    log = tmp_path / "work.db-wal"
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (x)")
        base.execute("INSERT INTO t VALUES (1)")
        whole, before = read_log(path), log.stat()
        copy = log.read_bytes()
    path.unlink()
    log.write_bytes(copy[:32])  # a checkpoint came right after its size was looked at
    real = Path.stat

    def stat(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        return before if self == log else real(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    assert whole.committed > 0
    assert read_log(path) == Log(0, 0)
