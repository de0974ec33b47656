"""From a seed: deaths of the whole process, and what a disk does to a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.runtime.simulation.scenario import HOUR, Blow, Scenario

if TYPE_CHECKING:
    from random import Random

_STEPS = 60
_SOON = 1.0
_AWAY = HOUR
_LONGEST_FULL = 0.5 * HOUR
_LONGEST_SYNC = 5.0
_SLOWER = 60.0


class Crashes(msgspec.Struct, frozen=True, kw_only=True):
    """How often what happens; the first is a number, the others are probabilities.

    Attributes:
        dies: Deaths of the process in a trial, at the most; there is always one.
        again: A death comes right after another one, when the next life has just begun.
        torn: Something of what was not synced is found after a death.
        full: The disk is full for a while.
        slow: Its syncs take long for a while.
    """

    dies: int = 5
    again: float = 0.3
    torn: float = 0.5
    full: float = 0.3
    slow: float = 0.3


def with_crashes(drawn: Scenario, random: Random, crashes: Crashes) -> Scenario:
    """The scenario with a disk, and with all that may happen to it.

    Args:
        drawn: A scenario without any of that.
        random: Decides; another one than that of the scenario.
        crashes: How often what.
    """
    blows = list[Blow]()
    for _ in range(random.randint(1, crashes.dies)):
        blows += _deaths(random, random.uniform(0.0, drawn.calm), crashes)
    if random.random() < crashes.full:
        blows += _for_a_while(random, drawn, Blow(at=0.0, what="full", amount=1.0), _LONGEST_FULL)
    if random.random() < crashes.slow:
        slow = Blow(at=0.0, what="slow", amount=random.uniform(0.0, _SLOWER))
        blows += _for_a_while(random, drawn, slow, HOUR)
    everything = sorted((*drawn.blows, *blows), key=lambda blow: blow.at)
    lag = _LONGEST_SYNC * random.random() ** 4 if random.random() < 0.9 else 0.0  # noqa: PLR2004
    return msgspec.structs.replace(drawn, disk=True, journal_lag=lag, blows=tuple(everything))


def _deaths(random: Random, at: float, crashes: Crashes) -> list[Blow]:
    found = [_death(random, at, crashes)]
    while random.random() < crashes.again:
        at += _SOON * random.random()
        found.append(_death(random, at, crashes))
    return found


def _death(random: Random, at: float, crashes: Crashes) -> Blow:
    part = random.random() if random.random() < crashes.torn else 0.0
    away = _AWAY * random.random() ** 4 if random.random() < 1 / 2 else 0.0
    return Blow(at=at, what="die", amount=away, part=part, steps=random.randrange(_STEPS))


def _for_a_while(random: Random, drawn: Scenario, blow: Blow, longest: float) -> tuple[Blow, Blow]:
    at = random.uniform(0.0, drawn.calm)
    over = at + random.uniform(0.0, longest)
    begins = msgspec.structs.replace(blow, at=at)
    return begins, msgspec.structs.replace(blow, at=over, amount=0.0)
