"""What Callboard costs and how far it scales, beside what one would otherwise use.

W1    no-ops that have nothing to do with each other
W2    a chain: each starts once the one before it is done
W3    layers: each no-op waits for three of the layer before
W4    one, then many that wait for it, then one that waits for all of those
start    p50 and p99 from handing in one no-op to its start, on an idle runtime
journal  W1 with a journal in a file, beside a bare loop that writes the same facts
sleeps   coroutines that sleep 100 ms, all at once, beside asyncio alone
control  to cancel a goal while others wait by the thousand and agents compute
agents   what idle ones cost: to register, to keep, to hear a sign of life from
backlog  what a subtask costs when ever more of them wait

Contestants run in one process and take turns, so that whatever else the machine does
disturbs them alike. A figure is the median of all rounds, with the lowest and the
highest one; a ratio is the median of the rounds' own ratios. cpu is the processor time
of all threads together, which neighbours disturb least. The last table says what is to
be reached, and whether it is; nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Sequence
from typing import Any

import backlog
import controls
import crowds
import filed
import sleepers
from contest import WORKLOADS, Contest
from contestants import CONTESTANTS, SLOTS
from measure import Target, describe, machine, parser_of, publish, rows_of_targets, table
from peers import PEERS, peer

SECTIONS: dict[str, Callable[[bool], tuple[list[dict[str, Any]], list[Target]]]] = {
    "journal": filed.measure,
    "sleeps": sleepers.measure,
    "control": controls.measure,
    "agents": crowds.measure,
    "backlog": backlog.measure,
}
"""Those beside the contest: each answers with its figures, and what of them is to be reached."""

ALL = (*WORKLOADS, *SECTIONS)

NOTE = (
    "Times are microseconds. Timed is what a caller does: build the plan, submit it, wait, "
    "decode every result. Callboard also keeps each subtask's facts, lease, time limits and "
    "story; the other two only run the no-op."
)


def main() -> None:
    """Measure, print, write."""
    given = parser().parse_args()
    only: Sequence[str] = given.only or ALL
    found = machine()
    contest = Contest(
        [name for name in WORKLOADS if name in only],
        [*CONTESTANTS, *(peer(name) for name in given.peers)],
        quick=given.quick,
    )
    contest.run()
    figures, targets = list[dict[str, Any]](), contest.targets()
    try:
        for name, measure in SECTIONS.items():
            if name in only:
                gc.collect()
                more, reached = measure(given.quick)
                figures += more
                targets += reached
    finally:  # a section that fails, or Ctrl-C, takes no other one's figures with it
        report = {
            "benchmark": "speed",
            "machine": found,
            "settings": {"quick": given.quick, "slots": SLOTS, **contest.sizes._asdict()},
            "baseline": CONTESTANTS[0]().name,
            "figures": contest.figures(),
            "others": figures,
            "targets": [target.report() for target in targets],
        }
        head = (f"{SLOTS} slots, {contest.sizes.rounds} rounds", describe(found), "")
        tables = (contest.rows(), rows_of_others(figures), rows_of_targets(targets))
        lines = [line for rows in tables if rows for line in (*rows, "")]
        publish(report, [*head, *lines[:-1]], [NOTE], given.json)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = parser_of(__doc__)
    parser.add_argument(
        "--only", type=_names_of(ALL), metavar="W1,W2,...", help="some of the above"
    )
    parser.add_argument(
        "--peers",
        type=_names_of(tuple(PEERS)),
        default=(),
        metavar="NAME,...",
        help=f"also {', '.join(PEERS)}: whichever are installed",
    )
    return parser


def _names_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads names out of *known*, with commas between."""

    def names(given: str) -> list[str]:
        found = given.split(",")
        if strange := set(found).difference(known):
            said = f"no {', '.join(sorted(strange))} here: {', '.join(known)}"
            raise argparse.ArgumentTypeError(said)
        return found

    return names


def rows_of_others(figures: Sequence[dict[str, Any]]) -> list[str]:
    """The figures of the other sections as a table; none where there are none."""
    if not figures:
        return []
    rows = [
        (
            figure["measure"],
            *(f"{figure[key]:,.2f}" for key in ("median", "low", "high")),
            figure["unit"],
        )
        for figure in figures
    ]
    return table(("", "median", "low", "high", "unit"), rows)


if __name__ == "__main__":
    main()
