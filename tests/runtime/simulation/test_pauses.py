"""Pauses at random instants, among all other faults: every promise holds all the same."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from callboard.runtime.simulation import drawing
from callboard.runtime.simulation.drawing import Rates
from callboard.runtime.simulation.lots import DrawnLots
from callboard.runtime.simulation.scenario import HOUR, Blow, Scenario, What
from callboard.runtime.simulation.trial import Trial

pytestmark = pytest.mark.no_cover  # the same code thousands of times

PAUSES = 12


def with_pauses(drawn: Scenario, random: Random) -> Scenario:
    """The scenario with pauses of everything, most of which are lifted before its end."""
    blows = list(drawn.blows)
    for _ in range(PAUSES):
        at, target = random.uniform(0.0, drawn.calm), _target(drawn, random)
        what: What = random.choice(("pause", "interrupt"))
        blows.append(Blow(at=at, what=what, target=target, steps=random.randrange(20)))
        if random.random() < 3 / 4:
            until = at + random.choice((0.0, 1.0, random.uniform(0.0, 3 * HOUR)))
            blows.append(Blow(at=until, what="resume", target=target, steps=random.randrange(20)))
    blows.sort(key=lambda blow: blow.at)
    return msgspec.structs.replace(drawn, blows=tuple(blows))


def _target(drawn: Scenario, random: Random) -> str:
    kind = random.choice(("runtime", "agent", "goal", "goal", "subtask", "subtask"))
    commission = random.choice(drawn.commissions)
    names = {
        "runtime": "runtime",
        "agent": f"agent/{random.choice(drawn.workers).id}",
        "goal": f"goal/{commission.name}",
        "subtask": f"subtask/{random.choice(commission.jobs).id}",
    }
    return names[kind]


def violations(seed: int) -> tuple[str, ...]:
    random = Random(f"{seed}/pauses")  # noqa: S311 - reproducible
    rates = Rates().some(random)
    drawn = drawing.scenario(random, 30, 4, rates)
    played = with_pauses(drawn, random)
    lots = DrawnLots(random, rates)
    return Trial(played, lots, Random(f"{seed}/order"), seed=seed).play().violations  # noqa: S311


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_every_promise_holds_whatever_is_paused_and_whoever_dies(first: int) -> None:
    broken = {seed: violations(seed) for seed in range(first, first + 10)}
    assert {seed: found for seed, found in broken.items() if found} == {}
