"""How many seeds the simulator plays in a second of one core, with oracle and faults.

In every round the same number of messages is delivered a second time: by a bare
prototype, which has pykka's `Actor` class, the same seeded loop, and nothing else. What
lies between the two is what the whole runtime costs: logic, journal, board, stories,
faults and the oracle that looks at every event.

seeds        of 50 subtasks and 5 agents each, played to the end
deliveries   turns of actors; a turn takes 1 to 4 messages, of the prototype 1

All figures are for a second of processor time, which neighbours disturb least; a figure
is the median of all rounds, with the lowest and the highest one.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from bare import deliver
from measure import describe, machine, options, publish, spread_of, table

from callboard.runtime.logs import NAME
from callboard.runtime.simulation.trial import Report, trial

T = TypeVar("T")


class Sizes(NamedTuple):
    """How much is measured.

    Attributes:
        rounds: How often simulator and prototype have their turns.
        seeds: That are played in one round.
    """

    rounds: int
    seeds: int


FULL = Sizes(rounds=9, seeds=60)
QUICK = Sizes(rounds=3, seeds=4)

WARM = 3
"""Seeds that are played before anything is timed."""


class Round(NamedTuple):
    """What one round came to.

    Attributes:
        seeds: A second.
        ours: Deliveries a second of the simulator.
        bare: Deliveries a second of the prototype.
        deliveries: How many there were, of each.
        events: Facts and notices that the oracle saw.
        broken: Seeds that broke a promise.
    """

    seeds: float
    ours: float
    bare: float
    deliveries: int
    events: int
    broken: int


NOTE = (
    "Callboard's deliveries include all that a seed is: drawing the scenario, building a runtime "
    "and its actors, their logic, facts, board and story, the faults, the oracle, and the audit."
)


def main() -> None:
    """Measure, print, write."""
    given = options(__doc__)
    sizes = QUICK if given.quick else FULL
    found = machine()
    rounds = measure(sizes)
    figures = figures_of(rounds)
    report = {
        "benchmark": "simulation",
        "machine": found,
        "settings": {"quick": given.quick, **sizes._asdict()},
        "figures": figures,
        "broken": sum(round_.broken for round_ in rounds),
        "rounds": [round_._asdict() for round_ in rounds],
    }
    head = (
        f"Simulated seeds: {sizes.seeds} in each of {sizes.rounds} rounds",
        describe(found),
        "",
    )
    publish(report, [*head, *rows_of(figures)], [summary(rounds), NOTE], given.json)


def measure(sizes: Sizes) -> list[Round]:
    """Play the rounds, each with seeds of its own."""
    logging.getLogger(NAME).setLevel(logging.CRITICAL + 1)  # faults are what we want here
    for seed in range(WARM):
        trial(seed)
    firsts = range(WARM, WARM + sizes.rounds * sizes.seeds, sizes.seeds)
    gc.collect()
    gc.freeze()
    gc.disable()  # as `python -m callboard.runtime.simulation` has it
    return [play(range(first, first + sizes.seeds)) for first in firsts]


def play(seeds: Sequence[int]) -> Round:
    """One round: the seeds, then as many bare deliveries."""
    reports, took = timed(lambda: [_played(seed) for seed in seeds])
    deliveries = sum(report.deliveries for report in reports)
    delivered, bare = timed(lambda: deliver(deliveries, seeds[0]))
    assert delivered == deliveries
    return Round(
        seeds=len(seeds) / took,
        ours=deliveries / took,
        bare=deliveries / bare,
        deliveries=deliveries,
        events=sum(report.events for report in reports),
        broken=sum(bool(report.violations) for report in reports),
    )


def _played(seed: int) -> Report:
    report = trial(seed)
    gc.collect()  # as `python -m callboard.runtime.simulation` does
    return report


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it comes to, and the seconds of processor time, its garbage included."""
    begin = time.process_time()
    answer = work()
    gc.collect()
    return answer, time.process_time() - begin


def figures_of(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Each measure's spread over the rounds."""
    return [
        {"measure": measure, "by": who, "a_second": spread_of(values)._asdict()}
        for measure, who, values in (
            ("seeds", "callboard", [round_.seeds for round_ in rounds]),
            ("deliveries", "callboard", [round_.ours for round_ in rounds]),
            ("deliveries", "bare pykka", [round_.bare for round_ in rounds]),
        )
    ]


def rows_of(figures: Sequence[dict[str, Any]]) -> list[str]:
    """The figures as a table."""
    rows = [
        (
            f"{figure['measure']}, {figure['by']}",
            *(f"{figure['a_second'][key]:,.0f}" for key in ("median", "low", "high")),
        )
        for figure in figures
    ]
    return table(("a second of one core", "median", "low", "high"), rows)


def summary(rounds: Sequence[Round]) -> str:
    """One line about the size of a seed, and what the runtime costs."""
    ratio = spread_of([round_.bare / round_.ours for round_ in rounds]).median
    deliveries, events = (
        sum(getattr(round_, name) for round_ in rounds) for name in ("deliveries", "events")
    )
    broken = sum(round_.broken for round_ in rounds)
    return (
        f"{deliveries:,} deliveries and {events:,} events in all; {broken} seeds broke a promise. "
        f"A bare delivery is {ratio:.0f} times as fast."
    )


if __name__ == "__main__":
    main()
