"""What it costs to lose nothing: no-ops, submissions and openings with a journal in a file.

no-ops    one goal of independent subtasks, with the journal in a file, beside a bare
          loop that writes the same facts to SQLite in the same batches, each with one
          durable commit; and beside a runtime without a file
submit    from the call to its return, on a runtime that is idle, beside one durable
          commit of the same facts by the bare loop, after the same pause
open      a journal of finished and of open subtasks: until the scheduler has all that
          are open
bytes     of the file, for each finished subtask

Rounds take turns; a figure is the median of all rounds, with the lowest and the highest.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from measure import describe, machine, options, publish, spread_of, table

from callboard.messages import facts
from callboard.messages.values import Goal, Lease, Payload, Plan, Subtask, Token
from callboard.runtime.config import Config
from callboard.runtime.executors.task import Task
from callboard.runtime.journal.store import Store
from callboard.runtime.logs import NAME
from callboard.runtime.runtime import Runtime

SLOTS = 8
"""Subtasks at once."""
SUBMITS = 40
"""Goals that are handed in one after the other, a round."""
PAUSE = 0.005
"""Seconds after each of them: a disk that has just written answers sooner."""
LONG = 600.0
_NOW = time.time()


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often everything has its turn.
        subtasks: No-ops of a round.
        finished: Subtasks that have ended, in the journal that is opened.
        open: Those that have not.
    """

    rounds: int
    subtasks: int
    finished: int
    open: int


FULL = Sizes(rounds=7, subtasks=2_000, finished=100_000, open=10_000)
QUICK = Sizes(rounds=2, subtasks=100, finished=500, open=50)


class Round(NamedTuple):
    """What one round came to; times in seconds.

    Attributes:
        file: All no-ops, with a file.
        memory: The same without one.
        bare: The same facts written by a bare loop.
        batches: In which they were written.
        submit: One submission.
        commit: One commit of the bare loop.
        opening: Until a journal is open.
        size: Bytes of the file for each no-op.
    """

    file: float
    memory: float
    bare: float
    batches: int
    submit: float
    commit: float
    opening: float
    size: float


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder) / "old.db"
        build(old, sizes)
        rounds = [play(Path(folder) / f"{n}", old, sizes) for n in range(sizes.rounds)]
    figures = figures_of(rounds, sizes)
    report = {
        "benchmark": "journal",
        "machine": found,
        "settings": {"quick": given.quick, **sizes._asdict()},
        "figures": figures,
        "rounds": [round_._asdict() for round_ in rounds],
    }
    head = (f"The journal in a file: {sizes.rounds} rounds", describe(found), "")
    publish(report, [*head, *rows_of(figures)], [summary(rounds, sizes)], given.json)


def play(folder: Path, old: Path, sizes: Sizes) -> Round:
    """Everything once."""
    folder.mkdir()
    path = folder / "work.db"
    with Runtime.open(path) as runtime:
        in_file = no_ops(runtime, sizes.subtasks)
    size = path.stat().st_size / sizes.subtasks
    with Runtime() as runtime:
        in_memory = no_ops(runtime, sizes.subtasks)
    batches = batches_of(path)
    bare = write_all(folder / "bare.db", batches)
    return Round(
        file=in_file,
        memory=in_memory,
        bare=bare,
        batches=len(batches),
        submit=submission(folder / "submit.db"),
        commit=commit_at_rest(folder / "commits.db", folder / "submit.db"),
        opening=opening(old, sizes.open),
        size=size,
    )


def no_op(task: Task) -> None:
    """Nothing."""


def no_ops(runtime: Runtime, count: int) -> float:
    """Seconds from handing in a goal of so many no-ops to its end."""
    runtime.register(no_op, id="agent", skills=["general"], max_load=SLOTS)
    plan = Plan(subtasks=tuple(Subtask(uuid=f"s{n}", name=f"s{n}") for n in range(count)))
    begin = time.perf_counter()
    runtime.submit("do nothing", plan=plan).result(timeout=LONG)
    return time.perf_counter() - begin


def submission(path: Path) -> float:
    """Seconds from the call of `submit` to its return; the median."""
    took: list[float] = []
    with Runtime.open(path) as runtime:
        for number in range(SUBMITS):
            plan = Plan(subtasks=(Subtask(uuid=f"{number}", name="a"),))
            begin = time.perf_counter()
            runtime.submit(f"goal {number}", plan=plan)
            took.append(time.perf_counter() - begin)
            time.sleep(PAUSE)
    return spread_of(took).median


def opening(path: Path, count: int) -> float:
    """Seconds until a runtime has opened it, and its scheduler has so many subtasks."""
    begin = time.perf_counter()
    with Runtime.open(path, Config(retention=None)) as runtime:
        while runtime.health(LONG)["scheduler"]["queued"] < count:
            time.sleep(0.01)
        return time.perf_counter() - begin


# The bare loop


def batches_of(path: Path) -> list[list[bytes]]:
    """The facts of a journal, each encoded, as they were committed together."""
    with contextlib.closing(Store(path, reading=True)) as store:
        return [
            [msgspec.msgpack.encode(fact) for fact in store.unpacked(page)]
            for page in store.pages()
        ]


def write_all(path: Path, batches: Sequence[Sequence[bytes]]) -> float:
    """Seconds that it takes to commit these, one after the other."""
    with bare_base(path) as base:
        begin = time.perf_counter()
        for batch in batches:
            commit(base, batch)
        return time.perf_counter() - begin


def commit_at_rest(path: Path, submitted: Path) -> float:
    """Seconds of one commit, each after the pause that is between submissions; the median."""
    took: list[float] = []
    with bare_base(path) as base:
        for batch in batches_of(submitted)[:SUBMITS]:
            begin = time.perf_counter()
            commit(base, batch)
            took.append(time.perf_counter() - begin)
            time.sleep(PAUSE)
    return spread_of(took).median


@contextlib.contextmanager
def bare_base(path: Path) -> Generator[sqlite3.Connection]:
    """A table of facts, as durable as the journal."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("CREATE TABLE fact (number INTEGER PRIMARY KEY, body BLOB)")
        yield base


def commit(base: sqlite3.Connection, batch: Sequence[bytes]) -> None:
    """Write these together."""
    base.execute("BEGIN IMMEDIATE")
    base.executemany("INSERT INTO fact (body) VALUES (?)", ((body,) for body in batch))
    base.execute("COMMIT")


# An old journal


def build(path: Path, sizes: Sizes) -> None:
    """A journal with goals of at most 1,000 subtasks."""
    with contextlib.closing(Store(path)) as store:
        store.boot(1.0)
        for goal, count in enumerate(_goals(sizes.finished)):
            store.write([*accepted(f"done-{goal}", count), *ended(f"done-{goal}", count)])
        for goal, count in enumerate(_goals(sizes.open)):
            store.write(accepted(f"open-{goal}", count))


def _goals(subtasks: int) -> Iterator[int]:
    while subtasks > 0:
        yield min(1_000, subtasks)
        subtasks -= 1_000


def accepted(goal: str, count: int) -> list[facts.Fact]:
    """A goal comes in."""
    plan = Plan(subtasks=tuple(Subtask(uuid=f"{goal}-{n}", name=f"step {n}") for n in range(count)))
    return [
        facts.GoalAccepted(at=_NOW, goal=Goal(id=goal, text="an old goal")),
        facts.PlanAdopted(at=_NOW, goal=goal, plan=plan),
        *(facts.SubtaskQueued(at=_NOW, goal=goal, subtask=s.uuid) for s in plan.subtasks),
    ]


def ended(goal: str, count: int) -> list[facts.Fact]:
    """All of it is done."""
    told: list[facts.Fact] = []
    for number in range(count):
        uuid, token = f"{goal}-{number}", Token(boot=1, incarnation=1, counter=number)
        lease = Lease(goal=goal, subtask=uuid, agent="a", token=token)
        told += [
            facts.SubtaskAssigned(at=_NOW, lease=lease),
            facts.SubtaskStarted(at=_NOW, lease=lease),
            facts.SubtaskCompleted(
                at=_NOW, goal=goal, subtask=uuid, lease=lease, result=Payload(), seconds=1.0
            ),
        ]
    return [*told, facts.GoalCompleted(at=_NOW, goal=goal)]


# What came of it


def figures_of(rounds: Sequence[Round], sizes: Sizes) -> list[dict[str, Any]]:
    """Each measure's spread over the rounds."""
    count = sizes.subtasks
    measures: dict[str, list[float]] = {
        "no-ops a second, file": [count / r.file for r in rounds],
        "no-ops a second, memory": [count / r.memory for r in rounds],
        "no-ops a second, bare loop": [count / r.bare for r in rounds],
        "ratio: file / bare loop": [r.bare / r.file for r in rounds],
        "submit, ms": [r.submit * 1e3 for r in rounds],
        "one bare commit, ms": [r.commit * 1e3 for r in rounds],
        "open, s": [r.opening for r in rounds],
        "bytes a finished subtask": [r.size for r in rounds],
    }
    return [{"measure": name, **spread_of(values)._asdict()} for name, values in measures.items()]


def rows_of(figures: Sequence[dict[str, Any]]) -> list[str]:
    """The figures as a table."""
    rows = [
        (figure["measure"], *(f"{figure[key]:,.2f}" for key in ("median", "low", "high")))
        for figure in figures
    ]
    return table(("what", "median", "low", "high"), rows)


def summary(rounds: Sequence[Round], sizes: Sizes) -> str:
    """One line about the sizes."""
    batches = spread_of([float(round_.batches) for round_ in rounds]).median
    return (
        f"{sizes.subtasks:,} no-ops were committed in {batches:,.0f} batches; the journal that was "
        f"opened holds {sizes.finished:,} finished and {sizes.open:,} open subtasks."
    )


if __name__ == "__main__":
    main()
