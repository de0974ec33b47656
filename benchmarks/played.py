"""One workload over and over, for `flame.py` to look at.

    python benchmarks/played.py WORKLOAD DISPATCHER quick|whole

prints microseconds of processor time for a subtask, the median of the rounds.
"""

from __future__ import annotations

import gc
import sys
import time
from statistics import median
from typing import Literal

from contestants import Callboard


def main(workload: str, dispatcher: Literal["pool", "threads"], how: str) -> None:
    """Play, print."""
    count, rounds = (500, 5) if how == "quick" else (10_000, 6)
    with Callboard(dispatcher) as runtime:
        took = [seconds_of(runtime, workload, count) for _ in range(rounds)]
    print(1e6 * median(took) / count)


def seconds_of(runtime: Callboard, workload: str, count: int) -> float:
    """Processor time of one round."""
    gc.collect()
    begin = time.process_time()
    getattr(runtime, workload)(count)
    return time.process_time() - begin


if __name__ == "__main__":
    _, _workload, _dispatcher, _how = sys.argv
    main(_workload, "pool" if _dispatcher == "pool" else "threads", _how)
