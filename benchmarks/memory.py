"""How much memory Callboard takes, and how often it wakes when there is nothing to do.

Each figure comes from a process of its own, several times: the median is printed, with
the lowest and the highest. MB are 10^6 bytes of resident memory, as the system counts
it; what a subtask takes is the difference that thousands of them make.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from measure import describe, machine, options, publish, spread_of, table

FOOTPRINT = Path(__file__).with_name("footprint.py")
AGENTS = 1000
LIMIT = 60.0
"""MB that a process with so many idle agents may take, numpy included."""

MB, KB = 1e6, 1e3
AT_ONCE = 3
"""Processes that are measured at the same time."""

SECONDS = 120.0
"""Until a process that hangs is given up."""


MEANING = (
    "Threads are those that the system sees, the main thread and numpy's own included. A "
    "finished subtask is kept with its result and its story as long as its goal is "
    "remembered; of a forgotten one nothing should be left."
)


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        processes: Of each figure.
        subtasks: Of which the average is taken.
    """

    processes: int
    subtasks: int


FULL = Sizes(processes=5, subtasks=5000)
QUICK = Sizes(processes=1, subtasks=500)


class Figure(NamedTuple):
    """One row of the table.

    Attributes:
        name: Of the function in `footprint.py`; also its name in the JSON.
        about: What a person reads.
        of: So many agents or subtasks; None for as many subtasks as `Sizes` says.
        key: Of what the process answers.
        unit: In which that is reported.
        scale: What one unit is.
    """

    name: str
    about: str
    of: int | None = None
    key: str = "bytes"
    unit: str = "MB"
    scale: float = MB


SUBTASK: Any = {"unit": "kB", "scale": KB}
WAKES: Any = {"key": "wakes", "unit": "wakes", "scale": 1.0}
FIGURES = (
    Figure("python", "a bare interpreter", 0),
    Figure("package", "import callboard", 0),
    Figure("runtime", "a runtime", 0),
    Figure("agents", f"... with {AGENTS:,} idle agents", AGENTS),
    Figure("agents_and_numpy", "... and numpy, for the tensor", AGENTS),
    Figure("agents_on_threads", "... a thread per actor, no numpy", AGENTS),
    Figure("waiting", "each waiting subtask", **SUBTASK),
    Figure("finished", "each finished subtask", **SUBTASK),
    Figure("finished_in_a_file", "... with the journal in a file", **SUBTASK),
    Figure("forgotten", "each forgotten subtask", **SUBTASK),
    Figure("wakes_when_idle", f"threads in 1 s, {AGENTS:,} idle agents", AGENTS, **WAKES),
    Figure("wakes_after_work", "threads in 1 s, just after work", **WAKES),
)


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    figures = measure(sizes)
    most = figures["agents_and_numpy"]["median"]
    report = {
        "benchmark": "memory",
        "machine": found,
        "settings": {"quick": given.quick, "agents": AGENTS, **sizes._asdict()},
        "figures": figures,
        "kb_per_agent": per_agent(figures),
        "limit": {"mb": LIMIT, "measured": most, "within": most < LIMIT},
    }
    head = (f"Memory at rest: medians of {sizes.processes} processes", describe(found), "")
    publish(report, [*head, *rows_of(figures)], notes(report), given.json)


def measure(sizes: Sizes) -> dict[str, dict[str, Any]]:
    """All figures by name, from a few processes at once: that changes none of them."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            [pool.submit(answer_of, f.name, count_of(f, sizes)) for _ in range(sizes.processes)]
            for f in FIGURES
        ]
    return {
        figure.name: figure_of(figure, sizes, [future.result() for future in futures])
        for figure, futures in zip(FIGURES, asked, strict=True)
    }


def count_of(figure: Figure, sizes: Sizes) -> int:
    """How many agents or subtasks its processes have."""
    return sizes.subtasks if figure.of is None else figure.of


def figure_of(figure: Figure, sizes: Sizes, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """A figure's spread in its unit, and the threads of its last process."""
    return {
        "unit": figure.unit,
        **spread_of([answer[figure.key] / figure.scale for answer in answers])._asdict(),
        "count": count_of(figure, sizes),
        "threads": answers[-1].get("threads"),
    }


def answer_of(name: str, count: int) -> dict[str, Any]:
    """What a fresh process says of itself; a millisecond more is allowed for each it has to do."""
    command = [sys.executable, str(FOOTPRINT), name, str(count)]
    run = subprocess.run(  # noqa: S603 - ours
        command, stdout=subprocess.PIPE, check=True, text=True, timeout=SECONDS + count / 1000
    )
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def per_agent(figures: dict[str, dict[str, Any]]) -> float:
    """KB that one idle agent adds to a runtime."""
    added = figures["agents"]["median"] - figures["runtime"]["median"]
    return float(added * MB / KB / AGENTS)


def rows_of(figures: dict[str, dict[str, Any]]) -> list[str]:
    """The figures as a table."""
    rows = [
        (
            figure.about,
            *(f"{figures[figure.name][key]:.1f}" for key in ("median", "low", "high")),
            figure.unit,
            str(figures[figure.name]["threads"] or ""),
        )
        for figure in FIGURES
    ]
    return table(("what", "median", "low", "high", "unit", "threads"), rows)


def notes(report: dict[str, Any]) -> list[str]:
    """What is to be said below the table."""
    limit = report["limit"]
    kept = "kept" if limit["within"] else "EXCEEDED"
    outcome = (
        f"{AGENTS:,} idle agents and all that they need: {limit['measured']:.1f} MB; the limit is "
        f"{LIMIT:g} MB, and it is {kept}. One idle agent: {report['kb_per_agent']:.1f} kB."
    )
    return [outcome, MEANING]


if __name__ == "__main__":
    main()
