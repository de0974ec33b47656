"""How far estimates of plans are off, as they are said and as they are corrected.

Made-up planners plan the same kinds of work again and again; what is done is learnt from,
and the next plan is corrected by it, as the decomposer does. Each kind takes four agents
of unequal speed (sigma 0.3) a mean of its own, single attempts a log-normal factor (sigma
0.5). An estimate is compared with the mean that its piece really takes: the figure is the
typical factor between both, 1 for none; the median of all draws, after 30 plans.

steady     says the same of a kind each time, off by a factor of its own (sigma 1)
sized      likewise, but pieces differ (sigma 0.7), and it knows by how much
guessing   likewise, but it says something else each time (sigma 0.7), by chance
heeding    says what it is told is usual (`Desk.usual`), once it is told
right      says what is right
few        as steady, after 3 plans: hardly anything is known

said       as the planner says it
times      as many times of that as was learnt, without a doubt (what scheduling goes by)
usual      what the kind usually takes, whatever was said
corrected  what a plan has in the end
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple, TypeAlias

from measure import describe, machine, options, publish, table

from callboard.actors.logic.correcting import Records, corrected, corrections
from callboard.actors.logic.learning import Learning, Sample
from callboard.actors.logic.usual import usual
from callboard.messages.values import MINUTE, Plan, Subtask

AGENTS = 4
WITHIN, AMONG = 0.5, 0.3
WAYS = ("said", "times", "usual", "corrected")

Says: TypeAlias = Callable[["Kind", float, Mapping[str, float], Random], float]
"""Minutes that a planner says of a piece of so many, with what it is told is usual."""


class Sizes(NamedTuple):
    """How much is measured."""

    draws: int
    kinds: int
    plans: int


FULL, QUICK = Sizes(draws=40, kinds=20, plans=60), Sizes(draws=2, kinds=4, plans=32)


class Kind(NamedTuple):
    """A kind of work.

    Attributes:
        minutes: That it takes, the mean.
        bias: By which factor its planner is off.
    """

    name: str
    minutes: float
    bias: float


class Piece(NamedTuple):
    """What is to be done once.

    Attributes:
        minutes: That it takes, the mean.
        said: Minutes that its planner says.
    """

    kind: Kind
    minutes: float
    said: float


class Planner(NamedTuple):
    """One who is made up.

    Attributes:
        sigma: How much pieces of a kind differ.
        after: Plans after which its estimates are looked at.
    """

    says: Says
    sigma: float = 0.0
    after: int = 30


def _steady(kind: Kind, minutes: float, told: Mapping[str, float], random: Random) -> float:
    del told, random
    return minutes * kind.bias


def _guessing(kind: Kind, minutes: float, told: Mapping[str, float], random: Random) -> float:
    del told
    return minutes * kind.bias * math.exp(random.gauss(0.0, 0.7))


def _heeding(kind: Kind, minutes: float, told: Mapping[str, float], random: Random) -> float:
    del random
    return told.get(kind.name, minutes * kind.bias)


def _right(kind: Kind, minutes: float, told: Mapping[str, float], random: Random) -> float:
    del kind, told, random
    return minutes


PLANNERS = {
    "steady": Planner(_steady),
    "sized": Planner(_steady, sigma=0.7),
    "guessing": Planner(_guessing),
    "heeding": Planner(_heeding),
    "right": Planner(_right),
    "few": Planner(_steady, after=3),
}


def main() -> None:
    """Measure, print, and write JSON if it is wanted."""
    given = options(__doc__)
    sizes, found = (QUICK if given.quick else FULL), machine()
    figures = [_figure(name, planner, sizes) for name, planner in PLANNERS.items()]
    rows = [[f["planner"], *(f"{f[way]:.2f}" for way in WAYS)] for f in figures]
    lines = [describe(found), "", *table(["off by a factor of", *WAYS], rows)]
    report = {"machine": found, "sizes": sizes._asdict(), "figures": figures}
    publish(report, lines, [], given.json)


def _figure(name: str, planner: Planner, sizes: Sizes) -> dict[str, Any]:
    draws = [_draw(planner, sizes, Random(draw)) for draw in range(sizes.draws)]
    return {
        "planner": name,
        **{way: statistics.median(draw[way] for draw in draws) for way in WAYS},
    }


def _draw(planner: Planner, sizes: Sizes, random: Random) -> dict[str, float]:
    """The typical factor by which each way is off, in one course of plans."""
    learning, errors = Learning(), {way: list[float]() for way in WAYS}
    speeds = [random.gauss(0.0, AMONG) for _ in range(AGENTS)]
    own = math.exp(-statistics.fmean(speeds))  # so that the mean of all is that of the kind
    kinds = [_kind(number, random) for number in range(sizes.kinds)]
    last = min(sizes.plans, 2 * planner.after)
    for plan in range(last):
        told = {one.kind: one.minutes for one in usual(learning, len(kinds))}
        pieces = [_piece(kind, planner, told, random) for kind in kinds]
        made = _plan(pieces, learning)
        if plan >= planner.after:
            for number, piece in enumerate(pieces):
                _compare(piece, made.subtasks[number], told, learning, errors)
        for piece, subtask in zip(pieces, made.subtasks, strict=True):
            agent = random.randrange(AGENTS)
            chance = math.exp(random.gauss(-(WITHIN**2) / 2, WITHIN) + speeds[agent]) * own
            learning.completed(subtask, f"agent {agent}", piece.minutes * MINUTE * chance)
    return {way: math.exp(statistics.fmean(values)) for way, values in errors.items()}


def _kind(number: int, random: Random) -> Kind:
    minutes, bias = math.exp(random.uniform(0.0, 4.6)), math.exp(random.gauss(0.0, 1.0))
    return Kind(f"kind {chr(97 + number)}", minutes, bias)


def _piece(kind: Kind, planner: Planner, told: Mapping[str, float], random: Random) -> Piece:
    sigma = planner.sigma
    minutes = kind.minutes * math.exp(random.gauss(-(sigma**2) / 2, sigma))
    return Piece(kind, minutes, planner.says(kind, minutes, told, random))


def _plan(pieces: list[Piece], learning: Learning) -> Plan:
    said = Plan(
        subtasks=tuple(
            Subtask(
                uuid=f"s{number}",
                name=piece.kind.name,
                kind=piece.kind.name,
                estimated_duration=piece.said,
            )
            for number, piece in enumerate(pieces)
        )
    )
    return corrected(said, corrections(said, Records(learning)))


def _compare(
    piece: Piece,
    subtask: Subtask,
    told: Mapping[str, float],
    learning: Learning,
    errors: dict[str, list[float]],
) -> None:
    times = learning.expect(Sample(piece.kind.name, "", ""), piece.said).seconds
    minutes = {
        "said": piece.said,
        "times": times,
        "usual": told.get(piece.kind.name, piece.said),
        "corrected": subtask.estimated_duration,
    }
    for way, found in minutes.items():
        errors[way].append(abs(math.log(found / piece.minutes)))


if __name__ == "__main__":
    main()
