"""`python -m callboard.runtime.simulation --seeds N`: look for a seed that breaks a promise.

Exit status: 0 if every promise held, 1 if one was broken, 2 for wrong options.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter

from callboard.runtime.simulation.trial import Report, trial


def main(arguments: list[str] | None = None) -> int:
    """Play the seeds and print what came of them."""
    options = _parser().parse_args(arguments)
    logging.getLogger("callboard").setLevel(logging.CRITICAL)  # faults are what we want here
    begin = time.perf_counter()
    reports = [
        _play(seed, options) for seed in range(options.first, options.first + options.seeds)
    ]
    _summarise(reports, time.perf_counter() - begin)
    return 1 if any(report.violations for report in reports) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m callboard.runtime.simulation",
        description="Plays random plans, agents and faults under a virtual clock, and checks "
        "after every event that nothing is lost, doubled or early.",
        epilog="Exit status: 0 if every promise held, 1 if one was broken, 2 for wrong options.",
    )
    parser.add_argument("--seeds", type=_positive, default=100, help="how many (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--subtasks", type=_positive, default=50, help="a seed (default: 50)")
    parser.add_argument("--agents", type=_positive, default=5, help="a seed (default: 5)")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above 0")
    return number


def _play(seed: int, options: argparse.Namespace) -> Report:
    report = trial(seed, subtasks=options.subtasks, agents=options.agents)
    for violation in report.violations:
        print(f"seed {seed}: {violation}")  # noqa: T201 - the report
    if report.violations:
        size = f"--subtasks {options.subtasks} --agents {options.agents}"
        again = f"python -m callboard.runtime.simulation --first {seed} --seeds 1 {size}"
        print(f"seed {seed}: again with: {again}")  # noqa: T201
    return report


def _summarise(reports: list[Report], seconds: float) -> None:
    ends = sum((Counter(report.ends) for report in reports), Counter[str]())
    broken = sum(bool(report.violations) for report in reports)
    how = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    lines = (
        f"{len(reports)} seeds, {broken} with a broken promise",
        f"goals: {how}",
        f"{sum(r.deliveries for r in reports):,} turns, {sum(r.events for r in reports):,} events",
        f"wall: {seconds:.1f} s, {len(reports) / seconds:.0f} seeds a second",
    )
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
