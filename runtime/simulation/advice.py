"""From a seed: advice in the midst of a trial, good, bad and mad.

Advice says what should go first (`callboard.actors.logic.advising`), and must never keep
anything from being done. So here it may be an order that was searched for, or one with
strangers, agents that have gone or may not do it, and times that make no sense.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import msgspec

from callboard.messages.work import Advise, Turn
from callboard.runtime.simulation.scenario import Blow, Scenario
from callboard.runtime.timetables.layout import as_estimated, lay_out
from callboard.runtime.timetables.play import by_load, play

if TYPE_CHECKING:
    from callboard.runtime.simulation.simulated import SimulatedRuntime
    from callboard.runtime.timetables.scene import Scene

OFTEN = 1 / 3
"""Of the trials that are drawn with the usual faults so many are advised."""

_TIMES = 6
_STEPS = 40
_SEEDS = 1_000_000
_MAD = (-1e9, 1e15, math.inf, math.nan)


def with_advice(drawn: Scenario, random: Random, often: float = OFTEN) -> Scenario:
    """The scenario, perhaps with advice at some moments.

    Args:
        drawn: A scenario.
        random: Decides; another one than that of the scenario.
        often: How likely there is any.
    """
    if random.random() >= often:
        return drawn
    blows = [
        Blow(
            at=random.uniform(0.0, drawn.calm),
            what="advise",
            amount=float(random.randrange(_SEEDS)),
            steps=random.randrange(_STEPS),
        )
        for _ in range(random.randint(1, _TIMES))
    ]
    everything = sorted((*drawn.blows, *blows), key=lambda blow: blow.at)
    return msgspec.structs.replace(drawn, blows=tuple(everything))


def advice(runtime: SimulatedRuntime, seed: float) -> Advise:
    """What is advised: the seed decides what of it makes sense."""
    random = Random(f"{seed}/advice")  # noqa: S311 - reproducible
    seen = runtime.scene(held=True)
    turns = _sound(seen, random) if random.random() < 1 / 2 else ()
    if random.random() < 1 / 2:
        turns = tuple(_spoilt(turn, seen, random) for turn in turns)
    mad = [_mad(seen, random) for _ in range(random.randrange(20))]
    return Advise(turns=(*turns, *mad))


def _sound(seen: Scene, random: Random) -> tuple[Turn, ...]:
    """An order that could be carried out."""
    layout = lay_out(seen, as_estimated)
    weights = tuple(math.exp(random.gauss(0.0, 1.0)) for _ in seen.tasks)
    return layout.turns(play(layout.project, by_load(layout.project, weights)))


def _spoilt(turn: Turn, seen: Scene, random: Random) -> Turn:
    """Perhaps somebody else's, or at another time."""
    agent = random.choice([turn.agent, turn.agent, *seen.agents])
    start = turn.start + random.choice((0.0, 0.0, random.uniform(-1e4, 1e4)))
    return Turn(subtask=turn.subtask, agent=agent, start=start, seconds=turn.seconds)


def _mad(seen: Scene, random: Random) -> Turn:
    return Turn(
        subtask=random.choice([task.uuid for task in seen.tasks] or ["nothing"]),
        agent=random.choice(["nobody", *seen.agents]),
        start=seen.at + random.choice((*_MAD, 0.0, random.uniform(-1e4, 1e5))),
        seconds=random.choice((0.0, -1.0, 1e12, math.nan, random.uniform(0.0, 1e4))),
    )
