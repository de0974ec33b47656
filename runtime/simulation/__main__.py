"""`python -m callboard.runtime.simulation --seeds N`: look for a seed that breaks a promise.

A seed that does is told with the command that repeats it; `--shrink FOLDER` cuts it down
to what it needs and keeps that as a scenario, which `--scenario FILE` plays again.

Exit status: 0 if every promise held, 1 if one was broken, 2 for wrong options.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from callboard.runtime.gateways.cli.screen import Stream, though_unread
from callboard.runtime.logs import NAME
from callboard.runtime.simulation.coverage import Coverage
from callboard.runtime.simulation.crashing import Crashes
from callboard.runtime.simulation.scenario import read, write
from callboard.runtime.simulation.shrinking import shrink
from callboard.runtime.simulation.trial import Report, Trial, replay, trial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

T = TypeVar("T")

_PROGRAM = "python -m callboard.runtime.simulation"
_CHUNK = 8
_SHOWN = 5


class _Options(NamedTuple):
    """What was asked for; see `--help`."""

    seeds: int
    first: int
    subtasks: int
    agents: int
    jobs: int
    crashes: bool
    scenario: Sequence[Path]
    shrink: Path | None
    coverage: bool


def main(arguments: list[str] | None = None) -> int:
    """Play the seeds and print what came of them."""
    options = _Options(**vars(_parser().parse_args(arguments)))
    if options.scenario:
        return _replay(options.scenario)
    begin = time.perf_counter()
    coverage = Coverage()
    with coverage if options.coverage else nullcontext():
        reports = _played(options)
    _summarise(reports, time.perf_counter() - begin)
    for line in coverage.lines() if options.coverage else ():
        _say(line)
    return 1 if any(report.violations for report in reports) else 0


def _played(options: _Options) -> list[Report]:
    """What came of all seeds, or of those before somebody stopped us; complains at once."""
    reports: list[Report] = []
    try:
        for report in _reports(options):
            _complain(report, options)
            reports.append(report)
    except KeyboardInterrupt:
        _say("stopped")
    return reports


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Plays random plans, agents and faults under a virtual clock, and checks "
        "after every event that nothing is lost, doubled, early or forgotten. Each seed is a "
        "run of its own; the same seed is always the same run.",
        epilog="Exit status: 0 if every promise held, 1 if one was broken, 2 for wrong options.",
    )
    whole = partial(parser.add_argument, metavar="N")
    whole("--seeds", type=_positive, default=100, help="how many runs (default: 100)")
    whole("--first", type=_natural, default=0, help="the first seed (default: 0)")
    whole("--subtasks", type=_positive, default=50, help="in each run (default: 50)")
    whole("--agents", type=_positive, default=5, help="in each run (default: 5)")
    cores = os.cpu_count() or 1
    whole("--jobs", type=_positive, default=cores, help=f"processes (default here: {cores})")
    parser.add_argument(
        "--crashes",
        action="store_true",
        help="let the whole process die too, with a journal on a disk that tears and fills up",
    )
    parser.add_argument(
        "--scenario", type=Path, nargs="+", default=(), metavar="FILE", help="play these instead"
    )
    parser.add_argument(
        "--shrink", type=Path, metavar="FOLDER", help="keep there what breaks a promise, cut down"
    )
    parser.add_argument(
        "--coverage", action="store_true", help="say what was reached, and what never; one process"
    )
    return parser


def _replay(paths: Sequence[Path]) -> int:
    """Play scenarios, and say what each of them breaks."""
    broken = 0
    for path in paths:
        try:
            violations = _quiet(partial(replay, read(path))).violations
        except (OSError, msgspec.DecodeError) as error:
            _say(f"{path}: {error}")
            return 2
        for violation in violations[:_SHOWN]:
            _say(f"{path}: {violation}")
        broken += bool(violations)
    _say(f"{_many(len(paths), 'scenario')}, {broken} with a broken promise")
    return 1 if broken else 0


def _quiet(play: Callable[[], T]) -> T:
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)  # faults are what we want here
    return play()


def _shrink(seed: int, options: _Options, folder: Path) -> Path:
    """Cut down what that seed plays, and keep it."""
    whole = Trial.of_seed(
        seed,
        subtasks=options.subtasks,
        agents=options.agents,
        crashes=Crashes() if options.crashes else None,
        record=True,
    )
    _quiet(whole.play)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{seed}.json"
    write(_quiet(partial(shrink, whole.noted())), path)
    return path


def _natural(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is below 0")
    return number


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def _reports(options: _Options) -> Iterator[Report]:
    """What came of each seed, in order."""
    seeds = range(options.first, options.first + options.seeds)
    crashes = Crashes() if options.crashes else None
    play = partial(_play, subtasks=options.subtasks, agents=options.agents, crashes=crashes)
    jobs = 1 if options.coverage else min(options.jobs, -(-options.seeds // _CHUNK))
    if jobs == 1:
        with _collecting_between_seeds():
            yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs, initializer=_collect_between_seeds) as pool:
        yield from pool.map(play, seeds, chunksize=_CHUNK)


def _play(seed: int, *, subtasks: int, agents: int, crashes: Crashes | None) -> Report:
    report = _quiet(partial(trial, seed, subtasks=subtasks, agents=agents, crashes=crashes))
    gc.collect()  # after each: soon, what it has to go through is in no cache any more
    return report


@contextmanager
def _collecting_between_seeds() -> Generator[None]:
    """Let the collector of garbage run when `_play` calls it, and not in the middle of a seed."""
    was_enabled = gc.isenabled()
    _collect_between_seeds()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _collect_between_seeds() -> None:
    gc.collect()
    gc.freeze()  # what is there by now stays: nobody need look at it again
    gc.disable()


def _complain(report: Report, options: _Options) -> None:
    if not report.violations:
        return
    for violation in report.violations[:_SHOWN]:
        _say(f"seed {report.seed}: {violation}")
    more = len(report.violations) - _SHOWN
    if more > 0:
        _say(f"seed {report.seed}: and {more} more")
    size = f"--subtasks {options.subtasks} --agents {options.agents}"
    size += " --crashes" if options.crashes else ""
    _say(f"seed {report.seed}: again with: {_PROGRAM} --first {report.seed} --seeds 1 {size}")
    if options.shrink is not None:
        path = _shrink(report.seed, options, options.shrink)
        _say(f"seed {report.seed}: all that it needs: {_PROGRAM} --scenario {path}")


def _summarise(reports: Iterable[Report], seconds: float) -> None:
    played = list(reports)
    ends = sum((Counter(report.ends) for report in played), Counter[str]())
    broken = sum(bool(report.violations) for report in played)
    _say(f"{_many(len(played), 'seed')}, {broken} with a broken promise")
    _say("goals: " + (", ".join(f"{n} {end}" for end, n in sorted(ends.items())) or "none"))
    turns, events = sum(r.deliveries for r in played), sum(r.events for r in played)
    deaths = sum(report.deaths for report in played)
    died = f", {_many(deaths, 'death')} of the process" if deaths else ""
    _say(f"{turns:,} turns, {events:,} events{died}")
    rate, per_second = len(played) / seconds, f"{turns / seconds:,.0f} deliveries"
    _say(f"wall: {seconds:.1f} s, {rate:.0f} seeds and {per_second} a second")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _say(line: str) -> None:
    Stream(sys.stdout).line(line)  # the seeds go on where nobody reads it: the status tells, too


if __name__ == "__main__":
    sys.exit(though_unread(main))
