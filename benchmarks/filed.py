"""W1 with the journal in a file, beside a bare loop that writes the same facts; of `speed.py`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from contest import FULL, QUICK
from contestants import Callboard
from journal import batches_of, write_all
from measure import Target, figure, spread_of

LEAST = 0.7
"""Of the bare loop's rate."""


def measure(quick: bool) -> tuple[list[dict[str, Any]], list[Target]]:  # noqa: FBT001 - as all
    """Figures, and what is to be reached."""
    sizes = QUICK if quick else FULL
    rounds = [turn(sizes.independent) for _ in range(sizes.rounds)]
    ratios = [bare / ours for ours, bare in rounds]
    figures = [
        figure("W1, journal in a file", "us", [1e6 * ours for ours, _ in rounds]),
        figure("the same facts by a bare loop", "us", [1e6 * bare for _, bare in rounds]),
    ]
    return figures, [
        Target("W1 in a file: of a bare loop's rate", spread_of(ratios).median, least=LEAST)
    ]


def turn(count: int) -> tuple[float, float]:
    """Seconds of a subtask, and of its facts alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.db"
        with Callboard("pool", path) as runtime:
            begin = time.perf_counter()
            runtime.independent(count)
            ours = time.perf_counter() - begin
        bare = write_all(Path(folder) / "bare.db", batches_of(path))
    return ours / count, bare / count
