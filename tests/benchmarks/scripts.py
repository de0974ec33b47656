"""Runs the benchmarks' scripts, as a user would from their folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WIDTH = 80
"""Columns of what they print, at the most."""


def run(*command: str) -> str:
    """What the command prints, with Callboard importable from here.

    The modules of tests that use it are marked `no_cover`: under coverage it would take
    several times as long, and measure coverage.
    """
    paths = [str(BENCHMARKS.parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        (sys.executable, *command),
        cwd=BENCHMARKS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def measured(script: str, tmp_path: Path) -> tuple[dict[str, Any], list[str]]:
    """The JSON of a quick run, and the lines that it prints."""
    file = tmp_path / "figures.json"
    lines = run(script, "--quick", "--json", str(file)).splitlines()
    return json.loads(file.read_text(encoding="utf-8")), lines


def rising(spread: dict[str, float]) -> bool:
    """Whether a spread is one."""
    return list(spread) == ["median", "low", "high"] and (
        spread["low"] <= spread["median"] <= spread["high"]
    )
