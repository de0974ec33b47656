"""`python -m callboard.demo fleet`: a simulated fleet with random plans, skills and faults."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from callboard.demo.fleet.display import Display
from callboard.demo.fleet.figures import Figures, figures
from callboard.demo.fleet.run import Fleet, Setting, play
from callboard.demo.fleet.table import clock, command, table
from callboard.demo.output import DONE, FAILED, STOPPED, WRONG, check_writable, save
from callboard.demo.show import write
from callboard.demo.words import count

PROG: Final = "python -m callboard.demo fleet"
MOST_AGENTS, MOST_GOALS = 5_000, 5_000

EPILOG: Final = """\
The actors are the real ones; only time, deliveries and the agents' work are simulated, so
an hour passes in a second and the same seed gives the same run. On a terminal the run is
shown on the standard error while it goes. The table goes to the standard output and is the
same each time, but for lines that begin with "wall".

exit status:
  0    the run is over, and each subtask has ended exactly once (goals may have failed)
  1    a promise was broken; what and how is printed
  2    wrong options, or a page that can not be written
  130  stopped with Ctrl-C
"""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; answer with the exit status."""
    options = _parser().parse_args(arguments)
    try:
        check_writable(options.html)
        return _run(options)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return _complain(f"{error.filename or 'output'}: {error.strerror}", WRONG)
    except KeyboardInterrupt:
        return _complain("stopped", STOPPED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROG,
        description="A simulated fleet: random plans, skills and faults under a virtual clock.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--agents", metavar="N", type=_up_to(MOST_AGENTS), default=200, help="default: 200"
    )
    parser.add_argument(
        "--goals", metavar="N", type=_up_to(MOST_GOALS), default=300, help="default: 300"
    )
    parser.add_argument(
        "--crash-rate",
        metavar="P",
        type=_probability,
        default=0.1,
        help="part of the attempts that take their agent down, 0 to 1 (default: 0.1)",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=7, help="default: 7")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write the run as a page")
    parser.add_argument(
        "--quick", action="store_true", help="do not slow down for a person to follow"
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    setting = Setting(
        agents=options.agents, goals=options.goals, crash_rate=options.crash_rate, seed=options.seed
    )
    display = Display(sys.stderr, quick=options.quick)
    began = time.perf_counter()
    fleet = _watched(setting, display, heat=options.html is not None)
    took = time.perf_counter() - began - display.slept
    found = figures(fleet)
    write(sys.stdout, table(fleet, found))
    write(sys.stdout, f"\nagain: {command(found)}\n")
    if options.html is not None:
        from callboard.demo.fleet.page import page  # noqa: PLC0415 - most runs need none

        save(options.html, page(fleet, found))
        write(sys.stdout, f"page: {options.html}\n")
    write(sys.stdout, f"wall: {took:.1f} s for {clock(found.makespan)} of virtual time\n")
    return DONE if found.kept else _broken(found)


def _watched(setting: Setting, display: Display, *, heat: bool) -> Fleet:
    """Play the fleet and show it; Ctrl-C ends both between two moments of the run."""
    with _interruptible() as interrupted:

        def watch(fleet: Fleet) -> None:
            if interrupted.is_set():
                raise KeyboardInterrupt
            display.show(fleet)

        try:
            return play(setting, watch, heat=heat)
        finally:
            display.done()


@contextmanager
def _interruptible() -> Generator[threading.Event]:
    """Ctrl-C is only noted here: an exception would strike in the middle of an actor.

    The supervisor would take that for the actor's own fault and mend it. A second
    Ctrl-C means it.
    """
    interrupted = threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # signals come to the main thread only
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _broken(found: Figures) -> int:
    lost = found.subtasks["all"] - found.ended_once
    if found.failure:
        return _complain(f"the runtime has failed: {found.failure}", FAILED)
    return _complain(
        f"{count(lost, 'subtask')} did not end exactly once, {found.goals['open']} goals are open",
        FAILED,
    )


def _complain(text: str, status: int) -> int:
    write(sys.stderr, f"callboard.demo fleet: {text}\n")
    return status


def _up_to(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to *most*."""

    def read(text: str) -> int:
        number = int(text) if text.isdecimal() else 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{text} is no number from 1 to {most:,}")
        return number

    return read


def _probability(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 1")
    return number
