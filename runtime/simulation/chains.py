"""Trials in which agents go on by themselves with what follows what they run.

In a runtime only what is brief follows so. Here it takes as long as anything, so that
everything that may happen meanwhile does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from callboard.runtime.simulation.scenario import HOUR, Blow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from callboard.runtime.simulation.scenario import Commission, Job, Scenario, What

SHARE = 0.15
"""Of all seeds."""

_LINKED = 0.85
"""Part of the subtasks that follow the one before alone."""

_BRIEF = 0.5
"""Part of the goals whose subtasks take no time, so that a whole chain is done before its
first completion is recorded."""

_LESS = 1000.0
"""So many times shorter they are then: 0.06 to 3.6 s."""

_LAGGING = 0.5
"""Part of these seeds in which the journal takes longer than such a chain."""

_LAG = 5.0
"""Seconds that it takes then, at the most."""

_SPREAD = 3.0
"""So much later goals come than otherwise: chains are made while nothing waits."""

_STRUCK: tuple[What, ...] = ("pause", "interrupt", "edit", "cancel subtask")
"""What strikes half of the goals in the midst of a chain."""


def with_chains(drawn: Scenario, random: Random) -> Scenario:
    """The scenario, of some seeds with goals that are chains, and agents that go on with them.

    Args:
        drawn: A scenario with other goals.
        random: Decides; another one than that of the scenario.
    """
    if random.random() >= SHARE:
        return drawn
    workers = tuple(
        msgspec.structs.replace(worker, ahead=True)
        if not (worker.pull or worker.hooks or worker.stateful or worker.offers)
        else worker
        for worker in drawn.workers
    )
    commissions = tuple(_commission(each, random) for each in drawn.commissions)
    lag = _LAG if random.random() < _LAGGING else drawn.journal_lag
    struck = [each for each in commissions if random.random() < 1 / 2]
    blows = [blow for each in struck for blow in _in_between(each, random)]
    return msgspec.structs.replace(
        drawn,
        workers=workers,
        commissions=commissions,
        journal_lag=lag,
        blows=(*drawn.blows, *blows),
    )


def _commission(commission: Commission, random: Random) -> Commission:
    jobs: list[Job] = []
    brief = random.random() < _BRIEF
    for drawn in commission.jobs:
        job = msgspec.structs.replace(drawn, minutes=drawn.minutes / _LESS) if brief else drawn
        linked = jobs and random.random() < _LINKED
        jobs.append(_behind(jobs[-1], job) if linked else job)
    at = commission.at if commission.under else commission.at * _SPREAD
    return msgspec.structs.replace(commission, jobs=tuple(jobs), at=at)


def _in_between(commission: Commission, random: Random) -> Iterator[Blow]:
    """It strikes while an attempt runs or soon after, or just when word of its end is out."""
    job, what = random.choice(commission.jobs), random.choice(_STRUCK)
    if what in ("pause", "interrupt"):
        goal, at = f"goal/{commission.name}", job.seconds * random.randrange(4) / 2
        yield Blow(at=at, what=what, target=goal, upon=job.id)
        yield Blow(at=at + HOUR * random.random(), what="resume", target=goal, upon=job.id)
    else:
        at, steps, needs = job.seconds * 0.99, random.randint(1, 5), () if job.needs else ("law",)
        yield Blow(at=at, what=what, target=job.id, upon=job.id, steps=steps, needs=needs)


def _behind(before: Job, job: Job) -> Job:
    """It follows that one alone, and whoever does that may do it."""
    return msgspec.structs.replace(
        job, after=(before.id,), needs=before.needs, demands={}, keys=(), negotiate=False
    )
