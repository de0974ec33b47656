"""How many of the interpreter's instructions fixed work takes: a figure that no neighbour disturbs.

Each is counted in one thread, with a known hash seed and without the collector of
garbage, so the same code has the same count every time, on any machine with the same
minor version of Python. What C does by itself (sorting, hashing, encoding) is not in it.

decision, 1,000     a subtask ends, an agent gets another one, a third becomes ready and
                    waits with so many others; 8 agents, 10 skills
decision, 10,000    the same, with more that wait
intake              of each subtask that becomes ready behind busy agents
registration        of each agent of a company that comes with one call: definition,
                    supervisor, hub, scheduler
heartbeat           of an agent that the scheduler expects to beat, and the look at it
event               of the simulator, with all that a seed is: logic, journal, oracle

`instructions.json` has what was recorded for each version of Python. A test compares,
and fails above 1.25 times that. Record anew (`--record`) when a change is meant to cost
more, with the reason in its commit, or when it has saved a tenth or more, so that the
gain is kept; never to make a test pass that nobody has looked into.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from crowd import Crowd
from decisions import Desk
from measure import parser_of, publish, table

from callboard.runtime.logs import NAME
from callboard.runtime.simulation.trial import trial

RECORDED = Path(__file__).with_name("instructions.json")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
AGENTS, SKILLS = 8, 10
CROWD = 200
"""Agents who register and beat."""

DECISIONS, RUNS = 15, 3
WARM = 20
"""Decisions before any is counted: the first one puts in order all that waits."""

SEEDS = (1, 2)
MOST = 1.25
"""Times as many as recorded that a test allows."""


def count(work: Callable[[], object]) -> int:
    """Instructions of the interpreter that *work* takes in this thread.

    >>> once, twice = (count(lambda: [n for n in range(many)]) for many in (1000, 2000))
    >>> 1.9 < twice / once < 2.1
    True
    """
    counted = 0

    def enter(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:  # noqa: ANN401 - its type
        nonlocal counted
        if event == "call":
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
        elif event == "opcode":
            counted += 1
        return enter

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def counts() -> dict[str, float]:
    """Each figure by its name."""
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)  # faults are what we want here
    gc.disable()
    desks = {waiting: Desk(waiting, AGENTS, SKILLS) for waiting in (1_000, 10_000)}
    for desk in desks.values():
        desk.decide(WARM)
    found = {f"decision, {waiting:,}": _decision(desk) for waiting, desk in desks.items()}
    found["intake"] = count(lambda: Desk(1_000, AGENTS, SKILLS)) / 1_000
    found["registration"] = count(lambda: Crowd(CROWD)) / CROWD
    crowd = Crowd(CROWD)
    crowd.begin()
    found["heartbeat"] = count(crowd.beat_and_look) / CROWD
    trial(SEEDS[0])  # what is made once for all is made now
    played = list[Any]()
    steps = count(lambda: played.extend(trial(seed) for seed in SEEDS))
    assert not any(report.violations for report in played)
    found["event"] = steps / sum(report.events for report in played)
    return {name: round(figure, 1) for name, figure in found.items()}


def _decision(desk: Desk) -> float:
    """Of a run in which the queues are not put in order anew; that comes once in many."""
    return min(count(lambda: desk.decide(DECISIONS)) for _ in range(RUNS)) / DECISIONS


def recorded() -> dict[str, float] | None:
    """What it was with this version of Python; None where nobody has recorded it."""
    known: dict[str, dict[str, float]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return known.get(VERSION)


def main() -> None:
    """Count, print, compare, record."""
    parser = parser_of(__doc__)
    parser.add_argument("--record", action="store_true", help="these are the figures to keep to")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets must be known
        again = (sys.executable, *sys.argv)
        known = {**os.environ, "PYTHONHASHSEED": "0"}
        sys.exit(subprocess.run(again, env=known, check=False).returncode)  # noqa: S603 - ours
    found, before = counts(), recorded() or {}
    if given.record:
        record(found)
    rows = [
        (name, f"{figure:,.1f}", f"{before[name]:,.1f}" if name in before else "")
        for name, figure in found.items()
    ]
    report = {
        "benchmark": "instructions",
        "python": VERSION,
        "most": MOST,
        "figures": found,
        "recorded": before,
    }
    publish(report, table(("instructions", "now", "recorded"), rows), [], given.json)


def record(found: dict[str, float]) -> None:
    """Keep to these from now on."""
    known: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    RECORDED.write_text(json.dumps({**known, VERSION: found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
