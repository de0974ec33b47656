"""What agents in other processes cost: over a link, on this machine, journal in memory.

Each figure is the median of its rounds, with the lowest and the highest; figures of single
subtasks are over all of them.

round trip     one subtask at a time: from its assignment until its completion is recorded
... submit     the same, from the caller's submit until its result
... echo       a message of that size to a bare WebSocket and back (baseline)
throughput     independent subtasks, 256 of them at the worker at a time
... echo       messages, 256 on their way to the bare WebSocket (baseline)
crowd          part of a core that agents take which only say each second that they live
death          SIGKILL of a worker, until its subtask runs at another one
freeze         SIGSTOP of a worker, until its subtask runs at another one; the server
               doubts whoever it has not heard for half a second
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import websockets.asyncio.client
from measure import (
    Target,
    describe,
    figure,
    machine,
    options,
    percentile,
    publish,
    rows_of_targets,
    table,
)

from callboard import Config, Runtime
from callboard.actors.logic.supervision_options import SupervisionOptions
from callboard.messages.facts import SubtaskAssigned, SubtaskCompleted, SubtaskStarted

T = TypeVar("T")

DISTANT = Path(__file__).with_name("distant.py")
LONG = 120.0
OUTSTANDING = 256
SIZE = 500
"""Bytes of a message of the baseline: about those of an assignment and a completion."""

SILENCE = 0.5
"""Seconds after which a worker is doubted of which nothing is heard."""

MILLISECOND = 1e-3
CONFIG = Config(
    supervision=SupervisionOptions(intensity=1_000_000, first=0.02, longest=0.05),
    poison=1_000_000,
    largest_plan=1_000_000,
)


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: Of what takes turns.
        singles: Subtasks of a round that come one after the other.
        many: Subtasks of a round that come all at once.
        crowd: Agents that only live.
        seconds: For which these are watched, each round.
        deaths: Of workers, and as many that freeze.
    """

    rounds: int
    singles: int
    many: int
    crowd: int
    seconds: float
    deaths: int


FULL = Sizes(rounds=7, singles=500, many=10_000, crowd=1_000, seconds=10.0, deaths=15)
QUICK = Sizes(rounds=2, singles=20, many=300, crowd=20, seconds=0.5, deaths=1)


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    figures = [*trips(sizes), *crowds(sizes), deaths(sizes), freezes(sizes)]
    targets = targets_of({one["measure"]: one for one in figures}, sizes)
    report = {
        "benchmark": "remote",
        "machine": found,
        "settings": {"quick": given.quick, **sizes._asdict()},
        "figures": figures,
        "targets": [target.report() for target in targets],
    }
    head = (f"Agents elsewhere: {sizes.rounds} rounds", describe(found), "")
    note = "Targets count on a quiet machine, and never with --quick."
    publish(report, [*head, *rows_of(figures), "", *rows_of_targets(targets)], [note], given.json)


def targets_of(figures: dict[str, dict[str, Any]], sizes: Sizes) -> list[Target]:
    """What is to be reached."""
    return [
        Target("round trip p50, ms", figures["round trip p50"]["median"], most=1.0),
        Target("throughput, a second", figures["throughput"]["median"], least=5_000),
        Target(f"{sizes.crowd} agents, % of a core", figures["crowd"]["median"], most=5.0),
        Target("death, ms", figures["death"]["median"], most=100.0),
        Target("freeze, ms", figures["freeze"]["median"], most=SILENCE / MILLISECOND + 100.0),
    ]


def rows_of(figures: list[dict[str, Any]]) -> list[str]:
    """The lines of the table."""
    rows = [
        (one["measure"], one["unit"], *(f"{one[key]:,.2f}" for key in ("median", "low", "high")))
        for one in figures
    ]
    return table(("", "", "median", "low", "high"), rows)


# Round trips and throughput


def trips(sizes: Sizes) -> list[dict[str, Any]]:
    """Both, in turns with the baseline."""
    series: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        series.setdefault(name, []).append(value)

    with (
        Runtime(CONFIG) as runtime,
        runtime.serve(0) as server,
        echo() as port,
        program("work", server.url, "ann", str(OUTSTANDING)),
    ):
        come(runtime, {"ann"})
        singles(runtime, 20)  # nothing is loaded for the first time any more
        for _ in range(sizes.rounds):
            inner, outer = singles(runtime, sizes.singles)
            for percent in (50, 99):
                note(f"round trip p{percent}", percentile(inner, percent) / MILLISECOND)
                note(f"... submit p{percent}", percentile(outer, percent) / MILLISECOND)
            echoed = asyncio.run(bounced(port, sizes.singles))
            note("... echo p50", percentile(echoed, 50) / MILLISECOND)
            note("throughput", many(runtime, sizes.many))
            note("... echo", asyncio.run(flooded(port, sizes.many)))
    units = {name: "ms" if " p" in name else "a second" for name in series}
    return [figure(name, units[name], values) for name, values in series.items()]


def singles(runtime: Runtime, count: int) -> tuple[list[float], list[float]]:
    """Seconds of each, by the journal and by the caller's clock."""
    outer: list[float] = []
    before = runtime.journal.count
    for _ in range(count):
        begin = time.perf_counter()
        runtime.submit("trip", plan=[{"name": "trip"}]).result(timeout=LONG)
        outer.append(time.perf_counter() - begin)
    return list(_spans(runtime, before).values()), outer


def many(runtime: Runtime, count: int) -> float:
    """How many a second are done, from the first assignment to the last completion."""
    before = runtime.journal.count
    plan = [{"name": f"trip {n}"} for n in range(count)]
    runtime.submit("trips", plan=plan).result(timeout=LONG)
    at = [
        f.at for f in _since(runtime, before) if isinstance(f, SubtaskAssigned | SubtaskCompleted)
    ]
    return count / (max(at) - min(at))


def _spans(runtime: Runtime, before: int) -> dict[str, float]:
    began: dict[str, float] = {}
    spans: dict[str, float] = {}
    for fact in _since(runtime, before):
        if isinstance(fact, SubtaskAssigned):
            began[fact.lease.subtask] = fact.at
        elif isinstance(fact, SubtaskCompleted):
            spans[fact.subtask] = fact.at - began[fact.subtask]
    return spans


def _since(runtime: Runtime, position: int) -> Generator[Any]:
    while (stretch := runtime.journal.stretch(position + 1)) is not None:
        for _, fact in stretch.numbered(position):
            yield fact
        position = stretch.last


async def bounced(port: int, count: int) -> list[float]:
    """Seconds for each message to the bare WebSocket and back, one at a time."""
    spans: list[float] = []
    async with websockets.asyncio.client.connect(_bare(port), compression=None) as link:
        for _ in range(count):
            begin = time.perf_counter()
            await link.send("x" * SIZE)
            await link.recv()
            spans.append(time.perf_counter() - begin)
    return spans


async def flooded(port: int, count: int) -> float:
    """Messages a second, so many at a time."""
    async with websockets.asyncio.client.connect(_bare(port), compression=None) as link:
        begin = time.perf_counter()
        sent = 0
        for received in range(count):
            while sent < min(count, received + OUTSTANDING):
                await link.send("x" * SIZE)
                sent += 1
            await link.recv()
        return count / (time.perf_counter() - begin)


def _bare(port: int) -> str:
    return f"ws://127.0.0.1:{port}"


# Those who only live


def crowds(sizes: Sizes) -> list[dict[str, Any]]:
    """Processor time of the server with them, above that without, in percent of a core."""
    with Runtime(CONFIG) as runtime, runtime.serve(0) as server:
        idle = [busy(sizes.seconds) for _ in range(2)]
        with program("crowd", server.url, str(sizes.crowd)) as others:
            said(others)
            come(runtime, {f"crowd {n}" for n in range(sizes.crowd)})
            taken = [busy(sizes.seconds) for _ in range(sizes.rounds)]
    above = [100 * max(0.0, part - min(idle)) for part in taken]
    return [figure("crowd", "% of a core", above)]


def busy(seconds: float) -> float:
    """Part of a core that this process takes for so long."""
    begin, used = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - used) / (time.perf_counter() - begin)


# Deaths


def deaths(sizes: Sizes) -> dict[str, Any]:
    """Milliseconds from SIGKILL until the subtask runs elsewhere."""
    return figure("death", "ms", moves(CONFIG, signal.SIGKILL, sizes.deaths))


def freezes(sizes: Sizes) -> dict[str, Any]:
    """Milliseconds from SIGSTOP until the subtask runs elsewhere."""
    config = msgspec.structs.replace(CONFIG, heartbeat_timeout=SILENCE)
    return figure("freeze", "ms", moves(config, signal.SIGSTOP, sizes.deaths))


def moves(config: Config, what: signal.Signals, count: int) -> list[float]:
    """Milliseconds from that signal to a worker until its subtask runs elsewhere."""
    spans: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Runtime(config) as runtime,
        runtime.serve(0) as server,
    ):
        for number in range(count):
            first, second = f"first {number}", f"second {number}"
            with (
                program("work", server.url, first, "1") as one,
                program("work", server.url, second, "1") as two,
            ):
                come(runtime, {first, second})
                file = Path(folder) / first
                goal = runtime.submit("stay", plan=[stay(file)])
                until(file.exists)
                holder = until(lambda: _holder(runtime, goal.id))  # noqa: B023 - waited for
                at = time.time()
                os.kill((one if holder == first else two).pid, what)
                [ran] = goal.result(timeout=LONG).values()
                spans.append((ran - at) / MILLISECOND)
            for name in (first, second):
                runtime.unregister(name)
    return spans


def stay(file: Path) -> dict[str, str]:
    """A subtask whose first attempt never ends."""
    return {"name": "stay", "description": str(file)}


def _holder(runtime: Runtime, goal: str) -> str:
    started = [f for f in runtime.journal.history() if isinstance(f, SubtaskStarted)]
    return next((fact.lease.agent for fact in started if fact.lease.goal == goal), "")


# Programs


@contextlib.contextmanager
def program(*words: str) -> Generator[subprocess.Popen[str]]:
    """A program of `distant.py`, which is killed in the end."""
    command = (sys.executable, str(DISTANT), *words)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def echo() -> Generator[int]:
    """The bare WebSocket; its port."""
    with program("echo") as process:
        yield int(said(process))


def said(process: subprocess.Popen[str]) -> str:
    """The next line of a program."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        sys.exit("a program has ended without a word")
    return line


def come(runtime: Runtime, agents: set[str]) -> None:
    """Wait until they are there and can work."""
    until(lambda: agents <= {n for n, a in runtime.agents().items() if a.status.value == "up"})


def until(look: Callable[[], T]) -> T:
    """The first true answer."""
    end = time.monotonic() + LONG
    while not (found := look()):
        if time.monotonic() > end:
            sys.exit("waited in vain")
        time.sleep(0.005)
    return found


if __name__ == "__main__":
    main()
