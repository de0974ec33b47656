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
from typing import NamedTuple

from callboard.messages import facts
from callboard.runtime.journal.store import Store
from callboard.runtime.journal.verifying import verify

_VICTIM = Path(__file__).with_name("victim.py")
_ROOT = Path(__file__).parents[3]
_LONGEST = 300.0


class Outcome(NamedTuple):
    """What came of a job.

    Attributes:
        kills: How often its process was killed.
        repeated: Attempts that began beyond the first ones of each subtask.
        broken: Promises that were, each in a line.
    """

    kills: int
    repeated: int
    broken: list[str]


def play(folder: Path, *, kills: int, subtasks: int, seed: int) -> Outcome:
    """Run the job to its end, killing it so many times at random moments.

    The moments spread over the time that a whole run takes, and over its first moments,
    in which the journal is opened.
    """
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    broken: list[str] = []
    done = 0
    while done < kills and _killed_at(folder, subtasks, draw, broken) != "over":
        done += 1
    _run(folder, subtasks, _LONGEST)
    return Outcome(done, *_judged(folder, subtasks, broken))


def _killed_at(folder: Path, subtasks: int, draw: random.Random, broken: list[str]) -> str:
    known = _completed(folder)
    begun = len(_lines(folder / "begun"))
    ended = _run(folder, subtasks, draw.choice([0.0, 0.3]) + draw.uniform(0.0, 0.5))
    again = known & set(_lines(folder / "begun")[begun:])
    if again:
        broken.append(f"began again after their completion was recorded: {sorted(again)}")
    broken += verify(folder / "work.db").problems if (folder / "work.db").exists() else ()
    return "over" if ended else "killed"


def _run(folder: Path, subtasks: int, seconds: float) -> bool:
    """Run it for so long at the most; whether it came to its end by itself."""
    with subprocess.Popen(
        [sys.executable, str(_VICTIM), str(folder), str(subtasks)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stderr=subprocess.PIPE,
    ) as victim:
        try:
            # It needs a while to begin, which is no time of the job's.
            _wait_for_file(folder / "work.db", victim)
            victim.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            victim.send_signal(signal.SIGKILL)
            return False
        said = b"" if victim.stderr is None else victim.stderr.read()
        if victim.returncode:
            raise AssertionError(f"the job has failed by itself: {said.decode()[-2000:]}")
        return True


def _wait_for_file(path: Path, victim: subprocess.Popen[bytes]) -> None:
    before = path.stat().st_mtime if path.exists() else 0.0
    end = time.monotonic() + _LONGEST
    while victim.poll() is None and time.monotonic() < end:
        opened = any(
            place.exists() and place.stat().st_mtime > before
            for place in (path, path.with_name(path.name + "-wal"))
        )
        if opened:
            return
        time.sleep(0.005)


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
    print(f"{found.kills} kills, {found.repeated} attempts more than subtasks,", end=" ")
    print(f"{time.monotonic() - begin:.0f} s")
    print("\n".join(found.broken) or "every promise held")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
