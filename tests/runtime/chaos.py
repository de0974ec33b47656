"""Thousands of subtasks over threads, coroutines and processes that misbehave.

    python -m tests.runtime.chaos --subtasks 5000

prints what happened, and ends with 1 if anything was lost, doubled or left behind.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from callboard import Config, GoalHandle, Retry, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.facts import SubtaskAssigned, SubtaskCompleted
from callboard.messages.values import Timeouts
from callboard.runtime.executors.permit import permit
from tests.runtime import villains

CONFIG = Config(
    retry=Retry(attempts=20, first=0.01, longest=0.1),
    timeouts=Timeouts(run=1.0),
    supervision=SupervisionOptions(
        intensity=1_000_000, runtime_intensity=1_000_000, first=0.005, longest=0.05
    ),
    poison=50,
    stop_grace=0.1,
    close_timeout=20.0,
)
"""Patient with whoever misbehaves, and quick to try again."""

GOAL = 50
"""Subtasks of one goal."""

KINDS = ("thread", "coroutine", "process")

PATIENT = "patient"
"""Who has the first subtask of each goal, which hangs at first: nobody takes it down meanwhile."""


class Outcome(NamedTuple):
    """What a run has come to.

    Attributes:
        seconds: From the first goal to the end of the last.
        results: How many subtasks came to an end with each fate.
        wrong: What must not be: lost, doubled or foreign effects, goals that did not end.
        counts: How many events of each kind there were.
        offered: How often an effect was put into the sink, duplicates included.
        left: Processes that were still there after the runtime was closed.
    """

    seconds: float
    results: Counter[str]
    wrong: list[str]
    counts: dict[str, int]
    offered: int
    left: int


def play(subtasks: int, seed: int, folder: Path, *, patience: float) -> Outcome:
    """Have so many subtasks done by agents that misbehave, and look at what is left.

    Args:
        subtasks: How many.
        seed: Decides who misbehaves how; not the order in which things happen.
        folder: For the sink.
        patience: Seconds that all of it may take.
    """
    path = str(folder / "sink.db")
    with closing(villains.sink(path)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.executescript(villains.TABLES)
    with Runtime(CONFIG) as runtime:
        register(runtime)
        monkey = Monkey(runtime, seed)
        began = time.monotonic()
        goals = [runtime.submit(plan) for plan in plans(subtasks, seed, path)]
        results: Counter[str] = Counter()
        wrong: list[str] = []
        for goal in goals:
            try:
                found = goal.result(max(0.1, began + patience - time.monotonic()))
                results.update(str(found[uuid]) for uuid in uuids(goal))
            except Exception as error:  # noqa: BLE001 - all of it is for the report
                wrong.append(f"{goal!r}: {error!s:.300}")
        seconds = time.monotonic() - began
        monkey.stop()
        pids = runtime._crew._processes.pids  # pyright: ignore[reportPrivateUsage]
        wrong += differences(runtime, goals, path)
    with closing(villains.sink(path)) as opened:
        [(offered,)] = opened.execute("SELECT count(*) FROM offers")
    counts = dict(runtime.hub.counts())
    return Outcome(seconds, results, wrong, counts, offered, sum(map(alive, pids)))


def register(runtime: Runtime) -> None:
    """Three agents that use processes, two that use threads, one for coroutines, one patient."""
    for number in range(3):
        runtime.register(
            villains.in_a_process,
            id=f"process-{number}",
            skills=["process"],
            isolation="process",
        )
    for number in range(2):
        runtime.register(villains.on_a_thread, id=f"thread-{number}", skills=["thread"], max_load=4)
    runtime.register(villains.on_a_thread, id=PATIENT, skills=[PATIENT], max_load=4)
    runtime.register(villains.as_a_coroutine, skills=["coroutine"], max_load=20)


def plans(subtasks: int, seed: int, path: str) -> list[list[dict[str, Any]]]:
    """Goals of `GOAL` subtasks, of which every third waits for an earlier one."""
    draw = random.Random(f"plans/{seed}")  # noqa: S311 - reproducible
    found: list[list[dict[str, Any]]] = []
    for first in range(0, subtasks, GOAL):
        numbers = range(first, min(first + GOAL, subtasks))
        found.append(
            [
                {
                    "name": f"Step {number}",
                    "required_skills": [KINDS[number % len(KINDS)] if number > first else PATIENT],
                    "dependencies": (
                        [f"Step {draw.randrange(first, number)}"]
                        if number > first and draw.random() < 1 / 3
                        else []
                    ),
                    "data": {
                        "sink": path,
                        "seed": f"{seed}/{number}",
                        "first": "hang" if number == first else "",
                    },
                }
                for number in numbers
            ]
        )
    return found


class Monkey:
    """Kills a process of some agent now and then, from outside."""

    def __init__(self, runtime: Runtime, seed: int) -> None:
        self._runtime = runtime
        self._draw = random.Random(f"monkey/{seed}")  # noqa: S311 - reproducible
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monkey", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let them live."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        processes = self._runtime._crew._processes  # pyright: ignore[reportPrivateUsage]
        while not self._stop.wait(self._draw.uniform(0.2, 1.5)):
            pids = processes.pids
            if pids:
                kill(self._draw.choice(pids))


def differences(runtime: Runtime, goals: list[GoalHandle], path: str) -> list[str]:
    """What is in the sink and should not be, or is not and should."""
    kept = runtime.journal.replay()
    completed = Counter(fact.subtask for fact in kept if isinstance(fact, SubtaskCompleted))
    given = {
        (granted.key, granted.fence)
        for fact in kept
        if isinstance(fact, SubtaskAssigned)
        for granted in [permit(fact.lease, "effect")]
    }
    with closing(villains.sink(path)) as opened:
        effects = opened.execute("SELECT key, fence FROM effects").fetchall()
    wanted = {f"{uuid}/effect" for goal in goals for uuid in uuids(goal)}
    keys = {key for key, _ in effects}
    return [
        *(f"no effect: {key}" for key in sorted(wanted - keys)),
        *(f"an effect of nobody: {key}" for key in sorted(keys - wanted)),
        *(f"an effect without a lease: {effect}" for effect in effects if effect not in given),
        *(f"completed {n} times: {uuid}" for uuid, n in completed.items() if n != 1),
        *(f"never completed: {w}" for w in wanted if w.partition("/")[0] not in completed),
    ]


def uuids(goal: GoalHandle) -> list[str]:
    """Of its subtasks."""
    return [record.subtask.uuid for record in goal.subtasks]


def kill(pid: int) -> None:
    """Kill the process, if it is there."""
    with suppress(ProcessLookupError):
        os.kill(pid, 9)


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


SHOWN = (
    "SubtaskAssigned", "SubtaskCompleted", "RetryScheduled", "SubtaskRequeued", "LeaseRevoked",
    "AgentCrashed", "AgentStarted", "ThreadAbandoned", "ProcessLost", "StaleRefused",
)  # fmt: skip


def main() -> int:
    """Play, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subtasks", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = play(given.subtasks, given.seed, Path(folder), patience=1800)
    print(f"{given.subtasks} subtasks in {outcome.seconds:.1f} s, seed {given.seed}")
    for name in SHOWN:
        print(f"{name:18} {outcome.counts.get(name, 0):7}")
    ended = sum(outcome.results.values())
    print(f"ended: {ended}; effects offered: {outcome.offered}; processes left: {outcome.left}")
    print("\n".join(outcome.wrong[:20]) or "nothing lost, nothing doubled, nothing foreign")
    return 1 if outcome.wrong or outcome.left else 0


if __name__ == "__main__":
    sys.exit(main())
