"""Several contestants do the same no-ops in turns; `speed.py` prints what came of it."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from contestants import CONTESTANTS, SLOTS, Contestant, Results
from measure import Target, percentile, spread_of, table

MICROSECONDS = 1e6
IDLE = 0.002
"""Seconds that let every thread go to sleep before the next start is timed."""


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often each contestant has its turn.
        independent: No-ops of W1.
        chain: The same of W2.
        layers: The same of W3, a square number.
        fan: The same of W4.
        starts: Starts of a round whose delay is taken.
    """

    rounds: int
    independent: int
    chain: int
    layers: int
    fan: int
    starts: int


FULL = Sizes(rounds=7, independent=20_000, chain=1_000, layers=10_000, fan=10_002, starts=200)
QUICK = Sizes(rounds=3, independent=100, chain=100, layers=100, fan=100, starts=20)

WORKLOADS = {"W1": "independent", "W2": "chain", "W3": "layers", "W4": "fan", "start": "start"}
"""How each is called on the command line, and in the table."""

STARTS = ("start p50", "start p99")


class Taken(NamedTuple):
    """What one no-op took, in microseconds.

    Attributes:
        wall: As the caller's clock says.
        cpu: Of all threads together.
    """

    wall: float
    cpu: float


class Contest:
    """All of them, each in its turn.

    Args:
        workloads: Keys of `WORKLOADS`.
        contestants: Makes each of them afresh; the first one is the baseline, and
            `CONTESTANTS[2]` is who is to reach something.
        quick: Few and small rounds.
    """

    def __init__(
        self,
        workloads: Sequence[str],
        contestants: Sequence[Callable[[], Contestant]],
        *,
        quick: bool,
    ) -> None:
        self.sizes = QUICK if quick else FULL
        self._workloads = [WORKLOADS[name] for name in workloads]
        self._contestants = contestants
        self._names = [make().name for make in contestants]
        self._series: dict[tuple[str, str], list[Taken]] = defaultdict(list)

    def run(self) -> None:
        """Let the contestants take turns; each round begins with another one."""
        if not self._workloads:
            return
        for number in range(self.sizes.rounds):
            turn = number % len(self._contestants)
            for make in (*self._contestants[turn:], *self._contestants[:turn]):
                with make() as contestant:
                    contestant.independent(4 * SLOTS)  # its threads start now
                    for name, took in self._turn_of(contestant).items():
                        self._series[name, contestant.name].append(took)

    def _turn_of(self, contestant: Contestant) -> dict[str, Taken]:
        """Each measure, by one contestant in one round."""
        found = dict[str, Taken]()
        for name in self._workloads:
            if name == "start":
                found |= starts(contestant, min(self.sizes.starts, contestant.most))
            else:
                count = min(getattr(self.sizes, name), contestant.most)
                found[name] = taken_by(getattr(contestant, name), count)
        return found

    def figures(self) -> list[dict[str, Any]]:
        """Each measure of each contestant: its spread, and its ratio to the baseline."""
        return [self._figure(name, who) for name in self._measures() for who in self._names]

    def _measures(self) -> list[str]:
        plain = [name for name in self._workloads if name != "start"]
        return [*plain, *(STARTS if "start" in self._workloads else ())]

    def _figure(self, name: str, who: str) -> dict[str, Any]:
        """One row of the table."""
        ours, baseline = self._series[name, who], self._series[name, self._names[0]]
        return {
            "measure": name,
            "contestant": who,
            "microseconds": spread_of([our.wall for our in ours])._asdict(),
            "cpu_microseconds": spread_of([our.cpu for our in ours])._asdict(),
            "ratio": spread_of(ratios(ours, baseline))._asdict(),
            "rounds": [our.wall for our in ours],
        }

    def targets(self) -> list[Target]:
        """What the runtime is to reach, of what was measured."""
        base, ours = self._names[0], self._names[OURS]
        wanted = (
            ("W1 / ThreadPoolExecutor", ("independent", ours), ("independent", base), 1.5),
            ("W2 / ThreadPoolExecutor", ("chain", ours), ("chain", base), 4.0),
            ("W3 / W1", ("layers", ours), ("independent", ours), 1.5),
            ("W4 / W1", ("fan", ours), ("independent", ours), 1.2),
            ("start p50 / ThreadPoolExecutor", ("start p50", ours), ("start p50", base), 1.3),
            ("start p99 / ThreadPoolExecutor", ("start p99", ours), ("start p99", base), 1.3),
        )
        return [
            Target(about, spread_of(ratios(self._series[a], self._series[b])).median, most)
            for about, a, b, most in wanted
            if a in self._series and b in self._series
        ]

    def rows(self) -> list[str]:
        """The figures as a table; none where nothing was measured."""
        figures = self.figures()
        if not figures:
            return []
        widest = max(map(len, self._names))
        heads = ("us each", "by".ljust(widest), "median", "low", "high", "cpu", "ratio")
        return table(heads, [self._row(figure, widest) for figure in figures])

    def _row(self, figure: dict[str, Any], widest: int) -> tuple[str, ...]:
        labels = {name: key for key, name in WORKLOADS.items() if name != "start"}
        measure = figure["measure"]
        label = f"{labels[measure]} {measure}" if measure in labels else measure
        return (
            label if figure["contestant"] == self._names[0] else "",
            figure["contestant"].ljust(widest),
            *(f"{figure['microseconds'][key]:.1f}" for key in ("median", "low", "high")),
            f"{figure['cpu_microseconds']['median']:.1f}",
            f"{figure['ratio']['median']:.1f}",
        )


OURS = 2
assert CONTESTANTS[OURS]().name == "callboard, pool"


def ratios(ours: Sequence[Taken], theirs: Sequence[Taken]) -> list[float]:
    """Round by round."""
    return [our.wall / their.wall for our, their in zip(ours, theirs, strict=True)]


def taken_by(work: Callable[[int], Results], count: int) -> Taken:
    """What one no-op out of *count* takes."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    results = work(count)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert results == [None] * len(results)
    assert len(results) > count - 2 * count**0.5, "layers alone may have fewer: a square number"
    return taken(wall / len(results), cpu / len(results))


def starts(contestant: Contestant, count: int) -> dict[str, Taken]:
    """Median and 99th percentile of the delay until a no-op starts, once all is quiet."""
    cpu = time.process_time()
    delays = [idle_start(contestant) for _ in range(count)]
    cpu = (time.process_time() - cpu) / count
    percents = zip(STARTS, (50, 99), strict=True)
    return {name: taken(percentile(delays, percent), cpu) for name, percent in percents}


def idle_start(contestant: Contestant) -> float:
    """Seconds until a no-op starts."""
    time.sleep(IDLE)
    return contestant.start_delay()


def taken(wall: float, cpu: float) -> Taken:
    """In microseconds, from seconds."""
    return Taken(wall * MICROSECONDS, cpu * MICROSECONDS)
