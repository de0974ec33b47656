"""How long a no-op takes through Callboard, through a thread pool and through pykka.

All of them run in one process and take turns, so that whatever else the machine does
disturbs them alike. A figure is the median of all rounds, with the lowest and the
highest one; a ratio is the median of the rounds' own ratios to ThreadPoolExecutor;
cpu is the processor time of all threads together, which neighbours disturb least.

independent    no-ops that have nothing to do with each other
chain          each starts once the one before it is done
fan            one, then many that wait for it, then one that waits for all of those
start p50/p99  from handing in one no-op to its start, when nothing else is going on
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from contestants import CONTESTANTS, SLOTS, Contestant, Results
from measure import describe, machine, options, percentile, publish, spread_of, table

MICROSECONDS = 1e6
IDLE = 0.002
"""Seconds that let every thread go to sleep before the next start is timed."""


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often each contestant has its turn.
        subtasks: No-ops of one workload.
        starts: Starts of a round whose delay is taken.
    """

    rounds: int
    subtasks: int
    starts: int


FULL = Sizes(rounds=9, subtasks=2000, starts=200)
QUICK = Sizes(rounds=3, subtasks=100, starts=20)

MEASURES = ("independent", "chain", "fan", "start p50", "start p99")


class Taken(NamedTuple):
    """What one no-op took, in microseconds.

    Attributes:
        wall: As the caller's clock says.
        cpu: Of all threads together.
    """

    wall: float
    cpu: float


Series: TypeAlias = Mapping[tuple[str, str], list[Taken]]
"""What every round took, by measure and contestant."""

NOTE = (
    "Times are microseconds. Timed is what a caller does: build the plan, submit it, wait, "
    "decode every result. Callboard also keeps each subtask's facts, lease, time limits and "
    "story; the other two only run the no-op."
)


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    series = measure(sizes)
    figures = figures_of(series)
    report = {
        "benchmark": "speed",
        "machine": found,
        "settings": {"quick": given.quick, "slots": SLOTS, **sizes._asdict()},
        "baseline": CONTESTANTS[0]().name,
        "figures": figures,
    }
    head = (
        f"No-op subtasks: {sizes.subtasks} at a time, {SLOTS} slots, {sizes.rounds} rounds",
        describe(found),
        "",
    )
    publish(report, [*head, *rows_of(figures)], [NOTE], given.json)


def measure(sizes: Sizes) -> Series:
    """Let the contestants take turns; each round begins with another one."""
    series: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for number in range(sizes.rounds):
        turn = number % len(CONTESTANTS)
        for make in (*CONTESTANTS[turn:], *CONTESTANTS[:turn]):
            with make() as contestant:
                for name, taken in turn_of(contestant, sizes).items():
                    series[name, contestant.name].append(taken)
    return series


def turn_of(contestant: Contestant, sizes: Sizes) -> dict[str, Taken]:
    """Each measure, by one contestant in one round."""
    contestant.independent(4 * SLOTS)  # its threads start now
    found = {
        name: taken_by(getattr(contestant, name), sizes.subtasks)
        for name in ("independent", "chain", "fan")
    }
    cpu = time.process_time()
    delays = [idle_start(contestant) for _ in range(sizes.starts)]
    cpu = (time.process_time() - cpu) / sizes.starts
    for percent in (50, 99):
        found[f"start p{percent}"] = taken(percentile(delays, percent), cpu)
    return found


def taken_by(work: Callable[[int], Results], count: int) -> Taken:
    """What one no-op out of *count* takes."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    results = work(count)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert results == [None] * count
    return taken(wall / count, cpu / count)


def taken(wall: float, cpu: float) -> Taken:
    """In microseconds, from seconds."""
    return Taken(wall * MICROSECONDS, cpu * MICROSECONDS)


def idle_start(contestant: Contestant) -> float:
    """Seconds until a no-op starts, once all is quiet."""
    time.sleep(IDLE)
    return contestant.start_delay()


def figures_of(series: Series) -> list[dict[str, Any]]:
    """Each measure of each contestant: its spread, and its ratio to the baseline."""
    names = [make().name for make in CONTESTANTS]
    return [
        figure_of(name, who, series[name, who], series[name, names[0]])
        for name in MEASURES
        for who in names
    ]


def figure_of(name: str, who: str, ours: list[Taken], baseline: list[Taken]) -> dict[str, Any]:
    """One row of the table."""
    ratios = [our.wall / their.wall for our, their in zip(ours, baseline, strict=True)]
    return {
        "measure": name,
        "contestant": who,
        "microseconds": spread_of([our.wall for our in ours])._asdict(),
        "cpu_microseconds": spread_of([our.cpu for our in ours])._asdict(),
        "ratio": spread_of(ratios)._asdict(),
        "rounds": [our.wall for our in ours],
    }


def rows_of(figures: list[dict[str, Any]]) -> list[str]:
    """The figures as a table."""
    widest = max(len(figure["contestant"]) for figure in figures)
    baseline = figures[0]["contestant"]
    heads = ("us each", "by".ljust(widest), "median", "low", "high", "cpu", "ratio")
    rows = [
        (
            figure["measure"] if figure["contestant"] == baseline else "",
            figure["contestant"].ljust(widest),
            *(f"{figure['microseconds'][key]:.1f}" for key in ("median", "low", "high")),
            f"{figure['cpu_microseconds']['median']:.1f}",
            f"{figure['ratio']['median']:.1f}",
        )
        for figure in figures
    ]
    return table(heads, rows)


if __name__ == "__main__":
    main()
