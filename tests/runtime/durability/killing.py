"""Kills a job again and again until it is done, and looks at what came of it.

    python -m tests.runtime.durability.killing --kills 200 --subtasks 1000

Exit status: 0 if every promise held, 1 if one was broken.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from callboard.messages import facts
from callboard.messages.errors.journal import JournalForeign
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import verify
from tests.runtime.durability.dying import WHERE, Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_VICTIM = Path(__file__).with_name("victim.py")
_ROOT = Path(__file__).parents[3]
_LONGEST = 300.0
_AT_ONCE = 4
"""Subtasks that may be done in one commit beyond the one that was waited for."""
_MARGIN = 50
"""Subtasks that must be left for a life in which some are waited for."""
_DELAYS = {"opening": 0.1, "commit": 0.001, "written": 0.005}
"""Seconds after that at the most."""


class Outcome(NamedTuple):
    """What came of a job.

    Attributes:
        kills: How often its process died, by where that was.
        torn: Commits that were found torn when it was opened again.
        repeated: Attempts that began beyond the first ones of each subtask.
        broken: Promises that were, each in a line.
    """

    kills: Mapping[str, int]
    torn: int
    repeated: int
    broken: list[str]


def play(folder: Path, *, kills: int, subtasks: int, seed: int) -> Outcome:
    """Run the job to its end, through so many deaths at random moments of its life."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    broken: list[str] = []
    done = collections.Counter[str]()
    while done.total() < kills:
        left = subtasks - len(_completed(folder))
        moment = _moment(draw, left, kills - done.total())
        if not _killed(folder, subtasks, moment, broken):
            broken.append(f"it was over after {done.total()} kills")
            break
        done[moment.where] += 1
    _run(folder, subtasks)
    return Outcome(done, len(_lines(folder / "torn")), *_judged(folder, subtasks, broken))


def _moment(draw: random.Random, left: int, kills: int) -> Moment:
    """When the next death comes.

    Args:
        draw: Draws it.
        left: Subtasks that are not done.
        kills: Still to come, this one included: for each of them some must be left.
    """
    share = left / kills - _AT_ONCE
    where = draw.choices(WHERE, (1, 2, 1))[0] if share > 0 else "opening"
    completions = draw.randint(0, round(max(0.0, min(2 * share, left - _MARGIN))))
    return Moment(where, completions, draw.uniform(0.0, _DELAYS[where]))


def _killed(folder: Path, subtasks: int, moment: Moment, broken: list[str]) -> bool:
    known = _completed(folder)
    begun = len(_lines(folder / "begun"))
    ended = _run(folder, subtasks, moment)
    again = known & set(_lines(folder / "begun")[begun:])
    if again:
        broken.append(f"began again after their completion was recorded: {sorted(again)}")
    broken += problems(folder / "work.db", begun=len(_lines(folder / "begun")))
    return not ended


def problems(path: Path, *, begun: int) -> tuple[str, ...]:
    """What is wrong with the journal; one that was not even made yet has nothing in it."""
    if not path.exists():
        return ()
    try:
        return verify(path).problems
    except JournalForeign:  # killed while it was made, on a slow machine: nobody was told yet
        return () if not begun else (f"is no journal any more after {begun} had begun",)


def _run(folder: Path, subtasks: int, moment: Moment | None = None) -> bool:
    """Run it until that moment; whether it came to its end by itself."""
    ran = subprocess.run(
        [sys.executable, str(_VICTIM), str(folder), str(subtasks)]
        + ([] if moment is None else moment.words()),
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stderr=subprocess.PIPE,
        timeout=_LONGEST,
        check=False,
    )
    if ran.returncode == -signal.SIGKILL:
        return False
    if ran.returncode:
        raise AssertionError(f"the job has failed by itself: {ran.stderr.decode()[-2000:]}")
    return True


def _completed(folder: Path) -> set[str]:
    return {f.subtask for f in _facts(folder) if isinstance(f, facts.SubtaskCompleted)}


def _facts(folder: Path) -> list[facts.Fact]:
    if not (folder / "work.db").exists():
        return []
    with (
        contextlib.suppress(Exception),
        contextlib.closing(Store(folder / "work.db", reading=True)) as store,
    ):
        return list(store.facts())
    return []


def _judged(folder: Path, subtasks: int, broken: list[str]) -> tuple[int, list[str]]:
    told = _facts(folder)
    ends = collections.Counter(f.subtask for f in told if isinstance(f, facts.SubtaskCompleted))
    twice = sorted(uuid for uuid, count in ends.items() if count > 1)
    if twice:
        broken.append(f"completed more than once: {twice}")
    if len(ends) != subtasks:
        broken.append(f"{len(ends)} of {subtasks} subtasks are completed")
    over = {f.goal for f in told if isinstance(f, facts.GoalCompleted)}
    for name in ("accepted", "ended"):
        lost = set(_lines(folder / name)) - over
        if lost:
            broken.append(f"goals that were acknowledged as {name}, and are not: {sorted(lost)}")
    with contextlib.closing(sqlite3.connect(folder / "sink.db")) as sink:
        effects = collections.Counter(row[0] for row in sink.execute("SELECT subtask FROM effect"))
    if set(effects.values()) != {1} or len(effects) != subtasks:
        broken.append(f"{len(effects)} effects of {subtasks}, {max(effects.values())} at the most")
    return len(_lines(folder / "begun")) - subtasks, broken


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def main() -> int:
    """Play once, in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description="Kill a job again and again.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--subtasks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        found = play(
            Path(folder), kills=options.kills, subtasks=options.subtasks, seed=options.seed
        )
    places = ", ".join(f"{count} at {where}" for where, count in sorted(found.kills.items()))
    print(f"{sum(found.kills.values())} kills ({places}), {found.torn} torn commits,", end=" ")
    print(f"{found.repeated} attempts more than subtasks, {time.monotonic() - begin:.0f} s")
    print("\n".join(found.broken) or "every promise held")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
