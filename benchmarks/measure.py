r"""What the benchmarks share: the machine, medians with their spread, tables, JSON.

>>> spread_of([3.0, 1.0, 2.0])
Spread(median=2.0, low=1.0, high=3.0)
>>> print("\n".join(table(["what", "us"], [["a chain", "12.5"], ["a fan", "7.0"]])))
what       us
a chain  12.5
a fan     7.0
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from callboard.runtime.gateways.cli.screen import Stream

WIDTH = 80
"""Columns that a table may have."""


class Options(NamedTuple):
    """What every benchmark takes on its command line.

    Attributes:
        quick: Few rounds, to see that it works rather than to measure.
        json: Where the figures are also written; None for nowhere.
    """

    quick: bool
    json: Path | None


class Spread(NamedTuple):
    """The median of several rounds, and the lowest and the highest of them."""

    median: float
    low: float
    high: float


class Target(NamedTuple):
    """What is to be reached.

    Attributes:
        about: What is measured, and in which unit.
        measured: What it came to.
        most: What it may be; `math.inf` where *least* counts.
        least: What it must be at least.
    """

    about: str
    measured: float
    most: float = math.inf
    least: float = -math.inf

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.least <= self.measured <= self.most

    def report(self) -> dict[str, Any]:
        """For JSON, which knows no infinity."""
        bounds = {"most": self.most, "least": self.least}
        kept = {key: bound for key, bound in bounds.items() if math.isfinite(bound)}
        return {"about": self.about, "measured": self.measured, **kept, "reached": self.reached}


def options(about: str | None) -> Options:
    """Read the command line; *about* is the help's text."""
    given = parser_of(about).parse_args()
    return Options(quick=given.quick, json=given.json)


def parser_of(about: str | None) -> argparse.ArgumentParser:
    """What every benchmark takes, to be added to."""
    parser = _Parser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose help need not be read to its end."""

    def print_help(self, file: object = None) -> None:
        del file
        Stream(sys.stdout).write(self.format_help())


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was with other things."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": _cores(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def describe(found: Mapping[str, Any]) -> str:
    """One line about the machine, for people."""
    line = f"{found['implementation']} {found['python']}, {found['system']}, {found['cores']} cores"
    return line if found["load"] is None else f"{line}, load {found['load']:g} at the start"


def spread_of(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def percentile(values: Iterable[float], percent: float) -> float:
    """The value below or at which *percent* of them are, by nearest rank.

    >>> percentile(range(1, 201), 99)
    198
    """
    ranked = sorted(values)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return [_line(cells, widths) for cells in (heads, *rows)]


def rows_of_targets(targets: Sequence[Target]) -> list[str]:
    """The lines of a table; none where there are none."""
    if not targets:
        return []
    rows = [
        (
            target.about,
            f"{target.measured:,.2f}",
            f"at most {target.most:g}"
            if math.isfinite(target.most)
            else f"at least {target.least:g}",
            "yes" if target.reached else "NO",
        )
        for target in targets
    ]
    return table(("to reach", "measured", "", ""), rows)


def figure(measure: str, unit: str, values: Sequence[float]) -> dict[str, Any]:
    """One figure of several rounds, for the table and for JSON."""
    return {"measure": measure, "unit": unit, **spread_of(values)._asdict()}


def publish(
    report: Mapping[str, Any], lines: Sequence[str], notes: Sequence[str], file: Path | None
) -> None:
    """Print the table with the notes below it, and write the report where it is wanted."""
    out = Stream(sys.stdout)  # the report is written even where nobody reads the table
    out.line("\n".join(lines))
    for note in notes:
        out.line(f"\n{textwrap.fill(note, WIDTH)}")
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "  ".join(aligned).rstrip()


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
