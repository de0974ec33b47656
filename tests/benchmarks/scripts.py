"""Runs the benchmarks' scripts, as a user would from their folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


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
