"""A process that does a job until it is done or dies: `python victim.py FOLDER SUBTASKS`.

What follows on its command line is the moment of its death; see `dying`. Its folder holds
the journal, the sink of its effects, and lists to which lines are only ever added: goals
whose acceptance was acknowledged, attempts that began, goals whose end was acknowledged,
and commits that were found torn.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.messages.values import Plan, Retry, Subtask
from callboard.runtime.config import Config
from callboard.runtime.journal.sqlite import SqliteJournal
from callboard.runtime.runtime import Runtime
from tests.runtime.durability.dying import Death, Moment

if TYPE_CHECKING:
    from callboard.runtime.executors.context import Context
    from callboard.runtime.executors.task import Task

_AGENTS = 4
_BREADTH = 7
"""A subtask waits for the one that stands so many places before it."""
_GOALS = 10


def main(folder: str, subtasks: str, *death: str) -> None:
    """Do what is left to do."""
    place = Path(folder)
    if death:
        Death(Moment.read(death))
    sink = Sink(place / "sink.db")

    def work(task: Task, ctx: Context) -> str:
        note(place / "begun", task.uuid)
        sink.put(ctx.once("effect").key, task.uuid)
        return task.name

    config = Config(keep_goals=None, retry=Retry(attempts=10))
    with Runtime.open(place / "work.db", config) as runtime:
        if isinstance(runtime.journal, SqliteJournal) and runtime.journal.torn:
            note(place / "torn", f"{runtime.journal.torn}")
        for number in range(_AGENTS):
            runtime.register(work, id=f"agent-{number}", skills=["general"])
        each = int(subtasks) // _GOALS
        goals = [runtime.submit(f"job {n}", plan=plan(n, each), key=f"{n}") for n in range(_GOALS)]
        for goal in goals:
            note(place / "accepted", goal.id)
        for goal in goals:
            goal.result(timeout=120)
            note(place / "ended", goal.id)


def plan(goal: int, size: int) -> Plan:
    """Some chains side by side."""
    uuids = [f"g{goal}-s{number}" for number in range(size)]
    before = [(), *[()] * (_BREADTH - 1), *((uuid,) for uuid in uuids)]
    steps = zip(uuids, before, strict=False)
    return Plan(subtasks=tuple(Subtask(uuid=u, name=u, dependencies=d) for u, d in steps))


def note(file: Path, line: str) -> None:
    """Add a line, whole or not at all."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


class Sink:
    """Takes each effect once, by its name."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS effect (name TEXT PRIMARY KEY, subtask TEXT)"
        )

    def put(self, name: str, subtask: str) -> None:
        """The effect."""
        with self._lock:
            self._base.execute("INSERT OR IGNORE INTO effect VALUES (?, ?)", (name, subtask))


if __name__ == "__main__":
    main(*sys.argv[1:])
